//! The audit log through the API: a package's entries, the administrator's list, export, verification.
use std::time::Duration;

use http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use waybill_core::db::testing::Which;

use crate::testing::TestServer;

fn actions(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect()
}

#[rstest]
#[tokio::test]
async fn a_packages_entries_say_what_happened_by_whom_from_where(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await.clone();
    let step = Duration::from_secs(1);
    let id = ann.drafts("Plans").await;
    server.advance(step);
    ann.patch(&format!("/api/v1/packages/{id}"), json!({"title": "New plans"})).await.expect(StatusCode::OK);
    server.advance(step);
    ann.with("user-agent", "script/1.0").delete(&format!("/api/v1/packages/{id}/files/{id}")).await;
    ann.patch(&format!("/api/v1/packages/{id}"), json!({"note": "See page 2"})).await.expect(StatusCode::OK);
    ann.drafts("Another").await;

    let page = ann.get(&format!("/api/v1/packages/{id}/audit")).await.expect(StatusCode::OK).json();
    assert_eq!(actions(&page), ["package.changed", "package.changed", "package.created"]);
    let created = &page["items"][2];
    let token = ann.get("/api/v1/me").await.json()["token_id"].clone();
    assert_eq!(created["actor"], json!({"kind": "token", "id": token, "name": "Ann Example"}));
    assert_eq!((&created["package_id"], &created["at"]), (&json!(id), &json!("2026-11-22T09:00:00.000Z")));
    assert_eq!((&created["ip"], &created["hash"]), (&json!("192.0.2.7"), &Value::Null));
    assert_eq!(created["details"]["title"], "Plans");

    server.settle().await;
    let first = ann.get(&format!("/api/v1/packages/{id}/audit?limit=2")).await.json();
    assert_eq!(first["items"][0]["hash"].as_str().unwrap().len(), 64);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = ann.get(&format!("/api/v1/packages/{id}/audit?limit=2&cursor={cursor}")).await.json();
    assert_eq!((actions(&rest), &rest["next_cursor"]), (vec!["package.created"], &Value::Null));
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_log_is_narrowed_by_action_package_person_time_and_text(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = TestServer::new(which).await;
    let ada = server.admin("Ada Admin").await;
    let ann = server.person("Ann Example").await;
    let first = ann.drafts("The bridge").await;
    server.advance(Duration::from_hours(1));
    ann.drafts("The pier").await;
    server.advance(Duration::from_millis(1));
    ada.drafts("The tower").await;
    let of_ann = format!("action=package.created&user_id={}", ann.account.id);
    let of_first = format!("package_id={first}");
    for (query, found) in [
        ("action=package.created", vec!["The tower", "The pier", "The bridge"]),
        (of_ann.as_str(), vec!["The pier", "The bridge"]),
        (of_first.as_str(), vec!["The bridge"]),
        ("action=package.created&to=2026-11-22T10:00:00Z", vec!["The bridge"]),
        ("action=package.created&from=2026-11-22T11:00:00%2B01:00", vec!["The tower", "The pier"]),
        ("q=the%20PIER", vec!["The pier"]),
        ("q=100%25", vec![]),
        ("action=package.created&limit=1", vec!["The tower"]),
    ] {
        let page = ada.get(&format!("/api/v1/audit?{query}")).await.expect(StatusCode::OK).json();
        let items = page["items"].as_array().unwrap();
        let titles: Vec<_> = items.iter().map(|item| item["details"]["title"].as_str().unwrap()).collect();
        assert_eq!(titles, found, "{query}");
        assert_eq!(page["next_cursor"].is_string(), query.contains("limit"), "{query}");
    }
    for (query, field) in
        [("action=package.made", "action"), ("from=yesterday", "from"), ("package_id=x", "package_id")]
    {
        assert_eq!(ada.get(&format!("/api/v1/audit?{query}")).await.wrong_fields(), [field]);
    }
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_export_holds_every_entry_oldest_first_in_both_formats(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = TestServer::new(which).await;
    let ada = server.admin("Ada Admin").await;
    // More than one batch.
    for n in 0..505 {
        server.advance(Duration::from_millis(1));
        let title = if n == 0 { "=cmd(), \"quoted\"".to_owned() } else { format!("Plan {n}") };
        ada.creates_package(json!({"direction": "outbound", "title": title})).await;
    }
    server.settle().await;
    let jsonl = ada.get("/api/v1/audit/export?format=jsonl&action=package.created").await.expect(StatusCode::OK);
    assert_eq!(jsonl.header("content-type"), "application/jsonl");
    assert!(jsonl.header("content-disposition").starts_with("attachment"));
    let text = jsonl.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 505);
    assert!(lines.windows(2).all(|pair| pair[0]["at"].as_str() < pair[1]["at"].as_str()));
    let newest = ada.get("/api/v1/audit?action=package.created&limit=1").await.json()["items"][0].clone();
    assert_eq!(lines.last().unwrap(), &newest, "a line is the same object as in the list");

    let csv = ada.get("/api/v1/audit/export?format=csv&action=package.created").await.expect(StatusCode::OK).text();
    let records: Vec<_> = csv.split_terminator("\r\n").collect();
    assert_eq!(records.len(), 506);
    assert!(records[0].starts_with("id,at,action,actor_kind,"));
    assert!(records[1].contains(r#"=cmd(), \""quoted\"""#), "{}", records[1]);
    let everything = ada.get("/api/v1/audit/export?format=jsonl").await.text();
    assert!(everything.lines().count() > 505);
    assert_eq!(ada.get("/api/v1/audit/export").await.wrong_fields(), ["format"]);
    assert_eq!(ada.get("/api/v1/audit/export?format=xml").await.wrong_fields(), ["format"]);
    server.finish().await;
}

#[tokio::test]
async fn verifying_an_honest_log_finds_it_intact() {
    let server = TestServer::new(Which::Sqlite).await;
    let ada = server.admin("Ada Admin").await;
    ada.drafts("Plans").await;
    let report = ada.get("/api/v1/audit/verify").await.expect(StatusCode::OK).json();
    assert_eq!((&report["intact"], &report["broken"]), (&json!(true), &Value::Null));
    assert_ne!(report["unsealed"], json!(0));
    server.settle().await;
    let report = ada.get("/api/v1/audit/verify").await.json();
    assert_eq!((&report["unsealed"], &report["intact"]), (&json!(0), &json!(true)));
    assert_ne!(report["sealed"], json!(0));
    server.finish().await;
}
