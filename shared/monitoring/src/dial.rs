//! From addresses to a connection.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use domain::monitoring::Failure;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{certificate, failure, notes::Notes, target::Origin};

/// A connection, with or without TLS.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects to the first address that lets us, and shakes hands when that is wanted. All of it within the limit.
pub(crate) async fn dial(
    tls: Option<&TlsConnector>,
    origin: &Origin,
    addresses: &[SocketAddr],
    limit: Duration,
    notes: &mut Notes,
) -> Result<Stream, Failure> {
    let started = Instant::now();
    let tcp = connect(addresses, limit, started).await;
    notes.connect.add(started.elapsed());
    let tcp = tcp?;
    if !origin.tls {
        return Ok(Stream::Plain(tcp));
    }
    let tls = tls.ok_or(Failure::Ourselves)?;
    let name = ServerName::try_from(origin.host.clone()).map_err(|_| Failure::Tls)?;
    let left = limit.saturating_sub(started.elapsed());
    let started = Instant::now();
    let stream = timeout(left, tls.connect(name, tcp)).await;
    notes.tls.add(started.elapsed());
    let stream = stream.map_err(|_| Failure::Timeout)?.map_err(|error| {
        let (failure, expired_at) = failure::of_tls(&error);
        notes.certificate_expires_at = expired_at.or(notes.certificate_expires_at);
        failure
    })?;
    // A session that is taken up again remembers the certificate it began with.
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    notes.certificate_expires_at = certificate.and_then(|der| certificate::expires_at(der));
    Ok(Stream::Tls(Box::new(stream)))
}

/// Each address gets its share of the time that is left, so that the last one gets some too.
async fn connect(addresses: &[SocketAddr], limit: Duration, started: Instant) -> Result<TcpStream, Failure> {
    let mut last = Failure::Dns;
    for (place, address) in addresses.iter().enumerate() {
        let to_come = u32::try_from(addresses.len() - place).unwrap_or(1);
        let share = limit.saturating_sub(started.elapsed()) / to_come;
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                if address.ip().is_loopback() {
                    // The local stack checks thousands of sites at one address: connections that are closed in the usual
                    // way would use up its ports for a minute each.
                    let _ = stream.set_zero_linger();
                }
                return Ok(stream);
            }
            Ok(Err(error)) => last = failure::of_connect(&error, *address),
            Err(_) => last = Failure::Timeout,
        }
    }
    Err(last)
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
