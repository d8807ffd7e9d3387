//! From a name to addresses that may be connected to.

use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
};

use domain::monitoring::Failure;

use crate::{address::is_public, target::Origin};

/// More addresses of one name are not tried.
const MOST_ADDRESSES: usize = 4;

/// What a resolver will have answered.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Looks names up.
pub trait Resolver: Send + Sync {
    /// All addresses of this name.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Decides where a connection may go.
pub(crate) struct Guard {
    /// Hosts on this machine, at any port: whole names, or endings that begin with a dot. Nothing in the cloud.
    pub(crate) loopback_hosts: Vec<String>,
}

impl Guard {
    /// Is this host on this machine by explicit configuration?
    pub(crate) fn is_loopback(&self, host: &str) -> bool {
        self.loopback_hosts.iter().any(|known| {
            if known.starts_with('.') {
                host.len() > known.len() && host.ends_with(known.as_str())
            } else {
                host == known
            }
        })
    }

    /// May a connection go to this port?
    ///
    /// # Errors
    /// It is neither a web server's nor on this machine.
    pub(crate) fn port(&self, origin: &Origin) -> Result<(), Failure> {
        let allowed = matches!(origin.port, 80 | 443) || self.is_loopback(&origin.host);
        allowed.then_some(()).ok_or(Failure::BlockedPort)
    }

    /// The addresses that may be connected to, after one look-up: what was checked is what is connected to.
    ///
    /// # Errors
    /// The port or all addresses are refused, or the name has none.
    pub(crate) async fn addresses(&self, resolver: &dyn Resolver, origin: &Origin) -> Result<Vec<SocketAddr>, Failure> {
        let at = |ip| SocketAddr::new(ip, origin.port);
        if self.is_loopback(&origin.host) {
            return Ok(vec![at(IpAddr::V4(Ipv4Addr::LOCALHOST))]);
        }
        self.port(origin)?;
        let found = match origin.host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => resolver.resolve(&origin.host).await.map_err(|_| Failure::Dns)?,
        };
        if found.is_empty() {
            return Err(Failure::Dns);
        }
        let mut public: Vec<IpAddr> = found.into_iter().filter(|address| is_public(*address)).collect();
        if public.is_empty() {
            return Err(Failure::BlockedAddress);
        }
        // Lambda has no IPv6 of its own.
        public.sort_by_key(IpAddr::is_ipv6);
        public.truncate(MOST_ADDRESSES);
        Ok(public.into_iter().map(at).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;

    struct Fixed(&'static [&'static str]);
    impl Resolver for Fixed {
        fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
            Box::pin(async { Ok(self.0.iter().map(|address| address.parse().unwrap()).collect()) })
        }
    }

    async fn found(url: &str, addresses: &'static [&'static str]) -> Result<Vec<String>, Failure> {
        let guard = Guard {
            loopback_hosts: vec![".localhost".to_owned(), "127.0.0.1".to_owned()],
        };
        let origin = Target::new(url).unwrap().origin;
        let found = guard.addresses(&Fixed(addresses), &origin).await;
        found.map(|found| found.iter().map(ToString::to_string).collect())
    }

    #[tokio::test]
    async fn the_table() {
        let url = "https://acme.example";
        assert_eq!(
            found(url, &["76.76.21.21"]).await,
            Ok(vec!["76.76.21.21:443".to_owned()])
        );
        assert_eq!(found(url, &[]).await, Err(Failure::Dns));
        for private in [
            "169.254.169.254",
            "127.0.0.1",
            "10.0.0.7",
            "::1",
            "::ffff:10.0.0.7",
            "64:ff9b::a00:7",
        ] {
            let leaked: &'static [&'static str] = Box::leak(Box::new([private]));
            assert_eq!(found(url, leaked).await, Err(Failure::BlockedAddress), "{private}");
        }
        // A private one among public ones is passed over; IPv4 comes first.
        let mixed = found(url, &["2606:4700::1111", "10.0.0.7", "76.76.21.21"]).await;
        assert_eq!(
            mixed,
            Ok(vec!["76.76.21.21:443".to_owned(), "[2606:4700::1111]:443".to_owned()])
        );
        for port in [
            "http://acme.example:22",
            "http://acme.example:6379",
            "https://acme.example:8443",
        ] {
            assert_eq!(found(port, &["76.76.21.21"]).await, Err(Failure::BlockedPort), "{port}");
        }
        for literal in [
            "http://169.254.169.254",
            "http://[::1]",
            "http://0x7f000001",
            "http://10.1",
        ] {
            let expected = if literal.contains("0x7f") {
                Ok(vec!["127.0.0.1:80".to_owned()])
            } else {
                Err(Failure::BlockedAddress)
            };
            assert_eq!(found(literal, &[]).await, expected, "{literal}");
        }
    }

    #[tokio::test]
    async fn configured_hosts_are_on_this_machine_whatever_dns_says() {
        let here = found("http://acme.localhost:8787", &["6.6.6.6"]).await;
        assert_eq!(here, Ok(vec!["127.0.0.1:8787".to_owned()]));
        for other in [
            "http://localhost:8787",
            "http://evil-localhost:8787",
            "http://acme.localhost.example:8787",
        ] {
            assert_eq!(found(other, &["6.6.6.6"]).await, Err(Failure::BlockedPort), "{other}");
        }
        let nowhere = Guard {
            loopback_hosts: Vec::new(),
        };
        assert!(!nowhere.is_loopback("acme.localhost"));
    }
}
