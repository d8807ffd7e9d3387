//! The command line of the local stack.

use std::process::ExitCode;

use local::{AnyError, Command, HELP, Options};
use runtime::Settings;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let environment = Settings::from_environment();
    let in_test = environment.optional("TENANTRY_TEST").is_some();
    let options = match Options::parse(std::env::args_os().skip(1), in_test) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("{message}\nSee --help.");
            return ExitCode::from(2);
        }
    };
    start_logging(&environment);
    match run(&options, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Tenantry cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options, environment: &Settings) -> Result<(), AnyError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(local::run(options, environment));
    // Whatever still runs is cut off; everything here holds against that.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome
}

/// Log lines on standard error, so that standard output holds only what is for the user.
fn start_logging(environment: &Settings) {
    let level = ["RUST_LOG", "LOG_LEVEL"]
        .iter()
        .find_map(|name| environment.optional(name));
    let filter = EnvFilter::try_new(level.as_deref().unwrap_or("warn")).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
