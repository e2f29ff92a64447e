//! Where a request came from, and which language its reader understands.
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use waybill_core::access::Origin;
use waybill_core::limits::USER_AGENT_CHARS_MAX;
use waybill_core::text::{Language, Text};

use crate::listen::{Peer, client_ip};
use crate::web::Web;

/// The client's address (a proxy's word counts only where the operator said so) and its agent.
#[derive(Debug, Clone)]
pub struct RequestOrigin(pub Origin);

impl FromRequestParts<Web> for RequestOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.addr.ip());
        let ip = peer.map(|peer| client_ip(peer, &parts.headers, web.proxies()));
        let agent = parts.headers.get(header::USER_AGENT).map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS_MAX).collect()
        });
        Ok(Self(Origin { ip, user_agent: agent }))
    }
}

/// The words for whoever reads the answer.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    pub text: Text,
}

impl FromRequestParts<Web> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        Ok(Self { text: Text::new(language(&parts.headers, web.app.site.language)) })
    }
}

/// What the client asks for, otherwise the instance's own.
fn language(headers: &HeaderMap, site: Language) -> Language {
    match headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) {
        Some(wanted) => Language::negotiate(wanted),
        None => site,
    }
}
