//! Step 7. The person who signs in first.
//!
//! **What exists outside after run:** one user in the client's own database, with the password in the client's secret.

use std::time::Duration;

use domain::ResourceKind;
use providers::site::Registration;

use crate::{
    failure::StepFailure,
    site,
    workbench::{Progress, StepResult, Workbench},
};

/// A call that was cut off may still be working at the site: it is looked at again after this long.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let secret = bench.secret().await?;
    let email = bench.client.contact_email.as_str();
    let password = site::value(&secret, site::ADMIN_PASSWORD)?;
    let clients_site = bench.site(&secret)?;
    bench.intend(ResourceKind::AdminUser, "site", email).await?;

    if !clients_site.initialized().await? {
        let name = bench.client.contact_name.as_ref().unwrap_or(&bench.client.name);
        match clients_site
            .register_first_admin(email, password, name.as_str())
            .await?
        {
            Registration::Registered => {
                bench.created(ResourceKind::AdminUser, email).await?;
                return Ok(Progress::Done);
            }
            Registration::InProgress => return Ok(Progress::NotYet(SETTLES_WITHIN)),
            Registration::AlreadyInitialized => {}
        }
    }
    // Somebody is there. One sign-in tells whether it is the one we made (five wrong ones would lock the account).
    if clients_site.can_sign_in(email, password).await? {
        bench.created(ResourceKind::AdminUser, email).await?;
        return Ok(Progress::Done);
    }
    Err(StepFailure::refused(
        "foreign_admin",
        "The site already has a user that this platform did not make. Look into the site before creating the client again.",
    ))
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// The user cannot be removed over the site's own API without signing in as them; they go with the database, whose proof of
/// absence is theirs (see `provision_database`).
pub async fn undo(bench: &mut Workbench<'_>) -> StepResult {
    bench.removing(ResourceKind::AdminUser).await?;
    Ok(Progress::Done)
}
