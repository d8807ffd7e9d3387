//! Incidents: one cause, one page, one recovery.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::time::Duration;

use domain::{
    ClientId, Instant,
    monitoring::incident::{
        Cause, Desk, DeskRules, Happening, IncidentStatus, MessageKind, News, Settlement, Severity, Traits, Trouble,
        mean_times,
    },
};

const START: Instant = Instant::from_milliseconds(1_764_000_000_000);
const DOWN: News = News::Begun(Trouble::Down);
const UP: News = News::Over(Trouble::Down);

fn after(seconds: u64) -> Instant {
    START.after(Duration::from_secs(seconds))
}

fn client(number: usize) -> ClientId {
    format!("cl_{number:026}").parse().unwrap()
}

fn traits(rollout: Option<&str>) -> Traits {
    Traits {
        provider: "vercel".to_owned(),
        template_version: Some("business 1.4.0".to_owned()),
        rollout: rollout.map(str::to_owned),
    }
}

/// Of 10,000 sites all are at Vercel, 4,000 run the version, 150 were in the rollout.
fn population(cause: &Cause) -> u32 {
    match cause {
        Cause::Provider(_) => 10_000,
        Cause::TemplateVersion(_) => 4000,
        Cause::Rollout(_) => 150,
        Cause::Site(_) => 1,
    }
}

struct World {
    desk: Desk,
    rules: DeskRules,
}

impl World {
    fn new() -> Self {
        Self {
            desk: Desk::default(),
            rules: DeskRules::default(),
        }
    }

    fn report(&mut self, number: usize, news: &News, second: u64) {
        self.report_with(number, &traits(None), news, second);
    }

    fn report_with(&mut self, number: usize, traits: &Traits, news: &News, second: u64) {
        let (client, now) = (client(number), after(second));
        self.desk.report(&self.rules, &client, traits, news, now, now);
    }

    fn settle(&mut self, second: u64) -> Settlement {
        self.desk.settle(&self.rules, &population, after(second))
    }

    fn told(&mut self, second: u64) -> Vec<(MessageKind, usize)> {
        let messages = self.settle(second).messages;
        messages
            .iter()
            .map(|message| (message.kind, message.sites.len()))
            .collect()
    }
}

#[test]
fn one_site_one_page_one_recovery() {
    let mut world = World::new();
    world.report(1, &DOWN, 0);
    world.report(1, &DOWN, 1);
    assert_eq!(world.told(19), [], "more of its kind may come");
    let page = world.settle(20).messages.remove(0);
    assert_eq!((page.kind, page.severity), (MessageKind::Trigger, Severity::Critical));
    assert_eq!(
        (page.cause, page.sites, page.since),
        (Cause::Site(client(1)), vec![client(1)], after(0))
    );
    assert_eq!(world.told(600), []);
    world.report(1, &UP, 900);
    world.report(1, &UP, 901);
    let Settlement { messages, closed } = world.settle(901);
    assert_eq!(
        (messages[0].kind, &messages[0].incident),
        (MessageKind::Resolve, &page.incident)
    );
    assert_ne!(messages[0].id, page.id);
    assert_eq!(
        (closed[0].status, closed[0].resolved_at),
        (IncidentStatus::Resolved, Some(after(901)))
    );
    assert_eq!(world.settle(902), Settlement::default());
}

#[test]
fn what_is_over_before_anybody_was_told_is_told_to_nobody() {
    let mut world = World::new();
    world.report(1, &DOWN, 0);
    world.report(1, &UP, 10);
    assert_eq!(world.settle(60), Settlement::default());
}

#[test]
fn a_hundred_and_twenty_eight_sites_are_one_incident_one_page_and_one_recovery() {
    let mut world = World::new();
    for number in 0..128 {
        world.report_with(number, &traits(Some("rollout-7")), &DOWN, number as u64 % 15);
    }
    let messages = world.settle(20).messages;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].sites.len(), 128);
    assert_eq!(
        messages[0].cause,
        Cause::Rollout("rollout-7".to_owned()),
        "of three causes the rarest"
    );
    for number in 0..128 {
        world.report(number, &UP, 900 + number as u64);
        let expected = if number == 127 {
            vec![(MessageKind::Resolve, 128)]
        } else {
            vec![]
        };
        assert_eq!(world.told(900 + number as u64), expected);
    }
}

#[test]
fn the_cause_is_what_explains_the_most() {
    let mut world = World::new();
    for number in 0..40 {
        let rollout = (number < 4).then_some("rollout-7");
        let mut traits = traits(rollout);
        traits.template_version = (number % 2 == 0).then(|| "business 1.4.0".to_owned());
        world.report_with(number, &traits, &DOWN, 0);
    }
    let messages = world.settle(20).messages;
    assert_eq!(
        (messages.len(), &messages[0].cause),
        (1, &Cause::Provider("vercel".to_owned()))
    );
    // Another provider's sites have nothing to do with it.
    for number in 100..102 {
        let elsewhere = Traits {
            provider: "railway".to_owned(),
            template_version: None,
            rollout: None,
        };
        world.report_with(number, &elsewhere, &DOWN, 30);
    }
    assert_eq!(world.told(60), [(MessageKind::Trigger, 1), (MessageKind::Trigger, 1)]);
}

#[test]
fn sites_that_follow_join_and_are_told_in_one_update() {
    let mut world = World::new();
    (0..10).for_each(|number| world.report(number, &DOWN, 0));
    assert_eq!(world.told(20), [(MessageKind::Trigger, 10)]);
    (10..50).for_each(|number| world.report(number, &DOWN, 60));
    assert_eq!(world.told(90), [], "not every moment");
    assert_eq!(world.told(320), [(MessageKind::Update, 50)]);
    // A site that comes back and goes again within the same incident is no news.
    world.report(3, &UP, 400);
    world.report(3, &DOWN, 700);
    assert_eq!(world.told(900), []);
    // Hours later it is an outage of its own.
    world.report(99, &DOWN, 3 * 3600);
    assert_eq!(world.told(3 * 3600 + 20), [(MessageKind::Trigger, 1)]);
}

#[test]
fn a_reminder_comes_until_somebody_takes_it() {
    let mut world = World::new();
    world.report(1, &DOWN, 0);
    let page = world.settle(20).messages.remove(0);
    assert_eq!(world.told(4 * 3600), []);
    assert_eq!(world.told(4 * 3600 + 20), [(MessageKind::Reminder, 1)]);
    assert_eq!(world.told(4 * 3600 + 80), []);
    let incident = world.desk.incident_mut(&page.incident).unwrap();
    incident.acknowledge("anna", after(5 * 3600));
    incident.acknowledge("bert", after(5 * 3600 + 1));
    incident.note("anna", "the disk is full", after(5 * 3600 + 2));
    assert_eq!(world.told(20 * 3600), []);
    world.report(1, &UP, 21 * 3600);
    let incident = world.settle(21 * 3600).closed.remove(0);
    assert_eq!(incident.acknowledged_by.as_deref(), Some("anna"));
    let what: Vec<&Happening> = incident.timeline.iter().map(|event| &event.what).collect();
    assert_eq!(
        what,
        [
            &Happening::Opened(1),
            &Happening::Told(MessageKind::Trigger),
            &Happening::Told(MessageKind::Reminder),
            &Happening::Acknowledged("anna".to_owned()),
            &Happening::Note("anna".to_owned(), "the disk is full".to_owned()),
            &Happening::Recovered(1),
            &Happening::Told(MessageKind::Resolve),
            &Happening::Resolved,
        ]
    );
    let means = mean_times([&incident]);
    assert_eq!(means.to_acknowledge, Some(f64::from(5 * 3600 - 20)));
    assert_eq!(means.to_resolve, Some(f64::from(21 * 3600 - 20)));
    assert_eq!(mean_times(std::iter::empty()).to_resolve, None);
}

#[test]
fn a_warning_is_told_once_and_never_reminds() {
    let (mut world, certificate) = (World::new(), News::Begun(Trouble::Certificate));
    world.report(1, &certificate, 0);
    assert_eq!(world.told(20), [(MessageKind::Trigger, 1)]);
    assert_eq!(world.told(86_400), []);
    // A nearer limit is told as more of the same.
    world.report(1, &certificate, 7 * 86_400);
    assert_eq!(world.told(7 * 86_400), [(MessageKind::Update, 1)]);
    world.report(1, &News::Over(Trouble::Certificate), 8 * 86_400);
    assert_eq!(world.told(8 * 86_400), [(MessageKind::Resolve, 1)]);
}

#[test]
fn the_same_run_worked_out_twice_gives_the_same_messages() {
    let run = || {
        let mut world = World::new();
        (0..7).for_each(|number| world.report(number, &DOWN, 0));
        world.settle(20).messages
    };
    assert_eq!(run(), run());
    let mut world = World::new();
    world.report(1, &DOWN, 0);
    world.settle(20);
    world.report(2, &DOWN, 30);
    let stored = serde_json::to_string(&world.desk).unwrap();
    assert_eq!(serde_json::from_str::<Desk>(&stored).unwrap(), world.desk);
}
