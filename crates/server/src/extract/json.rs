//! JSON bodies as typed values. A body that cannot be taken is told exactly: 415 another type, 413 too large, 400 no
//! JSON, 422 the field that is wrong. It must never hand a handler a value that only half fits.
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use waybill_core::idempotency::Key;
use waybill_wire::Object;

use super::shape::Misfit;
use crate::web::Web;

/// Bytes of a JSON body. A hundred recipients and the longest note take less than a tenth.
pub const JSON_BYTES_MAX: usize = 1 << 20;

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

/// A JSON body that may be absent or null; then it is the default.
#[derive(Debug, Clone, Copy)]
pub struct OptionalJsonBody<T>(pub T);

/// A JSON body of a request that creates something, with its `Idempotency-Key`, if it has one.
#[derive(Debug, Clone)]
pub struct JsonCreation<T> {
    pub body: T,
    pub key: Option<Key>,
}

impl<T: DeserializeOwned> FromRequest<Web> for JsonBody<T> {
    type Rejection = Misfit;

    async fn from_request(request: Request, _web: &Web) -> Result<Self, Misfit> {
        let (parts, body) = request.into_parts();
        check_type(&parts.headers)?;
        read::<Object<T>>(&collect(&parts.headers, body).await?).map(|body| Self(body.0))
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Web> for OptionalJsonBody<T> {
    type Rejection = Misfit;

    async fn from_request(request: Request, _web: &Web) -> Result<Self, Misfit> {
        let (parts, body) = request.into_parts();
        let bytes = collect(&parts.headers, body).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        check_type(&parts.headers)?;
        let body = read::<Option<Object<T>>>(&bytes)?;
        Ok(Self(body.map_or_else(T::default, |body| body.0)))
    }
}

impl<T: DeserializeOwned> FromRequest<Web> for JsonCreation<T> {
    type Rejection = Misfit;

    async fn from_request(request: Request, _web: &Web) -> Result<Self, Misfit> {
        let (parts, body) = request.into_parts();
        check_type(&parts.headers)?;
        let bytes = collect(&parts.headers, body).await?;
        let key = idempotency_key(&parts.method, &parts.uri, &parts.headers, &bytes)?;
        Ok(Self { body: read::<Object<T>>(&bytes)?.0, key })
    }
}

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The same key stands for the same request only: method, path and body to the byte.
fn idempotency_key(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Option<Key>, Misfit> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|_| values.next().is_none()).unwrap_or_default();
    match Key::parse(text, &[method.as_str().as_bytes(), uri.path().as_bytes(), body]) {
        Some(key) => Ok(Some(key)),
        None => Err(Misfit::at("Idempotency-Key", "one key of 1 to 255 printable ASCII characters")),
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Misfit> {
    let is_json = |value: &HeaderValue| {
        let essence = value.to_str().ok()?.split(';').next()?.trim().to_ascii_lowercase();
        Some(essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")))
    };
    if headers.get(header::CONTENT_TYPE).and_then(is_json).unwrap_or(false) {
        return Ok(());
    }
    Err(Misfit::WrongType)
}

async fn collect(headers: &HeaderMap, body: Body) -> Result<Bytes, Misfit> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > JSON_BYTES_MAX)) {
        return Err(Misfit::TooLarge);
    }
    match Limited::new(body, JSON_BYTES_MAX).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Misfit::TooLarge),
        Err(_) => Err(Misfit::Unreadable("the body ended early".to_owned())),
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Misfit> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.classify() == serde_json::error::Category::Data {
            Misfit::at(&path, &without_place(&inner))
        } else {
            Misfit::Unreadable(format!("the body is no JSON: {inner}"))
        }
    })?;
    json.end().map_err(|error| Misfit::Unreadable(format!("the body is no JSON: {error}")))?;
    Ok(value)
}

/// The field says where; line and column would only confuse.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}
