//! Answers that the pages and the API give better once they are there.
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use waybill_core::error::Error;
use waybill_core::package::File;

use crate::extract::Reader;
use crate::respond::Problem;
use crate::web::Web;

pub async fn answer(_: &Web, _: &Reader, _: &HeaderMap, _: &str, error: Error) -> Response {
    Problem::from(error).into_response()
}

pub fn file_body(file: &File) -> serde_json::Value {
    serde_json::json!({
        "id": file.id, "name": file.name(), "relative_path": file.relative_path, "size": file.size,
        "sha256": hex::encode(file.sha256),
    })
}
