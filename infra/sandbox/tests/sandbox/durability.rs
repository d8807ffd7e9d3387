use std::path::PathBuf;

use sandbox::{Databases, Mail, Options};
use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = std::env::temp_dir().join(format!("sandbox-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Directory(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A second sandbox opens the files of a first that was never closed: what a SIGKILL leaves.
#[tokio::test]
async fn a_restart_carries_on_where_the_world_stood() {
    let directory = Directory::new("durability");
    let before = World::with_postgres_in(Some(directory.0.clone())).await;
    let made = before.live_site("acme", "Acme").await;
    before.live_site("beta", "Beta").await;
    assert_eq!(
        before.first_register("acme.localhost", "admin@acme.example").await.0,
        200
    );
    let mail = Mail {
        to: "a@b.example".to_owned(),
        subject: "Welcome".to_owned(),
        body: "Hello".to_owned(),
    };
    before.sandbox.record_mail(mail);
    let inventory = before.inventory().await;

    let after = World::with_postgres_in(Some(directory.0.clone())).await;
    assert_eq!(after.inventory().await, inventory);
    assert_eq!(inventory["users"].as_array().unwrap().len(), 1);
    let (_, inbox) = after.get("/_sandbox/inbox").await;
    assert_eq!(
        (&inbox[0]["channel"], &inbox[0]["subject"]),
        (&json!("email"), &json!("Welcome"))
    );
    assert_eq!(
        after.login("acme.localhost", "admin@acme.example", PASSWORD).await.0,
        200
    );
    assert_eq!(after.visit("acme.localhost", "/api/health").await.0, 200);
    after
        .railway("19_project_delete", None, json!({"id": made.railway}))
        .await;
    assert_eq!(
        after.delete("/vercel/v9/projects/client-acme?teamId=team_a").await.0,
        204
    );

    let last = World::with_postgres_in(Some(directory.0.clone())).await;
    let inventory = last.inventory().await;
    for list in ["projects", "databases", "domains"] {
        assert_eq!(inventory[list].as_array().unwrap().len(), 1, "{list}");
    }
    assert_eq!(inventory["users"], json!([]));
}

#[tokio::test]
async fn users_of_simulated_databases_survive_too() {
    let directory = Directory::new("simulated");
    let options = || Options {
        data: Some(directory.0.clone()),
        realistic: false,
        databases: Databases::Simulated,
    };
    let before = World::open(options()).await;
    before.live_site("acme", "Acme").await;
    before.first_register("acme.localhost", "admin@acme.example").await;
    let after = World::open(options()).await;
    assert_eq!(
        after.login("acme.localhost", "admin@acme.example", PASSWORD).await.0,
        200
    );
}

/// No address of one run may stand in the file: the ports of the next are others.
#[tokio::test]
async fn no_port_is_kept() {
    let directory = Directory::new("ports");
    let world = World::with_postgres_in(Some(directory.0.clone())).await;
    let made = world.database("client-port", "pw").await;
    let port = made
        .database_url
        .rsplit(':')
        .next()
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let rows: Vec<Value> = {
        let file = rusqlite::Connection::open(directory.0.join("sandbox.sqlite")).unwrap();
        let mut statement = file.prepare("SELECT value FROM rows").unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|row| serde_json::from_str(&row.unwrap()).unwrap()).collect()
    };
    assert!(!rows.is_empty());
    for row in rows {
        assert!(!row.to_string().contains(&format!(":{port}")), "{row}");
    }
}

/// A kill between a record and its database: the next opening makes what is missing and drops what is left over.
#[tokio::test]
async fn what_a_kill_cut_off_is_finished_at_the_next_opening() {
    let directory = Directory::new("cut-off");
    let before = World::with_postgres_in(Some(directory.0.clone())).await;
    let unmade = before.database("client-unmade", "pw").await;
    let undropped = before.database("client-undropped", "pw").await;
    let name = unmade.database_url.rsplit('/').next().unwrap();
    let admin = tokio::task::spawn_blocking(crate::postgres::admin_url).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&admin, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(&format!("DROP DATABASE \"{name}\""))
        .await
        .unwrap();
    {
        let file = rusqlite::Connection::open(directory.0.join("sandbox.sqlite")).unwrap();
        let change = |sql: &str, id: &str| assert_eq!(file.execute(sql, [id]).unwrap(), 1);
        let made =
            "UPDATE rows SET value = json_set(value, '$.services[0].postgres.made', json('false')) WHERE key = ?1";
        change(made, &unmade.railway);
        let deleted = "UPDATE rows SET value = json_set(value, '$.deleted_at', 1, '$.purge_at', 1) WHERE key = ?1";
        change(deleted, &undropped.railway);
    }
    let after = World::with_postgres_in(Some(directory.0.clone())).await;
    assert!(
        tokio_postgres::connect(&unmade.database_url, tokio_postgres::NoTls)
            .await
            .is_ok()
    );
    assert!(
        tokio_postgres::connect(&undropped.database_url, tokio_postgres::NoTls)
            .await
            .is_err()
    );
    let databases = after.inventory().await["databases"].clone();
    assert_eq!(databases.as_array().unwrap().len(), 1);
    let left = "SELECT count(*) FROM pg_roles WHERE rolname = $1";
    let role = undropped.database_url.rsplit('/').next().unwrap();
    assert_eq!(
        client.query_one(left, &[&role]).await.unwrap().get::<_, i64>(0),
        0,
        "its role is gone too"
    );
}
