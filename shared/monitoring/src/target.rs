//! What is to be checked, and how long it may take.

use std::time::Duration;

use domain::monitoring::Condition;
use http::{HeaderValue, Uri};
use url::{Host, Url};

/// How long a check may take, and how much it reads. The default is the platform's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Making the connection, TLS included.
    pub connect: Duration,
    /// One answer, from the request to the end of its body.
    pub answer: Duration,
    /// All of the check, whatever happens.
    pub overall: Duration,
    /// Of a body, in bytes.
    pub body: usize,
    /// So many redirects are followed.
    pub redirects: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(10),
            // A site that takes 5 s for each of its two answers is slow, not down.
            overall: Duration::from_secs(15),
            body: 64 * 1024,
            redirects: 5,
        }
    }
}

/// A site to be checked.
#[derive(Debug, Clone)]
pub struct Target {
    pub(crate) origin: Origin,
    /// What is asked of it first.
    pub(crate) path: Uri,
    /// How long it may take.
    pub limits: Limits,
    /// The client's own condition.
    pub condition: Option<Condition>,
}

impl Target {
    /// The site at this address; of the address only scheme, host and port count.
    ///
    /// # Errors
    /// It is no http or https URL, or holds a name and password.
    pub fn new(url: &str) -> Result<Self, InvalidTarget> {
        let url = Url::parse(url).map_err(|_| InvalidTarget)?;
        let origin = Origin::of(&url).filter(|_| url.username().is_empty() && url.password().is_none());
        Ok(Self {
            origin: origin.ok_or(InvalidTarget)?,
            path: Uri::from_static("/"),
            limits: Limits::default(),
            condition: None,
        })
    }

    /// The page at this address, path and query included: for what is no site of a client's.
    ///
    /// # Errors
    /// It is no http or https URL, or holds a name and password.
    pub fn page(url: &str) -> Result<Self, InvalidTarget> {
        let site = Self::new(url)?;
        let path = site.origin.redirected(&site.path, url).ok_or(InvalidTarget)?.1;
        Ok(Self { path, ..site })
    }
}

/// The address is none that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the address of a site, e.g. https://acme.example")]
pub struct InvalidTarget;

/// Where a request goes: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) tls: bool,
    /// In lower case; an IP address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The Host header.
    pub(crate) authority: HeaderValue,
}

impl Origin {
    fn of(url: &Url) -> Option<Self> {
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        // The parser has turned every way of writing an IPv4 address (octal, one number, …) into the usual one.
        let (host, shown) = match url.host()? {
            Host::Domain(name) => (name.trim_end_matches('.').to_owned(), name.to_owned()),
            Host::Ipv4(address) => (address.to_string(), address.to_string()),
            Host::Ipv6(address) => (address.to_string(), format!("[{address}]")),
        };
        let authority = match url.port() {
            Some(port) => format!("{shown}:{port}"),
            None => shown,
        };
        Some(Self {
            tls,
            host,
            port: url.port_or_known_default()?,
            authority: HeaderValue::try_from(authority).ok()?,
        })
    }

    /// Where a redirect leads: the origin, and the path there. `None` when it is no http or https address.
    pub(crate) fn redirected(&self, path: &Uri, location: &str) -> Option<(Self, Uri)> {
        let scheme = if self.tls { "https" } else { "http" };
        let authority = self.authority.to_str().ok()?;
        let base = Url::parse(&format!("{scheme}://{authority}{path}")).ok()?;
        let url = base.join(location).ok()?;
        let origin = Self::of(&url)?;
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Some((origin, path.parse().ok()?))
    }

    /// Is it the same site? `www.` and https make no difference; on the local stack the port does.
    pub(crate) fn is_same_site(&self, other: &Self) -> bool {
        let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
        let usual = |origin: &Self| matches!(origin.port, 80 | 443);
        bare(&self.host) == bare(&other.host) && (self.port == other.port || (usual(self) && usual(other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Target::new(url).unwrap().origin
    }

    #[test]
    fn only_web_addresses_are_targets() {
        for bad in [
            "",
            "acme.example",
            "ftp://acme.example",
            "file:///etc/passwd",
            "http://",
            "https://me:pw@acme.example",
        ] {
            assert!(Target::new(bad).is_err(), "{bad}");
        }
        let plain = origin("http://Acme.Example./path?x");
        assert_eq!(
            (plain.tls, plain.host.as_str(), plain.port),
            (false, "acme.example", 80)
        );
        assert_eq!(origin("https://acme.localhost:8787").authority, "acme.localhost:8787");
        assert_eq!(origin("http://[::1]:8080").host, "::1");
        assert_eq!(origin("http://0x7f.1/").host, "127.0.0.1");
        assert_eq!(origin("http://2130706433/").host, "127.0.0.1");
        assert_eq!(origin("http://bücher.example").host, "xn--bcher-kva.example");
    }

    #[test]
    fn a_redirect_stays_on_the_site_or_leads_away() {
        let site = origin("http://acme.example");
        let at = Uri::from_static("/a/b");
        for (location, stays, path) in [
            ("/nl", true, "/nl"),
            ("c?d=e", true, "/a/c?d=e"),
            ("https://acme.example/", true, "/"),
            ("https://www.acme.example", true, "/"),
            ("//acme.example/x", true, "/x"),
            ("https://acme.example.evil.example/", false, "/"),
            ("https://acme.example@evil.example/", false, "/"),
            ("http://acme.example:22/", false, "/"),
            ("http://169.254.169.254/latest", false, "/latest"),
        ] {
            let (origin, to) = site.redirected(&at, location).unwrap();
            assert_eq!(
                (site.is_same_site(&origin), to.to_string().as_str()),
                (stays, path),
                "{location}"
            );
        }
        for location in ["ftp://acme.example/", "javascript:alert(1)", "http://", "https://[::"] {
            assert!(site.redirected(&at, location).is_none(), "{location}");
        }
        let local = origin("http://acme.localhost:8787");
        assert!(!local.is_same_site(&origin("http://acme.localhost:8788")));
    }
}
