//! Where a cluster is, and what is left there by an earlier stack.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use runtime::SystemEntropy;

use super::{PostgresError, host::User};

/// Folders that every user can reach.
const SHARED: &str = "/var/tmp";

/// A cluster on the disk.
pub struct Place {
    /// The folder around it.
    pub root: PathBuf,
    /// The cluster itself.
    pub data: PathBuf,
    /// Password of the user `postgres` in it.
    pub password: String,
    /// Whether it is removed at the end.
    pub ephemeral: bool,
}

impl Place {
    /// Finds or makes the cluster that belongs to this data directory, or one of its own that is not kept.
    pub async fn prepare(kept: Option<&Path>, user: User, programs: &Path) -> Result<Self, PostgresError> {
        let root = match kept {
            None => Path::new(SHARED).join(format!("tenantry-once-{}", random(16))),
            Some(directory) => {
                fs::create_dir_all(directory)?;
                let directory = fs::canonicalize(directory)?;
                // Another user may not be able to open the data directory; it can always reach this one.
                match user.other {
                    true => Path::new(SHARED).join(format!("tenantry-{:016x}", hash(&directory))),
                    false => directory.join("postgres"),
                }
            }
        };
        let file = kept.map(|directory| directory.join("postgres-password"));
        user.own_directory(&root)?;
        let data = root.join("data");
        stop_leftover(&data, user, programs).await?;
        let known = file
            .as_ref()
            .and_then(|file| fs::read_to_string(file).ok())
            .filter(|text| text.len() >= 32);
        if let Some(password) = known
            && data.join("PG_VERSION").is_file()
        {
            return Ok(Self {
                root,
                data,
                password,
                ephemeral: false,
            });
        }
        // Half made, or of a data directory that is gone: nobody knows its password any more.
        for old in ["data", "data.new"] {
            remove(&root.join(old))?;
        }
        let password = random(32);
        if let Some(file) = &file {
            write_private(file, &password)?;
        }
        let place = Self {
            root,
            data,
            password,
            ephemeral: kept.is_none(),
        };
        place.initialize(user, programs).await?;
        Ok(place)
    }

    async fn initialize(&self, user: User, programs: &Path) -> Result<(), PostgresError> {
        let (new, secret) = (self.root.join("data.new"), self.root.join("password"));
        remove(&secret)?;
        write_private(&secret, &self.password)?;
        if user.other {
            std::os::unix::fs::chown(&secret, Some(user.uid), Some(user.gid))?;
        }
        let mut command = user.command(&programs.join("initdb"), &self.root);
        command.args([
            "--no-sync",
            "--no-locale",
            "-E",
            "UTF8",
            "--auth=scram-sha-256",
            "-U",
            "postgres",
        ]);
        command.arg("--pwfile").arg(&secret).arg("-D").arg(&new);
        let output = command.stdin(Stdio::null()).output().await?;
        remove(&secret)?;
        if !output.status.success() {
            return Err(PostgresError::Failed(
                "initdb",
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
        // Only a cluster that is whole has its name.
        fs::rename(new, &self.data)?;
        Ok(())
    }
}

/// Stops the server of a stack that was killed.
async fn stop_leftover(data: &Path, user: User, programs: &Path) -> Result<(), PostgresError> {
    let file = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&file) else {
        return Ok(());
    };
    let pid = text.lines().next().unwrap_or_default().trim();
    // Where the system tells, believe the number only when that process works in this folder.
    let works_in = fs::read_link(format!("/proc/{pid}/cwd"));
    if Path::new("/proc/self").exists() && works_in.ok() != fs::canonicalize(data).ok() {
        return remove(&file).map_err(PostgresError::from);
    }
    tracing::info!("A stack was killed; its PostgreSQL is stopped");
    let mut command = user.command(&programs.join("pg_ctl"), data);
    let command = command
        .args(["stop", "-w", "-t", "20", "-m", "immediate", "-D"])
        .arg(data);
    let output = command.stdin(Stdio::null()).output().await?;
    // It may have gone by itself meanwhile.
    if output.status.success() || !file.exists() {
        return Ok(());
    }
    Err(PostgresError::Failed(
        "pg_ctl",
        String::from_utf8_lossy(&output.stderr).into_owned(),
    ))
}

/// Removes a file or folder; one that is not there is no error.
pub fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

fn random(length: usize) -> String {
    domain::random_text(&SystemEntropy, length)
}

/// FNV-1a: short, and stable across versions of Rust.
fn hash(path: &Path) -> u64 {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}
