//! The operations, each with the client that it needs and the request that begins it.

use domain::{ClientId, Operation, OperationId, ParkedFor};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    wire::{Mode, Strike},
    world::World,
};

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scenario {
    Provision,
    Update,
    Redeploy,
    Rollback,
    Suspend,
    Activate,
    Restore,
    Delete,
    Cancel,
    Retry,
}

/// A client and the operation that is looked at.
pub struct Subject {
    /// The client's label.
    pub label: String,
    /// The client, once it is recorded.
    pub client: Option<ClientId>,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Provision,
        Self::Update,
        Self::Redeploy,
        Self::Rollback,
        Self::Suspend,
        Self::Activate,
        Self::Restore,
        Self::Delete,
        Self::Cancel,
        Self::Retry,
    ];

    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::Update => "update",
            Self::Redeploy => "redeploy",
            Self::Rollback => "rollback",
            Self::Suspend => "suspend",
            Self::Activate => "activate",
            Self::Restore => "restore",
            Self::Delete => "delete",
            Self::Cancel => "cancel",
            Self::Retry => "retry",
        }
    }

    /// The client's status after an operation that went well.
    pub const fn ends_in(self) -> &'static str {
        match self {
            Self::Provision
            | Self::Update
            | Self::Redeploy
            | Self::Rollback
            | Self::Activate
            | Self::Restore
            | Self::Retry => "active",
            Self::Suspend => "suspended",
            Self::Delete => "deleted",
            Self::Cancel => "failed",
        }
    }

    /// Brings the client to where the operation begins.
    pub async fn prepare(self, world: &mut World, label: &str) -> Subject {
        let mut subject = Subject {
            label: label.to_owned(),
            client: None,
        };
        let strike = match self {
            Self::Provision => return subject,
            Self::Cancel => Some(Strike::Named("/deployments", Mode::KilledAfter)),
            Self::Retry => Some(Strike::Named("/deployments", Mode::Refused)),
            _ => None,
        };
        world.wire.arm(strike);
        let operation = provision(world, &mut subject).await;
        if self == Self::Cancel {
            // It dies in the middle, and stays as it is.
            let message = json!({"v": 1, "operation": operation, "generation": 0});
            world.deliver("provisioner", &message).await;
            world.wire.disarm();
            return subject;
        }
        world.settle(|_| false).await;
        world.wire.disarm();
        let client = subject.client.clone().unwrap();
        let before = match self {
            Self::Rollback => Some(("redeploy", "before")),
            Self::Activate => Some(("suspend", "before")),
            _ => None,
        };
        if let Some((command, key)) = before {
            order(world, &client, command, &format!("{label}-{key}"), &json!({})).await;
            world.settle(|_| false).await;
        }
        if self == Self::Restore {
            let path = format!("/clients/{client}");
            let (status, answer) = world.api("DELETE", &path, "", &Value::Null).await;
            assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
            world.settle(in_grace).await;
        }
        subject
    }

    /// Begins the operation; again is as good. Gives it.
    pub async fn begin(self, world: &mut World, subject: &mut Subject) -> OperationId {
        let key = format!("{}-it", subject.label);
        if self == Self::Provision {
            return provision(world, subject).await;
        }
        let client = subject.client.clone().unwrap();
        match self {
            Self::Update => {
                let body = json!({"enabledFeatures": ["forms"], "customEnvironment": {"STRIPE_KEY": "sk_live_2"}});
                let path = format!("/clients/{client}");
                let (status, answer) = world.api("PATCH", &path, &key, &body).await;
                // A repetition finds the update that the lost answer was about.
                assert!(
                    status == StatusCode::ACCEPTED || status == StatusCode::CONFLICT,
                    "{answer}"
                );
            }
            Self::Redeploy => order(world, &client, "redeploy", &key, &json!({})).await,
            Self::Rollback => order(world, &client, "rollback", &key, &json!({})).await,
            Self::Suspend => order(world, &client, "suspend", &key, &json!({"reason": "not paid"})).await,
            Self::Activate => order(world, &client, "activate", &key, &json!({})).await,
            Self::Restore => {
                let path = format!("/clients/{client}/restore");
                let (status, answer) = world.api("POST", &path, &key, &Value::Null).await;
                assert!(
                    status == StatusCode::ACCEPTED || status == StatusCode::CONFLICT,
                    "{answer}"
                );
            }
            Self::Delete => delete(world, &client).await,
            Self::Cancel | Self::Retry => {
                let operation = world.store.existing_client(&client).await.unwrap().last_operation;
                let (command, body) = match self {
                    Self::Cancel => ("cancel", Value::Null),
                    _ => ("retry", json!({"customEnvironment": {"STRIPE_KEY": "sk_live_3"}})),
                };
                let path = format!("/operations/{operation}/{command}");
                let (status, answer) = world.api("POST", &path, &key, &body).await;
                assert!(
                    status == StatusCode::ACCEPTED || status == StatusCode::CONFLICT,
                    "{answer}"
                );
            }
            Self::Provision => unreachable!(),
        }
        world.store.existing_client(&client).await.unwrap().last_operation
    }
}

/// A delete that waits for its days of grace to pass.
pub fn in_grace(operation: &Operation) -> bool {
    operation
        .parked
        .as_ref()
        .is_some_and(|parked| parked.reason == ParkedFor::Grace)
}

/// Deletes without days of grace.
pub async fn delete(world: &mut World, client: &ClientId) {
    let path = format!("/clients/{client}?now=true");
    let (status, answer) = world.api("DELETE", &path, "", &Value::Null).await;
    assert!(status.is_success(), "{answer}");
}

async fn order(world: &mut World, client: &ClientId, command: &str, key: &str, body: &Value) {
    let path = format!("/clients/{client}/{command}");
    let (status, answer) = world.api("POST", &path, key, body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{command}: {answer}");
}

async fn provision(world: &mut World, subject: &mut Subject) -> OperationId {
    let label = &subject.label;
    let body = json!({
        "clientName": label, "contactEmail": format!("{label}@example.com"), "domain": label,
        "template": "blog", "customEnvironment": {"STRIPE_KEY": "sk_live_1"},
    });
    let (status, answer) = world.api("POST", "/clients", label, &body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    subject.client = Some(answer["client"]["id"].as_str().unwrap().parse().unwrap());
    answer["operation"]["id"].as_str().unwrap().parse().unwrap()
}
