//! Links with a limit through the router: what visitors get while others fetch, and that every byte passes the gate.
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use rstest::rstest;
use tower::ServiceExt as _;
use waybill_core::db::testing::Which;
use waybill_core::package::PackageView;
use waybill_core::package::change::{Changes, change};
use waybill_core::policy::PolicyChange;

use super::tests::{Answer, Server, noise};
use crate::listen::Delivery;

const MIB: usize = 1 << 20;

async fn limited(server: &Server, max: u64, bytes: &[u8]) -> (PackageView, String) {
    let (sent, link) = server.sent(&[("report.bin", bytes)]).await;
    let policy = Some(PolicyChange { max_downloads: Some(max), ..PolicyChange::default() });
    let changes = Changes { policy, ..Changes::default() };
    (change(&server.test.app, &server.ann, sent.package.id, changes).await.unwrap(), link)
}

async fn start(server: &Server, link: &str) -> Answer {
    server.call("POST", link, &[("accept", "application/json")], Body::empty()).await
}

/// Takes so many bytes of the answer's body, then goes away; nothing when the URL is over.
async fn take(server: &Server, url: &str, bytes: usize) -> Option<usize> {
    let response = server.router.clone().oneshot(Request::get(url).body(Body::empty()).unwrap()).await.unwrap();
    if response.status() == StatusCode::GONE {
        return None;
    }
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body().into_data_stream();
    let mut taken = 0;
    while taken < bytes {
        taken += body.next().await.unwrap().unwrap().len();
    }
    Some(taken)
}

#[rstest]
#[tokio::test]
async fn a_file_of_several_steps_arrives_whole_and_counts_once(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = Server::new(which).await;
    let bytes = noise(11 * MIB + 7);
    let (sent, link) = limited(&server, 1, &bytes).await;
    let url = server.press(&link, None).await.header("location").to_owned();
    for looked in
        [server.call("HEAD", &url, &[], Body::empty()).await, server.call("HEAD", &link, &[], Body::empty()).await]
    {
        assert_eq!(looked.status, StatusCode::OK);
    }
    assert_eq!(server.downloads(&sent).await, 0);
    let got = server.call("GET", &url, &[], Body::empty()).await;
    assert_eq!((got.status, got.body == bytes), (StatusCode::OK, true));
    assert_eq!(server.downloads(&sent).await, 1);
    let again = server.call("GET", &url, &[("range", "bytes=5-9")], Body::empty()).await;
    assert_eq!((again.status, &again.body[..]), (StatusCode::PARTIAL_CONTENT, &bytes[5..10]));
    assert_eq!(server.downloads(&sent).await, 1);
    for refused in [server.press(&link, None).await, server.call("GET", &link, &[], Body::empty()).await] {
        assert_eq!(refused.status, StatusCode::GONE);
    }
    server.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn while_somebody_fetches_the_last_download_others_are_told_when_to_come_back(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = Server::new(which).await;
    let (sent, link) = limited(&server, 1, &noise(MIB)).await;
    let url = server.press(&link, None).await.header("location").to_owned();
    take(&server, &url, 1).await.unwrap();
    server.test.settle().await;
    server.test.clock.advance(Duration::from_secs(20));
    let busy = start(&server, &link).await;
    assert_eq!((busy.status, busy.header("retry-after")), (StatusCode::CONFLICT, "40"));
    let problem: serde_json::Value = serde_json::from_slice(&busy.body).unwrap();
    assert_eq!(problem["code"], "downloading");
    let page = server.press(&link, None).await;
    assert_eq!((page.status, page.header("retry-after")), (StatusCode::CONFLICT, "40"));
    assert_eq!(server.call("GET", &link, &[], Body::empty()).await.status, StatusCode::OK, "looking is free");
    server.test.clock.advance(Duration::from_secs(40));
    let taken = start(&server, &link).await;
    assert_eq!(taken.status, StatusCode::CREATED);
    assert_eq!(server.call("GET", &url, &[], Body::empty()).await.status, StatusCode::GONE, "it is another's now");
    assert_eq!(server.downloads(&sent).await, 0);
    server.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_somebody_left_unread_is_given_back_and_what_he_took_is_not(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = Server::new(which).await;
    let size = 3 * MIB;
    let (sent, link) = limited(&server, 1, &noise(size)).await;
    let url = server.press(&link, None).await.header("location").to_owned();
    let mut times = 0;
    while take(&server, &url, MIB).await.is_some() {
        server.test.settle().await;
        times += 1;
    }
    // Each asked for 3 MiB and took little more than one; the slot serves about 13, and 3 must fit.
    assert!((9..=11).contains(&times), "{times}");
    assert_eq!(server.downloads(&sent).await, 0);
    server.test.finish().await;
}

#[tokio::test]
async fn too_many_separate_pieces_are_answered_with_the_whole() {
    let server = Server::new(Which::Sqlite).await;
    let bytes = noise(4_200);
    let (sent, link) = limited(&server, 2, &bytes).await;
    let url = server.press(&link, None).await.header("location").to_owned();
    for n in 0..1_024 {
        let range = format!("bytes={}-{}", 4 * n, 4 * n);
        let piece = server.call("GET", &url, &[("range", &range)], Body::empty()).await;
        assert_eq!((piece.status, piece.body.len()), (StatusCode::PARTIAL_CONTENT, 1), "{n}");
    }
    waybill_core::download::recorder::drain(&server.test.app).await;
    let touching = server.call("GET", &url, &[("range", "bytes=1-1")], Body::empty()).await;
    assert_eq!(touching.status, StatusCode::PARTIAL_CONTENT, "it joins what is there");
    assert_eq!(server.downloads(&sent).await, 0);
    let whole = server.call("GET", &url, &[("range", "bytes=4150-4150")], Body::empty()).await;
    assert_eq!((whole.status, whole.body == bytes), (StatusCode::OK, true));
    assert_eq!(server.downloads(&sent).await, 1);
    server.test.finish().await;
}

#[tokio::test]
async fn a_limit_that_is_set_while_bytes_run_cuts_them_and_the_rest_is_counted() {
    let server = Server::new(Which::Sqlite).await;
    let bytes = noise(2 * MIB);
    let (sent, link) = server.sent(&[("report.bin", &bytes)]).await;
    let url = server.press(&link, None).await.header("location").to_owned();
    let response = server.router.clone().oneshot(Request::get(&url).body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let first = body.next().await.unwrap().unwrap().len();
    let policy = Some(PolicyChange { max_downloads: Some(1), ..PolicyChange::default() });
    let changes = Changes { policy, ..Changes::default() };
    change(&server.test.app, &server.ann, sent.package.id, changes).await.unwrap();
    assert!(body.next().await.unwrap().is_err(), "it was begun without a ledger");
    drop(body);
    server.test.settle().await;
    let rest = server.call("GET", &url, &[("range", &format!("bytes={first}-"))], Body::empty()).await;
    assert_eq!((rest.status, &rest.body[..]), (StatusCode::PARTIAL_CONTENT, &bytes[first..]));
    assert_eq!(server.downloads(&sent).await, 1);
    assert_eq!(start(&server, &link).await.status, StatusCode::GONE);
    server.test.finish().await;
}

#[tokio::test]
async fn a_response_runs_until_the_socket_took_its_bytes() {
    let server = Server::new(Which::Sqlite).await;
    let (_, link) = limited(&server, 1, &noise(MIB)).await;
    let url = server.press(&link, None).await.header("location").to_owned();
    let delivery = Delivery::default();
    let asked = Request::get(&url).header("range", "bytes=0-99999").extension(delivery.clone());
    let response = server.router.clone().oneshot(asked.body(Body::empty()).unwrap()).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(bytes.len(), 100_000);
    // All of it was handed over, but a slow reader has not taken it yet: his slot is not idle.
    let deliveries = &server.test.app.deliveries;
    assert_eq!((waybill_core::download::recorder::drain(&server.test.app).await, deliveries.count()), (0, 1));
    delivery.settle_as_is();
    assert_eq!((waybill_core::download::recorder::drain(&server.test.app).await, deliveries.count()), (1, 0));
    server.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_reader_who_stops_reading_holds_nobody_else_up(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = Server::new(which).await;
    let (_, link) = limited(&server, 2, &noise(24 * MIB)).await;
    let url = server.press(&link, None).await.header("location").to_owned();
    let response = server.router.clone().oneshot(Request::get(&url).body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let mut taken = 0;
    while taken < 20 * MIB {
        taken += body.next().await.unwrap().unwrap().len();
        // Wherever he stops, also while the next step is being written down.
        let other = tokio::time::timeout(Duration::from_secs(20), start(&server, &link)).await;
        let status = other.expect("a start waits for somebody else's reader").status;
        assert!(matches!(status, StatusCode::CREATED | StatusCode::CONFLICT), "{status}");
    }
    drop(body);
    server.test.finish().await;
}
