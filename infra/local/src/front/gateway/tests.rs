//! What a caller sees of functions that are slow or break, with the clock in the test's hands.

use axum::{
    body::to_bytes,
    http::{HeaderMap, HeaderValue, Method, Version},
};
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::Function;

use super::*;
use crate::events::{fresh_id, now};

/// A function that answers after so many seconds.
fn slow(seconds: u64) -> Function {
    Function::new(service_fn(move |_: LambdaEvent<Value>| async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(json!({"statusCode": 200, "body": "done"}))
    }))
}

fn broken() -> Function {
    Function::new(service_fn(|_: LambdaEvent<Value>| async {
        Err::<Value, lambda_runtime::Error>("it is broken".into())
    }))
}

fn panicking() -> Function {
    Function::new(service_fn(|_: LambdaEvent<Value>| async {
        if true {
            panic!("on purpose");
        }
        Ok(Value::Null)
    }))
}

/// Status and body of the answer, and the seconds that it took.
async fn ask(function: Function, timeout: u64, authorizer: Option<Function>) -> (u16, String, u64) {
    let mut functions = vec![("Target", function, Duration::from_secs(timeout))];
    let guarded = authorizer.is_some();
    functions.extend(authorizer.map(|function| ("Guard", function, Duration::from_secs(10))));
    let route = Route {
        method: "GET".to_owned(),
        path: "/thing".to_owned(),
        function: "Target".to_owned(),
        authorizer: guarded.then(|| Authorizer {
            function: "Guard".to_owned(),
            ttl: Duration::ZERO,
        }),
    };
    let gateway = Gateway::new(&[route], Functions::standing_in(functions));
    let request = Incoming {
        method: Method::GET,
        path: "/thing".to_owned(),
        query: String::new(),
        version: Version::HTTP_11,
        headers: HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"))]),
        body: Vec::new().into(),
        source: std::net::Ipv4Addr::LOCALHOST.into(),
        id: fresh_id(),
        at: now(),
    };
    let began = Instant::now();
    let answer = gateway.answer(&request).await;
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), 65_536).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    (status, text, began.elapsed().as_secs())
}

fn internal(after: u64) -> (u16, String, u64) {
    (500, r#"{"message":"Internal Server Error"}"#.to_owned(), after)
}

#[tokio::test(start_paused = true)]
async fn a_function_within_its_time_answers() {
    assert_eq!(ask(slow(14), 15, None).await, (200, "done".to_owned(), 14));
}

#[tokio::test(start_paused = true)]
async fn a_function_at_its_own_time_out_is_500() {
    assert_eq!(ask(slow(60), 15, None).await, internal(15));
    assert_eq!(ask(slow(60), 29, None).await, internal(29));
}

#[tokio::test(start_paused = true)]
async fn thirty_seconds_of_the_gateway_are_503() {
    let unavailable = r#"{"message":"Service Unavailable"}"#.to_owned();
    assert_eq!(ask(slow(40), 45, None).await, (503, unavailable, 30));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_or_breaks_off_is_500() {
    assert_eq!(ask(broken(), 15, None).await, internal(0));
    assert_eq!(ask(panicking(), 15, None).await, internal(0));
}

#[tokio::test(start_paused = true)]
async fn an_authorizer_without_an_answer_is_500() {
    assert_eq!(ask(slow(0), 15, Some(slow(60))).await, internal(10));
    assert_eq!(ask(slow(0), 15, Some(broken())).await, internal(0));
}
