//! Bodies that another function puts together.
#![allow(dead_code, reason = "described, not made")]

use std::collections::BTreeMap;

use domain::{
    ClientId, ClientView, Instant, OperationId, OperationKind, OperationStatus, OperationSummary, ResourceKind,
    ResourceState, Role, Step, StepError, StepState,
};
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

/// An operation.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct OperationView {
    /// Identifies it.
    id: OperationId,
    /// Whose.
    client_id: ClientId,
    /// What it does.
    kind: OperationKind,
    /// Where it stands.
    status: OperationStatus,
    /// Its steps, in the order in which they run.
    steps: Vec<StepView>,
    /// The step that failed first.
    failed_step: Option<Step>,
    /// The failure that ended it or turned it round.
    error: Option<StepError>,
    /// Who asked for it.
    requested_by: String,
    /// When it was recorded.
    created_at: Instant,
    /// When a worker first took it.
    started_at: Option<Instant>,
    /// When it ended.
    ended_at: Option<Instant>,
    /// Past this it is turned round.
    deadline: Instant,
    /// The operation it overtook and has to wait out.
    predecessor: Option<OperationId>,
}

/// One step of an operation.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct StepView {
    /// Which.
    name: Step,
    /// Where it stands.
    state: StepState,
    /// How often it was tried.
    attempts: u32,
    /// When it was first begun.
    started_at: Option<Instant>,
    /// When it ended.
    ended_at: Option<Instant>,
    /// How long it took, in seconds.
    duration: Option<f64>,
    /// Ids at the outside services, by kind of resource.
    provider_ids: BTreeMap<String, String>,
    /// The newest failure.
    error: Option<StepError>,
    /// When it is tried or looked at again.
    next_retry_at: Option<Instant>,
}

/// One thing that was made outside for a client.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ResourceView {
    /// What.
    kind: ResourceKind,
    /// The service that holds it.
    provider: String,
    /// Its name there.
    external_name: String,
    /// Its id there, once known.
    external_id: Option<String>,
    /// What is known of it.
    state: ResourceState,
    /// When the provider said it was there.
    created_at: Option<Instant>,
    /// When the provider did not find it any more.
    gone_at: Option<Instant>,
}

/// An operation with everything that was ever made outside for its client.
#[derive(ToSchema)]
pub struct OperationDetail {
    #[schema(inline)]
    #[serde(flatten)]
    operation: OperationView,
    /// What was made, by kind.
    resources: Vec<ResourceView>,
}

/// All operations of a client, newest first.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct OperationList {
    /// The operations.
    docs: Vec<OperationView>,
    /// How many there are.
    total_docs: u64,
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
