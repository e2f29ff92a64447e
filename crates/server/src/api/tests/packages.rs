//! A package's life: draft, finalize, change, resend, revoke, delete and undelete.
use std::time::Duration;

use http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use waybill_core::db::testing::Which;

use crate::testing::{Person, TestServer};

const CONFLICT: StatusCode = StatusCode::CONFLICT;

fn path(id: &str) -> String {
    format!("/api/v1/packages/{id}")
}

async fn shown(ann: &Person<'_>, id: &str) -> Value {
    ann.get(&path(id)).await.expect(StatusCode::OK).json()
}

#[rstest]
#[tokio::test]
async fn a_new_package_is_an_empty_draft_that_takes_the_defaults(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let made = ann.post("/api/v1/packages", json!({"direction": "outbound"})).await.expect(StatusCode::CREATED);
    let package = made.json();
    let id = package["id"].as_str().unwrap();
    assert_eq!(made.header("location"), path(id));
    assert_eq!(package["owner"], json!({"id": ann.account.id, "name": "Ann Example"}));
    assert_eq!(package["status"], "draft");
    assert_eq!(package["kind"], "package");
    assert_eq!(package["policy"], json!({"expires_in_hours": 168, "idle_hours": 0, "max_downloads": 0}));
    assert_eq!(package["created_at"], "2026-11-22T09:00:00.000Z");
    for absent in ["finalized_at", "erased_at", "url"] {
        assert_eq!(package[absent], Value::Null, "{absent}");
    }
    for empty in ["recipients", "files", "uploads"] {
        assert_eq!(package[empty], json!([]), "{empty}");
    }
    assert_eq!(shown(&ann, id).await, package);
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn finalizing_makes_links_and_mails_each_recipient_once(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let people = json!([{"email": "bob@customer.example"}, {"name": "Cid", "email": "cid@customer.example"}]);
    let new =
        json!({"direction": "outbound", "title": "Plans", "recipients": people, "policy": {"expires_in_hours": 24}});
    let id = ann.creates_package(new).await;
    ann.adds_file(&id, "drawings/bridge.pdf", b"%PDF-1.7 a bridge").await;

    let package = ann.finalizes(&id).await;
    assert_eq!(package["status"], "active");
    assert_eq!(package["finalized_at"], "2026-11-22T09:00:00.000Z");
    assert_eq!(package["policy_state"]["rule"], "total");
    assert_eq!(package["policy_state"]["at"], "2026-11-23T09:00:00.000Z");
    assert_eq!(package["policy_state"]["ended"], false);
    let names: Vec<_> = package["recipients"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["bob", "Cid"]);
    let bob = &package["recipients"][0];
    assert!(bob["url"].as_str().unwrap().starts_with("http://files.example.com/p/"), "{bob}");
    assert_eq!((&bob["status"], &bob["mail_status"]), (&json!("active"), &json!("queued")));
    assert_ne!(bob["url"], package["recipients"][1]["url"]);

    assert_eq!(ann.finalizes(&id).await, package);
    let null = ann.post(&format!("{}/finalize", path(&id)), Value::Null).await.expect(StatusCode::OK);
    assert_eq!(null.json(), package);
    assert_eq!(server.mailed().await, ["bob@customer.example", "cid@customer.example"]);
    assert_eq!(shown(&ann, &id).await["recipients"][0]["mail_status"], "sent");
    server.finish().await;
}

#[tokio::test]
async fn a_file_is_shown_with_its_digests_and_transfer() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    let file = ann.adds_file(&id, "notes/hello.txt", b"hello").await;
    let package = shown(&ann, &id).await;
    assert_eq!(package["total_bytes"], 5);
    let shown = &package["files"][0];
    assert_eq!(shown["id"], json!(file));
    assert_eq!((&shown["name"], &shown["relative_path"]), (&json!("hello.txt"), &json!("notes/hello.txt")));
    assert_eq!(shown["sha256"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!(shown["crc32"], "3610a686");
    assert_eq!(shown["uploaded_at"], "2026-11-22T09:00:00.000Z");
    assert_eq!(shown["transfer"], json!({"bytes": 5, "duration_ms": 0, "bytes_per_second": null}));
    server.finish().await;
}

#[tokio::test]
async fn finalize_wants_a_file_a_title_and_a_recipient() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.creates_package(json!({"direction": "outbound"})).await;
    let finalize = format!("{}/finalize", path(&id));
    assert_eq!(ann.post_empty(&finalize).await.wrong_fields(), ["title", "recipients"]);
    let filled = json!({"title": "Plans", "recipients": [{"email": "bob@customer.example"}]});
    ann.patch(&path(&id), filled).await.expect(StatusCode::OK);
    assert_eq!(ann.post(&finalize, json!({})).await.problem(CONFLICT), "no_files");
    assert_eq!(shown(&ann, &id).await["status"], "draft");
    assert_eq!(server.mailed().await, Vec::<String>::new());
    server.finish().await;
}

#[tokio::test]
async fn an_unfinished_upload_holds_finalize_back_unless_it_is_discarded() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    ann.adds_file(&id, "whole.txt", b"whole").await;
    let begun = ann.begins_upload(&id, "folder/partial.bin", 10).await;
    let upload = shown(&ann, &id).await["uploads"][0].clone();
    let url = format!("/uploads/{}", begun.token.reveal());
    assert_eq!((&upload["name"], &upload["offset"], &upload["size"]), (&json!("partial.bin"), &json!(0), &json!(10)));
    assert_eq!((&upload["relative_path"], &upload["url"]), (&json!("folder/partial.bin"), &json!(url)));

    let finalize = format!("{}/finalize", path(&id));
    assert_eq!(ann.post_empty(&finalize).await.problem(CONFLICT), "unfinished_uploads");
    let refused = ann.post(&finalize, json!({"discard_unfinished": false})).await;
    assert_eq!(refused.problem(CONFLICT), "unfinished_uploads");
    let package = ann.post(&finalize, json!({"discard_unfinished": true})).await.expect(StatusCode::OK).json();
    assert_eq!((&package["status"], &package["uploads"]), (&json!("active"), &json!([])));
    server.finish().await;
}

#[tokio::test]
async fn an_unfinished_upload_can_be_dropped_once() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    let begun = ann.begins_upload(&id, "partial.bin", 10).await;
    let upload = format!("{}/uploads/{}", path(&id), begun.upload.id);
    ann.delete(&upload).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(shown(&ann, &id).await["uploads"], json!([]));
    assert_eq!(ann.delete(&upload).await.problem(StatusCode::NOT_FOUND), "not_found");
    server.finish().await;
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    let before = shown(&ann, &id).await;
    ann.patch(&path(&id), json!({})).await.expect(StatusCode::OK);
    assert_eq!(shown(&ann, &id).await, before);

    let wish = json!({"note": "With the new pier", "notify": ["log@example.com"], "policy": {"idle_hours": 48}});
    let changed = ann.patch(&path(&id), wish).await.expect(StatusCode::OK).json();
    assert_eq!(changed["title"], "Plans");
    assert_eq!(changed["note"], "With the new pier");
    assert_eq!(changed["notify"], json!(["log@example.com"]));
    assert_eq!(changed["policy"], json!({"expires_in_hours": 168, "idle_hours": 48, "max_downloads": 0}));
    assert_eq!(changed["recipients"], before["recipients"]);
    server.finish().await;
}

#[tokio::test]
async fn on_a_sent_package_a_new_recipient_is_mailed_and_a_removed_one_is_gone() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let sent = ann.sends("Plans").await;
    let id = sent["id"].as_str().unwrap();
    let wish = json!({"recipients": [{"name": "Cid", "email": "cid@customer.example"}]});
    let changed = ann.patch(&path(id), wish).await.expect(StatusCode::OK).json();
    assert_eq!(changed["recipients"].as_array().unwrap().len(), 1);
    assert_eq!(changed["recipients"][0]["email"], "cid@customer.example");
    assert!(server.mailed().await.contains(&"cid@customer.example".to_owned()));
    assert_eq!(ann.patch(&path(id), json!({"title": ""})).await.wrong_fields(), ["title"]);
    assert_eq!(ann.patch(&path(id), json!({"recipients": []})).await.wrong_fields(), ["recipients"]);
    server.finish().await;
}

#[tokio::test]
async fn resending_mails_everybody_again_or_the_one_who_was_named() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let people = json!([{"email": "bob@customer.example"}, {"email": "cid@customer.example"}]);
    let new = json!({"direction": "outbound", "title": "Plans", "recipients": people});
    let id = ann.creates_package(new).await;
    assert_eq!(ann.post_empty(&format!("{}/resend", path(&id))).await.problem(CONFLICT), "still_draft");
    ann.adds_file(&id, "a.txt", b"a").await;
    let package = ann.finalizes(&id).await;
    assert_eq!(server.mailed().await.len(), 2);

    ann.post_empty(&format!("{}/resend", path(&id))).await.expect(StatusCode::OK);
    assert_eq!(server.mailed().await.len(), 4);
    let cid = package["recipients"][1]["id"].as_str().unwrap();
    ann.post_empty(&format!("{}/recipients/{cid}/resend", path(&id))).await.expect(StatusCode::OK);
    assert_eq!(server.mailed().await.last().unwrap(), "cid@customer.example");
    assert_eq!(server.mailed().await.len(), 5);

    server.advance(Duration::from_hours(168));
    assert_eq!(ann.post_empty(&format!("{}/resend", path(&id))).await.problem(CONFLICT), "ended");
    server.finish().await;
}

#[tokio::test]
async fn one_recipients_link_is_revoked_alone() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let people = json!([{"email": "bob@customer.example"}, {"email": "cid@customer.example"}]);
    let id = ann.creates_package(json!({"direction": "outbound", "title": "Plans", "recipients": people})).await;
    ann.adds_file(&id, "a.txt", b"a").await;
    let bob = ann.finalizes(&id).await["recipients"][0]["id"].as_str().unwrap().to_owned();

    let revoke = format!("{}/recipients/{bob}/revoke", path(&id));
    let package = ann.post_empty(&revoke).await.expect(StatusCode::OK).json();
    assert_eq!(package["status"], "active");
    assert_eq!(package["recipients"][0]["status"], "revoked");
    assert_eq!(package["recipients"][1]["status"], "active");
    assert_eq!(ann.post_empty(&revoke).await.expect(StatusCode::OK).json(), package);
    let resend = format!("{}/recipients/{bob}/resend", path(&id));
    assert_eq!(ann.post_empty(&resend).await.problem(CONFLICT), "revoked");
    let stranger = format!("{}/recipients/{id}/revoke", path(&id));
    assert_eq!(ann.post_empty(&stranger).await.problem(StatusCode::NOT_FOUND), "not_found");
    server.finish().await;
}

#[tokio::test]
async fn extending_gives_time_and_says_why_it_cannot() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let extend = |id: &str| format!("{}/extend", path(id));
    let draft = ann.drafts("Draft").await;
    assert_eq!(ann.post_empty(&extend(&draft)).await.problem(CONFLICT), "still_draft");
    let sent = ann.sends("Plans").await;
    let id = sent["id"].as_str().unwrap();
    server.test.clock.advance(Duration::from_hours(7 * 24));
    assert_eq!(shown(&ann, id).await["status"], "expired");
    let extended = ann.post_empty(&extend(id)).await.expect(StatusCode::OK).json();
    assert_eq!((&extended["status"], &extended["url"]), (&json!("active"), &sent["url"]));
    assert_eq!(extended["policy_state"]["at"], "2026-12-06T09:00:00.000Z");
    let longer = ann.post(&extend(id), json!({"expires_in_hours": 48})).await.expect(StatusCode::OK).json();
    assert_eq!(longer["policy_state"]["at"], "2026-12-01T09:00:00.000Z");
    assert_eq!(ann.post(&extend(id), json!({"expires_in_hours": 0})).await.wrong_fields(), ["expires_in_hours"]);
    let limited = ann.patch(&path(id), json!({"policy": {"max_downloads": 2}})).await.expect(StatusCode::OK).json();
    let sentence = limited["policy_state"]["sentence"].as_str().unwrap();
    assert!(sentence.contains("after 2 more downloads") && sentence.contains("erased"), "{sentence}");
    assert_eq!(ann.get("/api/v1/packages").await.json()["items"][0]["policy_state"], limited["policy_state"]);
    ann.post_empty(&format!("{}/revoke", path(id))).await.expect(StatusCode::OK);
    assert_eq!(ann.post_empty(&extend(id)).await.problem(CONFLICT), "revoked");
    server.settle().await;
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn revoking_ends_a_package_for_good_and_can_be_repeated(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let draft = ann.drafts("Draft").await;
    assert_eq!(ann.post_empty(&format!("{}/revoke", path(&draft))).await.problem(CONFLICT), "still_draft");

    let sent = ann.sends("Plans").await;
    let id = sent["id"].as_str().unwrap();
    let revoke = format!("{}/revoke", path(id));
    let revoked = ann.post_empty(&revoke).await.expect(StatusCode::OK).json();
    assert_eq!((&revoked["status"], &revoked["policy_state"]["ended"]), (&json!("revoked"), &json!(true)));
    assert_eq!(revoked["recipients"][0]["status"], "revoked");
    let count = server.audit_count().await;
    assert_eq!(ann.post_empty(&revoke).await.expect(StatusCode::OK).json(), revoked);
    assert_eq!(server.audit_count().await, count, "a repeated wish leaves no trace");
    for refused in [
        ann.patch(&path(id), json!({"title": "Other"})).await,
        ann.post_empty(&format!("{}/finalize", path(id))).await,
        ann.post_empty(&format!("{}/resend", path(id))).await,
    ] {
        assert_eq!(refused.problem(CONFLICT), "revoked");
    }
    server.settle().await;
    assert_ne!(shown(&ann, id).await["erased_at"], Value::Null);
    server.finish().await;
}

#[tokio::test]
async fn the_last_file_of_a_sent_package_stays() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let sent = ann.sends("Plans").await;
    let id = sent["id"].as_str().unwrap();
    let first = format!("{}/files/{}", path(id), sent["files"][0]["id"].as_str().unwrap());
    assert_eq!(ann.delete(&first).await.problem(CONFLICT), "last_file");
    ann.adds_file(id, "second.txt", b"second").await;
    ann.delete(&first).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(ann.delete(&first).await.problem(StatusCode::NOT_FOUND), "not_found");
    assert_eq!(shown(&ann, id).await["files"][0]["name"], "second.txt");
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_deleted_package_is_not_there_and_can_be_taken_back_for_ten_seconds(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let sent = ann.sends("Plans").await;
    let id = sent["id"].as_str().unwrap();
    server.settle().await;
    let before = shown(&ann, id).await;
    ann.delete(&path(id)).await.expect(StatusCode::NO_CONTENT);
    for answer in [
        ann.get(&path(id)).await,
        ann.delete(&path(id)).await,
        ann.patch(&path(id), json!({"title": "Other"})).await,
        ann.post_empty(&format!("{}/revoke", path(id))).await,
        ann.get(&format!("{}/audit", path(id))).await,
    ] {
        assert_eq!(answer.problem(StatusCode::NOT_FOUND), "not_found");
    }
    server.advance(Duration::from_millis(9_999));
    server.settle().await;
    let undelete = format!("{}/undelete", path(id));
    assert_eq!(ann.post_empty(&undelete).await.expect(StatusCode::OK).json(), before);
    ann.post_empty(&undelete).await.expect(StatusCode::OK);

    ann.delete(&path(id)).await.expect(StatusCode::NO_CONTENT);
    server.advance(Duration::from_secs(10));
    assert_eq!(ann.post_empty(&undelete).await.problem(CONFLICT), "too_late_to_undo");
    server.finish().await;
}

#[tokio::test]
async fn the_policys_sentence_speaks_the_readers_language() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    let english = shown(&ann, &id).await["policy_state"]["sentence"].clone();
    let german = ann.with("accept-language", "de").get(&path(&id)).await.json()["policy_state"]["sentence"].clone();
    assert_ne!(english, german);
    assert!(german.as_str().is_some_and(|sentence| !sentence.is_empty()));
    server.finish().await;
}
