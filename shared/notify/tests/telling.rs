//! What alerts say, in every form and in both languages, as people and programs read it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use domain::{
    ClientId, Instant,
    monitoring::{
        Critical, Minute, MonitorNews, SightChange,
        incident::{Cause, Message, MessageKind, Trouble},
    },
};
use notify::{Language, Site, Telling};
use secrecy::ExposeSecret;

const BEGAN: i64 = 1_795_508_789_123;

fn client(number: u32) -> ClientId {
    format!("cl_01jdexmp1e{number:016}").parse().unwrap()
}

fn telling(kind: MessageKind, trouble: Trouble, count: u32, language: Language) -> Telling {
    let since = Instant::from_milliseconds(BEGAN);
    let sites: Vec<Site> = (1..=count)
        .map(|number| Site {
            id: client(number).to_string(),
            name: format!("Client <{number}> & Co"),
            address: format!("client-{number}.jouwplatform.nl"),
        })
        .collect();
    let message = Message {
        id: "in_1f2e3d4c5b6a7988-1".to_owned(),
        incident: "in_1f2e3d4c5b6a7988".to_owned(),
        kind,
        severity: trouble.severity(),
        trouble,
        cause: match count {
            1 => Cause::Site(client(1)),
            _ => Cause::Provider("vercel + railway".to_owned()),
        },
        sites: (1..=count).map(client).collect(),
        site_count: count,
        since,
        at: since.after(std::time::Duration::from_secs(3900)),
    };
    let link = "https://platform.jouwbedrijf.nl/platform/admin/incidents/in_1f2e3d4c5b6a7988".to_owned();
    Telling::alert(
        "alert-in_1f2e3d4c5b6a7988-1",
        &message,
        sites,
        Some(Critical::FrontPage(503)),
        link,
        language,
    )
}

/// All forms under each other.
fn forms(telling: &Telling) -> String {
    let mail = telling.addressed_to("alerts@jouwbedrijf.nl");
    let pretty = |value| serde_json::to_string_pretty(&value).unwrap();
    format!(
        "== Slack\n{}\n\n== SMS\n{}\n\n== Mail: {}\n{}\n== PagerDuty\n{}\n\n== Webhook\n{}\n",
        telling.slack_text(),
        telling.short_text(),
        mail.subject,
        mail.text.expose_secret(),
        pretty(telling.pagerduty_event("https://platform.jouwbedrijf.nl")),
        pretty(telling.webhook_event()),
    )
}

/// Only what a person reads first; the other forms are made of the same parts.
fn read_first(telling: &Telling) -> String {
    format!("{}\n\n{}\n", telling.slack_text(), telling.short_text())
}

#[test]
fn one_site_goes_down_and_comes_up_again() {
    for language in Language::ALL {
        for (name, kind) in [("trigger", MessageKind::Trigger), ("resolve", MessageKind::Resolve)] {
            let telling = telling(kind, Trouble::Down, 1, language);
            insta::assert_snapshot!(format!("one_{name}_{}", language.as_str()), forms(&telling));
        }
    }
}

#[test]
fn of_many_sites_slack_names_ten_and_the_mail_all() {
    for (name, kind) in [("trigger", MessageKind::Trigger), ("resolve", MessageKind::Resolve)] {
        let telling = telling(kind, Trouble::Down, 128, Language::Nl);
        insta::assert_snapshot!(format!("many_{name}"), read_first(&telling));
        let mail = telling.addressed_to("alerts@jouwbedrijf.nl");
        assert_eq!(
            mail.text
                .expose_secret()
                .lines()
                .filter(|line| line.starts_with("- "))
                .count(),
            128
        );
        assert_eq!(mail.html.expose_secret().matches("<li>").count(), 128);
        assert_eq!(telling.webhook_event()["data"]["sites"].as_array().unwrap().len(), 128);
    }
}

#[test]
fn updates_reminders_and_warnings_say_what_they_are() {
    for language in Language::ALL {
        let read = |kind, trouble, count| read_first(&telling(kind, trouble, count, language));
        for (name, text) in [
            ("update", read(MessageKind::Update, Trouble::Down, 3)),
            ("reminder", read(MessageKind::Reminder, Trouble::Down, 1)),
            ("certificate", read(MessageKind::Trigger, Trouble::Certificate, 1)),
        ] {
            insta::assert_snapshot!(format!("{name}_{}", language.as_str()), text);
        }
    }
}

#[test]
fn every_trouble_has_words_of_its_own() {
    for language in Language::ALL {
        let mut all = Vec::new();
        for trouble in Trouble::ALL {
            for (kind, count) in [
                (MessageKind::Trigger, 1),
                (MessageKind::Trigger, 2),
                (MessageKind::Resolve, 1),
                (MessageKind::Resolve, 2),
            ] {
                all.push(telling(kind, trouble, count, language).headline);
            }
        }
        insta::assert_snapshot!(format!("troubles_{}", language.as_str()), all.join("\n"));
    }
}

#[test]
fn the_monitor_speaks_of_itself_and_its_ends_match_their_beginnings() {
    let run = Minute::of(Instant::from_milliseconds(BEGAN));
    let at = Instant::from_milliseconds(BEGAN + 600_000);
    for language in Language::ALL {
        let mut texts = Vec::new();
        let mut keys = Vec::new();
        for news in [
            MonitorNews::Sight(SightChange::WentBlind(run)),
            MonitorNews::Sight(SightChange::SeesAgain(run)),
            MonitorNews::Silent(run),
            MonitorNews::Audible(run),
        ] {
            let telling = Telling::monitor(&format!("monitor-{}", news.id()), news, at, language);
            texts.push(telling.slack_text());
            keys.push((telling.key.clone(), telling.over));
        }
        insta::assert_snapshot!(format!("monitor_{}", language.as_str()), texts.join("\n\n"));
        assert_eq!(keys[0].0, keys[1].0);
        assert_eq!(keys[2].0, keys[3].0);
        assert_eq!(
            keys.iter().map(|(_, over)| *over).collect::<Vec<_>>(),
            [false, true, false, true]
        );
    }
}

#[test]
fn a_test_says_that_nothing_is_wrong() {
    let at = Instant::from_milliseconds(BEGAN);
    for language in Language::ALL {
        let telling = Telling::test("test-01", "On call", at, language);
        insta::assert_snapshot!(format!("test_{}", language.as_str()), read_first(&telling));
    }
}

#[test]
fn what_a_stranger_wrote_is_escaped_and_what_is_too_long_is_cut() {
    let mut long = telling(MessageKind::Trigger, Trouble::Down, 1, Language::En);
    long.headline = format!("CRITICAL: {} is down", "é".repeat(2000));
    assert_eq!(long.short_text().chars().count(), 320);
    assert!(long.short_text().ends_with("alert-in_1f2e3d4c5b6a7988-1"));
    let summary = long.pagerduty_event("s")["payload"]["summary"]
        .as_str()
        .unwrap()
        .chars()
        .count();
    assert_eq!(summary, 1024);
    let telling = telling(MessageKind::Trigger, Trouble::Down, 1, Language::En);
    assert!(telling.slack_text().contains("Client &lt;1&gt; &amp; Co"));
    let html = telling.addressed_to("a@b.nl").html.expose_secret().to_owned();
    assert!(html.contains("Client &lt;1&gt; &amp; Co") && !html.contains("<1>"));
}
