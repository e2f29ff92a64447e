//! Query parameters as typed values. A parameter that is unknown, doubled or unreadable answers 422 with its name.
use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::shape::Misfit;
use crate::web::Web;

/// The query's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Web> for Query<T> {
    type Rejection = Misfit;

    async fn from_request_parts(parts: &mut Parts, _web: &Web) -> Result<Self, Misfit> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let query = serde_urlencoded::Deserializer::new(pairs);
        serde_path_to_error::deserialize(query).map(Self).map_err(|error| {
            let path = error.path().to_string();
            Misfit::at(&path, &error.into_inner().to_string())
        })
    }
}
