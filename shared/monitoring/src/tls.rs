//! TLS: whom to trust, and sessions that are taken up again.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore, SupportedCipherSuite,
    client::Resumption,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::CertificateDer,
};
use tokio_rustls::TlsConnector;

/// Whom to trust.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// The machine's certificate authorities.
    #[default]
    System,
    /// These and nobody else.
    Only(Vec<CertificateDer<'static>>),
}

/// `None` when there is nobody to trust: then https cannot be checked, and that is not the sites' fault.
pub(crate) fn connector(roots: &Roots, sessions: usize) -> Option<TlsConnector> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
        }
        Roots::Only(certificates) => {
            store.add_parsable_certificates(certificates.iter().cloned());
        }
    }
    if store.is_empty() {
        tracing::warn!("The machine trusts no certificate authority: https sites cannot be checked");
        return None;
    }
    // Nothing that is asked here needs to stay secret for decades: the hybrid key exchange would double the handshake's cost, and
    // the hashes of AES-256's suites, for which processors have no instruction, a third of it.
    let usual = aws_lc_rs::default_provider();
    let (quick, other) = usual.cipher_suites.iter().copied().partition::<Vec<_>, _>(is_quick);
    let provider = CryptoProvider {
        cipher_suites: quick.into_iter().chain(other).collect(),
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
            aws_lc_rs::kx_group::SECP384R1,
        ],
        ..usual
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .ok()?;
    let mut config = builder.with_root_certificates(store).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // The store counts up to eight tickets per site.
    config.resumption = Resumption::in_memory_sessions(sessions.saturating_mul(8));
    Some(TlsConnector::from(Arc::new(config)))
}

fn is_quick(suite: &SupportedCipherSuite) -> bool {
    use rustls::CipherSuite::{
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS13_AES_128_GCM_SHA256,
    };
    matches!(
        suite.suite(),
        TLS13_AES_128_GCM_SHA256 | TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 | TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    )
}
