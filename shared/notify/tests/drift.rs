//! The mail about drift, as a person reads it.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use domain::{DriftKind, Finding, Instant, ResourceKind};
use notify::{DriftMail, Language, Mail};
use secrecy::ExposeSecret;

fn drift(kind: DriftKind, resource: ResourceKind, language: Language, client_name: Option<&str>) -> Mail {
    let database = resource == ResourceKind::Database;
    let finding = Finding {
        id: String::new(),
        kind,
        resource,
        provider: if database { "railway" } else { "vercel" }.to_owned(),
        external_name: "client-acme-x1y2z3".to_owned(),
        external_id: Some("prj_1".to_owned()),
        client_id: "cl_01jdexmp1e0000000000000000".parse().unwrap(),
        first_seen: Instant::from_milliseconds(1_795_348_800_000),
        last_seen: Instant::from_milliseconds(1_795_435_200_000),
        sightings: 2,
        reported: true,
    };
    DriftMail {
        finding: &finding,
        client_name,
        list: "GET https://platform.jouwbedrijf.nl/api/platform/drift",
        language,
    }
    .addressed_to("alerts@jouwbedrijf.nl")
}

#[test]
fn it_says_what_where_since_when_and_what_to_do() {
    for language in Language::ALL {
        for (kind, resource) in [
            (DriftKind::Orphan, ResourceKind::Project),
            (DriftKind::Missing, ResourceKind::Project),
            (DriftKind::Missing, ResourceKind::Database),
            (DriftKind::Unmarked, ResourceKind::Database),
        ] {
            let mail = drift(kind, resource, language, Some("Acme Corp"));
            let name = format!("{}_{}_{}", kind.name(), resource.name(), language.as_str());
            insta::assert_snapshot!(name, format!("{}\n\n{}", mail.subject, mail.text.expose_secret()));
        }
    }
}

#[test]
fn a_client_without_a_record_is_named_by_its_id_and_no_name_is_markup() {
    let unknown = drift(DriftKind::Orphan, ResourceKind::Project, Language::En, None);
    assert!(
        unknown
            .text
            .expose_secret()
            .contains("Client: cl_01jdexmp1e0000000000000000\n")
    );
    let hostile = drift(DriftKind::Orphan, ResourceKind::Project, Language::En, Some("<b>&"));
    assert!(hostile.html.expose_secret().contains("&lt;b&gt;&amp; (cl_"));
}
