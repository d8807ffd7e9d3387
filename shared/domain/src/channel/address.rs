//! Addresses of webhooks: they are other people's, so they lead out and nowhere else.

use url::{Host, Url};

use crate::{Error, is_public, quoted};

const LONGEST_URL: usize = 2000;

/// What of this machine may be named as a target; nothing in the cloud.
#[derive(Debug, Clone, Default)]
pub struct ThisMachine(Option<String>);

impl ThisMachine {
    /// With the setting `LOOPBACK_HOSTS`: a suffix of host names such as `.localhost`.
    #[must_use]
    pub fn new(suffix: Option<String>) -> Self {
        Self(suffix.filter(|suffix| !suffix.is_empty()))
    }

    /// Is this host on this machine, by explicit configuration?
    #[must_use]
    pub fn holds(&self, host: &str) -> bool {
        let Some(suffix) = &self.0 else { return false };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let literal = bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
        literal || host == suffix.trim_start_matches('.') || host.ends_with(suffix.as_str())
    }
}

/// Reads the address of a webhook. What a name leads to is looked at at each delivery; what can be seen now is refused now.
///
/// # Errors
/// It is not https, or its host is not public by its looks.
pub fn check_webhook_address(field: &str, text: &str, machine: &ThisMachine) -> Result<String, Error> {
    let wrong = |why: &str| {
        let message = format!("{} {why} Send an https address with a public host.", quoted(text));
        Error::invalid(field, message)
    };
    let url = Url::parse(text.trim()).map_err(|_| wrong("is not an address."))?;
    if text.len() > LONGEST_URL {
        return Err(wrong("is longer than 2,000 characters."));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(wrong("has a user name, a password or a fragment."));
    }
    if machine.holds(url.host_str().unwrap_or_default()) && matches!(url.scheme(), "http" | "https") {
        return Ok(url.to_string());
    }
    let public = match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(name)) => name.contains('.') && !name.trim_end_matches('.').ends_with("localhost"),
        None => false,
    };
    match (url.scheme(), public, url.port_or_known_default()) {
        ("https", true, Some(443)) => Ok(url.to_string()),
        ("https", true, _) => Err(wrong("names another port than 443.")),
        ("https", false, _) => Err(wrong("leads to a host that is not public.")),
        _ => Err(wrong("is not https.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(url: &str, machine: Option<&str>) -> Result<String, Error> {
        let machine = ThisMachine::new(machine.map(str::to_owned));
        check_webhook_address("target.url", url, &machine)
    }

    #[test]
    fn a_webhook_is_https_and_public() {
        assert_eq!(
            webhook("https://hooks.example.com", None).unwrap(),
            "https://hooks.example.com/"
        );
        assert!(webhook("https://1.1.1.1/x?y=z", None).is_ok());
        for bad in [
            "",
            "hooks.example.com",
            "http://hooks.example.com",
            "ftp://hooks.example.com",
            "https://localhost",
            "https://acme.localhost.",
            "https://intranet",
            "https://127.0.0.1",
            "https://0x7f.1",
            "https://169.254.169.254/latest",
            "https://[::ffff:10.0.0.1]",
            "https://10.0.0.1",
            "https://hooks.example.com:8443",
            "https://a:b@hooks.example.com",
            "https://hooks.example.com/#x",
        ] {
            assert_eq!(webhook(bad, None).unwrap_err().field(), Some("target.url"), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_an_exception_that_somebody_configures() {
        for local in [
            "http://127.0.0.1:4321/x",
            "http://[::1]:1/",
            "http://acme.localhost:1",
            "http://localhost:1",
        ] {
            assert!(webhook(local, Some(".localhost")).is_ok(), "{local}");
            assert!(webhook(local, None).is_err(), "{local}");
        }
        assert!(webhook("http://10.0.0.1", Some(".localhost")).is_err());
        assert!(webhook("http://evillocalhost", Some(".localhost")).is_err());
    }
}
