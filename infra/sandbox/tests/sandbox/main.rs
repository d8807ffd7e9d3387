//! Black-box tests of the sandbox, over HTTP.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may fail loudly"
)]

mod channels;
mod crowd;
mod database_client;
mod durability;
mod effects;
mod faults;
mod github;
mod hosting_client;
mod pace;
mod postgres;
mod railway;
mod site;
mod vercel;
mod world;
