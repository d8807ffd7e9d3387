//! The sender of the platform's mail, known to SES. The template has no resource for it, because in a real account its
//! owner confirms it by hand; most emulators refuse mail of a sender that was never named to them.

use aws_config::SdkConfig;
use aws_sdk_ses::{Client, types::VerificationStatus};

use super::DeployError;

/// Asks SES to verify the address, unless it is verified already. In a real account somebody must still follow the link
/// in the mail that SES sends to it.
pub async fn verify(address: &str, sdk: &SdkConfig) -> Result<(), DeployError> {
    let client = Client::new(sdk);
    let asked = client.get_identity_verification_attributes().identities(address);
    let verified = match asked.send().await {
        Ok(answer) => answer
            .verification_attributes
            .get(address)
            .is_some_and(|attributes| attributes.verification_status == VerificationStatus::Success),
        Err(error) => {
            tracing::debug!(why = super::said(&error), "SES does not say who is verified");
            false
        }
    };
    if !verified {
        let verify = client.verify_email_identity().email_address(address).send().await;
        verify.map_err(|error| DeployError::refused(format!("sender {address}"), &error))?;
    }
    Ok(())
}
