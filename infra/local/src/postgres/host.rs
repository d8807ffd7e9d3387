//! What of PostgreSQL is on this machine, and as whom it can run.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use tokio::process::Command;

/// The folder with `postgres`, `initdb` and `pg_ctl`; `None` when PostgreSQL is not installed.
#[allow(
    clippy::disallowed_methods,
    reason = "where programs are is known to the environment alone"
)]
pub fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A link leads to where the rest of the installation is.
    let linked = std::env::split_paths(&path).filter_map(|directory| fs::canonicalize(directory.join("initdb")).ok());
    let linked = linked.filter_map(|program| program.parent().map(Path::to_path_buf));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    linked
        .chain(versions.into_iter().rev().map(|(_, directory)| directory))
        .find(|directory| {
            ["initdb", "pg_ctl", "postgres"]
                .iter()
                .all(|name| directory.join(name).is_file())
        })
}

/// Who runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// Its number.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
    /// Whether that is somebody else than who runs the stack.
    pub other: bool,
}

impl User {
    /// Whoever runs the stack; for root, which PostgreSQL refuses, `postgres` or `nobody`.
    pub async fn find() -> io::Result<Self> {
        let own = Self {
            uid: id("-u", None).await?,
            gid: id("-g", None).await?,
            other: false,
        };
        if own.uid != 0 {
            return Ok(own);
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(uid), Ok(gid)) = (id("-u", Some(name)).await, id("-g", Some(name)).await) {
                return Ok(Self { uid, gid, other: true });
            }
        }
        Err(io::Error::other(
            "PostgreSQL does not run as root, and there is no user postgres or nobody",
        ))
    }

    /// A program that runs as this user, with nothing of our environment; dropping root also drops its groups.
    pub fn command(&self, program: &Path, directory: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir(directory);
        if self.other {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Makes a folder that only this user can open. One that is there must already be that: where others may write,
    /// somebody else could have put it there.
    pub fn own_directory(&self, path: &Path) -> io::Result<()> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) if self.other => std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))?,
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let found = fs::symlink_metadata(path)?;
        if found.is_dir() && found.uid() == self.uid && found.mode() & 0o077 == 0 {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{} belongs to somebody else or is open to others",
            path.display()
        )))
    }
}

async fn id(what: &str, name: Option<&str>) -> io::Result<u32> {
    let output = Command::new("id").arg(what).args(name).output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(|_| io::Error::other(format!("id {what} {} says nothing", name.unwrap_or_default())))
}
