//! Who may call what. The cases are made from the API's own description, so that a new route is tried by itself.
use axum::body::Body;
use http::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;
use waybill_core::account::Scope;
use waybill_core::db::testing::Which;

use crate::testing::{Answer, Client, TestServer, operations};

/// Operations that want credentials.
fn private() -> Vec<(Method, String)> {
    let private = |path: &String| path.starts_with("/api/v1/") && path != "/api/v1/openapi.json";
    operations().into_iter().filter(|(_, path)| private(path)).collect()
}

/// Calls an operation with the smallest body that its shape allows.
async fn call(client: &Client<'_>, method: &Method, path: &str) -> Answer {
    let body = match path {
        "/api/v1/packages" => json!({"direction": "outbound"}),
        "/api/v1/me/tokens" => json!({"name": "t"}),
        _ => json!({}),
    };
    let client = client.with("tus-resumable", "1.0.0").with("upload-length", "1");
    if *method == Method::POST || *method == Method::PATCH {
        return client.send_json(method.clone(), path, body).await;
    }
    let path = if path.ends_with("/audit/export") { format!("{path}?format=csv") } else { path.to_owned() };
    client.send(method.clone(), &path, Body::empty()).await
}

#[tokio::test]
async fn every_operation_refuses_those_without_valid_credentials() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let sent = ann.sends("Plans").await;
    let id = sent["id"].as_str().unwrap();
    server.settle().await;
    let count = server.audit_count().await;
    let strangers = [server.nobody(), server.bearer("wb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")];
    for (method, template) in private() {
        let path = template.replace("{id}", id);
        let stranger = &strangers[usize::from(method == Method::GET && path.ends_with("/me"))];
        let refused = call(stranger, &method, &path).await;
        assert_eq!(refused.problem(StatusCode::UNAUTHORIZED), "unauthorized", "{method} {path}");
        assert_eq!(refused.header("www-authenticate"), "Bearer", "{method} {path}");
    }
    assert_eq!(server.audit_count().await, count, "a refused request changes nothing");
    server.finish().await;
}

#[rstest]
#[tokio::test]
async fn somebody_elses_package_is_not_there_for_any_operation(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let server = TestServer::new(which).await;
    let ann = server.person("Ann Example").await;
    let ben = server.person("Ben Example").await;
    let sent = ann.sends("Plans").await;
    let id = sent["id"].as_str().unwrap();
    let upload = ann.begins_upload(id, "more.bin", 10).await.upload.id.to_string();
    server.settle().await;
    let before = ann.get(&format!("/api/v1/packages/{id}")).await.json();
    let count = server.audit_count().await;
    let of_packages: Vec<_> = private().into_iter().filter(|(_, path)| path.contains("/packages/{id}")).collect();
    assert!(of_packages.len() > 10, "the description names the operations of a package");
    for (method, template) in of_packages {
        let path = template
            .replace("{id}", id)
            .replace("{recipient_id}", sent["recipients"][0]["id"].as_str().unwrap())
            .replace("{file_id}", sent["files"][0]["id"].as_str().unwrap())
            .replace("{upload_id}", &upload);
        let foreign = call(&ben, &method, &path).await;
        assert_eq!(foreign.problem(StatusCode::NOT_FOUND), "not_found", "{method} {path}");
        let nowhere = call(&ben, &method, &path.replace(id, "0199aaaa-0000-7000-8000-000000000000")).await;
        assert_eq!(nowhere.body, foreign.body, "not yours looks like not there: {method} {path}");
    }
    assert_eq!(ann.get(&format!("/api/v1/packages/{id}")).await.json(), before);
    assert_eq!(server.audit_count().await, count, "a refused request changes nothing");
    assert_eq!(ben.get("/api/v1/packages").await.json()["items"], json!([]));
    server.finish().await;
}

#[tokio::test]
async fn an_id_of_another_package_opens_nothing_in_ones_own() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let ben = server.person("Ben Example").await;
    let hers = ann.sends("Plans").await;
    let his = ben.sends("Other plans").await["id"].as_str().unwrap().to_owned();
    let upload = ann.begins_upload(hers["id"].as_str().unwrap(), "more.bin", 10).await.upload.id;
    let file = hers["files"][0]["id"].as_str().unwrap();
    let bob = hers["recipients"][0]["id"].as_str().unwrap();
    for (method, path) in [
        (Method::DELETE, format!("/api/v1/packages/{his}/files/{file}")),
        (Method::GET, format!("/api/v1/packages/{his}/files/{file}/content")),
        (Method::DELETE, format!("/api/v1/packages/{his}/uploads/{upload}")),
        (Method::POST, format!("/api/v1/packages/{his}/recipients/{bob}/revoke")),
        (Method::POST, format!("/api/v1/packages/{his}/recipients/{bob}/resend")),
    ] {
        let refused = call(&ben, &method, &path).await;
        assert_eq!(refused.problem(StatusCode::NOT_FOUND), "not_found", "{method} {path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_scope_allows_its_own_part_and_nothing_else() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.admin("Ann Example").await;
    let id = ann.drafts("Plans").await;
    let package = format!("/api/v1/packages/{id}");
    let reader = ann.with_scopes(&[Scope::Read]).await;
    let sender = ann.with_scopes(&[Scope::Send]).await;
    let receiver = ann.with_scopes(&[Scope::Receive]).await;
    let forbidden = StatusCode::FORBIDDEN;

    reader.get(&package).await.expect(StatusCode::OK);
    reader.get("/api/v1/packages").await.expect(StatusCode::OK);
    assert_eq!(reader.patch(&package, json!({"title": "Other"})).await.problem(forbidden), "forbidden");
    assert_eq!(reader.delete(&package).await.problem(forbidden), "forbidden");
    let new = json!({"direction": "outbound"});
    assert_eq!(reader.post("/api/v1/packages", new.clone()).await.problem(forbidden), "forbidden");
    assert_eq!(receiver.post("/api/v1/packages", new.clone()).await.problem(forbidden), "forbidden");
    sender.post("/api/v1/packages", new).await.expect(StatusCode::CREATED);
    sender.patch(&package, json!({"title": "Other"})).await.expect(StatusCode::OK);
    assert_eq!(sender.get("/api/v1/packages").await.problem(forbidden), "forbidden");
    for scoped in [&reader, &sender, &receiver] {
        assert_eq!(scoped.get("/api/v1/audit").await.problem(forbidden), "forbidden");
        assert_eq!(scoped.get("/api/v1/me/tokens").await.problem(forbidden), "forbidden");
        let more = json!({"name": "more"});
        assert_eq!(scoped.post("/api/v1/me/tokens", more).await.problem(forbidden), "forbidden");
        assert_eq!(scoped.get("/api/v1/packages?everybody=true").await.problem(forbidden), "forbidden");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_token_that_may_only_look_is_not_given_the_authority_to_write() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let id = ann.drafts("Plans").await;
    ann.begins_upload(&id, "partial.bin", 10).await;
    let reader = ann.with_scopes(&[Scope::Read]).await;
    let upload = reader.get(&format!("/api/v1/packages/{id}")).await.json()["uploads"][0].clone();
    assert_eq!((&upload["offset"], &upload["url"]), (&json!(0), &json!(null)));
    server.finish().await;
}

#[tokio::test]
async fn an_administrator_reaches_everybodys_packages_and_a_regular_person_does_not() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let ada = server.admin("Ada Admin").await;
    let id = ann.drafts("Plans").await;
    ada.get(&format!("/api/v1/packages/{id}")).await.expect(StatusCode::OK);
    assert_eq!(ada.get("/api/v1/packages").await.json()["items"], json!([]));
    let everybody = ada.get("/api/v1/packages?everybody=true&q=plans").await.expect(StatusCode::OK).json();
    assert_eq!(everybody["items"][0]["id"], json!(id));
    assert_eq!(everybody["items"][0]["owner_id"], json!(ann.account.id));
    let refused = ann.get("/api/v1/packages?everybody=true").await;
    assert_eq!(refused.problem(StatusCode::FORBIDDEN), "forbidden");
    for path in ["/api/v1/audit", "/api/v1/audit/verify", "/api/v1/audit/export?format=jsonl"] {
        assert_eq!(ann.get(path).await.problem(StatusCode::FORBIDDEN), "forbidden", "{path}");
        ada.get(path).await.expect(StatusCode::OK);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_disabled_account_is_refused_at_once_by_token_and_by_session() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let browser = ann.in_a_browser().await;
    browser.get("/api/v1/me").await.expect(StatusCode::OK);
    server.test.disable(&ann.account).await;
    assert_eq!(ann.get("/api/v1/me").await.problem(StatusCode::UNAUTHORIZED), "unauthorized");
    assert_eq!(browser.get("/api/v1/me").await.problem(StatusCode::UNAUTHORIZED), "unauthorized");
    server.finish().await;
}

#[tokio::test]
async fn a_browsers_session_changes_things_only_from_our_own_pages() {
    let server = TestServer::new(Which::Sqlite).await;
    let ann = server.person("Ann Example").await;
    let browser = ann.in_a_browser().await;
    let new = json!({"direction": "outbound"});
    for site in ["cross-site", "same-site"] {
        let forged = browser.with("sec-fetch-site", site).post("/api/v1/packages", new.clone()).await;
        assert_eq!(forged.problem(StatusCode::FORBIDDEN), "forbidden", "{site}");
    }
    let forged = browser.with("origin", "https://evil.example").post("/api/v1/packages", new.clone()).await;
    assert_eq!(forged.problem(StatusCode::FORBIDDEN), "forbidden");
    browser.with("sec-fetch-site", "same-origin").post("/api/v1/packages", new).await.expect(StatusCode::CREATED);
    server.finish().await;
}
