//! What the template describes, without anything that moves by itself: for a test that wants to be poller, schedule and clock.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use runtime::Settings;

use crate::{cloud::Elsewhere, live::Live, parameters::parameters, servers, stack::AnyError};

/// A function of the template, as it is to be started.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name in the template.
    pub name: String,
    /// The binary that it runs.
    pub binary: String,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
}

/// Everything that the template describes, at an AWS that answers.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The functions.
    pub functions: Vec<Part>,
    /// How AWS is reached.
    pub sdk: SdkConfig,
}

/// Brings up the template's tables, queues and secrets at an address, and says how each function is to be started. The sites
/// are reached at `port`, the providers at `sandbox_url`.
///
/// # Errors
/// Something of it cannot be had.
pub async fn parts(
    aws_endpoint_url: &str,
    port: u16,
    sandbox_url: &str,
    overrides: &[(&str, &str)],
) -> Result<Parts, AnyError> {
    let environment = Settings::from_variables([("AWS_ENDPOINT_URL".to_owned(), aws_endpoint_url.to_owned())]);
    let elsewhere = Elsewhere::chosen(&environment)?.ok_or("the address of AWS is empty")?;
    let cloud = elsewhere.reach(&environment).await?;
    let live = Live::default();
    let mut parameters = parameters(port, sandbox_url, &live);
    parameters.extend(
        overrides
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let stack = servers::prepare(&parameters, &cloud, &live).await?;
    let functions = stack.functions.into_iter().map(|function| Part {
        name: function.logical_id,
        binary: function.binary,
        environment: function.environment,
    });
    Ok(Parts {
        functions: functions.collect(),
        sdk: cloud.sdk,
    })
}
