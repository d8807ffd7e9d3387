//! How sites are watched: what a check finds, when a finding counts, and who is told.
//!
//! **Invariant:** everything here is a pure function of what it is given; the time is an argument.
//! **Invariant:** what is written into stored pages keeps its place and its number; a change of form is a new version.

mod blind;
mod check;
mod condition;
mod confirm;
mod health_answer;
pub mod incident;
mod judge;
mod maintenance;
mod page;
mod probe;
mod schedule;
mod settings;
mod settings_body;
mod site;
mod tally;
mod track;
mod uptime;
mod warning;
mod watched;

pub use blind::{Attempts, MonitorNews, Sight, SightChange, Watch, canary_tries, sight};
pub use check::{Change, Check, CheckKind, Consequences, Rules};
pub use condition::Condition;
pub use confirm::Confirmation;
pub use health_answer::{Claim, HealthAnswer, HealthFacts};
pub use judge::{Critical, Finding, Known, Thresholds, judge};
pub use maintenance::{
    LocalDate, LocalTime, Maintenance, OnceBody, Origin, OriginKind, OriginView, Scope, ScopeBody, ScopeView, Span,
    Weekday, Weekly, WeeklyBody, WeeklyView, When, WindowBody, WindowChangeBody, WindowPage, WindowQuery, WindowStatus,
    WindowView, Zone, maintenance_at, maintenance_spans,
};
pub use page::{Details, Digest, Digested, Entry, Month, PAGES_KEPT, PageError, ROLL_UPS_KEPT, RunPage};
pub use probe::{ConditionResult, Failure, FrontPage, Probe, Timings};
pub use schedule::{Interval, Minute, SiteKey, is_due, previous_run};
pub use settings::{ConfirmBy, MonitoringSettings};
pub use settings_body::{ConfirmBody, MonitoringBody, ThresholdsBody};
pub use site::Site;
pub use tally::{Counted, Day, DayRollUp, Latency, RawCheck, Tally};
pub use uptime::{Records, Uptime, Window, uptime};
pub use warning::{Warning, Warnings};
pub use watched::{Outage, Watched};
