//! The API's description: served, committed, and true.
use http::StatusCode;
use serde_json::Value;
use waybill_core::db::testing::Which;

use crate::api::openapi;
use crate::testing::TestServer;

/// Set to write `docs/openapi.json` anew.
const REWRITE: &str = "WAYBILL_TEST_REWRITE";

#[test]
fn the_committed_description_is_the_present_one() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let present = openapi::text();
    #[expect(clippy::disallowed_methods, reason = "the person who runs the test says so by environment variable")]
    let rewrite = std::env::var_os(REWRITE).is_some();
    if rewrite {
        std::fs::write(&file, &present).expect("docs/openapi.json can be written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == present,
        "docs/openapi.json is not what the handlers describe\n\
         hint: {REWRITE}=1 cargo nextest run --workspace -E 'test(the_committed_description)'"
    );
}

#[tokio::test]
async fn the_description_is_served_to_anybody() {
    let server = TestServer::new(Which::Sqlite).await;
    let answer = server.nobody().get("/api/v1/openapi.json").await.expect(StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["info"]["title"], "Waybill API");
    assert_eq!(document["info"].get("contact"), None);
    server.finish().await;
}

#[test]
fn every_reference_leads_somewhere_and_every_refusal_is_a_problem() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("references stay inside");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                if status.as_str() >= "400" {
                    let content = &response["content"]["application/problem+json"];
                    assert!(content.is_object(), "{method} {path} {status}");
                }
            }
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_a_tag_and_a_summary() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{method} {path}");
            names.push(operation["operationId"].as_str().unwrap().to_owned());
        }
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                references.push(reference.clone());
            }
            map.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
