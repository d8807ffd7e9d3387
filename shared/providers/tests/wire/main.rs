//! The clients against a scripted vendor on loopback, with the shapes that the vendors are known to answer.
//!
//! Whole stories, with vendors that keep what they are told, are in infra/sandbox/tests.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may fail loudly"
)]

mod answers;
mod github;
mod inventory;
mod railway;
mod railway_ends;
mod railway_shapes;
mod railway_template;
mod secrets;
mod site;
mod vendor;
mod vercel;
mod vercel_live;
mod vercel_projects;

use providers::{ClientMark, Http, HttpOptions, vercel::Vercel};
use secrecy::SecretString;

fn http() -> Http {
    Http::new(HttpOptions {
        loopback_hosts: Some(".localhost".to_owned()),
    })
    .unwrap()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn mark() -> ClientMark {
    ClientMark::new("cl_1")
}

fn vercel(vendor: &vendor::Vendor) -> Vercel {
    Vercel::new(http(), vendor.url(), secret("marker-token"), Some("team_1".to_owned()))
}
