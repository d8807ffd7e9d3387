//! The ports on loopback, and servers that stop when they are told to.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// Why a port cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has it.
    #[error("port {0} is in use; choose another with --port N, or --port 0 for any free one")]
    Taken(u16),
    /// Something else.
    #[error("port {0} cannot be listened on: {1}")]
    Refused(u16, std::io::Error),
}

/// Takes a port on 127.0.0.1 and, where the machine has it, on ::1; 0 is any free one. The port stands first.
///
/// # Errors
/// The port is taken or refused.
pub async fn listen(port: u16) -> Result<(u16, Vec<TcpListener>), ListenError> {
    // A port that is free on one of the two can be taken on the other; with 0 there are more to try.
    let tries = if port == 0 { 16 } else { 1 };
    for _ in 1..tries {
        match listen_on_both(port).await {
            Err(ListenError::Taken(_)) => {}
            other => return other,
        }
    }
    listen_on_both(port).await
}

async fn listen_on_both(port: u16) -> Result<(u16, Vec<TcpListener>), ListenError> {
    let refused = |port| {
        move |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AddrInUse => ListenError::Taken(port),
            _ => ListenError::Refused(port, error),
        }
    };
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(refused(port))?;
    let port = first.local_addr().map_err(refused(port))?.port();
    let mut listeners = vec![first];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
        Ok(second) => listeners.push(second),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => return Err(ListenError::Taken(port)),
        Err(error) => tracing::info!(error = %error, "there is no ::1 on this machine"),
    }
    Ok((port, listeners))
}

/// Serves a router until `stop` says so; what has been begun is answered first.
pub fn serve(tasks: &mut JoinSet<()>, listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    tasks.spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let until = async move {
            // An error says that whoever could stop this is gone; that is an end too.
            let _ = stop.wait_for(|stop| *stop).await;
        };
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(until).await {
            tracing::error!(error = %error, "a server ended");
        }
    });
}
