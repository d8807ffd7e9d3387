use std::time::Instant;

use crate::world::World;

/// Fifty clients at once: database, deployment, domain, first admin, sign-in, and everything gone again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_clients_at_once_are_comfortable() {
    let world = std::sync::Arc::new(World::with_postgres().await);
    println!("{}", memory());
    world
        .railway("04_template_detail", None, serde_json::json!({"code": "postgres"}))
        .await;
    println!("schema read: {}", memory());
    let before = Instant::now();
    let crowd: Vec<_> = (0..50)
        .map(|number| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move {
                let label = format!("crowd{number}");
                let host = format!("{label}.localhost");
                let made = world.live_site(&label, &label).await;
                assert_eq!(world.first_register(&host, "admin@crowd.example").await.0, 200);
                assert_eq!(world.visit(&host, "/api/health").await.0, 200);
                made
            })
        })
        .collect();
    let mut made = Vec::new();
    for client in crowd {
        made.push(client.await.unwrap());
    }
    let took = before.elapsed();
    println!("fifty clients took {took:?}; {}", memory());
    let inventory = world.inventory().await;
    for list in ["projects", "databases", "domains", "users"] {
        assert_eq!(inventory[list].as_array().unwrap().len(), 50, "{list}");
    }
    let before = Instant::now();
    let crowd: Vec<_> = made
        .into_iter()
        .map(|client| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move {
                let path = format!("/vercel/v9/projects/{}?teamId=team_a", client.project);
                assert_eq!(world.delete(&path).await.0, 204);
                world
                    .railway("19_project_delete", None, serde_json::json!({"id": client.railway}))
                    .await
            })
        })
        .collect();
    for client in crowd {
        assert_eq!(client.await.unwrap()["data"]["projectDelete"], true);
    }
    println!("and fifty deletions {:?}", before.elapsed());
    let inventory = world.inventory().await;
    for list in ["projects", "databases", "domains", "users"] {
        assert_eq!(inventory[list], serde_json::json!([]), "{list}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!(
        "{}",
        status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap_or_default()
    );
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"))
        .collect()
}
