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

    /// The name of the next event that is not `passing`.
    async fn next_but(&mut self, passing: &str) -> String {
        loop {
            let (name, _) = self.next().await.expect("the stream goes on");
            if name != passing {
                return name;
            }
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
    let begun = ann.begins_upload(&id, "b.bin", 10).await;
    assert_eq!(stream.next().await.unwrap().0, "progress");
    ann.delete(&format!("{path}/uploads/{}", begun.upload.id)).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(stream.next().await.unwrap().0, "progress");
    ann.adds_file(&id, "a.txt", b"a").await;
    // The upload began before it was complete, and may have been seen on its way.
    assert_eq!(stream.next_but("progress").await, "file");
    ann.finalizes(&id).await;
    assert_eq!(stream.next().await.unwrap().0, "status");
    server.settle().await;
    assert_eq!(stream.next().await.unwrap().0, "mail");
    ann.delete(&path).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(stream.next().await, None, "a deleted package has no stream");
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_stream_of_all_packages_tells_which_of_ones_own_changed(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let ben = server.person("Ben Example").await;
    let first = ann.drafts("Plans").await;
    let mut hers = Stream::open(&ann, "/api/v1/events").await;
    let mut his = Stream::open(&ben, "/api/v1/events").await;
    let event = |kind: &str, id: &str| (kind.to_owned(), json!({"kind": kind, "package_id": id}));
    let second = ann.drafts("More plans").await;
    assert_eq!(hers.next().await.unwrap(), event("status", &second));
    ann.patch(&format!("/api/v1/packages/{first}"), json!({"note": "n"})).await.expect(StatusCode::OK);
    assert_eq!(hers.next().await.unwrap(), event("package", &first));
    ann.delete(&format!("/api/v1/packages/{first}")).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(hers.next().await.unwrap(), event("status", &first));

    let silent = tokio::time::timeout(Duration::from_millis(300), his.next()).await;
    assert!(silent.is_err(), "Ben is told of Ann's package: {silent:?}");
    let bens = ben.drafts("His plans").await;
    assert_eq!(his.next().await.unwrap(), event("status", &bens));
    drop((hers, his));
    server.finish().await;
}

#[tokio::test]
async fn an_account_has_32_streams_and_a_closed_one_makes_room() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let mut open = Vec::new();
    for _ in 0..32 {
        open.push(Stream::open(&ann, "/api/v1/events").await);
    }
    let refused = ann.get("/api/v1/events").await;
    assert_eq!(refused.problem(StatusCode::TOO_MANY_REQUESTS), "too_many_requests");
    assert_eq!(refused.header("retry-after"), "30");
    let ben = server.person("Ben Example").await;
    drop(Stream::open(&ben, "/api/v1/events").await);
    open.pop();
    drop(Stream::open(&ann, "/api/v1/events").await);
    drop(open);
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
    let place = server.web.streams().take(actor.id()).unwrap();
    let recheck_every = Duration::from_millis(20);
    let waiting = std::collections::VecDeque::new();
    let mut live = Live { web: server.web.clone(), actor, watch, shows, recheck_every, waiting, place };
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
