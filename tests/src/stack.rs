//! One running stack.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::process::{Child, Command};

/// How long a stack may take to be ready on a busy machine; it is not a measurement.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A stack as a process of its own.
pub struct Stack {
    process: Child,
    /// What its ready file says.
    pub ready: Value,
    folder: PathBuf,
    owned: bool,
}

impl Stack {
    /// Starts one that keeps nothing.
    pub async fn ephemeral() -> Self {
        let folder = new_folder();
        Self::start(folder.clone(), &["--ephemeral"], true).await
    }

    /// Starts one that keeps nothing, with further options.
    pub async fn with(options: &[&str]) -> Self {
        let all: Vec<&str> = ["--ephemeral"].iter().chain(options).copied().collect();
        Self::start(new_folder(), &all, true).await
    }

    /// Starts one on a data directory, which outlives it.
    pub async fn on(data: &Path) -> Self {
        Self::start(data.to_owned(), &["--data", data.to_str().unwrap()], false).await
    }

    async fn start(folder: PathBuf, options: &[&str], owned: bool) -> Self {
        let ready_file = folder.join("ready.json");
        let _ = std::fs::remove_file(&ready_file);
        let mut process = command(&ready_file, options)
            .env("TENANTRY_TEST", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the stack's binary starts; build it with `cargo build`");
        let begun = Instant::now();
        loop {
            if let Ok(text) = std::fs::read_to_string(&ready_file) {
                let ready = serde_json::from_str(&text).expect("the ready file is JSON");
                return Self {
                    process,
                    ready,
                    folder,
                    owned,
                };
            }
            if let Some(status) = process.try_wait().unwrap() {
                panic!("the stack ended before it was ready: {status}");
            }
            assert!(
                begun.elapsed() < READY_WITHIN,
                "the stack is not ready after {READY_WITHIN:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Starts one that must not come up; gives its exit code and what it says. `variables` are its own.
    pub async fn refused(options: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let folder = new_folder();
        let data = folder.join("data");
        let ended = command(&folder.join("ready.json"), options)
            .args(["--data", data.to_str().unwrap()])
            .envs(variables.iter().copied())
            .kill_on_drop(true)
            .output();
        let ended = tokio::time::timeout(READY_WITHIN, ended)
            .await
            .expect("it ends")
            .unwrap();
        assert!(!data.exists(), "something was started before it was refused");
        std::fs::remove_dir_all(folder).unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    }

    /// A field of the ready file.
    pub fn field(&self, name: &str) -> String {
        self.ready[name]
            .as_str()
            .unwrap_or_else(|| panic!("the ready file has no {name}"))
            .to_owned()
    }

    /// Ends it at once, without a chance to tidy up.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.process.id().expect("the stack runs")
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if self.owned {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A new folder for one stack.
pub fn new_folder() -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "tenantry-test-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let folder = std::env::temp_dir().join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn command(ready_file: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(["--port", "0", "--ready-file", ready_file.to_str().unwrap()])
        .args(options);
    // What a developer has set for a stack of their own is not meant for the suites.
    for name in [
        "AWS_ENDPOINT_URL",
        "TENANTRY_TEST",
        "VERCEL_TOKEN",
        "RAILWAY_API_KEY",
        "GITHUB_TOKEN",
        "GITHUB_REPO",
    ] {
        command.env_remove(name);
    }
    command
}

/// The stack's binary, built beside the tests.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().join("local")
}
