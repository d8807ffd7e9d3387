//! How sites are doing, held against the document: for who has a key, and for everybody.

use reqwest::Method;
use tests::World;

use crate::document::Document;

/// Has the monitor look at a live client's site, `acme`, and asks for all that it saw.
pub async fn look(world: &World, document: &Document, id: &str) {
    assert_eq!(world.run("HealthSweep").await.status, 200);
    for query in ["", "?hours=840&days=400", "?hours=0", "?days=401", "?weeks=1"] {
        let answer = world
            .api(Method::GET, &format!("/clients/{id}/health{query}"), None)
            .await;
        document.holds("get", "/clients/{id}/health", &answer);
    }
    document.holds("get", "/stats", &world.api(Method::GET, "/stats", None).await);
    for (path, end) in [("/status/{domain}", ""), ("/status/{domain}/badge.svg", "/badge.svg")] {
        for domain in ["acme", "nobody"] {
            let answer = world
                .api_with(Method::GET, &format!("/status/{domain}{end}"), &[], None)
                .await;
            document.holds("get", path, &answer);
        }
    }
}
