//! From what the network says to why there was no answer.

use std::{
    error::Error,
    io::{self, ErrorKind},
    net::SocketAddr,
};

use domain::{Instant, monitoring::Failure};
use rustls::CertificateError;

/// The process or the machine is out of something: `EMFILE`, `ENFILE`, `ENOMEM`, `ENOBUFS`.
const OUT_OF_SOMETHING: [i32; 4] = [24, 23, 12, 105];

/// Why no connection came about.
pub(crate) fn of_connect(error: &io::Error, address: SocketAddr) -> Failure {
    if error
        .raw_os_error()
        .is_some_and(|code| OUT_OF_SOMETHING.contains(&code))
    {
        return Failure::Ourselves;
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => Failure::Refused,
        ErrorKind::TimedOut => Failure::Timeout,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Failure::Reset,
        // Without any way into IPv6 we cannot say how a site is that has nothing else.
        ErrorKind::NetworkUnreachable if address.is_ipv6() => Failure::Ourselves,
        ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse | ErrorKind::PermissionDenied | ErrorKind::OutOfMemory => {
            Failure::Ourselves
        }
        _ => Failure::Unreachable,
    }
}

/// Why no TLS connection came about, and when the certificate ended if that is why.
pub(crate) fn of_tls(error: &io::Error) -> (Failure, Option<Instant>) {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(wrong)) = inner else {
        let failure = match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Failure::Reset,
            _ => Failure::Tls,
        };
        return (failure, None);
    };
    let expired_at = match wrong {
        CertificateError::ExpiredContext { not_after, .. } => i64::try_from(not_after.as_secs())
            .ok()
            .map(|seconds| Instant::from_milliseconds(seconds.saturating_mul(1000))),
        _ => None,
    };
    let failure = match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Failure::CertificateExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Failure::CertificateNotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Failure::CertificateForAnotherName
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Revoked => {
            Failure::CertificateUntrusted
        }
        // A self-signed certificate that says it is an authority, or one that is used as the wrong thing.
        CertificateError::Other(_)
        | CertificateError::InvalidPurpose
        | CertificateError::InvalidPurposeContext { .. } => Failure::CertificateUntrusted,
        _ => Failure::Tls,
    };
    (failure, expired_at)
}

/// Why no answer came over a connection.
pub(crate) fn of_exchange(error: &hyper::Error) -> Failure {
    if error.is_parse_too_large() {
        return Failure::TooLarge;
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return Failure::Reset;
    }
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(lost) if lost.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => Failure::Tls,
        Some(lost) if lost.kind() == ErrorKind::InvalidData || lost.kind() == ErrorKind::InvalidInput => {
            Failure::NotHttp
        }
        Some(_) => Failure::Reset,
        None => Failure::NotHttp,
    }
}
