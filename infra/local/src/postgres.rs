//! The PostgreSQL server of the sites' databases, when it is installed.
//!
//! **Invariant:** the server ends with the stack, also when that is killed: a watcher holds the other end of a pipe from
//! the stack and stops the server when it closes. What is kept survives all of it; only a machine that loses power may
//! spoil it, for nothing is forced to the disk.

mod host;
mod place;
#[cfg(test)]
mod tests;

use std::{fs, io, net::TcpListener, path::Path, process::Stdio, time::Duration};

use tokio::{process::Child, time::Instant};

use host::User;
use place::Place;

/// Watches the pipe on its input, then becomes the server. `$1` is the signal at the end, `$2` the folder that is then
/// removed, when it is not empty.
const WATCHED: &str = r#"
signal=$1 folder=$2; shift 2
exec 3<&0
(
  cat <&3 >/dev/null
  kill -"$signal" $$
  if [ -n "$folder" ]; then
    tries=0
    while kill -0 $$ && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
    rm -rf -- "$folder"
  fi
) 2>/dev/null >/dev/null &
exec "$@" </dev/null 3<&-
"#;
const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(6);
const POLL: Duration = Duration::from_millis(20);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// A file or program cannot be used.
    #[error("PostgreSQL: {0}")]
    Io(#[from] io::Error),
    /// One of its programs refused.
    #[error("PostgreSQL, {0}: {1}")]
    Failed(&'static str, String),
}

/// A running server.
pub struct Cluster {
    place: Place,
    port: u16,
    server: Child,
}

/// Starts a server whose databases are kept with `data`, or with nothing when there is none. `None` when PostgreSQL is
/// not installed.
///
/// # Errors
/// It is installed and does not start.
pub async fn start(data: Option<&Path>) -> Result<Option<Cluster>, PostgresError> {
    let Some(programs) = host::binaries() else {
        return Ok(None);
    };
    let user = User::find().await?;
    let place = Place::prepare(data, user, &programs).await?;
    let mut attempt = 1;
    loop {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut server = spawn(&place, user, &programs, port)?;
        match ready(&place, &mut server, port).await {
            Ok(()) => return Ok(Some(Cluster { place, port, server })),
            // Somebody else may have taken the port in between.
            Err(error) if attempt < 3 => tracing::warn!(%error, "PostgreSQL did not start and is tried again"),
            Err(error) => {
                end(&mut server).await;
                return Err(error);
            }
        }
        end(&mut server).await;
        attempt += 1;
    }
}

impl Cluster {
    /// Where the server's owner signs in.
    pub fn admin_url(&self) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/postgres",
            self.place.password, self.port
        )
    }

    /// Stops the server, and removes it when it is not kept.
    pub async fn stop(mut self) {
        end(&mut self.server).await;
        if self.place.ephemeral
            && let Err(error) = place::remove(&self.place.root)
        {
            tracing::debug!(%error, "the watcher removes the cluster as well");
        }
    }
}

fn spawn(place: &Place, user: User, programs: &Path, port: u16) -> Result<Child, PostgresError> {
    let (signal, folder) = match place.ephemeral {
        true => ("QUIT", place.root.as_os_str()),
        false => ("INT", "".as_ref()),
    };
    let mut command = user.command(Path::new("/bin/sh"), &place.root);
    command
        .args(["-c", WATCHED, "sh", signal])
        .arg(folder)
        .arg(programs.join("postgres"));
    command.arg("-D").arg(&place.data).args(["-p", &port.to_string()]);
    for setting in [
        "fsync=off",
        "full_page_writes=off",
        "shared_buffers=32MB",
        "max_connections=300",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
    ] {
        command.args(["-c", setting]);
    }
    let log = fs::File::create(place.root.join("log"))?;
    // A group of its own: Ctrl-C is for the stack, which stops the server in its turn.
    let command = command
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log);
    Ok(command.spawn()?)
}

/// Waits until the server says in its own file that it accepts connections.
async fn ready(place: &Place, server: &mut Child, port: u16) -> Result<(), PostgresError> {
    let failed = |why: &str| {
        let log = fs::read_to_string(place.root.join("log")).unwrap_or_default();
        let last = log.lines().rev().take(5).collect::<Vec<_>>();
        PostgresError::Failed(
            "postgres",
            format!("{why}: {}", last.into_iter().rev().collect::<Vec<_>>().join("; ")),
        )
    };
    let (pid, port) = (server.id().unwrap_or_default().to_string(), port.to_string());
    let until = Instant::now() + START;
    while Instant::now() < until {
        if server.try_wait()?.is_some() {
            return Err(failed("it ended at once"));
        }
        let state = fs::read_to_string(place.data.join("postmaster.pid")).unwrap_or_default();
        let line = |number: usize| state.lines().nth(number).unwrap_or_default().trim();
        if line(0) == pid && line(3) == port && line(7) == "ready" {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    Err(failed("it does not become ready"))
}

/// Closes the pipe, so that the watcher stops the server, and waits for its end.
async fn end(server: &mut Child) {
    drop(server.stdin.take());
    if tokio::time::timeout(STOP, server.wait()).await.is_err() {
        tracing::warn!("PostgreSQL does not stop and is killed");
        if let Err(error) = server.kill().await {
            tracing::warn!(%error, "PostgreSQL cannot be killed");
        }
    }
}
