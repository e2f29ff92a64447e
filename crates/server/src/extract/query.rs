//! Query parameters as typed values. A parameter that is unknown, doubled or unreadable answers 422 with its name.
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::respond::Problem;
use crate::web::Web;

/// The query's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Web> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _web: &Web) -> Result<Self, Response> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let query = serde_urlencoded::Deserializer::new(pairs);
        serde_path_to_error::deserialize(query).map(Self).map_err(|error| {
            let path = error.path().to_string();
            let field = if path == "." { String::new() } else { path };
            Problem::misshapen(field, error.into_inner().to_string())
        })
    }
}
