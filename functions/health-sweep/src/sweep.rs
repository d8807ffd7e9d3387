//! One run: shared out, claimed, and sent.

use std::{sync::Arc, time::Duration};

use aws_lambda_events::eventbridge::EventBridgeEvent;
use domain::{
    Clock, Error, Instant, Notice,
    monitoring::{Minute, MonitorNews, Sight},
};
use serde::Serialize;
use store::{Queues, Store, Sweep};

use crate::{
    moment::{self, Run},
    share::{Share, share},
};

/// The function's time-out in template.yaml: a run that died is free for a repetition after this.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A run may still be at its first checks for so long.
const STILL_AT_WORK: Duration = Duration::from_secs(60);

pub struct Sweeper {
    pub store: Store,
    pub queues: Queues,
    pub clock: Arc<dyn Clock>,
}

/// What a run has sent out.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    run: Instant,
    sites: u32,
    messages: usize,
}

impl Sweeper {
    /// The run that an event stands for; `None` when it is somebody else's.
    pub async fn run(&self, event: &EventBridgeEvent) -> Result<Option<Sent>, Error> {
        let now = self.clock.now();
        let run = moment::of(event, now);
        // One that is sent out again has the same workers, and the newest run may be this one.
        let again = self.store.sweep(run.at).await?;
        let before = self.store.last_sweeps(2).await?;
        let share = share(run, now, self.store.sites().await?, again.map(|sweep| sweep.shards))?;
        let sweep = Sweep {
            run: run.at,
            sent: now,
            shards: share.shards,
            sites: share.due,
            watched: share.watched,
        };
        if !self.store.claim_sweep(&sweep, TIMEOUT, self.clock.now()).await? {
            tracing::info!(run = %run.at, "somebody else is at this run");
            return Ok(None);
        }
        let sent = self.send(run, &share).await?;
        let before = before.iter().find(|before| before.run < run.at);
        self.break_silence(before, run).await?;
        // Whoever is still at work may yet find that it is blind.
        let over = before.filter(|before| run.at.since(before.run) >= STILL_AT_WORK);
        self.look_back(over).await?;
        Ok(Some(sent))
    }

    async fn send(&self, run: Run, share: &Share) -> Result<Sent, Error> {
        for message in &share.messages {
            self.queues.send_checks(message, Duration::ZERO).await?;
        }
        // What is due without news: reminders, and what a lost message would have told.
        self.queues.send_desk(&share.troubled, Duration::ZERO).await?;
        tracing::info!(run = %run.at, run.sites = share.due, run.workers = share.messages.len(), "the sites that are due were sent out");
        Ok(Sent {
            run: run.at,
            sites: share.due,
            messages: share.messages.len(),
        })
    }

    /// The run before was clear unless one of its workers has written otherwise. Asked only while the monitor is known to be blind.
    async fn look_back(&self, before: Option<&Sweep>) -> Result<(), Error> {
        let Some(before) = before else { return Ok(()) };
        if self.store.sight().await?.blind_since.is_none() || self.store.was_blind(before.run).await? {
            return Ok(());
        }
        let run = Minute::of(before.run);
        let told = self
            .store
            .observe_sight(self.clock.now(), |watch| watch.observe(run, Sight::Clear))
            .await?;
        if let Some(notice) = told {
            self.queues.send_notice(&notice.id, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// Whoever was told that no run ends any more is told that they do.
    async fn break_silence(&self, before: Option<&Sweep>, run: Run) -> Result<(), Error> {
        let Some(before) = before.filter(|before| run.at.since(before.run) > MonitorNews::SILENT_AFTER) else {
            return Ok(());
        };
        let (last, now) = (Minute::of(before.run), self.clock.now());
        let told = Notice::monitor(MonitorNews::Silent(last), now).id;
        if self.store.notice(&told).await?.is_some() {
            let notice = Notice::monitor(MonitorNews::Audible(last), now);
            if self.store.put_notice_if_new(&notice).await? {
                self.queues.send_notice(&notice.id, Duration::ZERO).await?;
            }
        }
        Ok(())
    }
}
