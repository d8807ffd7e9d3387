//! Lists of clients, black-box: queries in, pages out.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Duration;

use domain::{
    Client, ClientId, ClientQuery, ClientStatus, Clock, Code, DatabaseProvider, Entropy, Instant, NewClient,
    NewClientBody, OperationId,
};

struct At(i64);
impl Clock for At {
    fn now(&self) -> Instant {
        Instant::from_milliseconds(self.0)
    }
}

struct Zero;
impl Entropy for Zero {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn client(number: i64, label: &str, name: &str, plan: &str) -> Client {
    let clock = At(number * 1000);
    let body = NewClientBody {
        client_name: Some(name.to_owned()),
        contact_email: Some(format!("{label}@example.com")),
        domain: Some(label.to_owned()),
        template: Some("blog".to_owned()),
        plan: Some(plan.to_owned()),
        tags: Some(vec![format!("{plan}-tag")]),
        ..NewClientBody::default()
    };
    let (id, operation) = (ClientId::generate(&clock, &Zero), OperationId::generate(&clock, &Zero));
    NewClient::parse(body)
        .unwrap()
        .into_client(id, operation, DatabaseProvider::Railway, clock.now())
}

fn clients() -> Vec<Client> {
    let mut gone = client(5, "gone", "Gone", "free");
    gone.status = ClientStatus::Deleted;
    vec![
        client(1, "delta", "acme Delta", "free"),
        client(2, "beta", "Beta", "enterprise"),
        client(3, "alpha", "Acme Alpha", "starter"),
        client(4, "gamma", "Gamma", "starter"),
        gone,
    ]
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn labels(query: &str) -> Vec<String> {
    let clients = clients();
    let page = ClientQuery::parse(&pairs(query)).unwrap().page(clients.iter()).unwrap();
    page.docs.into_iter().map(|client| client.domain.to_string()).collect()
}

#[test]
fn the_newest_come_first_and_the_deleted_only_when_asked_for() {
    assert_eq!(labels(""), ["gamma", "alpha", "beta", "delta"]);
    assert_eq!(labels("status=deleted"), ["gone"]);
    assert_eq!(
        labels("status=deleted,pending&sort=createdAt"),
        ["delta", "beta", "alpha", "gamma", "gone"]
    );
    assert_eq!(labels("status=&template=&tag=&search=&sort="), labels(""));
}

#[test]
fn filters_and_search_narrow_the_list() {
    assert_eq!(labels("plan=starter"), ["gamma", "alpha"]);
    assert_eq!(labels("search=ACME"), ["alpha", "delta"]);
    assert_eq!(labels("search=BETA@example"), ["beta"]);
    assert_eq!(labels("tag=enterprise-tag"), ["beta"]);
    assert!(labels("template=ecommerce").is_empty());
    assert!(labels("health=healthy").is_empty());
    assert_eq!(labels("billingStatus=active&plan=free"), ["delta"]);
}

#[test]
fn the_order_is_as_asked_and_ties_are_broken_by_id() {
    assert_eq!(labels("sort=name"), ["alpha", "delta", "beta", "gamma"]);
    assert_eq!(labels("sort=-name"), ["gamma", "beta", "delta", "alpha"]);
    assert_eq!(labels("sort=-monthlyFee"), ["beta", "alpha", "gamma", "delta"]);
    assert_eq!(labels("sort=plan"), ["delta", "alpha", "gamma", "beta"]);
}

#[test]
fn pages_know_their_neighbours() {
    let clients = clients();
    let page = |query: &str| ClientQuery::parse(&pairs(query)).unwrap().page(clients.iter()).unwrap();
    let first = page("limit=3");
    assert_eq!((first.total_docs, first.total_pages, first.page), (4, 2, 1));
    assert_eq!((first.next_page, first.prev_page), (Some(2), None));
    let second = page("limit=3&page=2");
    assert_eq!(
        (second.docs.len(), second.next_page, second.prev_page),
        (1, None, Some(1))
    );
    assert_eq!(second.next_cursor, None);
    let beyond = page(&format!("page={}", usize::MAX));
    assert!(beyond.docs.is_empty() && !beyond.has_next_page && beyond.has_prev_page);
}

#[test]
fn a_cursor_stays_where_it_is_when_clients_come_and_go() {
    let mut clients = clients();
    let first = ClientQuery::parse(&pairs("limit=2"))
        .unwrap()
        .page(clients.iter())
        .unwrap();
    let cursor = first.next_cursor.unwrap();
    clients.push(client(9, "newest", "Newest", "free"));
    for client in &mut clients {
        if client.id.as_str() == cursor {
            client.status = ClientStatus::Deleted;
            client.updated_at = client.updated_at.after(Duration::from_secs(60));
        }
    }
    let query = ClientQuery::parse(&pairs(&format!("limit=2&cursor={cursor}"))).unwrap();
    let rest = query.page(clients.iter()).unwrap();
    let labels: Vec<&str> = rest.docs.iter().map(|client| client.domain.as_str()).collect();
    assert_eq!(labels, ["beta", "delta"]);
    assert!(rest.has_prev_page && !rest.has_next_page);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let whole = |query: &str| ClientQuery::parse_whole(&pairs(query)).unwrap_err();
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=", "limit"),
        ("limit=%2B1", "limit"),
        ("limit=+1", "limit"),
        ("page=0", "page"),
        ("page=1.5", "page"),
        ("page=99999999999999999999999", "page"),
        ("status=gone", "status"),
        ("status=active,", "status"),
        ("template=shop", "template"),
        ("plan=gold", "plan"),
        ("health=fine", "health"),
        ("billingStatus=paid", "billingStatus"),
        ("sort=contact", "sort"),
        ("sort=--name", "sort"),
        ("cursor=abc", "cursor"),
        ("colour=red", "colour"),
        ("plan=free&plan=starter", "plan"),
    ] {
        let error = ClientQuery::parse(&pairs(query)).unwrap_err();
        assert_eq!(
            (error.code(), error.field()),
            (Code::InvalidQuery, Some(field)),
            "{query}"
        );
    }
    assert_eq!(whole("page=1").field(), Some("page"));
    let long = format!("search={}", "x".repeat(101));
    assert_eq!(ClientQuery::parse(&pairs(&long)).unwrap_err().field(), Some("search"));
    let unknown = ClientQuery::parse(&pairs("sort=contact")).unwrap_err();
    assert!(unknown.message().contains("monthlyFee"), "{unknown}");
}
