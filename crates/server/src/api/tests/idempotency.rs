//! Creations that are repeated because their first answer got lost.
use http::StatusCode;
use rstest::rstest;
use serde_json::json;
use waybill_core::db::testing::Which;

use crate::testing::TestServer;

const PACKAGES: &str = "/api/v1/packages";

#[rstest]
#[tokio::test]
async fn the_same_key_and_body_make_one_package(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let keyed = ann.with("idempotency-key", "order 17");
    let body = json!({"direction": "outbound", "title": "Plans"});
    let first = keyed.post(PACKAGES, body.clone()).await.expect(StatusCode::CREATED);
    let again = keyed.post(PACKAGES, body.clone()).await.expect(StatusCode::CREATED);
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(ann.get(PACKAGES).await.json()["items"].as_array().unwrap().len(), 1);

    let other = keyed.post(PACKAGES, json!({"direction": "outbound"})).await;
    assert_eq!(other.problem(StatusCode::CONFLICT), "idempotency_key_reused");
    let ben = server.person("Ben Example").await.with("idempotency-key", "order 17");
    let bens = ben.post(PACKAGES, body).await.expect(StatusCode::CREATED);
    assert_ne!(bens.json()["id"], first.json()["id"]);
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn two_at_once_make_one_package(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let keyed = ann.with("idempotency-key", "order 17");
    let body = json!({"direction": "outbound", "title": "Plans"});
    let made = futures_util::future::join_all((0..8).map(|_| keyed.post(PACKAGES, body.clone()))).await;
    for one in &made {
        assert_eq!(one.clone().expect(StatusCode::CREATED).json()["id"], made[0].json()["id"]);
    }
    assert_eq!(ann.get(PACKAGES).await.json()["items"].as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_refused_creation_leaves_its_key_free() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await.with("idempotency-key", "order 17");
    let refused = ann.post(PACKAGES, json!({"direction": "outbound", "title": "x".repeat(201)})).await;
    assert_eq!(refused.wrong_fields(), ["title"]);
    ann.post(PACKAGES, json!({"direction": "outbound", "title": "Plans"})).await.expect(StatusCode::CREATED);
    server.finish().await;
}

#[tokio::test]
async fn a_repeated_creation_answers_with_the_package_as_it_is_now() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let keyed = ann.with("idempotency-key", "order 17");
    let body = json!({"direction": "outbound", "title": "Plans"});
    let id = keyed.post(PACKAGES, body.clone()).await.json()["id"].as_str().unwrap().to_owned();
    ann.patch(&format!("{PACKAGES}/{id}"), json!({"title": "New plans"})).await.expect(StatusCode::OK);
    assert_eq!(keyed.post(PACKAGES, body.clone()).await.json()["title"], "New plans");
    ann.delete(&format!("{PACKAGES}/{id}")).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(keyed.post(PACKAGES, body).await.problem(StatusCode::NOT_FOUND), "not_found");
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    for key in ["", &"k".repeat(256)] {
        let refused = ann.with("idempotency-key", key).post(PACKAGES, json!({"direction": "outbound"})).await;
        assert_eq!(refused.wrong_fields(), ["Idempotency-Key"]);
    }
    let token = ann.with("idempotency-key", "k").post("/api/v1/me/tokens", json!({"name": "t"})).await;
    assert_eq!(token.wrong_fields(), ["Idempotency-Key"], "a secret that is shown once cannot be shown again");
    server.finish().await;
}
