//! A request to change a client's record, read once at the edge.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    BillingStatus, Client, Command, EmailAddress, Error, Instant, Name, Permission, PhoneNumber, Tag,
    catalogue::PlanId,
    monitoring::{MonitoringBody, MonitoringSettings},
    new_client::{parse_euros, parse_notes, parse_plan, parse_tags, parse_template},
    new_settings::{NewSettings, parse_new_environment},
    quoted,
};

/// The body of `PATCH /clients/{id}`: only what is named changes; `null` clears what may be empty.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ChangeBody {
    /// What the client is called.
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// The same as `name`.
    #[schema(nullable = false)]
    pub client_name: Option<String>,
    /// Whom to write to.
    #[schema(nullable = false)]
    pub contact_email: Option<String>,
    /// Whom to ask for.
    pub contact_name: Option<String>,
    /// Whom to call.
    pub contact_phone: Option<String>,
    /// Notes of the platform's people.
    pub notes: Option<String>,
    /// At most 20 tags.
    #[schema(nullable = false)]
    pub tags: Option<Vec<String>>,
    /// What the client buys; the fee follows it unless it was agreed otherwise.
    #[schema(nullable = false)]
    pub plan: Option<String>,
    /// Euros a month.
    #[schema(nullable = false)]
    pub monthly_fee: Option<f64>,
    /// How the bill stands.
    #[schema(nullable = false)]
    pub billing_status: Option<BillingStatus>,
    /// When the next bill is due.
    pub next_billing_date: Option<Instant>,
    /// How the site is watched: what is named changes, at any depth; `null` is the platform's default.
    #[schema(inline)]
    pub monitoring: Option<MonitoringBody>,
    /// What kind of site it is. This and the following begin an update operation: 202 instead of 200.
    #[schema(nullable = false)]
    pub template: Option<String>,
    /// Features beyond the template; takes the place of the list that was.
    #[schema(nullable = false)]
    pub enabled_features: Option<Vec<String>>,
    /// Collections of the template that it does without; takes the place of the list that was.
    #[schema(nullable = false)]
    pub disabled_collections: Option<Vec<String>>,
    /// Settings that differ from the template's; takes the place of those that were.
    #[schema(nullable = false)]
    pub custom_settings: Option<Map<String, Value>>,
    /// Environment variables of the client's own: values are set, `null` removes, the others stay.
    #[schema(nullable = false)]
    pub custom_environment: Option<BTreeMap<String, Option<String>>>,
}

/// A change with every value checked. `None` = stays as it is; `Some(None)` = is cleared.
#[derive(Debug, Default, Clone)]
pub struct Change {
    /// What it is called.
    pub name: Option<Name>,
    /// Whom to write to.
    pub contact_email: Option<EmailAddress>,
    /// Whom to ask for.
    pub contact_name: Option<Option<Name>>,
    /// Whom to call.
    pub contact_phone: Option<Option<PhoneNumber>>,
    /// Notes.
    pub notes: Option<Option<String>>,
    /// Tags.
    pub tags: Option<Vec<Tag>>,
    /// What it buys.
    pub plan: Option<PlanId>,
    /// What it pays, in cents.
    pub monthly_fee_cents: Option<u64>,
    /// How the bill stands.
    pub billing_status: Option<BillingStatus>,
    /// When the next bill is due.
    pub next_billing_date: Option<Option<Instant>>,
    /// What changes of how its site is watched; `None` of it: all is the platform's default.
    pub monitoring: Option<Option<Map<String, Value>>>,
    /// What alters what is deployed.
    pub settings: NewSettings,
}

impl Change {
    /// Reads the body.
    ///
    /// # Errors
    /// A field is unknown, cannot be changed this way, or its value breaks a rule.
    pub fn parse(body: Map<String, Value>) -> Result<Self, Error> {
        let mut change = Self::default();
        for (field, value) in body {
            match field.as_str() {
                "name" | "clientName" => change.name = Some(Name::parse(&field, &required::<String>(&field, value)?)?),
                "contactEmail" => {
                    change.contact_email = Some(EmailAddress::parse(&field, &required::<String>(&field, value)?)?);
                }
                "contactName" => {
                    change.contact_name = Some(
                        nullable::<String>(&field, value)?
                            .map(|text| Name::parse(&field, &text))
                            .transpose()?,
                    );
                }
                "contactPhone" => {
                    change.contact_phone = Some(
                        nullable::<String>(&field, value)?
                            .map(|text| PhoneNumber::parse(&field, &text))
                            .transpose()?,
                    );
                }
                "notes" => change.notes = Some(nullable::<String>(&field, value)?.map(parse_notes).transpose()?),
                "tags" => change.tags = Some(parse_tags(&required::<Vec<String>>(&field, value)?)?),
                "plan" => change.plan = Some(parse_plan(&required::<String>(&field, value)?)?),
                "monthlyFee" => change.monthly_fee_cents = Some(parse_euros(required(&field, value)?)?),
                "billingStatus" => change.billing_status = Some(required(&field, value)?),
                "nextBillingDate" => change.next_billing_date = Some(nullable(&field, value)?),
                "monitoring" => change.monitoring = Some(nullable(&field, value)?),
                "template" => {
                    change.settings.template = Some(parse_template(&required::<String>(&field, value)?)?);
                }
                "enabledFeatures" => change.settings.enabled_features = Some(required(&field, value)?),
                "disabledCollections" => change.settings.disabled_collections = Some(required(&field, value)?),
                "customSettings" => change.settings.custom_settings = Some(required(&field, value)?),
                "customEnvironment" => {
                    change.settings.custom_environment = parse_new_environment(required(&field, value)?)?;
                }
                other => return Err(refusal(other)),
            }
        }
        Ok(change)
    }

    /// What the caller's role must carry: who only minds the money needs no more.
    #[must_use]
    pub fn permission(&self) -> Permission {
        let settings = !self.settings.is_empty()
            || self.name.is_some()
            || self.contact_email.is_some()
            || self.contact_name.is_some()
            || self.contact_phone.is_some()
            || self.notes.is_some()
            || self.tags.is_some()
            || self.monitoring.is_some();
        if settings {
            Permission::ChangeSettings
        } else {
            Permission::ChangeBilling
        }
    }

    /// What the caller asks for, as the table of commands names it.
    #[must_use]
    pub fn command(&self) -> Command {
        if !self.settings.is_empty() {
            Command::Update
        } else if self.permission() == Permission::ChangeBilling {
            Command::ChangeBilling
        } else {
            Command::Change
        }
    }

    /// The fields of the record that [`Change::apply`] reads to work out what the caller did not name. Whoever writes the
    /// result makes sure that these have not changed meanwhile; all other fields may have.
    #[must_use]
    pub fn derived_from(&self, client: &Client) -> &'static [&'static str] {
        let fee = self.plan.is_some() && self.monthly_fee_cents.is_none() && fee_follows_plan(client);
        match (fee, self.monitoring.is_some()) {
            (true, true) => &["plan", "monthlyFeeCents", "monitoring"],
            (true, false) => &["plan", "monthlyFeeCents"],
            (false, true) => &["monitoring"],
            (false, false) => &[],
        }
    }

    /// Changes the record. The fee follows a new plan unless it is named too or had been agreed apart from the old plan.
    ///
    /// # Errors
    /// What is to be deployed cannot be, or the site cannot be watched like that.
    pub fn apply(self, client: &mut Client) -> Result<(), Error> {
        self.settings.apply(client)?;
        if let Some(monitoring) = self.monitoring {
            client.monitoring = monitoring.map_or_else(
                || Ok(MonitoringSettings::default()),
                |patch| client.monitoring.changed(patch),
            )?;
        }
        let follows_plan = fee_follows_plan(client);
        if let Some(plan) = self.plan {
            client.plan = plan;
            if follows_plan {
                client.monthly_fee_cents = plan.monthly_fee_cents();
            }
        }
        set(&mut client.monthly_fee_cents, self.monthly_fee_cents);
        set(&mut client.name, self.name);
        set(&mut client.contact_email, self.contact_email);
        set(&mut client.contact_name, self.contact_name);
        set(&mut client.contact_phone, self.contact_phone);
        set(&mut client.notes, self.notes);
        set(&mut client.tags, self.tags);
        set(&mut client.billing_status, self.billing_status);
        set(&mut client.next_billing_date, self.next_billing_date);
        Ok(())
    }
}

/// Nothing apart from the plan's price was agreed.
const fn fee_follows_plan(client: &Client) -> bool {
    client.monthly_fee_cents == client.plan.monthly_fee_cents()
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn required<T: DeserializeOwned>(field: &str, value: Value) -> Result<T, Error> {
    if value.is_null() {
        return Err(Error::invalid(
            field,
            format!("{field} cannot be cleared. Leave it out or send a value."),
        ));
    }
    serde_json::from_value(value)
        .map_err(|error| Error::invalid(field, format!("The value is not as expected: {error}.")))
}

fn nullable<T: DeserializeOwned>(field: &str, value: Value) -> Result<Option<T>, Error> {
    if value.is_null() {
        Ok(None)
    } else {
        required(field, value).map(Some)
    }
}

fn refusal(field: &str) -> Error {
    match field {
        "domain" => Error::invalid(
            field,
            "A client's domain cannot change. Create a new client and delete this one.",
        ),
        "id" | "revision" | "status" | "deploymentUrl" | "adminUrl" | "vercelProjectId" | "databaseProvider"
        | "databaseSecretArn" | "monthlyFeeCents" | "lastHealthCheck" | "healthStatus" | "uptimePercentage"
        | "currentOperation" | "lastOperation" | "activatedAt" | "createdAt" | "updatedAt" | "deletedAt" => {
            Error::invalid(field, format!("{field} is kept by the platform. Leave it out."))
        }
        _ => Error::invalid(
            field.chars().take(60).collect::<String>(),
            format!(
                "{} is not a field of a client. Known: name, contactEmail, contactName, contactPhone, notes, tags, plan, monthlyFee, billingStatus, nextBillingDate, monitoring, template, enabledFeatures, disabledCollections, customSettings, customEnvironment.",
                quoted(field)
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Code;

    fn parse(body: Value) -> Result<Change, Error> {
        Change::parse(serde_json::from_value(body).unwrap())
    }

    #[test]
    fn only_what_is_named_changes_and_null_clears() {
        let change = parse(json!({"notes": null, "plan": "enterprise"})).unwrap();
        assert_eq!(change.notes, Some(None));
        assert_eq!(change.plan, Some(PlanId::Enterprise));
        assert!(change.name.is_none() && change.settings.is_empty());
        assert_eq!(change.permission(), Permission::ChangeSettings);
        assert_eq!(
            parse(json!({"monthlyFee": 12.5})).unwrap().permission(),
            Permission::ChangeBilling
        );
    }

    #[test]
    fn what_cannot_change_is_refused_with_its_reason() {
        for (body, code, field) in [
            (json!({"template": "shop"}), Code::Invalid, "template"),
            (json!({"enabledFeatures": null}), Code::Invalid, "enabledFeatures"),
            (
                json!({"customEnvironment": {"DATABASE_URI": "x"}}),
                Code::Invalid,
                "customEnvironment.DATABASE_URI",
            ),
            (json!({"domain": "other"}), Code::Invalid, "domain"),
            (json!({"status": "active"}), Code::Invalid, "status"),
            (json!({"nam": "x"}), Code::Invalid, "nam"),
            (json!({"name": null}), Code::Invalid, "name"),
            (json!({"name": 1}), Code::Invalid, "name"),
            (json!({"monthlyFee": -1}), Code::Invalid, "monthlyFee"),
            (json!({"monthlyFee": 0.001}), Code::Invalid, "monthlyFee"),
            (json!({"billingStatus": "paid"}), Code::Invalid, "billingStatus"),
            (json!({"nextBillingDate": "soon"}), Code::Invalid, "nextBillingDate"),
        ] {
            let error = parse(body).unwrap_err();
            assert_eq!((error.code(), error.field()), (code, Some(field)));
        }
    }
}
