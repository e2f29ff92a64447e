//! The Download buttons: `POST` on a link starts (or continues) the visit's download and leads to its bytes.
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use waybill_core::download::start::{Started, Target, start};
use waybill_core::error::{Error, Refusal};
use waybill_core::ids::FileId;

use crate::extract::{LinkHolder, Medium, Reader, RequestOrigin, body_field, visit_cookie};
use crate::pages::{ended, landing};
use crate::web::Web;

/// `POST /p/{token}`: the only file, otherwise the archive.
pub async fn whole(press: Press, Path(token): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    press.begin(&token, Target::Whole, &headers, &body).await
}

/// `POST /p/{token}/archive`: all files as one ZIP.
pub async fn archive(press: Press, Path(token): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    press.begin(&token, Target::Archive, &headers, &body).await
}

/// `POST /p/{token}/files/{file_id}`: one file.
pub async fn file(
    press: Press,
    Path((token, file)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match FileId::parse(&file) {
        Ok(id) => press.begin(&token, Target::File(id), &headers, &body).await,
        Err(_) => ended::answer_holder(&press.web, &press.reader, &press.holder, &token, Error::NotFound).await,
    }
}

/// Who presses a button.
#[derive(Debug)]
pub struct Press {
    web: Web,
    origin: RequestOrigin,
    reader: Reader,
    holder: LinkHolder,
}

impl axum::extract::FromRequestParts<Web> for Press {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut http::request::Parts, web: &Web) -> Result<Self, Self::Rejection> {
        Ok(Self {
            origin: RequestOrigin::from_request_parts(parts, web).await?,
            reader: Reader::from_request_parts(parts, web).await?,
            holder: LinkHolder::from_request_parts(parts, web).await?,
            web: web.clone(),
        })
    }
}

impl Press {
    async fn begin(self, token: &str, target: Target, headers: &HeaderMap, body: &[u8]) -> Response {
        let visit = body_field(headers, body, "visit");
        let credentials = self.holder.credentials(visit.as_deref());
        match start(&self.web.app, &self.origin.0, token, target, credentials).await {
            Ok(started) => self.lead(token, started),
            Err(Error::Refused(Refusal::Downloading { retry_after_s })) if self.reader.medium == Medium::Html => {
                landing::busy(&self.web, &self.reader, &self.origin, token, credentials, retry_after_s).await
            }
            Err(error) => ended::answer_holder(&self.web, &self.reader, &self.holder, token, error).await,
        }
    }

    fn lead(&self, token: &str, started: Started) -> Response {
        let Started { path, size, visit } = started;
        let mut response = if self.reader.medium == Medium::Json {
            let url = format!("{}{path}", self.web.app.urls.base());
            let body = serde_json::json!({"url": url, "size": size, "visit": visit});
            (StatusCode::CREATED, axum::Json(body)).into_response()
        } else {
            let location = HeaderValue::try_from(path).expect("the path is percent-encoded ASCII");
            // Whoever reloads the page and presses again goes on with this download.
            let cookie = visit_cookie(&self.web.app.urls, token, &visit);
            (StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::SET_COOKIE, cookie)]).into_response()
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }
}
