//! Who gets what, and how a channel changes.

use super::*;
use crate::{
    Tag,
    catalogue::PlanId,
    monitoring::{Weekly, incident::MessageKind},
};

/// A Tuesday, 14:00 in Amsterdam.
const NOW: Instant = Instant::from_milliseconds(1_795_525_200_000);

fn channel(number: u8, routing: Routing) -> Channel {
    Channel {
        id: format!("ch_0000000000000000000000000{number}").parse().unwrap(),
        name: Name::parse("name", "On call").unwrap(),
        target: Target::Pagerduty,
        routing,
        fallback: None,
        enabled: true,
        secrets: vec![SecretName::RoutingKey],
        revision: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn alert(kind: MessageKind, severity: Severity) -> Facts {
    Facts::Alert {
        kind,
        severity,
        plans: vec![PlanId::Free, PlanId::Enterprise],
        tags: vec![Tag::parse("tag", "vip").unwrap()],
    }
}

fn takes(routing: Routing, facts: &Facts) -> bool {
    !route(&[channel(1, routing)], facts, None, NOW).is_empty()
}

fn hours(from: &str, until: &str) -> Option<Vec<Weekly>> {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let window = serde_json::json!({"zone": "Europe/Amsterdam", "days": days, "from": from, "until": until});
    Some(vec![serde_json::from_value(window).unwrap()])
}

#[test]
fn a_channel_takes_what_its_routing_says() {
    use MessageKind::{Reminder, Resolve, Trigger, Update};
    let everything = Routing::default;
    let critical = alert(Trigger, Severity::Critical);
    assert!(takes(everything(), &critical));
    let only = |severity| Routing {
        severities: vec![severity],
        ..everything()
    };
    assert!(takes(only(Severity::Critical), &critical));
    assert!(!takes(only(Severity::Warning), &critical));
    for (plan, taken) in [(PlanId::Enterprise, true), (PlanId::Starter, false)] {
        let plans = vec![plan];
        assert_eq!(takes(Routing { plans, ..everything() }, &critical), taken);
    }
    for (tag, taken) in [("vip", true), ("other", false)] {
        let tags = vec![Tag::parse("tag", tag).unwrap()];
        assert_eq!(takes(Routing { tags, ..everything() }, &critical), taken);
    }
    for (from, until, taken) in [
        ("09:00", "17:00", true),
        ("15:00", "17:00", false),
        ("17:00", "15:00", true),
    ] {
        let routing = Routing {
            hours: hours(from, until),
            ..everything()
        };
        assert_eq!(takes(routing, &critical), taken, "{from}-{until}");
    }
    let quiet = Routing {
        recoveries: false,
        ..everything()
    };
    assert!(!takes(quiet, &alert(Resolve, Severity::Critical)));
    let last = Routing {
        fallback_only: true,
        ..everything()
    };
    assert!(!takes(last, &critical));
    for (kind, taken) in [(Trigger, true), (Update, false), (Reminder, false), (Resolve, true)] {
        assert_eq!(takes(everything(), &alert(kind, Severity::Warning)), taken, "{kind:?}");
        assert!(takes(everything(), &alert(kind, Severity::Critical)));
    }
    let mut off = channel(1, everything());
    off.enabled = false;
    assert!(route(&[off], &critical, None, NOW).is_empty());
}

#[test]
fn news_of_the_monitor_goes_to_whoever_takes_what_is_critical_at_any_hour() {
    let news = Facts::Monitor { recovery: false };
    let closed = Routing {
        hours: hours("15:00", "17:00"),
        plans: vec![PlanId::Starter],
        ..Routing::default()
    };
    assert!(takes(closed, &news));
    let warnings = Routing {
        severities: vec![Severity::Warning],
        ..Routing::default()
    };
    assert!(!takes(warnings, &news));
}

#[test]
fn an_end_goes_where_the_beginning_went_whatever_the_routing_says_now() {
    let closed = Routing {
        severities: vec![Severity::Warning],
        hours: hours("15:00", "17:00"),
        ..Routing::default()
    };
    let mut now_closed = channel(1, closed);
    now_closed.enabled = false;
    let open = channel(2, Routing::default());
    let earlier = [(1, true), (3, true), (2, false)].map(|(number, hears_the_end)| Routed {
        channel: channel(number, Routing::default()).id,
        hears_the_end,
    });
    let end = alert(MessageKind::Resolve, Severity::Critical);
    let channels = [now_closed, open];
    let told = |earlier: Option<&[Routed]>| -> Vec<ChannelId> {
        let routed = route(&channels, &end, earlier, NOW);
        routed.into_iter().map(|one| one.channel).collect()
    };
    // The third is gone; the second wanted no end when it heard the beginning.
    assert_eq!(told(Some(&earlier)), [channels[0].id.clone()]);
    assert_eq!(told(Some(&[])), []);
    assert_eq!(told(None), [channels[1].id.clone()]);
}

#[test]
fn slack_and_mail_come_with_the_settings() {
    let of = |slack, email: Option<&str>, by_default: &[&str]| {
        let built_in = BuiltIn {
            slack,
            email: email.map(|email| EmailAddress::parse("e", email).unwrap()),
            by_default: by_default.iter().map(ToString::to_string).collect(),
        };
        built_in.channels()
    };
    let told = |channels: &[Channel], severity| -> Vec<String> {
        let routed = route(channels, &alert(MessageKind::Trigger, severity), None, NOW);
        routed.into_iter().map(|one| one.channel.to_string()).collect()
    };
    let cloud = of(true, Some("a@acme.com"), &["slack", "email"]);
    assert_eq!(told(&cloud, Severity::Critical), ["ch_slack", "ch_email"]);
    assert_eq!(told(&cloud, Severity::Warning), ["ch_email"]);
    let local = of(true, Some("a@acme.com"), &["slack"]);
    assert_eq!(told(&local, Severity::Critical), ["ch_slack"]);
    assert_eq!(told(&local, Severity::Warning), Vec::<String>::new());
    assert_eq!(local[0].fallback, Some(ChannelId::built_in_email()));
    assert_eq!(of(true, None, &["slack"])[0].fallback, None);
    assert!(of(false, None, &["slack", "email"]).is_empty());
}

#[test]
fn a_fallback_exists_and_does_not_lead_back() {
    let mut channels = [1, 2, 3].map(|number| channel(number, Routing::default()));
    let ids: Vec<ChannelId> = channels.iter().map(|channel| channel.id.clone()).collect();
    channels[0].fallback = Some(ids[1].clone());
    channels[1].fallback = Some(ids[2].clone());
    assert!(channels[0].check_fallback(&channels).is_ok());
    let mut last = channels[2].clone();
    for (fallback, good) in [
        (&ids[0], false),
        (&ids[2], false),
        (&ChannelId::built_in_email(), false),
    ] {
        last.fallback = Some(fallback.clone());
        assert_eq!(last.check_fallback(&channels).is_ok(), good, "{fallback}");
    }
}

#[test]
fn a_webhook_has_at_most_two_secrets() {
    let mut webhook = channel(1, Routing::default());
    webhook.target = Target::Webhook {
        url: "https://hooks.example.com/".to_owned(),
    };
    webhook.secrets = vec![SecretName::Secret];
    let settings = ChannelSettings::default();
    let change = |body: ChannelChangeBody, channel: &Channel| {
        let change = ChannelChange::parse(body, ChannelKind::Webhook, &settings).unwrap();
        change.applied_to(channel, NOW)
    };
    let rotate = || ChannelChangeBody {
        rotate_secret: Some(true),
        ..ChannelChangeBody::default()
    };
    let two = change(rotate(), &webhook);
    assert_eq!(two.secrets, [SecretName::Secret, SecretName::PreviousSecret]);
    assert_eq!(change(rotate(), &two).secrets, two.secrets);
    let drop = ChannelChangeBody {
        drop_previous_secret: Some(true),
        ..ChannelChangeBody::default()
    };
    assert_eq!(change(drop, &two).secrets, [SecretName::Secret]);
    assert!(ChannelChange::parse(rotate(), ChannelKind::Slack, &settings).is_err());
}
