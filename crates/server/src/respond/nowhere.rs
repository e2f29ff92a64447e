//! Methods that no route of a path takes: 405, with `Allow` added by the router.
use axum::response::Response;
use http::{Method, StatusCode};

use super::Problem;

/// The path's routes do not take this method; the router adds `Allow`.
pub async fn no_such_verb(method: Method) -> Response {
    let detail = format!("{method} is not possible here; `Allow` names what is");
    Problem::plain(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}
