//! Lists of packages: pages, filters, search.
use std::time::Duration;

use http::StatusCode;
use rstest::rstest;
use serde_json::json;
use waybill_core::db::testing::Which;

use crate::testing::{Client, TestServer};

const PACKAGES: &str = "/api/v1/packages";

async fn titles(client: &Client<'_>, query: &str) -> Vec<String> {
    let page = client.get(&format!("{PACKAGES}?{query}")).await.expect(StatusCode::OK).json();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

#[rstest]
#[tokio::test]
async fn paging_shows_everything_once_newest_first_whatever_happens_meanwhile(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    for n in 0..7 {
        server.advance(Duration::from_secs(1));
        ann.drafts(&format!("Plan {n}")).await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ann.get(&format!("{PACKAGES}?limit=3{cursor}")).await.expect(StatusCode::OK).json();
        let items = page["items"].as_array().unwrap();
        assert!(!items.is_empty() && items.len() <= 3);
        seen.extend(items.iter().map(|item| item["title"].as_str().unwrap().to_owned()));
        // What comes meanwhile does not move what follows.
        server.advance(Duration::from_secs(1));
        ann.drafts("Meanwhile").await;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = (0..7).rev().map(|n| format!("Plan {n}")).collect();
    assert_eq!(seen, expected);
    server.finish().await;
}

#[tokio::test]
async fn a_page_that_is_just_full_is_the_last() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    assert_eq!(ann.get(PACKAGES).await.json(), json!({"items": [], "next_cursor": null}));
    for n in 0..2 {
        ann.drafts(&format!("Plan {n}")).await;
    }
    assert_eq!(ann.get(&format!("{PACKAGES}?limit=2")).await.json()["next_cursor"], json!(null));
    assert!(ann.get(&format!("{PACKAGES}?limit=1")).await.json()["next_cursor"].is_string());
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn search_finds_beginnings_of_words_of_titles_and_people(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    ann.drafts("Drawings for the bridge").await;
    let people = json!([{"name": "Zoë Müller", "email": "zoe@elsewhere.example"}]);
    ann.creates_package(json!({"direction": "outbound", "title": "Invoices 2026", "recipients": people})).await;
    for (query, found) in [
        ("q=draw", vec!["Drawings for the bridge"]),
        ("q=BRIDGE%20draw", vec!["Drawings for the bridge"]),
        ("q=ridge", vec![]),
        ("q=m%C3%BCll", vec!["Invoices 2026"]),
        ("q=zoe@elsewhere.example", vec!["Invoices 2026"]),
        ("q=customer", vec!["Drawings for the bridge"]),
        ("q=draw%20invoices", vec![]),
        ("q=", vec!["Invoices 2026", "Drawings for the bridge"]),
    ] {
        assert_eq!(titles(&ann, query).await, found, "{query}");
    }
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn filters_by_status_agree_with_each_packages_own_status(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    ann.sends("Expired").await;
    server.advance(Duration::from_hours(168));
    let revoked = ann.sends("Revoked").await["id"].as_str().unwrap().to_owned();
    ann.post_empty(&format!("{PACKAGES}/{revoked}/revoke")).await.expect(StatusCode::OK);
    ann.sends("Active").await;
    ann.drafts("Draft").await;
    for status in ["draft", "active", "expired", "completed", "revoked"] {
        let page = ann.get(&format!("{PACKAGES}?status={status}")).await.expect(StatusCode::OK).json();
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), usize::from(status != "completed"), "{status}: {page}");
        for item in items {
            assert_eq!(item["status"], status);
            assert_eq!(item["title"].as_str().unwrap().to_lowercase(), status);
            let whole = ann.get(&format!("{PACKAGES}/{}", item["id"].as_str().unwrap())).await.json();
            assert_eq!((&whole["status"], &whole["policy_state"]), (&item["status"], &item["policy_state"]));
        }
    }
    assert_eq!(titles(&ann, "direction=inbound").await, Vec::<String>::new());
    assert_eq!(titles(&ann, "direction=outbound&kind=package&status=draft").await, ["Draft"]);
    assert_eq!(titles(&ann, "kind=ticket").await, Vec::<String>::new());
    server.finish().await;
}

#[tokio::test]
async fn a_line_of_the_list_says_whom_with_and_how_much() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let people: Vec<_> = (0..4).map(|n| json!({"name": format!("P{n}"), "email": format!("p{n}@x.example")})).collect();
    let id = ann.creates_package(json!({"direction": "outbound", "title": "Plans", "recipients": people})).await;
    ann.adds_file(&id, "a.txt", b"12345").await;
    let item = ann.get(PACKAGES).await.json()["items"][0].clone();
    assert_eq!((&item["recipient_names"], &item["recipient_count"]), (&json!(["P0", "P1", "P2"]), &json!(4)));
    assert_eq!((&item["file_count"], &item["total_bytes"]), (&json!(1), &json!(5)));
    server.finish().await;
}
