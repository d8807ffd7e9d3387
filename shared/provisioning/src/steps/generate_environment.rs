//! Step 4. The variables its site runs with.
//!
//! **What exists outside after run:** PAYLOAD_SECRET, the platform's token and the first admin's password in the client's secret.

use domain::random_text;

use crate::{
    own_environment, site,
    workbench::{Progress, StepResult, Workbench},
};

/// Payload wants at least 32 characters.
const SECRET_LENGTH: usize = 32;
/// 24 characters of 62 are 142 bits.
const PASSWORD_LENGTH: usize = 24;

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let mut secret = bench.secret().await?;
    let own = own_environment::take_in(bench, &mut secret).await?;
    if let Progress::NotYet(pause) = own {
        return Ok(Progress::NotYet(pause));
    }
    let entropy = &*bench.platform.entropy;
    // A retry keeps what an earlier run has made: the site may have started with it.
    for (name, length) in [
        (site::PAYLOAD_SECRET, SECRET_LENGTH),
        (site::PLATFORM_TOKEN, SECRET_LENGTH),
        (site::ADMIN_PASSWORD, PASSWORD_LENGTH),
        (site::SNAPSHOT_KEY, SECRET_LENGTH),
    ] {
        secret.get_or_make(name, || random_text(entropy, length));
    }
    let secrets = &bench.platform.secrets;
    secrets.write_client(&bench.client.id, &secret).await?;
    if bench.operation.asked.environment_staged_at.is_some() {
        secrets.unstage(&bench.client.id).await?;
    }

    let mut deployment = bench.deployment().await?;
    let variables = site::environment(bench.client, &bench.platform.settings, &deployment, &secret)?;
    deployment.environment_snapshot = Some(site::snapshot(&variables, &secret)?);
    bench.platform.store.save_deployment(&deployment).await?;
    Ok(Progress::Done)
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// The secret was made by `provision_database` and goes with its undo, after the database to which it holds the key.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn undo(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}
