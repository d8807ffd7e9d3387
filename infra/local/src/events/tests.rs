use super::*;

fn incoming(path: &str, query: &str, headers: &[(&str, &str)], body: &'static [u8]) -> Incoming {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            HeaderName::try_from(*name).unwrap(),
            HeaderValue::try_from(*value).unwrap(),
        );
    }
    Incoming {
        method: Method::POST,
        path: path.to_owned(),
        query: query.to_owned(),
        version: Version::HTTP_11,
        headers: map,
        body: Bytes::from_static(body),
        source: IpAddr::from([127, 0, 0, 1]),
        id: fresh_id(),
        at: "2026-03-01T04:05:06.007Z".parse().unwrap(),
    }
}

#[test]
fn a_request_becomes_an_event_of_payload_2() {
    let headers = [
        ("host", "127.0.0.1:8787"),
        ("x-a", "1"),
        ("x-a", "2"),
        ("content-type", "application/json"),
    ];
    let request = incoming("/things/a%20b", "q=x%20y&tag=1&tag=2", &headers, b"{}");
    let parameters = BTreeMap::from([("id".to_owned(), "a b".to_owned())]);
    let event = request.event("POST /things/{id}", &parameters, Some(&json!({"role": "owner"})));
    let at = |pointer: &str| event.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/rawPath"), "/things/a b");
    assert_eq!(at("/rawQueryString"), "q=x%20y&tag=1&tag=2");
    assert_eq!(at("/queryStringParameters"), json!({"q": "x y", "tag": "1,2"}));
    assert_eq!(at("/pathParameters/id"), "a b");
    assert_eq!(at("/headers/x-a"), "1,2");
    assert_eq!(at("/requestContext/http/protocol"), "HTTP/1.1");
    assert_eq!(at("/requestContext/time"), "01/Mar/2026:04:05:06 +0000");
    assert_eq!(at("/requestContext/timeEpoch"), 1_772_337_906_007_i64);
    assert_eq!(at("/requestContext/authorizer/lambda/role"), "owner");
    assert_eq!((at("/body"), at("/isBase64Encoded")), (json!("{}"), json!(false)));
}

#[test]
fn cookies_stand_apart_and_what_is_no_text_goes_as_base64() {
    let request = incoming(
        "/",
        "",
        &[("cookie", "a=1; b=2"), ("content-type", "image/png")],
        b"\x00\xff",
    );
    let event = request.event("POST /", &BTreeMap::new(), None);
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert!(event["headers"].get("cookie").is_none());
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("AP8="), &json!(true))
    );
    assert!(event.get("queryStringParameters").is_none() && event.get("pathParameters").is_none());
}

#[tokio::test]
async fn an_answer_becomes_a_response() {
    let answer = json!({"statusCode": 201, "headers": {"content-type": "image/png", "content-length": "9"},
        "multiValueHeaders": {"content-type": ["image/png"]}, "cookies": ["a=1", "b=2"], "body": "AP8=", "isBase64Encoded": true});
    let answer = response(&answer).unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers().get_all(header::SET_COOKIE).iter().count(), 2);
    assert_eq!(answer.headers().get_all(header::CONTENT_TYPE).iter().count(), 1);
    assert!(!answer.headers().contains_key(header::CONTENT_LENGTH));
    assert_eq!(
        axum::body::to_bytes(answer.into_body(), 9).await.unwrap(),
        Bytes::from_static(b"\x00\xff")
    );
}

#[test]
fn an_answer_without_a_status_is_a_body_and_nonsense_is_refused() {
    assert_eq!(response(&json!({"a": 1})).unwrap().status(), StatusCode::OK);
    assert!(response(&json!({"statusCode": 99_999})).is_none());
    assert!(response(&json!({"statusCode": 200, "body": "?", "isBase64Encoded": true})).is_none());
}

#[tokio::test]
async fn a_function_reads_what_was_sent() {
    use axum::{
        extract::{Path, RawQuery},
        routing::post,
    };
    let echo = |Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap, body: Bytes| async move {
        format!(
            "{id}|{}|{}|{}",
            query.unwrap_or_default(),
            headers["cookie"].to_str().unwrap(),
            body.len()
        )
    };
    let mut function = runtime::api_function([("/things/{id}", post(echo))], ());
    let headers = [
        ("host", "127.0.0.1:8787"),
        ("cookie", "a=1; b=2"),
        ("content-type", "application/octet-stream"),
    ];
    let request = incoming("/things/a%20b%C3%A9", "q=x%20y", &headers, b"\x00\xff");
    let event = request.event("POST /things/{id}", &BTreeMap::new(), None);
    let call = lambda_runtime::LambdaEvent::new(event, lambda_runtime::Context::default());
    let answer = response(&tower::Service::call(&mut function, call).await.unwrap()).unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 999).await.unwrap();
    assert_eq!(body, Bytes::from("a bé|q=x%20y|a=1; b=2|2"));
}
