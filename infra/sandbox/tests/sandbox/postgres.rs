//! A private, temporary PostgreSQL cluster for all tests of this binary.
//!
//! A shell stands between: it ends the server and removes the directory when its input closes, so nothing is left
//! behind, however the tests end.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

const MISSING: &str = "These tests need the PostgreSQL server binaries: apt-get install postgresql";

struct Cluster {
    url: String,
    _supervisor: Child,
}

/// URL of the cluster's admin; the first caller starts it.
pub fn admin_url() -> String {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(start).url.clone()
}

fn binaries() -> PathBuf {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
                .collect()
        })
        .unwrap_or_default();
    versions.retain(|bin| bin.join("initdb").exists());
    versions.sort();
    // Without one there, whatever PATH has.
    versions.pop().unwrap_or_default()
}

/// The command, as an unprivileged user when the tests run as root: the server refuses to run as root.
fn unprivileged(root: bool, program: &Path) -> Command {
    if root {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
            .arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn start() -> Cluster {
    let bin = binaries();
    let id = |flag: &str| Command::new("id").arg(flag).output().expect("id runs").stdout;
    let root = id("-u").trim_ascii() == b"0";
    let directory = PathBuf::from(format!("/tmp/tenantry-sandbox-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory under /tmp");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    let password_file = directory.join("password");
    fs::write(&password_file, "admin-password").unwrap();
    if root {
        let owned = Command::new("chown")
            .args(["-R", "65534:65534"])
            .arg(&directory)
            .status()
            .expect("chown runs");
        assert!(owned.success(), "chown of {} failed", directory.display());
    }
    let data = directory.join("data");
    let made = unprivileged(root, &bin.join("initdb"))
        .args([
            "--username=postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
            "--no-instructions",
        ])
        .arg(format!("--pwfile={}", password_file.display()))
        .arg(format!("--pgdata={}", data.display()))
        .current_dir("/")
        .output()
        .unwrap_or_else(|error| panic!("{MISSING} ({error})"));
    assert!(
        made.status.success(),
        "{MISSING} (initdb: {})",
        String::from_utf8_lossy(&made.stderr)
    );
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = "\"$1\" -D \"$2/data\" -p \"$3\" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c fsync=off -c shared_buffers=16MB >\"$2/log\" 2>&1 & server=$!; cat >/dev/null; \
        kill -INT $server; wait $server; rm -rf \"$2\"";
    let supervisor = unprivileged(root, Path::new("sh"))
        .args(["-c", script, "sh"])
        .arg(bin.join("postgres"))
        .arg(&directory)
        .arg(port.to_string())
        .current_dir("/")
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh runs");
    let deadline = Instant::now() + Duration::from_secs(30);
    // The port listens before the server takes connections; the last line of this file says when it does.
    let ready = || {
        let said = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        said.lines().nth(7).is_some_and(|line| line.trim() == "ready")
    };
    while !ready() {
        assert!(
            Instant::now() < deadline,
            "{}",
            fs::read_to_string(directory.join("log")).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    Cluster {
        url: format!("postgresql://postgres:admin-password@127.0.0.1:{port}/postgres"),
        _supervisor: supervisor,
    }
}
