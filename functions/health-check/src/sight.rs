//! What a worker that cannot see writes down, so that it is told once.

use std::time::Duration;

use domain::{
    Error, Instant, Notice,
    monitoring::{Minute, MonitorNews, Sight},
};
use store::{Queues, Store};

/// A worker of this run was blind.
pub async fn blind(store: &Store, queues: &Queues, run: Instant, now: Instant) -> Result<(), Error> {
    let minute = Minute::of(run);
    store.put_blind(run).await?;
    let change = store.observe_sight(|watch| watch.observe(minute, Sight::Blind)).await?;
    tracing::warn!(run = %run, "our own network is down: what failed in this run does not count");
    if let Some(change) = change {
        let notice = Notice::monitor(MonitorNews::Sight(change), now);
        if store.put_notice_if_new(&notice).await? {
            queues.send_notice(&notice.id, Duration::ZERO).await?;
        }
    }
    Ok(())
}
