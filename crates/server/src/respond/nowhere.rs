//! Requests that no route takes: 404 for unknown paths, 405 with `Allow` for known ones.
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use waybill_core::error::Error;

use super::Problem;

/// No route has this path.
pub async fn no_such_place() -> Response {
    Problem::from(Error::NotFound).into_response()
}

/// The path's routes do not take this method; the router adds `Allow`.
pub async fn no_such_verb(method: Method) -> Response {
    let detail = format!("{method} is not possible here; `Allow` names what is");
    Problem::plain(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}
