use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_reference_becomes_a_commit() {
    let world = World::simulated().await;
    let (status, main) = world.get("/github/repos/o/r/commits/main").await;
    let sha = main["sha"].as_str().unwrap();
    assert_eq!((status, sha.len()), (200, 40));
    assert_eq!(
        world.get(&format!("/github/repos/o/r/commits/{sha}")).await.1["sha"],
        sha
    );
    assert_ne!(world.get("/github/repos/o/r/commits/feature/x").await.1["sha"], sha);
    let (status, missing) = world.get("/github/repos/o/r/commits/missing").await;
    assert_eq!(
        (status, &missing["message"]),
        (422, &json!("No commit found for SHA: missing"))
    );
    let (_, tags) = world.get("/github/repos/o/r/tags").await;
    assert_eq!(
        (&tags[0]["name"], &tags[0]["commit"]["sha"]),
        (&json!("v1.0.0"), &json!(sha))
    );
    for path in ["package.json", "apps/site/package.json"] {
        let (status, file) = world.get(&format!("/github/repos/o/r/contents/{path}?ref=main")).await;
        assert_eq!((status, &file["encoding"]), (200, &json!("base64")));
    }
    assert_eq!(world.get("/github/repos/o/r/contents/README.md").await.0, 404);
}
