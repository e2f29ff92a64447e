//! Who is behind a request: a bearer token, or a browser's session. A browser's session changes things only from our own
//! pages.
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use waybill_core::access::Actor;
use waybill_core::account::authenticate;
use waybill_core::error::Error;

use super::RequestOrigin;
use super::session;
use crate::respond::Problem;
use crate::web::Web;

/// A signed-in person or his token. Refuses with 401 when there is none, 403 for a forged cross-site request.
#[derive(Debug, Clone)]
pub struct Caller(pub Actor);

impl FromRequestParts<Web> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let Ok(RequestOrigin(origin)) = RequestOrigin::from_request_parts(parts, web).await;
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let bearer = value.to_str().ok().and_then(|text| {
                let (scheme, token) = text.split_once(' ')?;
                scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
            });
            let bearer = bearer.ok_or(Error::Unauthenticated)?;
            return Ok(Self(authenticate::by_api_token(&web.app, &bearer, origin).await?));
        }
        let cookie = session::read(&parts.headers, &web.app.urls).ok_or(Error::Unauthenticated)?;
        if !is_safe(&parts.method) && !is_same_origin(&parts.headers, web) {
            return Err(Error::Forbidden.into());
        }
        Ok(Self(authenticate::by_session(&web.app, &cookie, origin).await?))
    }
}

pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a request that changes something comes from our own pages: by fetch metadata, which pages cannot forge,
/// otherwise by `Origin`. Clients that send neither are no browsers and carry no cookie by themselves.
pub(crate) fn is_same_origin(headers: &HeaderMap, web: &Web) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return true;
    };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let of_origin = origin.split_once("://").map_or("", |(_, rest)| rest);
    // Behind a proxy the Host may be the inner one: then the public URL is what the browser sees.
    let below = |rest: &str| rest.is_empty() || rest.starts_with('/');
    of_origin == host || web.app.urls.base().strip_prefix(origin).is_some_and(below)
}
