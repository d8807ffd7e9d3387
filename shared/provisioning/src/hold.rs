//! What keeps an operation from its next step without its being to blame: the freeze, and services known to be down.

use std::time::Duration;

use domain::{Admission, Breaker, Client, Error, Instant, Operation, OperationKind, ParkedFor, Step, StepError, Work};
use providers::ErrorKind;

use crate::{
    failure::StepFailure,
    workbench::{Platform, StepResult},
};

/// Whoever loses the race for a probe looks again after this long.
const PROBE_TAKEN: Duration = Duration::from_secs(5);
/// Those who wait for one service do not come back all at once.
const SPREAD: Duration = Duration::from_secs(10);
/// A service that is down is waited for so long.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
/// How often writing a breaker is tried; after that somebody else has told the same.
const ATTEMPTS: usize = 3;

/// Whether work may begin.
pub enum Gate {
    /// It may; this is what is known of the service that it calls.
    Open(Breaker),
    /// It has to wait.
    Held(Hold),
}

/// Why an operation has to stand still, and until when.
pub struct Hold {
    /// Why.
    pub reason: ParkedFor,
    /// Until when, as far as is known.
    pub until: Instant,
}

/// A service is waited for, but not for ever: somebody has to be told. The error, once it has lasted too long.
pub fn given_up(operation: &Operation, service: Option<&'static str>, now: Instant) -> Option<StepError> {
    let service = service?;
    (operation.waited_for_service(now) > LONGEST_WAIT).then(|| StepError {
        code: "service_down".to_owned(),
        message: format!(
            "{service} has not answered for {} hours.",
            LONGEST_WAIT.as_secs() / 3600
        ),
        retryable: true,
    })
}

/// When to try again after a failure that has opened the service's breaker, or found it open: with the others.
pub fn with_the_others(platform: &Platform, breaker: &Breaker, now: Instant) -> Option<Instant> {
    match breaker.admit(now) {
        Admission::Wait(until) => Some(until.after(spread(platform))),
        Admission::Pass | Admission::Probe => None,
    }
}

/// The service that a piece of work calls, whose breaker it heeds.
pub const fn service_of(operation: &Operation, work: Work, client: &Client) -> Option<&'static str> {
    let step = match work {
        Work::Run(step) | Work::Undo(step) => step,
    };
    match (step, work) {
        (Step::Validate, Work::Run(_)) => match operation.kind {
            OperationKind::Provision | OperationKind::Redeploy => Some("github"),
            _ => None,
        },
        (Step::ProvisionDatabase, _) => Some(client.database_provider.name()),
        (Step::Deploy | Step::ConfigureDomain | Step::Promote | Step::PauseHosting | Step::ResumeHosting, _) => {
            Some("vercel")
        }
        (Step::Activate, Work::Undo(_)) if operation.asked.grace_ends_at.is_some() => Some("vercel"),
        (
            Step::Validate
            | Step::LoadTemplate
            | Step::GenerateEnvironment
            | Step::CreateAdminUser
            | Step::Activate
            | Step::HealthCheck,
            _,
        ) => None,
    }
}

/// Is anything in the way of this work? Where one call is to find out whether a service is back, this one is it.
pub async fn gate(platform: &Platform, service: Option<&'static str>, now: Instant) -> Result<Gate, Error> {
    if platform.store.freeze().await?.frozen {
        return Ok(Gate::Held(Hold {
            reason: ParkedFor::Freeze,
            until: now,
        }));
    }
    let Some(service) = service else {
        return Ok(Gate::Open(Breaker::default()));
    };
    let breaker = platform.store.breaker(service).await?;
    let until = match breaker.admit(now) {
        Admission::Pass => return Ok(Gate::Open(breaker)),
        Admission::Probe => {
            let probing = breaker.probing(now);
            if platform.store.save_breaker(service, &probing).await? {
                return Ok(Gate::Open(probing));
            }
            now.after(PROBE_TAKEN)
        }
        Admission::Wait(until) => until,
    };
    Ok(Gate::Held(Hold {
        reason: ParkedFor::Service,
        until: until.after(spread(platform)),
    }))
}

fn spread(platform: &Platform) -> Duration {
    let mut chance = [0_u8; 2];
    platform.entropy.fill(&mut chance);
    SPREAD.mul_f64(f64::from(u16::from_be_bytes(chance)) / f64::from(u16::MAX))
}

/// What a result says about the service.
enum News {
    Answers,
    Fails(Option<Duration>),
}

/// Tells the service's breaker (as it was last seen) how the work went. Losing the news costs a call or two, never
/// the operation.
pub async fn tell(platform: &Platform, service: Option<&'static str>, breaker: &mut Breaker, result: &StepResult) {
    let Some(service) = service else { return };
    let news = match result {
        Ok(_) => News::Answers,
        Err(StepFailure::Provider(error)) if error.provider() == service => match error.kind() {
            ErrorKind::RateLimited { retry_after } => News::Fails(*retry_after),
            ErrorKind::Unavailable | ErrorKind::OutcomeUnknown | ErrorKind::Malformed => News::Fails(None),
            _ => News::Answers,
        },
        Err(_) => return,
    };
    if let Err(error) = record(platform, service, breaker, &news).await {
        tracing::warn!(error = %error.chain(), service.name = service, "a breaker could not be written");
    }
}

async fn record(platform: &Platform, service: &str, breaker: &mut Breaker, news: &News) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let next = match news {
            News::Answers => breaker.answered(),
            News::Fails(asked) => Some(breaker.failed(platform.clock.now(), *asked)),
        };
        let Some(next) = next else { return Ok(()) };
        if platform.store.save_breaker(service, &next).await? {
            log(service, breaker, &next);
            *breaker = next;
            return Ok(());
        }
        *breaker = platform.store.breaker(service).await?;
    }
    Ok(())
}

fn log(service: &str, before: &Breaker, after: &Breaker) {
    match (before.open_until, after.open_until) {
        (None, Some(until)) => {
            tracing::warn!(service.name = service, until = %until, "a service is down; operations wait for it");
        }
        (Some(_), None) => tracing::info!(service.name = service, "a service answers again"),
        _ => {}
    }
}
