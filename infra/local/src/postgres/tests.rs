//! A real server, where one is installed.

use std::{path::PathBuf, process::Command, time::Duration};

use super::{Cluster, host, start};

fn query(cluster: &Cluster, sql: &str) -> String {
    let psql = host::binaries().unwrap().join("psql");
    let output = Command::new(psql)
        .args(["-Atc", sql, &cluster.admin_url()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn databases_are_kept_and_a_leftover_server_is_stopped() {
    let data: PathBuf = std::env::temp_dir().join(format!("tenantry-postgres-{}", std::process::id()));
    let Some(first) = start(Some(&data)).await.unwrap() else {
        return;
    };
    query(&first, "CREATE DATABASE one");
    let url = first.admin_url();
    // The stack is gone and its server is not: its pipe stays open in a process that outlived it.
    std::mem::forget(first.server);
    let second = start(Some(&data)).await.unwrap().unwrap();
    assert_ne!(url, second.admin_url());
    assert_eq!(
        query(&second, "SELECT count(*) FROM pg_database WHERE datname = 'one'"),
        "1"
    );
    assert_eq!(query(&second, "SHOW server_encoding"), "UTF8");
    let root = second.place.root.clone();
    second.stop().await;
    std::fs::remove_dir_all(root).unwrap();
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn an_ephemeral_server_ends_with_the_stack() {
    let Some(mut cluster) = start(None).await.unwrap() else {
        return;
    };
    assert_eq!(query(&cluster, "SELECT 1"), "1");
    let root = cluster.place.root.clone();
    // As when the stack is killed: nothing happens but that the pipe closes.
    drop(cluster.server.stdin.take());
    cluster.server.wait().await.unwrap();
    for _ in 0..100 {
        if !root.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} is still there", root.display());
}
