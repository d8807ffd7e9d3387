//! The prober, and many checks at once.

use std::{sync::Arc, time::Duration};

use domain::{
    Clock, Instant,
    monitoring::{Failure, Probe},
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;

use crate::{
    notes::Notes,
    resolve::{Guard, Resolver, SystemResolver},
    target::Target,
    tls::{Roots, connector},
    visit::{Means, Visit},
};

/// A check that has taken this long waits for its site: it makes room for the next one.
const PATIENCE: Duration = Duration::from_millis(100);

/// What is special about the surroundings.
pub struct ProberOptions {
    /// Hosts on this machine, at any port and whatever DNS says: whole names, or endings that begin with a dot (`.localhost`).
    /// Local stack only; nothing in the cloud.
    pub loopback_hosts: Vec<String>,
    /// Looks names up.
    pub resolver: Arc<dyn Resolver>,
    /// Whom to trust.
    pub roots: Roots,
    /// So many sites' TLS sessions are remembered.
    pub sessions: usize,
}

impl Default for ProberOptions {
    fn default() -> Self {
        Self {
            loopback_hosts: Vec::new(),
            resolver: Arc::new(SystemResolver),
            roots: Roots::System,
            sessions: 1024,
        }
    }
}

/// How much may go on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// So many checks that have only just begun.
    pub begun: usize,
    /// So many in all: each holds a connection.
    pub open: usize,
}

impl Default for InFlight {
    fn default() -> Self {
        Self { begun: 64, open: 900 }
    }
}

struct Inner {
    guard: Guard,
    resolver: Arc<dyn Resolver>,
    tls: Option<TlsConnector>,
    clock: Arc<dyn Clock>,
}

/// Looks at sites. A clone is the same prober: they share what they know of TLS sessions.
#[derive(Clone)]
pub struct Prober(Arc<Inner>);

impl Prober {
    /// Opens no connection yet.
    #[must_use]
    pub fn new(options: ProberOptions, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            guard: Guard {
                loopback_hosts: options.loopback_hosts,
            },
            resolver: options.resolver,
            tls: connector(&options.roots, options.sessions),
            clock,
        }))
    }

    /// One look at a site: `HEAD /`, then `GET /api/health`, over one connection where the site lets us. Ends within the target's
    /// limit, whatever the site does; a failing site is a result.
    pub async fn check(&self, target: &Target) -> Probe {
        let checked_at = self.0.clock.now();
        let mut notes = Notes::new();
        let visit = Visit::new(self.means(), target, &mut notes).run();
        // What was found until then stands in the notes.
        let _ = timeout(target.limits.overall, visit).await;
        notes.into_probe(checked_at)
    }

    /// Does the address answer at all, and with which status? For canaries, which have a front page and nothing else.
    ///
    /// # Errors
    /// Why there was no answer.
    pub async fn reach(&self, target: &Target) -> Result<u16, Failure> {
        let mut notes = Notes::new();
        let visit = Visit::new(self.means(), target, &mut notes).front_page_only();
        let front = timeout(target.limits.overall, visit).await;
        front.unwrap_or(Err(Failure::Timeout)).map(|front| front.status)
    }

    /// The time, by the prober's clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    fn means(&self) -> Means<'_> {
        Means {
            guard: &self.0.guard,
            resolver: self.0.resolver.as_ref(),
            tls: self.0.tls.as_ref(),
        }
    }

    /// Looks at many sites at once; the answers come in the order of the targets.
    ///
    /// A slow site does not hold up the others: after a tenth of a second a check makes room for another one, and only the number of
    /// open connections bounds how many wait.
    pub async fn check_all(&self, targets: Vec<Target>, at_once: InFlight) -> Vec<Probe> {
        let checked_at = self.0.clock.now();
        let mut probes: Vec<Option<Probe>> = targets.iter().map(|_| None).collect();
        let begun = Arc::new(Semaphore::new(at_once.begun.max(1)));
        let open = at_once.open.max(at_once.begun).max(1);
        let mut checks = JoinSet::new();
        for (place, target) in targets.into_iter().enumerate() {
            while checks.len() >= open {
                collect(&mut probes, checks.join_next().await);
            }
            let permit = begun.clone().acquire_owned().await;
            let prober = self.clone();
            checks.spawn(async move {
                let check = prober.check(&target);
                tokio::pin!(check);
                tokio::select! {
                    biased;
                    probe = &mut check => return (place, probe),
                    () = sleep(PATIENCE) => {}
                }
                drop(permit);
                (place, check.await)
            });
        }
        while let Some(done) = checks.join_next().await {
            collect(&mut probes, Some(done));
        }
        let lost = || Probe::ours(checked_at);
        probes.into_iter().map(|probe| probe.unwrap_or_else(lost)).collect()
    }
}

fn collect(probes: &mut [Option<Probe>], done: Option<Result<(usize, Probe), tokio::task::JoinError>>) {
    // A check that panicked has told nothing of its site.
    if let Some(Ok((place, probe))) = done
        && let Some(free) = probes.get_mut(place)
    {
        *free = Some(probe);
    }
}
