//! What is asked for: which commit, which clients, in which batches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Client, ClientQuery, ClientStatus, Code, Error, Instant, Rollout, RolloutClient, RolloutCounts, RolloutId,
    RolloutStatus,
    orders::{parse_reason, parse_reference},
    quoted,
};

/// The body of `POST /rollouts`.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolloutBody {
    /// The branch, tag or commit to deploy. It is pinned to one commit when the first client is redeployed.
    #[serde(rename = "ref")]
    #[schema(example = "main")]
    pub reference: String,
    /// Which clients: filters and order as `GET /clients` takes them in its query, which shows beforehand who it will be. All
    /// clients when left out. Clients that are not live go last, and are skipped unless they are live by then.
    #[serde(default)]
    pub filter: BTreeMap<String, FilterValue>,
    /// The sizes of the batches; the last one is repeated until everybody is in one. `[1, "10%", "rest"]` when left out.
    #[serde(default)]
    pub batch: Option<BatchPlan>,
    /// So many redeploys may fail; one more rolls its batch back and halts the rollout. 0 when left out.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub max_failures: u32,
    /// Why, in at most 500 characters.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A filter's value, or several of which one is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a text or a list of texts")]
pub enum FilterValue {
    /// One, or several separated by commas.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// One size, or several in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "a batch size or a list of them: whole numbers, \"10%\" or \"rest\""
)]
pub enum BatchPlan {
    /// The same for all.
    One(BatchSize),
    /// One after the other.
    Many(Vec<BatchSize>),
}

/// How many clients are in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a whole number from 1, a share such as \"10%\", or \"rest\"")]
pub enum BatchSize {
    /// So many.
    Count(u32),
    /// A share of all clients of the rollout ("10%", rounded up), or "rest".
    Text(String),
}

/// A rollout as it was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutOrder {
    reference: String,
    filter: BTreeMap<String, String>,
    query: ClientQuery,
    sizes: Vec<Size>,
    max_failures: u32,
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Count(usize),
    Percent(usize),
    Rest,
}

impl RolloutBody {
    /// Reads it.
    ///
    /// # Errors
    /// A value breaks a rule.
    pub fn parse(self) -> Result<RolloutOrder, Error> {
        let filter: BTreeMap<String, String> = self
            .filter
            .into_iter()
            .map(|(name, value)| match value {
                FilterValue::One(text) => (name, text),
                FilterValue::Many(texts) => (name, texts.join(",")),
            })
            .collect();
        let parameters: Vec<(String, String)> = filter.clone().into_iter().collect();
        let query = ClientQuery::parse_whole(&parameters).map_err(|error| in_filter(&error))?;
        let plan = match self.batch {
            None => vec![Size::Count(1), Size::Percent(10), Size::Rest],
            Some(BatchPlan::One(size)) => vec![Size::read(&size)?],
            Some(BatchPlan::Many(sizes)) => sizes.iter().map(Size::read).collect::<Result<_, _>>()?,
        };
        Ok(RolloutOrder {
            reference: parse_reference(self.reference)?,
            filter,
            query,
            sizes: checked(plan)?,
            max_failures: self.max_failures,
            reason: parse_reason(self.reason)?,
        })
    }
}

/// A refused query of a list, as a refused field of a body.
fn in_filter(error: &Error) -> Error {
    let field = error
        .field()
        .map_or_else(|| "filter".to_owned(), |name| format!("filter.{name}"));
    Error::invalid(field, error.message())
}

impl Size {
    fn read(size: &BatchSize) -> Result<Self, Error> {
        let share = |text: &str| {
            let percent = text.strip_suffix('%')?.parse::<usize>().ok()?;
            (1..=100).contains(&percent).then_some(Self::Percent(percent))
        };
        let read = match size {
            BatchSize::Count(count) => usize::try_from(*count).ok().filter(|count| *count > 0).map(Self::Count),
            BatchSize::Text(text) if text == "rest" => Some(Self::Rest),
            BatchSize::Text(text) => share(text),
        };
        read.ok_or_else(|| {
            let shown = match size {
                BatchSize::Count(count) => count.to_string(),
                BatchSize::Text(text) => quoted(text),
            };
            let known = "Send a whole number from 1, a share from \"1%\" to \"100%\", or \"rest\"";
            Error::invalid("batch", format!("{shown} is not the size of a batch. {known}."))
        })
    }

    const fn of(self, total: usize, left: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (total * percent).div_ceil(100),
            Self::Rest => left,
        }
    }
}

/// There is a size, and nothing comes after the rest.
fn checked(sizes: Vec<Size>) -> Result<Vec<Size>, Error> {
    let before = sizes.len().saturating_sub(1);
    if sizes.is_empty() {
        let message = "There is no batch. Leave the field out for [1, \"10%\", \"rest\"].";
        return Err(Error::invalid("batch", message));
    }
    if sizes.iter().take(before).any(|size| *size == Size::Rest) {
        return Err(Error::invalid("batch", "Nothing is left after \"rest\". Put it last."));
    }
    Ok(sizes)
}

/// Who asks for a rollout, and when.
#[derive(Debug, Clone, Copy)]
pub struct RolloutRequest<'a> {
    /// The rollout's id.
    pub id: &'a RolloutId,
    /// Who.
    pub requested_by: &'a str,
    /// The request's id.
    pub request_id: &'a str,
    /// When.
    pub now: Instant,
}

impl RolloutOrder {
    /// The records of a rollout of this order over the clients that there are.
    ///
    /// # Errors
    /// It finds no client.
    pub fn plan<'a>(
        &self,
        clients: impl Iterator<Item = &'a Client>,
        request: RolloutRequest<'_>,
    ) -> Result<(Rollout, Vec<RolloutClient>), Error> {
        let found = self.query.all(clients);
        if found.is_empty() {
            let message = "No client matches. GET /clients takes the same filters and shows who does.";
            return Err(Error::new(Code::Invalid, message).at("filter"));
        }
        // Whoever goes first stands for all the others: a client whose site is not live would prove nothing.
        let (live, others): (Vec<&Client>, Vec<&Client>) = found
            .into_iter()
            .partition(|client| client.resting_status() == ClientStatus::Active);
        let mut rows = Vec::new();
        let mut batches = Vec::new();
        let total = live.len() + others.len();
        let mut waiting = live.into_iter().chain(others);
        let mut sizes = self.sizes.iter();
        let mut size = Size::Rest;
        while rows.len() < total {
            size = sizes.next().copied().unwrap_or(size);
            let number = u32::try_from(batches.len()).map_err(Error::internal)?;
            let before = rows.len();
            let batch = waiting.by_ref().take(size.of(total, total - before));
            rows.extend(batch.map(|client| RolloutClient::pending(request.id, client, number)));
            batches.push(u32::try_from(rows.len() - before).map_err(Error::internal)?);
        }
        let rollout = Rollout {
            id: request.id.clone(),
            status: RolloutStatus::Running,
            reference: self.reference.clone(),
            commit: None,
            filter: self.filter.clone(),
            batches,
            batch: 0,
            max_failures: self.max_failures,
            generation: 0,
            due_at: Some(request.now),
            moved_at: request.now,
            through: RolloutCounts::default(),
            counts: RolloutCounts::of(&rows),
            error: None,
            reason: self.reason.clone(),
            requested_by: request.requested_by.to_owned(),
            request_id: request.request_id.to_owned(),
            cancelled_by: None,
            created_at: request.now,
            ended_at: None,
        };
        Ok((rollout, rows))
    }
}
