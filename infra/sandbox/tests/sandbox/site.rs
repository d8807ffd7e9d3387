use std::time::{Duration, Instant};

use reqwest::{Method, header};
use serde_json::json;

use crate::world::{PASSWORD, TOKEN, World, said};

const ADMIN: &str = "admin@acme.example";

async fn first_admin_signs_in(world: &World, simulated: bool) {
    let made = world.live_site("acme", "Acme <Corp>").await;
    let host = "acme.localhost:8787";
    let (status, page) = world.visit(host, "/").await;
    let page = page.as_str().unwrap().to_owned();
    assert_eq!(status, 200);
    for part in [
        "Acme &lt;Corp&gt;",
        "blog",
        "href=\"/blog-posts\"",
        "href=\"/authors\"",
        "stand-in site",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("<Corp>"));
    assert_eq!(world.visit(host, "/blog-posts").await.0, 200);
    assert_eq!(world.visit(host, "/products").await.0, 404);
    let (status, missing) = world.visit(host, "/api/nope").await;
    assert_eq!(
        (status, missing),
        (404, json!({"message": "Route not found \"/api/nope\""}))
    );

    let (status, health) = world.visit(host, "/api/health").await;
    assert_eq!(
        (status, &health["status"], &health["version"]),
        (200, &json!("ok"), &json!("1.0.0")),
        "{health}"
    );
    assert_eq!(health["database"]["simulated"] == true, simulated);
    assert!(health["memory"]["used"].as_u64().unwrap() > 0 && health["database"]["latencyMs"].is_number());

    assert_eq!(
        world.visit(host, "/api/users/init").await,
        (200, json!({"initialized": false}))
    );
    let body = json!({"email": ADMIN, "password": PASSWORD});
    for token in ["", "wrong"] {
        let request = world
            .site(Method::POST, host, "/api/users/first-register")
            .bearer_auth(token)
            .json(&body);
        assert_eq!(said(request.send().await.unwrap()).await.0, 401);
    }
    let short = world
        .site(Method::POST, host, "/api/users/first-register")
        .bearer_auth(TOKEN);
    let (status, refused) = said(
        short
            .json(&json!({"email": "x", "password": "1"}))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (status, &refused["errors"][0]["name"]),
        (400, &json!("ValidationError"))
    );

    let (status, registered) = world.first_register(host, "Admin@Acme.Example").await;
    assert_eq!(
        (status, &registered["user"]["email"]),
        (200, &json!(ADMIN)),
        "{registered}"
    );
    assert_eq!(world.first_register(host, "second@acme.example").await.0, 403);
    assert_eq!(
        world.visit(host, "/api/users/init").await.1,
        json!({"initialized": true})
    );
    let users = world.inventory().await["users"].clone();
    assert_eq!(
        users,
        json!([{"site": "acme.localhost", "email": ADMIN, "client": "cl_acme"}])
    );

    let (status, login) = world.login(host, ADMIN, PASSWORD).await;
    assert_eq!((status, &login["message"]), (200, &json!("Authentication Passed")));
    let token = login["token"].as_str().unwrap();
    let me = |host: &'static str, authorization: String| {
        let request = world
            .site(Method::GET, host, "/api/users/me")
            .header(header::AUTHORIZATION, authorization);
        async { said(request.send().await.unwrap()).await }
    };
    assert_eq!(
        me("acme.localhost", format!("JWT {token}")).await.1["user"]["email"],
        ADMIN
    );
    assert_eq!(world.visit(host, "/api/users/me").await.1["user"], json!(null));
    world.live_site("beta", "Beta").await;
    let (status, stranger) = me("beta.localhost", format!("JWT {token}")).await;
    assert_eq!(
        (status, &stranger["user"]),
        (200, &json!(null)),
        "a token of one site means nothing at another"
    );

    the_admin_page_signs_in_and_out(world, host).await;

    for _ in 0..5 {
        assert_eq!(world.login(host, ADMIN, "wrong").await.0, 401);
    }
    let (status, locked) = world.login(host, ADMIN, PASSWORD).await;
    assert_eq!(status, 401);
    assert!(locked["errors"][0]["message"].as_str().unwrap().contains("locked"));

    world
        .railway("19_project_delete", None, json!({"id": made.railway}))
        .await;
    let (status, health) = world.visit(host, "/api/health").await;
    assert_eq!((status, &health["database"]["status"]), (503, &json!("error")));
    assert_eq!(world.visit(host, "/api/users/init").await.0, 500);
    assert_eq!(world.inventory().await["users"], json!([]));
}

async fn the_admin_page_signs_in_and_out(world: &World, host: &str) {
    let form = |password: &str| {
        world
            .site(Method::POST, host, "/admin")
            .form(&[("email", ADMIN), ("password", password)])
    };
    let page = world.visit(host, "/admin").await.1;
    assert!(
        page.as_str()
            .unwrap()
            .contains("<form method=\"post\" action=\"/admin\">")
    );
    let (status, page) = said(form("wrong").send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert!(page.as_str().unwrap().contains("incorrect"));
    let response = form(PASSWORD).send().await.unwrap();
    assert_eq!(response.status(), 303);
    let cookie = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let signed_in = world
        .site(Method::GET, host, "/admin")
        .header(header::COOKIE, cookie)
        .send()
        .await
        .unwrap();
    assert!(signed_in.text().await.unwrap().contains(ADMIN));
    let response = world.site(Method::POST, host, "/admin/logout").send().await.unwrap();
    assert!(
        response.headers()[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
}

#[tokio::test]
async fn the_first_admin_signs_in_with_postgres() {
    first_admin_signs_in(&World::with_postgres().await, false).await;
}

#[tokio::test]
async fn the_first_admin_signs_in_with_simulated_databases() {
    first_admin_signs_in(&World::simulated().await, true).await;
}

#[tokio::test]
async fn of_five_registrations_at_once_exactly_one_succeeds() {
    let world = World::with_postgres().await;
    world.live_site("race", "Race").await;
    let calls = ["a", "b", "c", "d", "e"].map(|name| {
        let world = &world;
        async move {
            world
                .first_register("race.localhost", &format!("{name}@race.example"))
                .await
                .0
        }
    });
    let [a, b, c, d, e] = calls;
    let (a, b, c, d, e) = tokio::join!(a, b, c, d, e);
    let mut codes = [a, b, c, d, e];
    codes.sort_unstable();
    assert_eq!(codes[0], 200, "{codes:?}");
    assert!(codes[1..].iter().all(|code| [403, 409].contains(code)), "{codes:?}");
}

#[tokio::test]
async fn a_site_runs_with_the_environment_of_its_live_deployment() {
    let world = World::simulated().await;
    let made = world.live_site("acme", "Before").await;
    let path = format!("/vercel/v10/projects/{}/env?upsert=true&teamId=team_a", made.project);
    let renamed = json!([{"key": "TENANT_NAME", "value": "After", "type": "plain", "target": ["production"]}]);
    world.post(&path, renamed).await;
    assert!(
        world
            .visit("acme.localhost", "/")
            .await
            .1
            .as_str()
            .unwrap()
            .contains("<h1>Before</h1>")
    );
    world.deploy(&made.project).await;
    assert!(
        world
            .visit("acme.localhost", "/")
            .await
            .1
            .as_str()
            .unwrap()
            .contains("<h1>After</h1>")
    );
}

#[tokio::test]
async fn modes_play_what_can_happen_to_a_site() {
    let world = World::with_postgres().await;
    let made = world.live_site("moody", "Moody").await;
    let set = |mode: &str| world.call(Method::PUT, "/_sandbox/sites/moody", json!({"mode": mode}));
    assert_eq!(set("unheard-of").await.0, 400);
    let unknown = world
        .call(Method::PUT, "/_sandbox/sites/nobody", json!({"mode": "ok"}))
        .await;
    assert_eq!(unknown.0, 404);
    assert_eq!(set("error").await.0, 200);
    assert_eq!(world.visit("moody.localhost", "/").await.0, 500);
    set("db_down").await;
    assert_eq!(world.visit("moody.localhost", "/api/health").await.0, 503);
    assert_eq!(world.visit("moody.localhost", "/").await.0, 200);
    assert_eq!(world.visit("moody.localhost", "/api/users/init").await.0, 500);
    set("down").await;
    assert!(world.site(Method::GET, "moody.localhost", "/").send().await.is_err());
    set("slow").await;
    let before = Instant::now();
    assert_eq!(world.visit("moody.localhost", "/api/health").await.0, 200);
    assert!(before.elapsed() >= Duration::from_secs(5));
    set("ok").await;
    world
        .post(
            &format!("/vercel/v1/projects/{}/pause?teamId=team_a", made.project),
            json!(null),
        )
        .await;
    let paused = world.site(Method::GET, "moody.localhost", "/").send().await.unwrap();
    assert_eq!(
        (
            paused.status().as_u16(),
            paused.headers()["x-vercel-error"].to_str().unwrap()
        ),
        (503, "DEPLOYMENT_PAUSED")
    );
    assert_eq!(world.visit("stranger.localhost", "/").await.0, 404);
}

#[tokio::test]
async fn a_protected_site_lets_only_the_bypass_through_on_vercels_own_name() {
    let world = World::simulated().await;
    let made = world.live_site("guard", "Guard").await;
    let protected = json!({"name": "client-guarded", "ssoProtection": {"deploymentType": "all_except_custom_domains"}});
    let (_, project) = world.post("/vercel/v11/projects?teamId=team_a", protected).await;
    let id = project["id"].as_str().unwrap().to_owned();
    let variable =
        |key: &str| json!({"key": key, "value": made.database_url, "type": "plain", "target": ["production"]});
    let variables = json!([
        variable("DATABASE_URI"),
        variable("PAYLOAD_SECRET"),
        variable("TEMPLATE")
    ]);
    world
        .post(
            &format!("/vercel/v10/projects/{id}/env?upsert=true&teamId=team_a"),
            variables,
        )
        .await;
    world.deploy(&id).await;
    assert_eq!(world.visit("client-guarded.vercel.app", "/api/health").await.0, 401);
    let path = format!("/vercel/v1/projects/{id}/protection-bypass?teamId=team_a");
    let (status, bypass) = world.call(Method::PATCH, &path, json!({"generate": {}})).await;
    assert_eq!(status, 200);
    let secret = bypass["protectionBypass"]
        .as_object()
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    let request = world.site(Method::GET, "client-guarded.vercel.app", "/api/health");
    assert_eq!(
        request
            .header("x-vercel-protection-bypass", secret)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        world.visit("client-guard.vercel.app", "/api/health").await.0,
        200,
        "unprotected"
    );
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    let world = World::simulated().await;
    let id = world.create_project("client-bare").await;
    world.deploy(&id).await;
    let (status, body) = world.visit("client-bare.vercel.app", "/").await;
    assert_eq!(status, 500);
    assert!(
        body["errors"][0]["message"].as_str().unwrap().contains("TEMPLATE"),
        "{body}"
    );
}
