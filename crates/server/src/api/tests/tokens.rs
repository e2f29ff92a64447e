//! `/me` and API tokens.
use http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use waybill_core::account::Scope;
use waybill_core::db::testing::Which;

use crate::testing::TestServer;

const TOKENS: &str = "/api/v1/me/tokens";

#[tokio::test]
async fn me_says_who_i_am_and_what_i_may() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let me = ann.get("/api/v1/me").await.expect(StatusCode::OK).json();
    assert_eq!((&me["email"], &me["name"]), (&json!("ann@example.com"), &json!("Ann Example")));
    assert_eq!((&me["role"], &me["scopes"]), (&json!("regular"), &json!(["read", "send", "receive"])));
    let scoped = ann.with_scopes(&[Scope::Send, Scope::Admin]).await.get("/api/v1/me").await.json();
    assert_eq!(scoped["scopes"], json!(["send"]), "the scope alone makes no administrator");
    let browser = ann.in_a_browser().await.get("/api/v1/me").await.json();
    assert_eq!(browser["token_id"], Value::Null);
    let admin = server.admin("Ada Admin").await.get("/api/v1/me").await.json();
    assert_eq!(admin["scopes"], json!(["read", "send", "receive", "admin"]));
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn notices_are_shown_and_changed_one_by_one(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let mut expected = json!({
        "arrived": true, "rejected": true, "asked": true,
        "first_download": false, "not_downloaded": false, "ending_soon": false,
    });
    assert_eq!(ann.get("/api/v1/me").await.json()["notices"], expected);
    let wish = json!({"notices": {"arrived": false, "first_download": true, "asked": null}});
    let changed = ann.patch("/api/v1/me", wish).await.expect(StatusCode::OK).json();
    (expected["arrived"], expected["first_download"]) = (false.into(), true.into());
    assert_eq!(changed["notices"], expected);
    assert_eq!(ann.get("/api/v1/me").await.json(), changed);
    assert_eq!(ann.patch("/api/v1/me", json!({})).await.expect(StatusCode::OK).json(), changed);
    for wrong in [json!({"notices": {"weather": true}}), json!({"notices": []}), json!({"notices": {"asked": 1}})] {
        ann.patch("/api/v1/me", wrong).await.problem(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let scoped = ann.with_scopes(&[Scope::Send]).await;
    let refused = scoped.patch("/api/v1/me", json!({"notices": {"asked": false}})).await;
    assert_eq!(refused.problem(StatusCode::FORBIDDEN), "forbidden");
    assert_eq!(ann.get("/api/v1/me").await.json()["notices"], expected);
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_token_is_shown_once_works_and_is_revoked_at_once(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    server.advance(std::time::Duration::from_millis(1));
    let wish = json!({"name": "nightly", "scopes": ["read"], "expires_in_days": 1});
    let made = ann.post(TOKENS, wish).await.expect(StatusCode::CREATED);
    let token = made.json();
    let id = token["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("{TOKENS}/{id}"));
    assert_eq!(token["expires_at"], "2026-11-23T09:00:00.001Z");
    let secret = token["token"].as_str().unwrap();
    assert!(secret.starts_with("wb_"), "{secret}");

    let nightly = server.bearer(secret);
    assert_eq!(nightly.get("/api/v1/me").await.json()["token_id"], json!(id));
    let listed = ann.get(TOKENS).await.expect(StatusCode::OK);
    assert!(!listed.text().contains(secret), "a secret is shown once");
    let listed = listed.json();
    assert_eq!((&listed["items"][0]["name"], &listed["next_cursor"]), (&json!("nightly"), &Value::Null));
    assert_eq!(listed["items"][0]["last_used_at"], "2026-11-22T09:00:00.001Z");

    ann.delete(&format!("{TOKENS}/{id}")).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(nightly.get("/api/v1/me").await.problem(StatusCode::UNAUTHORIZED), "unauthorized");
    let again = ann.delete(&format!("{TOKENS}/{id}")).await;
    assert_eq!(again.problem(StatusCode::NOT_FOUND), "not_found");
    server.finish().await;
}

#[tokio::test]
async fn a_token_ends_when_it_said() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let made = ann.post(TOKENS, json!({"name": "short", "expires_in_days": 1})).await.json();
    let short = server.bearer(made["token"].as_str().unwrap());
    server.advance(std::time::Duration::from_millis(24 * 3_600_000 - 1));
    short.get("/api/v1/me").await.expect(StatusCode::OK);
    server.advance(std::time::Duration::from_millis(1));
    assert_eq!(short.get("/api/v1/me").await.problem(StatusCode::UNAUTHORIZED), "unauthorized");
    server.finish().await;
}

#[rstest]
#[case(json!({"name": ""}), &["name"])]
#[case(json!({"name": "t", "expires_in_days": 0}), &["expires_in_days"])]
#[case(json!({"name": "t", "expires_in_days": 3651}), &["expires_in_days"])]
#[case(json!({"name": "t", "scopes": ["read", "everything"]}), &["scopes[1]"])]
#[tokio::test]
async fn a_token_that_cannot_be_is_refused(#[case] wish: Value, #[case] fields: &[&str]) {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    assert_eq!(ann.post(TOKENS, wish).await.wrong_fields(), fields);
    server.finish().await;
}

#[tokio::test]
async fn nobody_revokes_anothers_token() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let ben = server.person("Ben Example").await;
    let hers = ann.get("/api/v1/me").await.json()["token_id"].as_str().unwrap().to_owned();
    assert_eq!(ben.delete(&format!("{TOKENS}/{hers}")).await.problem(StatusCode::NOT_FOUND), "not_found");
    ann.get("/api/v1/me").await.expect(StatusCode::OK);
    server.finish().await;
}
