use secrecy::ExposeSecret;

use super::*;
use crate::{
    parameters::parameters,
    template::{Place, names::REGION, resolve},
};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

fn read(providers: &[Provider], variables: &[(&str, &str)]) -> Result<Live, String> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Live::read(providers, &Settings::from_variables(variables))
}

fn everything() -> Live {
    let variables = [
        ("VERCEL_TOKEN", "v"),
        ("VERCEL_TEAM_ID", "team_1"),
        ("PLATFORM_DOMAIN", "sites.example.nl"),
        ("RAILWAY_API_KEY", "r"),
        ("RAILWAY_WORKSPACE_ID", "w-1"),
        ("GITHUB_TOKEN", "g"),
        ("GITHUB_REPO", "acme/site"),
    ];
    read(&Provider::ALL, &variables).unwrap()
}

fn variables_with(live: &Live) -> (Stack, BTreeMap<String, String>) {
    let parameters = parameters(8787, "http://127.0.0.1:1", live);
    let stack = resolve(TEMPLATE, &parameters, &Place::new("http://127.0.0.1:2", REGION)).unwrap();
    let provisioner = stack.functions.iter().find(|one| one.binary == "provisioner").unwrap();
    let variables = provisioner.environment.clone();
    (stack, variables)
}

#[test]
fn what_is_missing_is_named() {
    let refused = read(&[Provider::Vercel], &[("VERCEL_TOKEN", "v")]).err().unwrap();
    assert!(refused.contains("--live vercel"), "{refused}");
    assert!(refused.contains("VERCEL_TEAM_ID, PLATFORM_DOMAIN"), "{refused}");
    let refused = read(&[Provider::Railway, Provider::Github], &[("GITHUB_REPO", "a/b")])
        .err()
        .unwrap();
    for name in [
        "--live railway --live github",
        "RAILWAY_API_KEY",
        "RAILWAY_WORKSPACE_ID",
        "GITHUB_TOKEN",
    ] {
        assert!(refused.contains(name), "{refused}");
    }
    assert!(!refused.contains("GITHUB_REPO"), "{refused}");
}

#[test]
fn without_it_everything_is_the_sandbox() {
    let (stack, variables) = variables_with(&Live::default());
    for (name, path) in [("VERCEL", "vercel"), ("RAILWAY", "railway"), ("GITHUB", "github")] {
        assert_eq!(
            variables[&format!("{name}_API_URL")],
            format!("http://127.0.0.1:1/{path}")
        );
    }
    assert_eq!(variables["SITE_URL"], "http://{domain}.localhost:8787");
    assert!(Live::default().addresses(&stack).is_empty());
}

#[test]
fn one_provider_is_real_and_the_others_stay_in_the_sandbox() {
    let live = read(
        &[Provider::Github],
        &[("GITHUB_TOKEN", "g"), ("GITHUB_REPO", "acme/site")],
    )
    .unwrap();
    let (stack, variables) = variables_with(&live);
    assert_eq!(variables["GITHUB_API_URL"], "https://api.github.com");
    assert_eq!(variables["GITHUB_REPO"], "acme/site");
    assert_eq!(variables["VERCEL_API_URL"], "http://127.0.0.1:1/vercel");
    assert_eq!(live.addresses(&stack)["github"], "https://api.github.com");
    assert_eq!(live.warning(), None);
}

#[test]
fn everything_can_be_real() {
    let live = everything();
    let (stack, variables) = variables_with(&live);
    for (name, value) in [
        ("VERCEL_API_URL", "https://api.vercel.com"),
        ("VERCEL_TEAM_ID", "team_1"),
        ("RAILWAY_API_URL", "https://backboard.railway.com"),
        ("RAILWAY_WORKSPACE_ID", "w-1"),
        ("SITE_URL", "https://{domain}.sites.example.nl"),
        ("LOOPBACK_HOSTS", ""),
        ("PLATFORM_DOMAIN", "sites.example.nl"),
    ] {
        assert_eq!(variables[name], value, "{name}");
    }
    assert_eq!(live.addresses(&stack).len(), 3);
    assert_eq!(live.tokens()["RAILWAY_API_KEY"].expose_secret(), "r");
    assert_eq!(live.warning(), None);
}

#[test]
fn a_choice_that_cannot_work_is_warned_of() {
    let variables = [
        ("VERCEL_TOKEN", "v"),
        ("VERCEL_TEAM_ID", "team_1"),
        ("PLATFORM_DOMAIN", "example.nl"),
    ];
    let live = read(&[Provider::Vercel], &variables).unwrap();
    assert!(live.warning().unwrap().contains("--live github"));
}
