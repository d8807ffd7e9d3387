//! What a worker that cannot see writes down, so that it is told once.

use std::time::Duration;

use domain::{
    Error, Instant,
    monitoring::{Minute, Sight},
};
use store::{Queues, Store};

/// A worker of this run was blind.
pub async fn blind(store: &Store, queues: &Queues, run: Instant, now: Instant) -> Result<(), Error> {
    let minute = Minute::of(run);
    store.put_blind(run).await?;
    let told = store
        .observe_sight(now, |watch| watch.observe(minute, Sight::Blind))
        .await?;
    tracing::warn!(run = %run, "our own network is down: what failed in this run does not count");
    if let Some(notice) = told {
        queues.send_notice(&notice.id, Duration::ZERO).await?;
    }
    Ok(())
}
