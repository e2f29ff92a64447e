//! Answers that the pages and the API give better once they are there.
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use waybill_core::error::Error;

use crate::extract::Reader;
use crate::respond::Problem;
use crate::web::Web;

pub async fn answer(_: &Web, _: &Reader, _: &HeaderMap, _: &str, error: Error) -> Response {
    Problem::from(error).into_response()
}
