//! Certificates good and bad, sessions taken up again, and addresses that are refused.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::monitoring::{Failure, Finding, Known, Probe, Thresholds, judge};
use monitoring::{Prober, ProberOptions, Resolver, Resolving, Roots};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{
    HandshakeKind, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use support::{Now, but, head, options, quick, serve};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const HOST: &str = "acme.localhost";

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn prober(&self) -> Prober {
        let roots = Roots::Only(vec![self.0.der().clone()]);
        Prober::new(ProberOptions { roots, ..options() }, Arc::new(Now))
    }

    fn issue(&self, name: &str, from: i32, until: i32) -> Identity {
        let (params, key) = leaf(name, from, until);
        (params.signed_by(&key, &self.0).unwrap().der().clone(), key)
    }
}

type Identity = (CertificateDer<'static>, KeyPair);

fn leaf(name: &str, from: i32, until: i32) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    (params, KeyPair::generate().unwrap())
}

struct Site {
    url: String,
    kinds: Arc<Mutex<Vec<HandshakeKind>>>,
}

async fn start(identity: Identity, alpn: &[&[u8]], versions: &[&'static rustls::SupportedProtocolVersion]) -> Site {
    let key = PrivateKeyDer::Pkcs8(identity.1.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap();
    let mut config = builder
        .with_no_client_auth()
        .with_single_cert(vec![identity.0], key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let (acceptor, kinds) = (
        TlsAcceptor::from(Arc::new(config)),
        Arc::<Mutex<Vec<HandshakeKind>>>::default(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{HOST}:{}", listener.local_addr().unwrap().port());
    let seen = kinds.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                seen.lock().unwrap().push(stream.get_ref().1.handshake_kind().unwrap());
                tokio::spawn(serve(stream, Arc::new(but(|_| None)), Arc::default()));
            }
        }
    });
    Site { url, kinds }
}

async fn usual(identity: Identity) -> Site {
    start(identity, &[b"h2", b"http/1.1"], rustls::ALL_VERSIONS).await
}

fn verdict(probe: &Probe) -> Finding {
    judge(probe, &Thresholds::default(), Known::default())
}

#[tokio::test]
async fn a_good_certificate_says_when_it_ends() {
    let authority = Authority::new();
    let site = usual(authority.issue(HOST, 2020, 2049)).await;
    let probe = authority.prober().check(&quick(&site.url)).await;
    assert_eq!(verdict(&probe), Finding::Healthy, "{probe:?}");
    assert_eq!(
        probe.certificate_expires_at.unwrap().to_string(),
        "2049-01-01T00:00:00.000Z"
    );
    assert!(probe.timings.tls_ms.is_some());
}

#[tokio::test]
async fn bad_certificates_are_told_apart() {
    let authority = Authority::new();
    let (params, key) = leaf(HOST, 2020, 2049);
    let self_signed = (params.self_signed(&key).unwrap().der().clone(), key);
    let mut root = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let self_signed_root = (root.self_signed(&key).unwrap().der().clone(), key);
    for (identity, expected) in [
        (authority.issue(HOST, 2020, 2024), Failure::CertificateExpired),
        (authority.issue(HOST, 2045, 2049), Failure::CertificateNotYetValid),
        (
            authority.issue("other.localhost", 2020, 2049),
            Failure::CertificateForAnotherName,
        ),
        (Authority::new().issue(HOST, 2020, 2049), Failure::CertificateUntrusted),
        (self_signed, Failure::CertificateUntrusted),
        (self_signed_root, Failure::CertificateUntrusted),
    ] {
        let site = usual(identity).await;
        let probe = authority.prober().check(&quick(&site.url)).await;
        assert_eq!(probe.front, Err(expected));
        if expected == Failure::CertificateExpired {
            assert_eq!(
                probe.certificate_expires_at.unwrap().to_string(),
                "2024-01-01T00:00:00.000Z"
            );
        }
    }
}

#[tokio::test]
async fn a_second_look_takes_the_session_up_again_and_still_knows_the_certificate() {
    for versions in [&[&rustls::version::TLS13], &[&rustls::version::TLS12]] {
        let authority = Authority::new();
        let site = start(authority.issue(HOST, 2020, 2049), &[b"http/1.1"], versions).await;
        let (prober, target) = (authority.prober(), quick(&site.url));
        for _ in 0..3 {
            let probe = prober.check(&target).await;
            assert_eq!(verdict(&probe), Finding::Healthy, "{probe:?}");
            assert!(probe.certificate_expires_at.is_some());
        }
        let kinds = site.kinds.lock().unwrap().clone();
        assert_eq!(
            kinds,
            [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed]
        );
    }
}

#[tokio::test]
async fn a_site_that_speaks_http_2_only_or_no_tls_at_all() {
    let authority = Authority::new();
    let site = start(authority.issue(HOST, 2020, 2049), &[b"h2"], rustls::ALL_VERSIONS).await;
    assert_eq!(
        authority.prober().check(&quick(&site.url)).await.front,
        Err(Failure::Tls)
    );
    let plain = support::Site::start(but(|_| None)).await;
    let probe = authority
        .prober()
        .check(&quick(&format!("https://{HOST}:{}", plain.port)))
        .await;
    assert!(
        matches!(probe.front, Err(Failure::Tls | Failure::Reset | Failure::Timeout)),
        "{:?}",
        probe.front
    );
    // Nobody to trust: that is not the site's fault.
    let nobody = Prober::new(
        ProberOptions {
            roots: Roots::Only(Vec::new()),
            ..options()
        },
        Arc::new(Now),
    );
    assert_eq!(nobody.check(&quick(&site.url)).await.front, Err(Failure::Ourselves));
}

struct Answers(Vec<&'static str>, AtomicUsize);

impl Resolver for Answers {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let found: Result<Vec<IpAddr>, _> = self.0.iter().map(|address| address.parse()).collect();
        Box::pin(async move { found.map_err(std::io::Error::other) })
    }
}

#[tokio::test]
async fn names_that_lead_into_our_own_network_are_refused() {
    for (addresses, expected) in [
        (vec!["169.254.169.254"], Failure::BlockedAddress),
        (vec!["::ffff:169.254.169.254"], Failure::BlockedAddress),
        (vec!["127.0.0.1", "10.1.2.3", "fd00:ec2::254"], Failure::BlockedAddress),
        (vec![], Failure::Dns),
        (vec!["no answer"], Failure::Dns),
    ] {
        let resolver = Arc::new(Answers(addresses, AtomicUsize::new(0)));
        let prober = Prober::new(
            ProberOptions {
                resolver: resolver.clone(),
                ..options()
            },
            Arc::new(Now),
        );
        for url in ["http://acme.example", "https://acme.example"] {
            let probe = prober.check(&quick(url)).await;
            assert_eq!((probe.front, probe.health.clone()), (Err(expected), None), "{url}");
        }
        assert_eq!(resolver.1.load(Ordering::Relaxed), 2, "one look-up for each check");
    }
}

#[tokio::test]
async fn addresses_and_ports_in_the_url_are_refused_too() {
    let site = support::Site::start(but(|_| None)).await;
    let prober = Prober::new(ProberOptions::default(), Arc::new(Now));
    for (url, expected) in [
        (site.url(), Failure::BlockedPort),
        (format!("http://127.0.0.1:{}", site.port), Failure::BlockedPort),
        ("http://127.0.0.1".to_owned(), Failure::BlockedAddress),
        ("http://[::ffff:7f00:1]".to_owned(), Failure::BlockedAddress),
        ("http://169.254.169.254".to_owned(), Failure::BlockedAddress),
    ] {
        assert_eq!(prober.check(&quick(&url)).await.front, Err(expected), "{url}");
    }
    assert_eq!(
        site.connections(),
        0,
        "without configuration nothing here is an exception"
    );
}

#[tokio::test]
async fn each_hop_is_looked_at_anew() {
    let port = Arc::new(OnceLock::new());
    let known = port.clone();
    let site = support::Site::start(but(move |line| {
        let location = format!("location: http://www.acme.test:{}/\r\n", known.get().unwrap());
        (line == "HEAD /").then(|| head("302 Found", &location))
    }))
    .await;
    port.set(site.port).unwrap();
    // Only the bare name is on this machine by configuration; the name it redirects to is the same site, but not an exception.
    let prober = Prober::new(
        ProberOptions {
            loopback_hosts: vec!["acme.test".to_owned()],
            resolver: Arc::new(Answers(vec!["127.0.0.1"], AtomicUsize::new(0))),
            ..ProberOptions::default()
        },
        Arc::new(Now),
    );
    let probe = prober.check(&quick(&format!("http://acme.test:{}", site.port))).await;
    assert_eq!(probe.front, Err(Failure::BlockedPort));
    assert_eq!(site.connections(), 1);
}
