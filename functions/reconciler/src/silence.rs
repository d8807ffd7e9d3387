//! Does the health sweep still come?

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    Clock, Error, Instant, Notice,
    monitoring::{Minute, MonitorNews},
};
use runtime::Context;
use store::{Queues, Store, Sweep};

/// Silence that lasts from one round to the next is no hiccup of our own: a machine that was asleep wakes to an old run, and the
/// new one is on its way.
const HEARD_AGAIN_WITHIN: Duration = Duration::from_secs(45);

/// So many runs cover more than the time after which silence is told.
const LOOKED_AT: u16 = 4;

pub struct Silence {
    store: Store,
    queues: Queues,
    clock: Arc<dyn Clock>,
    /// The run that was already old, and since when we know.
    suspected: Mutex<Option<(Instant, Instant)>>,
}

impl Silence {
    pub fn new(context: &Context) -> Self {
        Self {
            store: context.store(),
            queues: context.queues(),
            clock: context.clock(),
            suspected: Mutex::default(),
        }
    }

    /// Tells, once, that no run has come for ten minutes.
    pub async fn listen(&self) -> Result<(), Error> {
        let now = self.clock.now();
        // Before the first run there is nothing to miss.
        let old = self.last_ended().await?;
        let old = old.filter(|last| now.since(last.sent) > MonitorNews::SILENT_AFTER);
        if old.is_none() {
            self.break_silence(now).await?;
        }
        if !self.lasts(old.as_ref().map(|last| last.run), now) {
            return Ok(());
        }
        if let Some(last) = old {
            let notice = Notice::monitor(MonitorNews::Silent(Minute::of(last.run)), now);
            if self.store.put_notice_if_new(&notice).await? {
                tracing::error!(run = %last.run, "no health sweep has come since");
                self.queues.send_notice(&notice.id, Duration::ZERO).await?;
            }
        }
        Ok(())
    }

    /// The newest run that a worker came to the end of; of several that none did, the oldest that is looked at.
    async fn last_ended(&self) -> Result<Option<Sweep>, Error> {
        let mut oldest = None;
        for sweep in self.store.last_sweeps(LOOKED_AT).await? {
            if self.store.has_ended(&sweep).await? {
                return Ok(Some(sweep));
            }
            oldest = Some(sweep);
        }
        Ok(oldest)
    }

    /// Runs end again. (Where none was even begun, the sweep itself says so when it comes back.)
    async fn break_silence(&self, now: Instant) -> Result<(), Error> {
        let suspected = *self.suspected.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((run, _)) = suspected else { return Ok(()) };
        let (told, over) = (
            MonitorNews::Silent(Minute::of(run)),
            MonitorNews::Audible(Minute::of(run)),
        );
        let over = Notice::monitor(over, now);
        let was_told = self.store.notice(&Notice::monitor(told, now).id).await?.is_some();
        if was_told && self.store.put_notice_if_new(&over).await? {
            self.queues.send_notice(&over.id, Duration::ZERO).await?;
        }
        Ok(())
    }

    fn lasts(&self, old: Option<Instant>, now: Instant) -> bool {
        let mut suspected = self.suspected.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match (*suspected, old) {
            (Some((run, since)), Some(old)) if run == old => since,
            _ => now,
        };
        *suspected = old.map(|old| (old, since));
        old.is_some() && now.since(since) >= HEARD_AGAIN_WITHIN
    }
}
