//! The product's own words and rules.
//!
//! **Invariant:** nothing here does I/O: no tokio, no AWS, no HTTP client, no environment, no clock. Time and chance come in
//! through [`Clock`] and [`Entropy`].
//! **Invariant:** what cannot be right cannot be built: text from outside becomes one of these types at the edge or is refused
//! with the field and the remedy.

mod access;
mod address;
mod audit;
mod breaker;
pub mod catalogue;
mod change;
pub mod channel;
mod client;
mod command;
pub mod consequence;
mod delivery;
mod deployment;
mod drift;
mod error;
mod freeze;
mod health;
mod id;
mod import_report;
mod instant;
mod key_view;
mod listing;
pub mod monitoring;
mod new_client;
mod new_settings;
mod notice;
mod operation;
mod operation_kind;
mod operation_view;
mod orders;
mod paging;
mod progress;
mod resource;
mod rollout;
mod sources;
pub mod start;
mod state_machine;
mod step;
mod text;
mod transition;
mod view;

pub use access::{ApiKey, KeyRecord, Permission, Principal, Role, hexadecimal};
pub use address::is_public;
pub use audit::AuditEntry;
pub use breaker::{Admission, Breaker};
pub use change::{Change, ChangeBody};
pub use client::{BillingStatus, Client, ClientStatus, DatabaseProvider, HealthStatus};
pub use command::{ClientEvent, Command};
pub use delivery::{Delivery, DeliveryReason, delivery_id};
pub use deployment::{Deployment, DeploymentStatus, DeploymentType, Environment, Source};
pub use drift::{Booked, DriftKind, Evidence, Finding, MOST_REPORTS, Sighted, Suspect, Verdict};
pub use error::{Code, Error, quoted};
pub use freeze::{Freeze, FreezeBody};
pub use health::HealthReport;
pub use id::{AuditId, ClientId, DeploymentId, InvalidId, OperationId, RolloutId, new_ulid};
pub use import_report::{ImportReport, RowReport, RowStatus};
pub use instant::Instant;
pub use key_view::{KeyList, KeyView, NewKey, NewKeyBody};
pub use listing::ClientQuery;
pub use new_client::{NewClient, NewClientBody};
pub use new_settings::NewSettings;
pub use notice::{Notice, NoticeKind, NoticeState};
pub use operation::{Asked, Lease, Operation, Outputs, Parked, ParkedFor, StepError, StepRecord, Work};
pub use operation_kind::OperationKind;
pub use operation_view::{OperationDetail, OperationList, OperationView, ResourceView, StepView};
pub use orders::{ReasonBody, RedeployBody, RetryBody, RollbackBody, parse_reason};
pub use paging::Page;
pub use progress::Outcome;
pub use resource::{Resource, ResourceEvent, ResourceKind, ResourceState};
pub use rollout::{
    AT_ONCE, BatchPlan, BatchSize, End, FilterValue, PATIENCE, Rollout, RolloutBody, RolloutClient, RolloutClientState,
    RolloutClientView, RolloutCommand, RolloutCounts, RolloutDetail, RolloutOrder, RolloutPage, RolloutQuery,
    RolloutRequest, RolloutStatus, RolloutView, Seen, Turn,
};
pub use sources::{Clock, Entropy, random_text};
pub use state_machine::{CommandView, KindView, OperationStateView, StateMachine, StateView, TransitionView};
pub use step::Step;
pub use text::{DomainLabel, EmailAddress, Name, PhoneNumber, Tag, VariableName};
pub use transition::{IllegalTransition, OperationEvent, OperationStatus, StepEvent, StepState};
pub use view::{Addresses, ClientAccepted, ClientExport, ClientPage, ClientView, OperationSummary, StepSummary};
