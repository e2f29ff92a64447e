//! What a request may look like: 400, 413, 415 and 422 with the field's name.
use axum::body::Body;
use http::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use waybill_core::db::testing::Which;

use crate::extract::JSON_BYTES_MAX;
use crate::testing::TestServer;

const PACKAGES: &str = "/api/v1/packages";

#[rstest]
#[case::an_over_long_title(json!({"direction": "outbound", "title": "x".repeat(201)}), &["title"])]
#[case::an_over_long_note(json!({"direction": "outbound", "note": "x".repeat(10_001)}), &["note"])]
#[case::bad_addresses(
    json!({"direction": "outbound", "recipients": [{"email": "bob@customer.example"}, {"name": "Cid", "email": "cid"}],
           "notify": ["log@example.com", "log"]}),
    &["recipients[1].email", "notify[1]"])]
#[case::an_expiry_of_zero(json!({"direction": "outbound", "policy": {"expires_in_hours": 0}}), &["policy.expires_in_hours"])]
#[case::an_expiry_of_91_days(
    json!({"direction": "outbound", "policy": {"expires_in_hours": 91 * 24}}), &["policy.expires_in_hours"])]
#[case::a_negative_expiry(json!({"direction": "outbound", "policy": {"expires_in_hours": -1}}), &["policy.expires_in_hours"])]
#[case::an_unknown_field(json!({"direction": "outbound", "titel": "Plans"}), &["titel"])]
#[case::an_unknown_field_inside(json!({"direction": "outbound", "policy": {"days": 3}}), &["policy.days"])]
#[case::an_unknown_field_in_a_list(
    json!({"direction": "outbound", "recipients": [{"mail": "bob@customer.example"}]}), &["recipients[0].mail"])]
#[case::a_field_of_another_type(json!({"direction": "outbound", "title": 7}), &["title"])]
#[case::a_missing_field(json!({"title": "Plans"}), &["direction"])]
#[case::a_missing_field_inside(json!({"direction": "outbound", "recipients": [{"name": "Bob"}]}), &["recipients[0].email"])]
#[case::a_direction_that_is_none(json!({"direction": "sideways"}), &["direction"])]
#[case::several_at_once(
    json!({"direction": "outbound", "title": "x".repeat(201), "policy": {"expires_in_hours": 0}}),
    &["title", "policy.expires_in_hours"])]
#[case::a_list(json!([]), &[""])]
#[case::a_list_instead_of_an_object(json!({"direction": "outbound", "policy": [24]}), &["policy"])]
#[case::lists_instead_of_objects(
    json!({"direction": "outbound", "recipients": [["Bob", "bob@customer.example"]]}), &["recipients[0]"])]
#[tokio::test]
async fn a_body_of_the_wrong_shape_is_refused_with_the_fields_name(#[case] body: Value, #[case] fields: &[&str]) {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let refused = ann.post(PACKAGES, body).await;
    assert_eq!(refused.wrong_fields(), fields, "{}", refused.text());
    for error in refused.json()["errors"].as_array().unwrap() {
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains("line 1"), "{message}");
    }
    assert_eq!(ann.get(PACKAGES).await.json()["items"], json!([]));
    server.finish().await;
}

#[tokio::test]
async fn limits_are_taken_exactly() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let people: Vec<_> = (0..100).map(|n| json!({"email": format!("person{n}@customer.example")})).collect();
    let body = json!({"direction": "outbound", "title": "x".repeat(200), "note": "x".repeat(10_000),
        "recipients": people, "policy": {"expires_in_hours": 90 * 24}});
    let package = ann.post(PACKAGES, body).await.expect(StatusCode::CREATED).json();
    assert_eq!(package["recipients"].as_array().unwrap().len(), 100);
    let mut more = people.clone();
    more.push(json!({"email": "onemore@customer.example"}));
    let refused = ann.post(PACKAGES, json!({"direction": "outbound", "recipients": more})).await;
    assert_eq!(refused.wrong_fields(), ["recipients"]);
    server.finish().await;
}

#[rstest]
#[case::no_json("{\"direction\": ", StatusCode::BAD_REQUEST, "bad_request")]
#[case::nothing("", StatusCode::BAD_REQUEST, "bad_request")]
#[case::more_behind_it("{\"direction\": \"outbound\"} x", StatusCode::BAD_REQUEST, "bad_request")]
#[case::the_same_field_twice(
    "{\"direction\": \"outbound\", \"title\": \"a\", \"title\": \"b\"}",
    StatusCode::UNPROCESSABLE_ENTITY,
    "invalid"
)]
#[tokio::test]
async fn a_body_that_is_no_json_is_refused(#[case] body: &str, #[case] status: StatusCode, #[case] code: &str) {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await.with("content-type", "application/json");
    let refused = ann.send(Method::POST, PACKAGES, Body::from(body.to_owned())).await;
    assert_eq!(refused.problem(status), code);
    server.finish().await;
}

#[tokio::test]
async fn only_json_is_taken_whatever_its_parameters() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let body = || Body::from("{\"direction\": \"outbound\"}");
    for strange in ["text/plain", "application/x-www-form-urlencoded", "json"] {
        let refused = ann.with("content-type", strange).send(Method::POST, PACKAGES, body()).await;
        assert_eq!(refused.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE), "wrong_type", "{strange}");
    }
    let without = ann.send(Method::POST, PACKAGES, body()).await;
    assert_eq!(without.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE), "wrong_type");
    for good in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.example+json"] {
        ann.with("content-type", good).send(Method::POST, PACKAGES, body()).await.expect(StatusCode::CREATED);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused_with_and_without_its_length() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await.with("content-type", "application/json");
    let small = "{\"direction\": \"outbound\"}";
    let fitting = small.to_owned() + &" ".repeat(JSON_BYTES_MAX - small.len());
    assert_eq!(fitting.len(), JSON_BYTES_MAX);
    ann.send(Method::POST, PACKAGES, Body::from(fitting.clone())).await.expect(StatusCode::CREATED);
    let told = ann.with("content-length", &(JSON_BYTES_MAX + 1).to_string());
    let refused = told.send(Method::POST, PACKAGES, Body::empty()).await;
    assert_eq!(refused.problem(StatusCode::PAYLOAD_TOO_LARGE), "too_large");
    let untold = Body::from_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(fitting), Ok(" ".to_owned())]));
    let refused = ann.send(Method::POST, PACKAGES, untold).await;
    assert_eq!(refused.problem(StatusCode::PAYLOAD_TOO_LARGE), "too_large");
    server.finish().await;
}

#[rstest]
#[case("limit=0", "limit")]
#[case("limit=201", "limit")]
#[case("limit=ten", "limit")]
#[case("cursor=nonsense", "cursor")]
#[case("status=gone", "status")]
#[case("statuss=draft", "statuss")]
#[case("limit=1&limit=2", "limit")]
#[tokio::test]
async fn a_query_that_cannot_be_taken_is_refused_with_the_parameters_name(#[case] query: &str, #[case] field: &str) {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let refused = ann.get(&format!("{PACKAGES}?{query}")).await;
    assert_eq!(refused.wrong_fields(), [field], "{}", refused.text());
    server.finish().await;
}

#[tokio::test]
async fn what_this_version_does_not_keep_is_refused_and_not_promised() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let refused = ann.post(PACKAGES, json!({"direction": "outbound", "kind": "received"})).await;
    assert_eq!(refused.wrong_fields(), ["kind"]);
    server.finish().await;
}

#[tokio::test]
async fn unknown_paths_and_methods_answer_with_problems() {
    let server = TestServer::new(Which::Sqlite).await;
    for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/me", "/api/v1/packages/"] {
        assert_eq!(server.nobody().get(path).await.problem(StatusCode::NOT_FOUND), "not_found", "{path}");
    }
    let refused = server.nobody().send(Method::PUT, PACKAGES, Body::empty()).await;
    assert_eq!(refused.problem(StatusCode::METHOD_NOT_ALLOWED), "method_not_allowed");
    let mut allowed: Vec<_> = refused.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    server.finish().await;
}

#[tokio::test]
async fn an_id_that_is_none_is_not_there() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    for path in ["/api/v1/packages/x", "/api/v1/packages/x/audit", "/api/v1/packages/x/events"] {
        assert_eq!(ann.get(path).await.problem(StatusCode::NOT_FOUND), "not_found");
    }
    server.finish().await;
}

#[tokio::test]
async fn answers_are_neither_cached_nor_sniffed() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    for answer in
        [ann.get("/api/v1/me").await, ann.get("/api/v1/packages/x").await, server.nobody().get("/api/v1/me").await]
    {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    server.finish().await;
}
