//! Bodies that another function puts together.
#![allow(dead_code, reason = "described, not made")]

use domain::{ClientView, Instant, OperationSummary, Role};
use utoipa::ToSchema;

/// A page of clients.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ClientPage {
    /// The page's members.
    docs: Vec<ClientView>,
    /// How many there are on all pages.
    total_docs: u64,
    /// How many there are on a page.
    limit: u64,
    /// Which page this is, from 1.
    page: u64,
    /// How many pages there are, at least 1.
    total_pages: u64,
    /// There is a next page.
    has_next_page: bool,
    /// There is a page before.
    has_prev_page: bool,
    /// The next page.
    #[schema(required)]
    next_page: Option<u64>,
    /// The page before.
    #[schema(required)]
    prev_page: Option<u64>,
    /// To be sent as `cursor` for what follows: unlike `page`, it does not shift under writes.
    next_cursor: Option<String>,
}

/// A change that was begun.
#[derive(ToSchema)]
pub struct Begun {
    /// The client as it is now.
    client: ClientView,
    /// What runs for it; poll `GET /operations/{id}`.
    operation: OperationSummary,
}

/// A key: never the key itself.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct KeyView {
    /// Names it.
    id: String,
    /// What it is for.
    name: String,
    /// What it allows.
    role: Role,
    /// When it was made.
    created_at: Instant,
    /// When it last opened a door, to the minute.
    last_used_at: Option<Instant>,
    /// When it was revoked.
    revoked_at: Option<Instant>,
}

/// All keys, oldest first.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct KeyList {
    /// The keys.
    docs: Vec<KeyView>,
    /// How many there are.
    total_docs: u64,
}

/// A key to be made.
#[derive(ToSchema)]
pub struct NewKeyBody {
    /// What it is for, 1-100 characters.
    name: String,
    /// What it allows.
    role: Role,
}

/// A key that was just made.
#[derive(ToSchema)]
pub struct NewKey {
    #[serde(flatten)]
    view: KeyView,
    /// The key, shown this once.
    #[schema(pattern = "^tnt_[0-9A-Za-z]{43}$")]
    key: String,
}
