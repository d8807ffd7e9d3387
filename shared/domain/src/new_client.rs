//! A request for a new client, read once at the edge.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    BillingStatus, Client, ClientId, ClientStatus, DatabaseProvider, DomainLabel, EmailAddress, Error, HealthStatus,
    Instant, Name, OperationId, PhoneNumber, Tag, VariableName,
    catalogue::{ConfigurationError, ConfigurationInput, PlanId, TemplateId, effective},
    monitoring::{MonitoringBody, MonitoringSettings, Watched},
};

/// The body of `POST /clients`.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewClientBody {
    /// What the client is called, 1-100 characters.
    #[schema(example = "Acme Corp", required = true)]
    pub client_name: Option<String>,
    /// The same as `clientName`.
    pub name: Option<String>,
    /// Whom to write to; also the first admin's sign-in name.
    #[schema(example = "admin@acme.com", required = true)]
    pub contact_email: Option<String>,
    /// Whom to ask for.
    pub contact_name: Option<String>,
    /// Whom to call.
    pub contact_phone: Option<String>,
    /// The label below the platform's domain: 3-40 letters, digits and hyphens.
    #[schema(example = "acme", required = true)]
    pub domain: Option<String>,
    /// One of the templates of `GET /templates`.
    #[schema(example = "ecommerce", required = true)]
    pub template: Option<String>,
    /// Features beyond the template.
    #[schema(example = json!(["blog", "ai"]))]
    pub enabled_features: Option<Vec<String>>,
    /// Collections of the template to leave out.
    pub disabled_collections: Option<Vec<String>>,
    /// Settings that differ from the template's.
    pub custom_settings: Option<Map<String, Value>>,
    /// The client's own environment variables; values go into its secret and are never answered.
    pub custom_environment: Option<BTreeMap<String, String>>,
    /// `free`, `starter` (default), `professional` or `enterprise`.
    #[schema(example = "professional")]
    pub plan: Option<String>,
    /// `active` (default) or `trial`.
    pub billing_status: Option<BillingStatus>,
    /// Euros a month; the plan's price unless given.
    pub monthly_fee: Option<f64>,
    /// Notes of the platform's people, at most 5,000 characters.
    pub notes: Option<String>,
    /// At most 20 tags.
    pub tags: Option<Vec<String>>,
    /// How the site is watched; what is left out is the platform's default.
    #[schema(value_type = Option<MonitoringBody>, inline)]
    pub monitoring: Option<Map<String, Value>>,
}

/// A new client as it was asked for, every value checked.
pub struct NewClient {
    /// What it is called.
    pub name: Name,
    /// Whom to write to.
    pub contact_email: EmailAddress,
    /// Whom to ask for.
    pub contact_name: Option<Name>,
    /// Whom to call.
    pub contact_phone: Option<PhoneNumber>,
    /// Its label.
    pub domain: DomainLabel,
    /// What kind of site.
    pub template: TemplateId,
    /// Features beyond the template.
    pub enabled_features: Vec<String>,
    /// Collections to leave out.
    pub disabled_collections: Vec<String>,
    /// Settings that differ.
    pub custom_settings: Map<String, Value>,
    /// Its own variables.
    pub custom_environment: BTreeMap<VariableName, SecretString>,
    /// What it buys.
    pub plan: PlanId,
    /// How its bill starts.
    pub billing_status: BillingStatus,
    /// What it pays.
    pub monthly_fee_cents: u64,
    /// Notes.
    pub notes: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// How its site is watched.
    pub monitoring: MonitoringSettings,
}

impl NewClient {
    /// Reads the body.
    ///
    /// # Errors
    /// A value is missing or breaks a rule; the error names the field and what would be right.
    pub fn parse(body: NewClientBody) -> Result<Self, Error> {
        let name = match (body.client_name, body.name) {
            (Some(a), Some(b)) if a != b => {
                return Err(Error::invalid(
                    "name",
                    "clientName and name say different things. Send one of them.",
                ));
            }
            (Some(name), _) | (None, Some(name)) => name,
            (None, None) => return Err(missing("clientName")),
        };
        let name = Name::parse("clientName", &name)?;
        let contact_email = EmailAddress::parse(
            "contactEmail",
            &body.contact_email.ok_or_else(|| missing("contactEmail"))?,
        )?;
        let domain = DomainLabel::parse("domain", &body.domain.ok_or_else(|| missing("domain"))?)?;
        let template = parse_template(&body.template.ok_or_else(|| missing("template"))?)?;
        let plan = body.plan.as_deref().map_or(Ok(PlanId::Starter), parse_plan)?;
        let billing_status = body.billing_status.unwrap_or(BillingStatus::Active);
        if !matches!(billing_status, BillingStatus::Active | BillingStatus::Trial) {
            return Err(Error::invalid(
                "billingStatus",
                "A new client starts as active or trial.",
            ));
        }
        let new = Self {
            name,
            contact_email,
            contact_name: body
                .contact_name
                .map(|text| Name::parse("contactName", &text))
                .transpose()?,
            contact_phone: body
                .contact_phone
                .map(|text| PhoneNumber::parse("contactPhone", &text))
                .transpose()?,
            domain,
            template,
            enabled_features: body.enabled_features.unwrap_or_default(),
            disabled_collections: body.disabled_collections.unwrap_or_default(),
            custom_settings: body.custom_settings.unwrap_or_default(),
            custom_environment: parse_environment(body.custom_environment.unwrap_or_default())?,
            plan,
            billing_status,
            monthly_fee_cents: body
                .monthly_fee
                .map_or_else(|| Ok(plan.monthly_fee_cents()), parse_euros)?,
            notes: body.notes.map(parse_notes).transpose()?,
            tags: parse_tags(&body.tags.unwrap_or_default())?,
            monitoring: MonitoringSettings::default().changed(body.monitoring.unwrap_or_default())?,
        };
        new.check_configuration()?;
        Ok(new)
    }

    /// The record that it becomes.
    #[must_use]
    pub fn into_client(self, id: ClientId, operation: OperationId, provider: DatabaseProvider, now: Instant) -> Client {
        let next_billing_date = match self.billing_status {
            BillingStatus::Trial => now.after(std::time::Duration::from_secs(14 * 24 * 3600)),
            BillingStatus::Active | BillingStatus::PastDue | BillingStatus::Cancelled => now.one_month_on(),
        };
        Client {
            id,
            revision: 1,
            name: self.name,
            domain: self.domain,
            contact_email: self.contact_email,
            contact_name: self.contact_name,
            contact_phone: self.contact_phone,
            template: self.template,
            enabled_features: self.enabled_features,
            disabled_collections: self.disabled_collections,
            status: ClientStatus::Pending,
            vercel_project_id: None,
            database_provider: provider,
            database_secret_arn: None,
            custom_environment: self.custom_environment.into_keys().collect(),
            custom_settings: self.custom_settings,
            plan: self.plan,
            billing_status: self.billing_status,
            monthly_fee_cents: self.monthly_fee_cents,
            next_billing_date: Some(next_billing_date),
            last_health_check: None,
            health_status: HealthStatus::Unknown,
            health: None,
            uptime_percentage: None,
            monitoring: self.monitoring,
            watch: Watched::default(),
            notes: self.notes,
            tags: self.tags,
            current_operation: Some(operation.clone()),
            last_operation: operation,
            live_deployment: None,
            live_version: None,
            last_rollout: None,
            activated_at: None,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        }
    }

    fn check_configuration(&self) -> Result<(), Error> {
        let names: Vec<String> = self.custom_environment.keys().map(ToString::to_string).collect();
        effective(&ConfigurationInput {
            template: self.template,
            enabled_features: &self.enabled_features,
            disabled_collections: &self.disabled_collections,
            custom_settings: &self.custom_settings,
            custom_environment: &names,
        })
        .map(drop)
        .map_err(Error::from)
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        Self::invalid(error.field, error.message)
    }
}

fn missing(field: &'static str) -> Error {
    Error::invalid(field, format!("{field} is missing. Send it."))
}

/// A template's name.
///
/// # Errors
/// There is none of that name.
pub fn parse_template(text: &str) -> Result<TemplateId, Error> {
    text.parse()
        .map_err(|error: crate::catalogue::UnknownName| Error::invalid("template", error.to_string()))
}

/// Reads the name of a plan.
///
/// # Errors
/// There is no such plan.
pub fn parse_plan(text: &str) -> Result<PlanId, Error> {
    text.parse()
        .map_err(|error: crate::catalogue::UnknownName| Error::invalid("plan", error.to_string()))
}

/// Euros with at most two decimals, as cents.
///
/// # Errors
/// Negative, over a million, or with fractions of a cent.
pub fn parse_euros(euros: f64) -> Result<u64, Error> {
    let cents = (euros * 100.0).round();
    let exact = (cents / 100.0 - euros).abs() < 1e-9;
    if !exact || !(0.0..=100_000_000.0).contains(&cents) {
        return Err(Error::invalid(
            "monthlyFee",
            "Send euros a month from 0 to 1000000 with at most two decimals, e.g. 49 or 49.50.",
        ));
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within 0..=100,000,000 by the check above"
    )]
    Ok(cents as u64)
}

/// Notes of at most 5,000 characters.
///
/// # Errors
/// They are longer.
pub fn parse_notes(text: String) -> Result<String, Error> {
    if text.chars().count() > 5000 {
        return Err(Error::invalid(
            "notes",
            "The notes have more than 5000 characters. Shorten them.",
        ));
    }
    Ok(text)
}

/// At most 20 tags, in order, each once.
///
/// # Errors
/// There are more, or one of them is not a tag.
pub fn parse_tags(texts: &[String]) -> Result<Vec<Tag>, Error> {
    if texts.len() > 20 {
        return Err(Error::invalid("tags", "There are more than 20 tags. Send fewer."));
    }
    let mut tags = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let tag = Tag::parse(&format!("tags[{index}]"), text)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

/// A client's own variables.
///
/// # Errors
/// There are too many, or one of them is not a variable or one of the platform's own.
pub fn parse_environment(variables: BTreeMap<String, String>) -> Result<BTreeMap<VariableName, SecretString>, Error> {
    if variables.len() > 100 {
        return Err(Error::invalid(
            "customEnvironment",
            "There are more than 100 variables. Send fewer.",
        ));
    }
    variables
        .into_iter()
        .map(|(name, value)| {
            let field = format!("customEnvironment.{}", name.chars().take(40).collect::<String>());
            let name = VariableName::parse(&field, &name)?;
            if value.contains('\0') || value.len() > 16 * 1024 {
                return Err(Error::invalid(
                    field,
                    "The value is longer than 16 KB or has a NUL character.",
                ));
            }
            Ok((name, SecretString::from(value)))
        })
        .collect()
}
