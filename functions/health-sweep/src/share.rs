//! Who checks which sites: pure.

use domain::{
    ClientId, Error, Instant,
    monitoring::{Minute, Site, Watched, is_due},
};
use store::CheckMessage;

use crate::moment::{Run, STEP};

/// So many sites a worker looks after at most, more or less: all of them can be open at once, so that slow ones never queue; its
/// page is some 10 KB, its message under what SQS takes.
const SITES_PER_SHARD: usize = 800;
/// SQS takes 256 KiB; the rest is for what is around the sites.
const LARGEST_MESSAGE: usize = 250_000;
/// What is certain of a site that is down takes so many bytes in a message at most.
const LARGEST_WATCH: usize = 200;
/// As many workers as there may be.
const MOST_SHARDS: u16 = 1024;

/// The sites of one run, by worker.
#[derive(Debug)]
pub struct Share {
    /// How many workers there are: a power of two, so that a site's worker is the same for a long time.
    pub shards: u16,
    pub due: u32,
    pub watched: u32,
    pub messages: Vec<CheckMessage>,
    /// Whose records name a trouble: the desk is to know of it, however the message that said so fared.
    pub troubled: Vec<ClientId>,
}

/// Shares out the sites that are due. The first worker has a message even without a site: that it was handled is the sign of life
/// that the alarm listens for. `shards` is how many workers a run has that was sent out before.
pub fn share(run: Run, sent: Instant, sites: Vec<Site>, shards: Option<u16>) -> Result<Share, Error> {
    let watched: Vec<Site> = sites.into_iter().filter(Site::is_watched).collect();
    let troubled = watched.iter().filter(|site| !site.watch.troubles.is_empty());
    let troubled = troubled.map(|site| site.id.clone()).collect();
    let again = shards.is_some();
    let mut shards = shards.unwrap_or_else(|| shards_for(watched.len()));
    let count = |sites: usize| u32::try_from(sites).unwrap_or(u32::MAX);
    let all = count(watched.len());
    let minute = Minute::of(run.at);
    let due: Vec<Site> = watched
        .into_iter()
        .filter(|site| run.every_site || is_due(site.key(), site.monitoring.interval_minutes, minute, STEP))
        .collect();
    loop {
        let messages = messages(run, sent, shards, &due);
        if again || shards >= MOST_SHARDS || largest(&messages)? <= LARGEST_MESSAGE {
            return Ok(Share {
                shards,
                due: count(due.len()),
                watched: all,
                messages,
                troubled,
            });
        }
        shards *= 2;
    }
}

fn shards_for(sites: usize) -> u16 {
    let wanted = sites.div_ceil(SITES_PER_SHARD).max(1).next_power_of_two();
    u16::try_from(wanted).unwrap_or(MOST_SHARDS).min(MOST_SHARDS)
}

fn messages(run: Run, sent: Instant, shards: u16, due: &[Site]) -> Vec<CheckMessage> {
    let mut messages: Vec<CheckMessage> = (0..shards).map(|shard| message(run, sent, shard, shards)).collect();
    for site in due {
        if let Some(message) = messages.get_mut(usize::from(site.key().shard(shards))) {
            message.sites.push(site.clone());
        }
    }
    messages.retain(|message| message.shard == 0 || !message.sites.is_empty());
    messages
}

const fn message(run: Run, sent: Instant, shard: u16, of: u16) -> CheckMessage {
    CheckMessage {
        v: 1,
        run: run.at,
        sent,
        shard,
        of,
        stage: 0,
        at_once: run.every_site,
        sites: Vec::new(),
    }
}

/// How large the largest message is when every site in it is down: its rechecks carry that around.
fn largest(messages: &[CheckMessage]) -> Result<usize, Error> {
    let mut largest = 0;
    for message in messages {
        let mut size = 0;
        for site in &message.sites {
            let bare = Site {
                watch: Watched::default(),
                ..site.clone()
            };
            size += serde_json::to_vec(&bare).map_err(Error::internal)?.len() + LARGEST_WATCH;
        }
        largest = largest.max(size);
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    const RUN: Run = Run {
        at: Instant::from_milliseconds(1_795_348_800_000),
        every_site: false,
    };

    fn site(number: usize, tags: usize) -> Site {
        serde_json::from_value(json!({
            "id": format!("cl_01jdexmp1e{number:016}"), "domain": format!("site-{number}"), "status": "active",
            "activatedAt": "2026-11-12T09:00:00.000Z", "healthStatus": "healthy",
            "tags": (0..tags).map(|tag| format!("a-tag-that-is-rather-long-{tag}")).collect::<Vec<_>>(),
        }))
        .unwrap()
    }

    #[test]
    fn every_site_is_checked_by_one_worker_and_the_message_fits() {
        for (sites, tags, shards) in [(0, 0, 1), (100, 0, 1), (801, 0, 2), (10_000, 0, 16), (10_000, 20, 64)] {
            let share = share(RUN, RUN.at, (0..sites).map(|number| site(number, tags)).collect(), None).unwrap();
            assert_eq!(share.shards, shards, "{sites} sites with {tags} tags");
            let all: BTreeSet<&str> = share
                .messages
                .iter()
                .flat_map(|message| message.sites.iter().map(|site| site.id.as_str()))
                .collect();
            assert_eq!(all.len(), sites);
            assert!(largest(&share.messages).unwrap() <= LARGEST_MESSAGE);
            assert!(share.messages.iter().any(|message| message.shard == 0));
        }
    }

    #[test]
    fn who_is_paused_is_not_checked_and_who_is_not_due_waits() {
        let mut paused = site(1, 0);
        paused.status = domain::ClientStatus::Suspended;
        let mut hourly = site(2, 0);
        hourly.monitoring.interval_minutes = 60_u16.try_into().unwrap();
        let runs = (0..12).map(|run| Run {
            at: RUN.at.after(std::time::Duration::from_secs(300 * run)),
            ..RUN
        });
        let due: u32 = runs
            .map(|run| {
                share(run, run.at, vec![paused.clone(), hourly.clone()], None)
                    .unwrap()
                    .due
            })
            .sum();
        assert_eq!(due, 1);
        let by_hand = Run {
            every_site: true,
            ..RUN
        };
        assert_eq!(share(by_hand, RUN.at, vec![paused, hourly], None).unwrap().due, 1);
    }
}
