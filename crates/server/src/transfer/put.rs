//! Plain `PUT` of one file, for `curl -T` and scripts: complete or nothing. An interrupted one leaves nothing behind.
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use waybill_core::access::Origin;
use waybill_core::error::{Error, FieldProblem};
use waybill_core::file::name::{FileName, RelativePath};
use waybill_core::ids::PackageId;
use waybill_core::upload::begin::{self, Begun, NewUpload};
use waybill_core::upload::drop_upload;
use waybill_core::upload::finish::Finished;
use waybill_core::upload::receive::{self, Chunk};

use super::digest::{REPR_DIGEST, repr_digest, requested_sha256};
use super::pour::{Poured, pour};
use crate::extract::{Caller, RequestOrigin};
use crate::respond::Problem;
use crate::web::Web;

/// What the query may say.
#[derive(Debug, serde::Deserialize)]
pub struct PutQuery {
    /// A relative path with the file's name, instead of the name alone.
    path: Option<String>,
}

/// `PUT /api/v1/packages/{id}/files/{name}`: the body is the file.
pub async fn file(
    State(web): State<Web>,
    Caller(actor): Caller,
    RequestOrigin(origin): RequestOrigin,
    Path((package, name)): Path<(String, String)>,
    Query(query): Query<PutQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Response> {
    let package = PackageId::parse(&package).map_err(|_| Problem::from(Error::NotFound).into_response())?;
    let new = read(&headers, &name, query.path.as_deref())?;
    let begun = begin::begin(&web.app, &actor, package, new).await.map_err(|e| Problem::from(e).into_response())?;
    let finished = whole_file(&web, &begun, &origin, body).await?;
    let mut response = (StatusCode::CREATED, axum::Json(crate::api::file_body(&finished.file))).into_response();
    response.headers_mut().insert(REPR_DIGEST, repr_digest(&finished.file.sha256));
    Ok(response)
}

/// Reads what a PUT says about its file.
pub(super) fn read(headers: &HeaderMap, name: &str, path: Option<&str>) -> Result<NewUpload, Response> {
    let invalid = |field: &str, problem| Problem::from(Error::field(field, problem)).into_response();
    let path = match path {
        Some(path) => RelativePath::parse(path).map_err(|why| invalid("path", FieldProblem::NotAName(why)))?,
        None => FileName::parse(name).map_err(|why| invalid("name", FieldProblem::NotAName(why)))?.into(),
    };
    let sha256 = requested_sha256(headers, &REPR_DIGEST)
        .map_err(|e| Problem::unreadable(format!("Repr-Digest: {e}; it looks like sha-256=:base64:")))?;
    let size = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(NewUpload { path, size, sha256, resumable: false, client_metadata: String::new() })
}

/// Takes the body as the whole file; whatever goes wrong, nothing of it is left.
pub(super) async fn whole_file(web: &Web, begun: &Begun, origin: &Origin, body: Body) -> Result<Finished, Response> {
    match pour_whole(web, begun, origin, body).await {
        Ok(finished) => Ok(finished),
        Err(refusal) => {
            if let Err(error) = drop_upload::give_up(&web.app, origin, &begun.upload).await {
                // The sweep drops it soon.
                tracing::warn!(upload = %begun.upload.id, %error, "an interrupted upload could not be dropped");
            }
            Err(refusal)
        }
    }
}

async fn pour_whole(web: &Web, begun: &Begun, origin: &Origin, body: Body) -> Result<Finished, Response> {
    let refuse = |error: Error| Problem::from(error).into_response();
    let token = begun.token.reveal();
    let mut receiver = receive::open(&web.app, &token, 0, None, Chunk::Plain).await.map_err(refuse)?;
    match pour(&mut receiver, body, None).await.map_err(refuse)? {
        Poured::Ended => receiver.end_as_whole(origin).await.map_err(refuse),
        Poured::Broken { too_slow } => {
            let status = if too_slow { StatusCode::REQUEST_TIMEOUT } else { StatusCode::BAD_REQUEST };
            Err(Problem::plain(status, "interrupted", "the body ended early; send the file again"))
        }
        Poured::Stopped => Err(refuse(Error::Gone(waybill_core::error::LinkEnd::Unknown))),
    }
}
