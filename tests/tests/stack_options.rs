//! How the stack is started, and what it says of itself.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "tests"
)]

use std::collections::BTreeSet;

use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use tests::{Stack, World, acme};

const IN_TEST: (&str, &str) = ("TENANTRY_TEST", "1");

#[tokio::test]
async fn a_test_reaches_no_real_service() {
    let given = [IN_TEST, ("GITHUB_TOKEN", "token"), ("GITHUB_REPO", "acme/site")];
    for provider in ["vercel", "railway", "github", "supabase"] {
        let (code, said) = Stack::refused(&["--live", provider], &given).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains(&format!("--live {provider} is refused")) && said.contains("TENANTRY_TEST"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_real_service_that_lacks_something_is_refused_by_name() {
    let (code, said) = Stack::refused(&["--live", "github"], &[("GITHUB_TOKEN", "token")]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("GITHUB_REPO") && !said.contains("GITHUB_TOKEN") && !said.contains("token"),
        "{said}"
    );
    let (code, said) = Stack::refused(&["--live", "supabase"], &[]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("supabase is not there yet"), "{said}");
}

#[tokio::test]
async fn every_outside_service_is_the_sandbox() {
    let stack = Stack::ephemeral().await;
    let sandbox = stack.field("sandboxUrl");
    for service in ["vercel", "railway", "github", "supabase"] {
        assert_eq!(stack.ready["services"][service], format!("{sandbox}/{service}"));
    }
    assert!(stack.field("awsEndpointUrl").starts_with("http://127.0.0.1:"));
}

fn http() -> Client {
    Client::builder().redirect(Policy::none()).build().unwrap()
}

async fn get(stack: &Stack, path: &str, host: &str) -> Response {
    let request = http().get(format!("{}{path}", stack.field("url"))).header("host", host);
    request.send().await.unwrap()
}

#[tokio::test]
async fn the_bare_address_leads_to_the_dashboard() {
    let stack = Stack::ephemeral().await;
    for path in ["/", "/admin"] {
        for host in ["127.0.0.1", "localhost:8787"] {
            let answer = get(&stack, path, host).await;
            assert_eq!(answer.status(), StatusCode::FOUND, "{host}{path}");
            assert_eq!(answer.headers()["location"], "/platform/admin");
        }
        // A site's own pages are the site's, and nothing else's.
        let answer = get(&stack, path, "nobody.localhost").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers()["x-vercel-error"], "DEPLOYMENT_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_domain_of_the_clients_own_leads_to_its_site() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let own = "www.acme.example";
    let before = get(&world.stack, "/api/health", own).await;
    assert!(
        !before.headers().contains_key("x-vercel-error"),
        "nobody has the domain yet"
    );
    let vercel = world.stack.ready["services"]["vercel"].as_str().unwrap();
    let project = client["vercelProjectId"].as_str().unwrap();
    let attach = http().post(format!("{vercel}/v10/projects/{project}/domains?teamId=team_sandbox"));
    let attached = attach
        .bearer_auth("any")
        .json(&json!({"name": own}))
        .send()
        .await
        .unwrap();
    assert!(attached.status().is_success(), "{}", attached.text().await.unwrap());
    for host in [own, "WWW.Acme.example:8787"] {
        let site = get(&world.stack, "/api/health", host).await;
        let (status, health) = (site.status(), site.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{health}");
        let label = get(&world.stack, "/api/health", "acme.localhost").await;
        let keys = |text: &str| {
            let health: Value = serde_json::from_str(text).unwrap();
            health.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>()
        };
        assert_eq!(keys(&health), keys(&label.text().await.unwrap()));
    }
}

/// The tokens of the sandbox, as a function reads them.
async fn tokens(stack: &Stack) -> Value {
    let ask = http()
        .post(stack.field("awsEndpointUrl"))
        .header("x-amz-target", "secretsmanager.GetSecretValue");
    let ask = ask.body(r#"{"SecretId":"tenantry/local/provider-tokens"}"#);
    let answer: Value = ask.send().await.unwrap().json().await.unwrap();
    serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn every_stack_has_tokens_of_its_own_and_keeps_them() {
    let folder = World::folder();
    let stack = Stack::on(&folder).await;
    let first = tokens(&stack).await;
    stack.kill().await;
    let stack = Stack::on(&folder).await;
    assert_eq!(tokens(&stack).await, first);
    let other = tokens(&Stack::ephemeral().await).await;
    let mut all = BTreeSet::new();
    for (name, prefix) in [
        ("VERCEL_TOKEN", "sandbox-vercel-"),
        ("RAILWAY_API_KEY", "sandbox-railway-"),
        ("GITHUB_TOKEN", "sandbox-github-"),
    ] {
        for tokens in [&first, &other] {
            let token = tokens[name].as_str().unwrap();
            assert!(token.len() > prefix.len() + 20, "{name} is too short to be random");
            all.insert(token.strip_prefix(prefix).unwrap());
        }
    }
    assert_eq!(all.len(), 6);
    stack.kill().await;
    // Its database server may still be on its way out.
    let _ = std::fs::remove_dir_all(folder);
}
