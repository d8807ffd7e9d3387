//! One look at many sites, judged by what our own eyes are worth.

use std::time::Duration;

use domain::monitoring::{Attempts, Failure, Finding, Known, Probe, Sight, Site, canary_tries, judge, sight};
use monitoring::{InFlight, Prober, Target};
use tokio::task::JoinSet;

/// After this long nothing is tried again, what is still in doubt stays so: another look takes up to 15 s, the function has 30.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a canary may take.
const CANARY_TAKES: Duration = Duration::from_secs(5);

/// What was found of one site.
#[derive(Debug, Clone)]
pub struct Look {
    pub probe: Probe,
    pub finding: Finding,
}

/// A site to be looked at, and what is known of it that no look shows.
pub struct Wanted<'a> {
    pub site: &'a Site,
    pub known: Known,
}

/// Looks at the sites, in their order; says whether it could see.
pub async fn look(prober: &Prober, site_url: &str, canaries: &[Target], wanted: &[Wanted<'_>]) -> (Vec<Look>, Sight) {
    let began = std::time::Instant::now();
    let all: Vec<&Wanted<'_>> = wanted.iter().collect();
    let mut looks = once(prober, site_url, &all).await;
    let unreachable = looks.iter().filter(|look| is_unreachable(&look.probe)).count();
    let attempts = Attempts {
        failed: u32::try_from(unreachable).unwrap_or(u32::MAX),
        total: u32::try_from(looks.len()).unwrap_or(u32::MAX),
    };
    let sight = match unreachable {
        // Every site that answers is a canary.
        0 => Sight::Clear,
        _ => sight(&try_canaries(prober, canaries, canary_tries(attempts)).await, attempts),
    };
    let mut times = 1;
    if let Sight::Doubtful(tries) = sight {
        while times < tries && began.elapsed() < PATIENCE {
            let failing: Vec<usize> = (0..looks.len())
                .filter(|place| {
                    looks
                        .get(*place)
                        .is_some_and(|look| matches!(look.finding, Finding::Critical(_)))
                })
                .collect();
            if failing.is_empty() {
                break;
            }
            times += 1;
            let again: Vec<&Wanted<'_>> = failing.iter().filter_map(|place| wanted.get(*place)).collect();
            for (place, look) in failing.into_iter().zip(once(prober, site_url, &again).await) {
                if let Some(old) = looks.get_mut(place) {
                    *old = look;
                }
            }
        }
    }
    for look in &mut looks {
        look.finding = sight.of(look.finding, times);
    }
    (looks, sight)
}

async fn once(prober: &Prober, site_url: &str, wanted: &[&Wanted<'_>]) -> Vec<Look> {
    let (mut places, mut targets) = (Vec::new(), Vec::new());
    for (place, one) in wanted.iter().enumerate() {
        if let Some(target) = target(site_url, one.site) {
            places.push(place);
            targets.push(target);
        }
    }
    let mut probes: Vec<Option<Probe>> = wanted.iter().map(|_| None).collect();
    for (place, probe) in places
        .into_iter()
        .zip(prober.check_all(targets, InFlight::default()).await)
    {
        if let Some(free) = probes.get_mut(place) {
            *free = Some(probe);
        }
    }
    let looks = wanted.iter().zip(probes);
    looks
        .map(|(one, probe)| {
            // An address that is none is our fault, and tells nothing of the site.
            let probe = probe.unwrap_or_else(|| Probe::ours(prober.now()));
            let finding = judge(&probe, &one.site.monitoring.thresholds, one.known);
            Look { probe, finding }
        })
        .collect()
}

fn target(site_url: &str, site: &Site) -> Option<Target> {
    let url = site_url.replace("{domain}", site.domain.as_str());
    let mut target = Target::new(&url).ok()?;
    if let Some(timeout) = site.monitoring.timeout_ms {
        let timeout = Duration::from_millis(u64::from(timeout));
        target.limits.answer = timeout;
        target.limits.connect = target.limits.connect.min(timeout);
        target.limits.overall = target.limits.overall.min(timeout * 2);
    }
    target.condition.clone_from(&site.monitoring.condition);
    Some(target)
}

const fn is_unreachable(probe: &Probe) -> bool {
    matches!(probe.front, Err(failure) if !matches!(failure, Failure::Ourselves))
}

/// Tries every canary so often; any answer is one.
async fn try_canaries(prober: &Prober, canaries: &[Target], tries: u32) -> Vec<Attempts> {
    let mut attempts = vec![
        Attempts {
            failed: 0,
            total: tries
        };
        canaries.len()
    ];
    let mut reaching = JoinSet::new();
    for (place, canary) in canaries.iter().enumerate() {
        for _ in 0..tries {
            let (prober, mut canary) = (prober.clone(), canary.clone());
            canary.limits.overall = CANARY_TAKES;
            reaching.spawn(async move { (place, prober.reach(&canary).await.is_err()) });
        }
    }
    while let Some(reached) = reaching.join_next().await {
        // One that broke off has reached nothing, but whose it was is lost: it counts as reached.
        if let Ok((place, true)) = reached
            && let Some(one) = attempts.get_mut(place)
        {
            one.failed += 1;
        }
    }
    attempts
}
