//! One cell: one operation, one effect, one fault; and what must be true afterwards.

use domain::{ClientStatus, OperationId, OperationKind, OperationStatus, ResourceKind, ResourceState};
use serde_json::Value;

use crate::{
    scenario::{Scenario, Subject, delete, in_grace},
    wire::{Mode, Strike},
    world::World,
};

/// What to strike.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub scenario: Scenario,
    /// Which effect, counted from the operation's request on; `None` strikes nothing.
    pub strike: Option<Strike>,
}

/// What came of it.
#[derive(Debug)]
pub struct Verdict {
    /// The effects that were seen.
    pub effects: Vec<String>,
    /// The effect that was struck.
    pub struck: Option<String>,
    /// How the operation ended.
    pub status: OperationStatus,
    /// What is not as it must be.
    pub complaints: Vec<String>,
}

/// Runs one cell in a world; everything is taken down afterwards.
pub async fn run(world: &mut World, label: &str, cell: Cell) -> Verdict {
    let mut subject = cell.scenario.prepare(world, label).await;
    world.wire.arm(cell.strike);
    let id = cell.scenario.begin(world, &mut subject).await;
    world.settle(in_grace_unless(cell.scenario)).await;
    let (effects, struck, messages) = world.wire.disarm();
    let mut complaints = Vec::new();
    let operation = world.operation(&id).await;
    let client = world
        .store
        .existing_client(subject.client.as_ref().unwrap())
        .await
        .unwrap();

    // An outside service that refuses for good may end an operation; nothing else may.
    let wanted = if cell.scenario == Scenario::Cancel {
        OperationStatus::Cancelled
    } else {
        OperationStatus::Succeeded
    };
    let went_well = operation.status == wanted && client.status.name() == cell.scenario.ends_in();
    let may_fail = struck
        .as_deref()
        .is_some_and(|effect| refused_outside(effect, cell.strike));
    if !went_well && !may_fail {
        complaints.push(format!(
            "ended {:?} with the client {}: {:?}",
            operation.status,
            client.status.name(),
            operation.error
        ));
    }
    if client.current_operation.is_some() {
        complaints.push("the client is still held".to_owned());
    }
    inventory(world, &subject, &mut complaints).await;
    mails(world, &subject, cell, struck.as_deref(), &mut complaints).await;

    // The second delivery of every message changes nothing.
    let before = snapshot(world, &subject).await;
    for message in &messages {
        redeliver(world, message).await;
    }
    if snapshot(world, &subject).await != before {
        complaints.push("a second delivery changed something".to_owned());
    }
    let status = operation.status;
    if !went_well && may_fail && cell.scenario != Scenario::Cancel {
        go_again(world, &subject, cell.scenario, &id, &mut complaints).await;
    }
    take_down(world, &subject, &mut complaints).await;
    Verdict {
        effects,
        struck,
        status,
        complaints,
    }
}

fn in_grace_unless(scenario: Scenario) -> impl Fn(&domain::Operation) -> bool {
    move |operation| scenario == Scenario::Restore && in_grace(operation)
}

fn refused_outside(effect: &str, strike: Option<Strike>) -> bool {
    strike.is_some_and(|strike| strike.mode() == Mode::Refused) && is_outside(effect)
}

/// Is it an effect at an outside service or a site, and not at AWS?
pub fn is_outside(effect: &str) -> bool {
    let ours = ["dynamodb", "AmazonSQS", "secretsmanager", "ses"];
    !ours.iter().any(|service| effect.starts_with(service))
}

/// What exists outside is what the ledger says, once.
async fn inventory(world: &World, subject: &Subject, complaints: &mut Vec<String>) {
    let client = subject.client.as_ref().unwrap();
    let ledger = world.ledger(client).await;
    let seen = seen(&world.inventory().await, &subject.label);
    for (place, kind) in [
        ResourceKind::Project,
        ResourceKind::Database,
        ResourceKind::Domain,
        ResourceKind::AdminUser,
    ]
    .into_iter()
    .enumerate()
    {
        let entry = ledger.iter().find(|entry| entry.kind == kind);
        let recorded = usize::from(entry.is_some_and(|entry| entry.state == ResourceState::Created));
        let open = entry.is_some_and(|entry| !matches!(entry.state, ResourceState::Created | ResourceState::Gone));
        let blocked = world.store.existing_client(client).await.unwrap().status == ClientStatus::Blocked;
        if open && !blocked {
            complaints.push(format!("the ledger leaves the {} open", kind.name()));
        }
        if seen[place] > 1 || (!open && seen[place] != recorded) {
            complaints.push(format!(
                "{} of {} exist, the ledger says {recorded}",
                seen[place],
                kind.name()
            ));
        }
    }
    let secret = ledger.iter().find(|entry| entry.kind == ResourceKind::Secret);
    let recorded = secret.is_some_and(|entry| entry.state == ResourceState::Created);
    let open = secret.is_some_and(|entry| !matches!(entry.state, ResourceState::Created | ResourceState::Gone));
    if !open && world.secret_exists(client).await != recorded {
        complaints.push(format!("the secret is not as the ledger says ({recorded})"));
    }
    let status = world.store.existing_client(client).await.unwrap().status;
    let free = world.store.label_is_free(&subject.label, world.now()).await.unwrap();
    if free != (status == ClientStatus::Deleted) {
        complaints.push(format!("the label is free: {free}, with the client {}", status.name()));
    }
}

/// Projects, databases, domains and users that bear the label.
fn seen(inventory: &Value, label: &str) -> [usize; 4] {
    ["projects", "databases", "domains", "users"].map(|list| {
        let all = inventory[list].as_array().unwrap().iter();
        all.filter(|entry| {
            entry.to_string().contains(&format!("{label}-"))
                || entry.to_string().contains(&format!("{label}."))
                || entry.to_string().contains(&format!("\"{label}\""))
                || entry.to_string().contains(&format!("{label}@"))
        })
        .count()
    })
}

/// One welcome mail for a client that went live, and at most one more where its acceptance could not be recorded.
async fn mails(world: &World, subject: &Subject, cell: Cell, struck: Option<&str>, complaints: &mut Vec<String>) {
    let sent = world.mails_to(&format!("{}@example.com", subject.label)).await;
    let about_mail = struck.is_some_and(|effect| effect.starts_with("ses") || effect.contains("OutboxTable"));
    let most = if about_mail { 2 } else { 1 };
    let client = world
        .store
        .existing_client(subject.client.as_ref().unwrap())
        .await
        .unwrap();
    let least = usize::from(client.activated_at.is_some() && cell.scenario != Scenario::Delete);
    if sent < least || sent > most {
        complaints.push(format!("{sent} welcome mails"));
    }
}

async fn snapshot(world: &World, subject: &Subject) -> Value {
    let id = subject.client.as_ref().unwrap();
    serde_json::json!([
        world.store.existing_client(id).await.unwrap(),
        world.store.operations_of(id).await.unwrap(),
        world.ledger(id).await,
        world.inventory().await,
        world.mails_to(&format!("{}@example.com", subject.label)).await,
    ])
}

async fn redeliver(world: &mut World, sent: &str) {
    let sent: Value = serde_json::from_str(sent).unwrap();
    let body: Value = serde_json::from_str(sent["MessageBody"].as_str().unwrap()).unwrap();
    let function = if body["notice"].is_string() {
        "notifier"
    } else {
        "provisioner"
    };
    world.deliver(function, &body).await;
}

/// What a refusal has ended is tried again: once for what could not be undone, once for the operation itself.
async fn go_again(
    world: &mut World,
    subject: &Subject,
    scenario: Scenario,
    id: &OperationId,
    complaints: &mut Vec<String>,
) {
    for turn in 0..2 {
        let operation = world.operation(id).await;
        if operation.status == OperationStatus::Succeeded {
            break;
        }
        // The secret of a client that is not to be went with everything else.
        let lost = operation.kind == OperationKind::Provision && operation.status == OperationStatus::Failed;
        let values = serde_json::json!({"customEnvironment": {"STRIPE_KEY": "sk_live_4"}});
        let body = if lost { values } else { Value::Null };
        let path = format!("/operations/{id}/retry");
        let key = format!("{}-again-{turn}", subject.label);
        let (status, answer) = world.api("POST", &path, &key, &body).await;
        if !status.is_success() {
            complaints.push(format!("it cannot be tried again: {answer}"));
            return;
        }
        world.settle(|_| false).await;
    }
    let operation = world.operation(id).await;
    let client = world
        .store
        .existing_client(subject.client.as_ref().unwrap())
        .await
        .unwrap();
    if operation.status != OperationStatus::Succeeded || client.status.name() != scenario.ends_in() {
        complaints.push(format!(
            "tried again it ends {:?} with the client {}: {:?}",
            operation.status,
            client.status.name(),
            operation.error
        ));
    }
}

/// Deletes the client, twice if need be; nothing of it may be left.
pub async fn take_down(world: &mut World, subject: &Subject, complaints: &mut Vec<String>) {
    world.forget_troubles().await;
    let client = subject.client.as_ref().unwrap();
    for _ in 0..2 {
        delete(world, client).await;
        world.settle(|_| false).await;
    }
    let now = world.store.existing_client(client).await.unwrap();
    if now.status != ClientStatus::Deleted {
        complaints.push(format!("it cannot be deleted: {}", now.status.name()));
    }
    let open = world
        .ledger(client)
        .await
        .into_iter()
        .filter(|entry| entry.state != ResourceState::Gone)
        .count();
    let left = seen(&world.inventory().await, &subject.label);
    if open > 0 || left != [0; 4] {
        complaints.push(format!("left after the delete: {left:?}, open in the ledger: {open}"));
    }
}
