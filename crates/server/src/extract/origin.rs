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

/// The words for whoever reads the answer, and the form he reads it in.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    pub text: Text,
    pub medium: Medium,
}

/// The form of an answer: pages for people, JSON for programs that ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    Html,
    Json,
}

impl FromRequestParts<Web> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let text = Text::new(language(&parts.headers, web.app.site.language));
        Ok(Self { text, medium: medium(&parts.headers) })
    }
}

/// What the client asks for, otherwise the instance's own.
fn language(headers: &HeaderMap, site: Language) -> Language {
    match headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) {
        Some(wanted) => Language::negotiate(wanted),
        None => site,
    }
}

/// JSON for whoever names it before (or instead of) HTML; everybody else, `*/*` too, gets pages.
fn medium(headers: &HeaderMap) -> Medium {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let kinds = values.flat_map(|value| value.split(',')).map(|one| one.split(';').next().unwrap_or_default().trim());
    for kind in kinds {
        match kind.to_ascii_lowercase().as_str() {
            "application/json" | "application/problem+json" => return Medium::Json,
            "text/html" | "application/xhtml+xml" => return Medium::Html,
            _ => {}
        }
    }
    Medium::Html
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(None, Medium::Html)]
    #[case(Some("*/*"), Medium::Html)]
    #[case(Some("application/json"), Medium::Json)]
    #[case(Some("Application/JSON; q=0.9, */*;q=0.1"), Medium::Json)]
    #[case(Some("application/problem+json"), Medium::Json)]
    #[case(Some("text/html,application/xhtml+xml,application/json;q=0.5"), Medium::Html)]
    fn json_goes_to_those_who_ask_for_it_first(#[case] accept: Option<&str>, #[case] expected: Medium) {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(header::ACCEPT, accept.parse().unwrap());
        }
        assert_eq!(medium(&headers), expected);
    }
}
