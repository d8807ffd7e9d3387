//! Step 3. The client's own PostgreSQL database.
//!
//! **What exists outside after run:** one secret with the database's password and URL; one database that accepts connections.

use std::time::Duration;

use domain::{ResourceKind, random_text};
use providers::database::{DatabaseIntent, DatabaseState, Removal};

use crate::{
    failure::StepFailure,
    retry::next_look,
    workbench::{Progress, StepResult, Workbench},
};

/// How often to prove a removal.
const PROOF_EVERY: Duration = Duration::from_millis(250);

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let secrets = &bench.platform.secrets;
    let client = bench.client;
    bench
        .intend(ResourceKind::Secret, "secretsmanager", &secrets.name_of(&client.id))
        .await?;
    // The password is stored before the database is asked for: whatever answer is lost, we hold the key.
    let mut secret = secrets
        .read_client(&client.id)
        .await?
        .map(|(_, secret)| secret)
        .unwrap_or_default();
    let known = secret.get("DATABASE_PASSWORD").is_some();
    let password = secret.get_or_make("DATABASE_PASSWORD", || random_text(&*bench.platform.entropy, 32));
    if !known || bench.outputs.secret_arn.is_none() {
        let arn = secrets.write_client(&client.id, &secret).await?;
        bench.created(ResourceKind::Secret, &arn).await?;
        bench.outputs.secret_arn = Some(arn);
    }

    let name = client.external_name();
    bench
        .intend(ResourceKind::Database, client.database_provider.name(), &name)
        .await?;
    let mark = bench.mark();
    let workflow_id = bench.outputs.database_workflow_id.clone();
    let state = bench
        .services
        .databases
        .ensure(&DatabaseIntent {
            name: &name,
            mark: &mark,
            password: &password,
            workflow_id: workflow_id.as_deref(),
        })
        .await?;
    match state {
        DatabaseState::Pending {
            external_id,
            workflow_id,
            again_in,
        } => {
            bench.outputs.database_workflow_id = workflow_id;
            if let Some(id) = external_id {
                bench.created(ResourceKind::Database, &id).await?;
            }
            Ok(Progress::NotYet(next_look(bench.elapsed(), again_in)))
        }
        DatabaseState::Ready { external_id, url } => {
            bench.outputs.database_workflow_id = None;
            bench.created(ResourceKind::Database, &external_id).await?;
            secret.set("DATABASE_URL", url);
            secrets.write_client(&client.id, &secret).await?;
            Ok(Progress::Done)
        }
    }
}

// ---- undo ----------------------------------------------------------------------------------------------------------

pub async fn undo(bench: &mut Workbench<'_>) -> StepResult {
    if bench.removing(ResourceKind::Database).await? {
        let id = bench
            .entry(ResourceKind::Database)
            .and_then(|entry| entry.external_id.clone());
        let name = bench.client.external_name();
        match bench
            .services
            .databases
            .remove(&name, &bench.mark(), id.as_deref())
            .await?
        {
            Removal::Pending { again_in } => return Ok(Progress::NotYet(next_look(bench.undo_elapsed(), again_in))),
            Removal::Gone => bench.gone(ResourceKind::Database).await?,
        }
        // A retry makes another database, by a workflow of its own.
        bench.outputs.database_workflow_id = None;
    }
    // The first admin lived in that database.
    if bench.removing(ResourceKind::AdminUser).await? {
        bench.gone(ResourceKind::AdminUser).await?;
    }
    remove_secret(bench).await
}

/// The secret goes last: until the database is gone it holds the only key to it.
async fn remove_secret(bench: &mut Workbench<'_>) -> StepResult {
    if !bench.removing(ResourceKind::Secret).await? {
        return Ok(Progress::Done);
    }
    let secrets = &bench.platform.secrets;
    secrets
        .delete_client(&bench.client.id)
        .await
        .map_err(StepFailure::from)?;
    secrets.unstage(&bench.client.id).await.map_err(StepFailure::from)?;
    if secrets.client_exists(&bench.client.id).await? {
        return Ok(Progress::NotYet(next_look(bench.undo_elapsed(), PROOF_EVERY)));
    }
    bench.gone(ResourceKind::Secret).await?;
    Ok(Progress::Done)
}
