//! Log lines: JSON in Lambda, one per event, a readable sentence plus dotted fields.

use tracing_subscriber::EnvFilter;

use crate::Settings;

/// Starts JSON log lines on standard output, as CloudWatch takes them. Does nothing when logging has started already.
pub fn start_logging(settings: &Settings) {
    let level = settings.optional("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let started = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_current_span(true)
        .with_span_list(false)
        .without_time()
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
