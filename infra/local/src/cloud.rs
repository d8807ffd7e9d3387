//! Where AWS is: embedded in this process, or wherever `AWS_ENDPOINT_URL` says.

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    default_provider::{credentials::DefaultCredentialsChain, region::DefaultRegionChain},
};
use aws_sdk_sqs::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use runtime::Settings;
use url::{Host, Url};

use crate::{aws::Embedded, template::names::REGION};

/// An AWS that answers.
pub struct Cloud {
    /// Its address, as it was given.
    pub endpoint_url: String,
    /// The region in which everything is.
    pub region: String,
    /// How the SDK reaches it.
    pub sdk: SdkConfig,
    embedded: Option<Embedded>,
}

/// Why the AWS of the caller's choice cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CloudError {
    /// The address cannot be one.
    #[error("AWS_ENDPOINT_URL is {0:?}, and that is not an address; give one like http://127.0.0.1:4566, or unset it")]
    Address(String),
    /// There are no credentials.
    #[error("there are no credentials for {0}: {1}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")]
    Credentials(String, String),
    /// There is no region.
    #[error("there is no region for {0}; set AWS_REGION")]
    Region(String),
}

/// The address of another AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    text: String,
    url: Url,
}

impl Elsewhere {
    /// The address in the caller's environment; `None` means the embedded AWS.
    ///
    /// # Errors
    /// It is not an address.
    pub fn chosen(environment: &Settings) -> Result<Option<Self>, CloudError> {
        let Some(text) = environment.optional("AWS_ENDPOINT_URL") else {
            return Ok(None);
        };
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(Self { text, url })),
            _ => Err(CloudError::Address(text)),
        }
    }

    /// Finds region and credentials in the caller's environment. What is on this machine takes any, and gets some.
    ///
    /// # Errors
    /// There are none, and the address is not on this machine.
    pub async fn reach(self, environment: &Settings) -> Result<Cloud, CloudError> {
        let mut named = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter();
        let region = match named.find_map(|name| environment.optional(name)) {
            Some(region) => region,
            None if self.looks_further(environment) => {
                let found = DefaultRegionChain::builder().build().region().await;
                let found = found.map(|region| region.to_string());
                let found = found.or_else(|| self.is_loopback().then(|| REGION.to_owned()));
                found.ok_or_else(|| CloudError::Region(self.text.clone()))?
            }
            None => REGION.to_owned(),
        };
        let credentials = match static_credentials(environment) {
            Some(credentials) => SharedCredentialsProvider::new(credentials),
            None if self.looks_further(environment) => {
                let chain = DefaultCredentialsChain::builder().region(Region::new(region.clone()));
                let chain = chain.build().await;
                // Now, and not at the first call: what is missing is said before anything starts.
                let found = chain.provide_credentials().await;
                found.map_err(|error| CloudError::Credentials(self.text.clone(), error.to_string()))?;
                SharedCredentialsProvider::new(chain)
            }
            None => SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "local")),
        };
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .credentials_provider(credentials);
        // AWS itself has an address for each service, and the SDK knows them.
        if !self.is_aws() {
            sdk = sdk.endpoint_url(self.text.clone());
        }
        Ok(Cloud {
            endpoint_url: self.text,
            region,
            sdk: sdk.build(),
            embedded: None,
        })
    }

    /// Whether the SDK looks further than at the two variables: at profiles and whatever the machine has.
    fn looks_further(&self, environment: &Settings) -> bool {
        !self.is_loopback() || environment.optional("AWS_PROFILE").is_some()
    }

    fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }

    fn is_aws(&self) -> bool {
        let name = self.url.domain().unwrap_or_default();
        name == "amazonaws.com" || name.ends_with(".amazonaws.com")
    }
}

fn static_credentials(environment: &Settings) -> Option<Credentials> {
    let id = environment.optional("AWS_ACCESS_KEY_ID")?;
    let secret = environment.optional("AWS_SECRET_ACCESS_KEY")?;
    let session = environment.optional("AWS_SESSION_TOKEN");
    Some(Credentials::new(id, secret, session, None, "environment"))
}

impl Cloud {
    /// The embedded AWS.
    pub fn embedded(embedded: Embedded) -> Self {
        Self {
            endpoint_url: embedded.endpoint_url.clone(),
            region: REGION.to_owned(),
            sdk: embedded.sdk.clone(),
            embedded: Some(embedded),
        }
    }

    /// Whether it is another AWS than the embedded one.
    pub const fn is_elsewhere(&self) -> bool {
        self.embedded.is_none()
    }

    /// Stops it, when it is ours.
    pub async fn stop(self) {
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

#[cfg(test)]
mod tests;
