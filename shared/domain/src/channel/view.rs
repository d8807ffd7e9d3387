//! What is shown of channels and of what they delivered. Every field is always there, `null` when unknown.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Channel, ChannelId, ChannelKind, Routing, SecretName, TargetBody};
use crate::{
    DeliveryReason, Error, Instant, Notice, NoticeKind, NoticeState,
    paging::{DEFAULT_LIMIT, bad, bad_cursor, limit, once},
    quoted,
};

/// How bad something is.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, missing_docs, reason = "the document's words for a type of the monitor")]
pub(super) enum AlertSeverity {
    Warning,
    Critical,
}

/// A window of every week.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[allow(dead_code, reason = "the document's words for a type of the monitor")]
pub(super) struct WeeklyHours {
    /// Whose clock: an IANA name such as `Europe/Amsterdam`.
    zone: String,
    /// `monday` and so on: when it begins.
    days: Vec<String>,
    /// `09:00`.
    from: String,
    /// `17:30`; on the next day when that is not later.
    until: String,
    /// The first day on which it may begin.
    first_day: Option<String>,
    /// The last day on which it may begin.
    last_day: Option<String>,
}

/// A window of every week, as it is asked for.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[allow(dead_code, reason = "the document's words for a type of the monitor")]
pub(super) struct HoursBody {
    /// Whose clock: an IANA name such as `Europe/Amsterdam`.
    zone: String,
    /// `monday` and so on: when it begins.
    days: Vec<String>,
    /// `09:00`.
    from: String,
    /// `17:30`; on the next day when that is not later.
    until: String,
    /// The first day on which it may begin.
    first_day: Option<String>,
    /// The last day on which it may begin.
    last_day: Option<String>,
}

/// A channel; nothing secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelView {
    /// Identifies it.
    pub id: ChannelId,
    /// What it is called.
    pub name: String,
    /// What kind it is.
    pub kind: ChannelKind,
    /// Comes with the platform's settings and changes with them only.
    pub built_in: bool,
    /// Where it leads.
    pub target: TargetBody,
    /// What it takes.
    pub routing: Routing,
    /// The channel that gets what this one cannot deliver.
    pub fallback: Option<ChannelId>,
    /// Whether anything is routed to it.
    pub enabled: bool,
    /// The names of the secrets that it has.
    pub secrets: Vec<SecretName>,
    /// Counts the changes; the ETag.
    pub revision: u64,
    /// When it was made; `null` for one that comes with the settings.
    pub created_at: Option<Instant>,
    /// When it last changed; `null` for one that comes with the settings.
    pub updated_at: Option<Instant>,
}

impl From<Channel> for ChannelView {
    fn from(channel: Channel) -> Self {
        let built_in = channel.id.is_built_in();
        Self {
            id: channel.id,
            name: channel.name.to_string(),
            kind: channel.target.kind(),
            built_in,
            target: channel.target.body(),
            routing: channel.routing,
            fallback: channel.fallback,
            enabled: channel.enabled,
            secrets: channel.secrets,
            revision: channel.revision,
            created_at: (!built_in).then_some(channel.created_at),
            updated_at: (!built_in).then_some(channel.updated_at),
        }
    }
}

/// A channel that was made or changed. No `Debug`: it may show a secret.
#[derive(Serialize, ToSchema)]
pub struct ChannelAnswer {
    /// The channel.
    #[schema(inline)]
    #[serde(flatten)]
    pub channel: ChannelView,
    /// The secret that was made for it, shown this once.
    pub secret: Option<String>,
}

/// All channels: those of the settings, then the oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelList {
    /// The channels.
    pub docs: Vec<ChannelView>,
    /// How many there are.
    pub total_docs: usize,
}

impl ChannelList {
    /// Of these.
    #[must_use]
    pub fn of(channels: Vec<Channel>) -> Self {
        let docs: Vec<ChannelView> = channels.into_iter().map(ChannelView::from).collect();
        Self {
            total_docs: docs.len(),
            docs,
        }
    }
}

/// What became of one message on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// Identifies it.
    pub id: String,
    /// What was told, the same on every channel and in every repetition; it stands in the message.
    pub message: String,
    /// What kind of thing it tells.
    pub kind: NoticeKind,
    /// The incident, if it is about one.
    pub incident: Option<String>,
    /// Why this channel: `routed`, `fallback`, `test` or `replay`.
    pub reason: String,
    /// The channel that could not deliver it, when this one got it instead.
    pub instead_of: Option<ChannelId>,
    /// Where it stands.
    pub state: NoticeState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is next tried, while it is pending.
    pub next_attempt_at: Option<Instant>,
    /// When it was written.
    pub created_at: Instant,
    /// When the channel accepted it.
    pub delivered_at: Option<Instant>,
    /// The newest failure.
    pub error: Option<String>,
}

impl From<&Notice> for DeliveryView {
    fn from(notice: &Notice) -> Self {
        let reason = notice
            .delivery
            .as_ref()
            .map_or(&DeliveryReason::Routed, |delivery| &delivery.reason);
        Self {
            id: notice.id.clone(),
            message: notice.visible_id(),
            kind: notice.kind,
            incident: notice.message.as_ref().map(|message| message.incident.clone()),
            reason: reason.name().to_owned(),
            instead_of: match reason {
                DeliveryReason::Fallback(channel) => Some(channel.clone()),
                DeliveryReason::Routed | DeliveryReason::Test | DeliveryReason::Replay => None,
            },
            state: notice.state,
            attempts: notice.attempts,
            next_attempt_at: (notice.state == NoticeState::Pending).then_some(notice.due_at),
            created_at: notice.created_at,
            delivered_at: notice.delivered_at,
            error: notice.error.clone(),
        }
    }
}

/// A part of a channel's deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryPage {
    /// The deliveries.
    pub docs: Vec<DeliveryView>,
    /// How many there are at most in one part.
    pub limit: usize,
    /// There are older ones.
    pub has_next_page: bool,
    /// To be sent as `cursor` for the older ones.
    pub next_cursor: Option<String>,
}

/// Which part of a channel's deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// How many at most.
    pub limit: usize,
    /// The delivery after which it begins: when it was written, and its id.
    pub after: Option<(Instant, String)>,
}

impl DeliveryQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// A parameter is unknown, comes twice, or has a value that it cannot have.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut query = Self {
            limit: DEFAULT_LIMIT,
            after: None,
        };
        for (index, (name, value)) in parameters.iter().enumerate() {
            once(parameters, index, name)?;
            match name.as_str() {
                "limit" => query.limit = limit(value)?,
                "cursor" if value.is_empty() => {}
                "cursor" => {
                    let (at, id) = value.split_once('~').ok_or_else(bad_cursor)?;
                    let at = Instant::parse(at).map_err(|_| bad_cursor())?;
                    query.after = Some((at, id.to_owned()));
                }
                _ => {
                    let message = format!("{} is not a parameter here. Known: limit, cursor.", quoted(name));
                    return Err(bad(name, message));
                }
            }
        }
        Ok(query)
    }

    /// The cursor for what is older than this one.
    #[must_use]
    pub fn cursor(last: &Notice) -> String {
        format!("{}~{}", last.created_at, last.id)
    }
}
