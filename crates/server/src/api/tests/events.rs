//! Live streams: they wake up at a change, tell what kind it was, and end with the right to look.
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt as _;
use http::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use waybill_core::db::testing::Which;
use waybill_core::package::{events, show};

use crate::api::events::{Live, Shows};
use crate::testing::{Client, TestServer};

/// Long enough for a slow machine; a stream that says nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct Stream {
    bytes: BodyDataStream,
    text: String,
}

impl Stream {
    async fn open(client: &Client<'_>, path: &str) -> Self {
        let response = client.open(Method::GET, path, Body::empty()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self { bytes: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event's name and data; `None` at the end of the stream.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                let found =
                    field("event").map(str::to_owned).zip(field("data").map(|d| serde_json::from_str(d).unwrap()));
                self.text = rest.to_owned();
                match found {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.bytes.next()).await.expect("the stream is silent")?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_packages_stream_tells_each_kind_of_change(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    let path = format!("/api/v1/packages/{id}");
    let mut stream = Stream::open(&ann, &format!("{path}/events")).await;

    ann.patch(&path, json!({"note": "See page 2"})).await.expect(StatusCode::OK);
    assert_eq!(stream.next().await.unwrap(), ("package".into(), json!({"kind": "package", "package_id": id})));
    ann.adds_file(&id, "a.txt", b"a").await;
    assert_eq!(stream.next().await.unwrap().0, "file");
    ann.finalizes(&id).await;
    assert_eq!(stream.next().await.unwrap().0, "status");
    server.settle().await;
    assert_eq!(stream.next().await.unwrap().0, "mail");
    ann.delete(&path).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(stream.next().await, None, "a deleted package has no stream");
    server.finish().await;
}

#[tokio::test]
async fn the_stream_of_all_packages_wakes_up_at_ones_own_changes_only() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let ben = server.person("Ben Example").await;
    let mut hers = Stream::open(&ann, "/api/v1/events").await;
    let mut his = Stream::open(&ben, "/api/v1/events").await;
    ann.drafts("Plans").await;
    let event = ("package".to_owned(), json!({"kind": "package", "package_id": null}));
    assert_eq!(hers.next().await.unwrap(), event);
    let silent = tokio::time::timeout(Duration::from_millis(300), his.next()).await;
    assert!(silent.is_err(), "Ben is told of Ann's package: {silent:?}");
    ben.drafts("His plans").await;
    assert_eq!(his.next().await.unwrap(), event);
    drop((hers, his));
    server.finish().await;
}

#[tokio::test]
async fn a_stream_ends_when_the_token_behind_it_is_revoked() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    let made = ann.post("/api/v1/me/tokens", json!({"name": "watcher", "scopes": ["read"]})).await.json();
    let watcher = server.bearer(made["token"].as_str().unwrap());
    let mut stream = Stream::open(&watcher, &format!("/api/v1/packages/{id}/events")).await;
    ann.delete(&format!("/api/v1/me/tokens/{}", made["id"].as_str().unwrap())).await.expect(StatusCode::NO_CONTENT);
    ann.patch(&format!("/api/v1/packages/{id}"), json!({"note": "secret"})).await.expect(StatusCode::OK);
    assert_eq!(stream.next().await, None);
    server.finish().await;
}

#[tokio::test]
async fn a_silent_stream_ends_as_well_when_access_ends() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    let actor = ann.actor().await;
    let app = &server.test.app;
    let package = id.parse().unwrap();
    let watch = events::watch_package(app, &actor, package).await.unwrap();
    let shows = Shows::One(Box::new(show::show(app, &actor, package).await.unwrap()));
    let mut live = Live { web: server.web.clone(), actor, watch, shows, recheck_every: Duration::from_millis(20) };
    let waiting = tokio::time::timeout(Duration::from_millis(200), live.next()).await;
    assert!(waiting.is_err(), "nothing happened: {waiting:?}");
    server.test.disable(&ann.account).await;
    assert_eq!(tokio::time::timeout(PATIENCE, live.next()).await.expect("the stream ends"), None);
    server.finish().await;
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let mut stream = Stream::open(&ann, "/api/v1/events").await;
    server.web.stopping().cancel();
    assert_eq!(stream.next().await, None);
    server.finish().await;
}

#[tokio::test]
async fn nobody_watches_what_he_may_not_look_at() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let ben = server.person("Ben Example").await;
    let id = ann.drafts("Plans").await;
    let path = format!("/api/v1/packages/{id}/events");
    assert_eq!(ben.get(&path).await.problem(StatusCode::NOT_FOUND), "not_found");
    assert_eq!(server.nobody().get(&path).await.problem(StatusCode::UNAUTHORIZED), "unauthorized");
    let sender = ann.with_scopes(&[waybill_core::account::Scope::Send]).await;
    assert_eq!(sender.get(&path).await.problem(StatusCode::FORBIDDEN), "forbidden");
    server.finish().await;
}
