//! The Download buttons: `POST` on a link starts (or continues) the visit's download and leads to its bytes.
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use waybill_core::download::start::{Target, start};
use waybill_core::error::Error;
use waybill_core::ids::FileId;

use crate::extract::{Medium, Reader, RequestOrigin};
use crate::pages::ended;
use crate::web::Web;

/// `POST /p/{token}`: the only file, otherwise the archive.
pub async fn whole(
    State(web): State<Web>,
    origin: RequestOrigin,
    reader: Reader,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    begin(&web, origin, reader, &token, Target::Whole, &headers, &body).await
}

/// `POST /p/{token}/archive`: all files as one ZIP.
pub async fn archive(
    State(web): State<Web>,
    origin: RequestOrigin,
    reader: Reader,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    begin(&web, origin, reader, &token, Target::Archive, &headers, &body).await
}

/// `POST /p/{token}/files/{file_id}`: one file.
pub async fn file(
    State(web): State<Web>,
    origin: RequestOrigin,
    reader: Reader,
    Path((token, file)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match FileId::parse(&file) {
        Ok(id) => begin(&web, origin, reader, &token, Target::File(id), &headers, &body).await,
        Err(_) => ended::answer(&web, &reader, &token, Error::NotFound).await,
    }
}

async fn begin(
    web: &Web,
    RequestOrigin(origin): RequestOrigin,
    reader: Reader,
    token: &str,
    target: Target,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let visit = read_visit(headers, body);
    let started = match start(&web.app, &origin, token, target, visit.as_deref()).await {
        Ok(started) => started,
        Err(error) => return ended::answer(web, &reader, token, error).await,
    };
    let mut response = if reader.medium == Medium::Json {
        let url = format!("{}{}", web.app.urls.base(), started.path);
        (StatusCode::CREATED, axum::Json(serde_json::json!({"url": url, "size": started.size}))).into_response()
    } else {
        let location = HeaderValue::try_from(started.path).expect("the path is percent-encoded ASCII");
        (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The visit id of a form or a JSON body; anything unreadable counts as absent.
fn read_visit(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        let value: serde_json::Value = serde_json::from_slice(body).ok()?;
        return value.get("visit")?.as_str().map(str::to_owned);
    }
    form_urlencoded::parse(body).find(|(name, _)| name == "visit").map(|(_, value)| value.into_owned())
}
