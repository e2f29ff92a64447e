//! Who is signed in, for pages: a browser's session, never a token. Whoever is not signed in is led to the page where he
//! can be.
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use waybill_core::access::Actor;
use waybill_core::account::authenticate;
use waybill_core::error::Error;

use super::caller::{is_safe, is_same_origin};
use super::{RequestOrigin, session};
use crate::pages::sign_in;
use crate::respond::{Frame, PageFault, see_other};
use crate::web::Web;

/// A person with a session, and the frame of the pages for them.
///
/// Refuses a request that another site made a browser send (403, before anything else is looked at). Without a living
/// session a GET is led to the sign-in page and from there back; anything else is answered by the sign-in page (401).
#[derive(Debug, Clone)]
pub struct Person {
    pub actor: Actor,
    pub frame: Frame,
}

impl FromRequestParts<Web> for Person {
    type Rejection = PageFault;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageFault> {
        let Ok(frame) = Frame::from_request_parts(parts, web).await;
        if !is_safe(&parts.method) && !is_same_origin(&parts.headers, web) {
            return Err(frame.fault(Error::Forbidden));
        }
        let Ok(RequestOrigin(origin)) = RequestOrigin::from_request_parts(parts, web).await;
        let found = match session::read(&parts.headers, &web.app.urls) {
            Some(cookie) => authenticate::by_session(&web.app, &cookie, origin).await,
            None => Err(Error::Unauthenticated),
        };
        match found {
            Ok(actor) => Ok(Self { frame: frame.for_account(&actor.account), actor }),
            Err(Error::Unauthenticated) => Err(sign_in_first(&frame, parts)),
            Err(failure) => Err(frame.fault(failure)),
        }
    }
}

fn sign_in_first(frame: &Frame, parts: &Parts) -> PageFault {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        let here = parts.uri.path_and_query().map(http::uri::PathAndQuery::as_str).unwrap_or_default();
        return see_other(&sign_in::url(here)).into();
    }
    frame.signed_out(came_from(&parts.headers, frame))
}

/// The page of ours whose form was sent: the place to go back to once signed in.
fn came_from(headers: &HeaderMap, frame: &Frame) -> Option<String> {
    let referrer = headers.get(header::REFERER)?.to_str().ok()?;
    let (_, rest) = referrer.split_once("://")?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let public = frame.web.app.urls.base().split_once("://").map(|(_, own)| own);
    let own = host.into_iter().chain(public);
    let mut paths = own.filter_map(|own| rest.strip_prefix(own));
    paths.find(|path| path.starts_with('/')).and_then(sign_in::safe_next)
}
