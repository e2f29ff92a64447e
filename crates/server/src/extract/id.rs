//! Ids in paths. A text that is no id is not there: 404, like an id of nobody.
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::extract::Path;
use http::request::Parts;
use waybill_core::error::Error;

use crate::respond::Problem;
use crate::web::Web;

/// The path's parameters as ids: `Id((package,)): Id<(PackageId,)>` for one, `Id((package, file)): Id<(PackageId, FileId)>`
/// for two.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

impl<A: FromStr + Send> FromRequestParts<Web> for Id<(A,)> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, web).await.map_err(|_| Error::NotFound)?;
        Ok(Self((parse(&text)?,)))
    }
}

impl<A: FromStr + Send, B: FromStr + Send> FromRequestParts<Web> for Id<(A, B)> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let texts = Path::<(String, String)>::from_request_parts(parts, web).await.map_err(|_| Error::NotFound)?;
        let Path((first, second)) = texts;
        Ok(Self((parse(&first)?, parse(&second)?)))
    }
}

fn parse<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Error::NotFound.into())
}
