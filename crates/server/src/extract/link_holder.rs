//! What the holder of a link brings along: the password of `Authorization: Basic`, and the visit id of the cookie that a
//! start left. The link's token itself stands in the path. It must never let a request be more than its link allows:
//! the core decides what either is worth.
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use waybill_core::download::USABLE;
use waybill_core::link::door::Credentials;
use waybill_core::urls::Urls;

use crate::web::Web;

/// The cookie's name. It is sent to the paths below one link only, and never set by looking at one.
pub const VISIT_COOKIE: &str = "waybill_visit";

/// Whoever holds a link.
#[derive(Debug, Clone, Default)]
pub struct LinkHolder {
    /// Of `Authorization: Basic`, whatever the user name.
    password: Option<SecretString>,
    /// Of the cookie. Secret, because it may prove a password.
    visit: Option<SecretString>,
}

impl FromRequestParts<Web> for LinkHolder {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _web: &Web) -> Result<Self, Infallible> {
        Ok(Self { password: basic(&parts.headers), visit: visit(&parts.headers) })
    }
}

impl LinkHolder {
    /// What he brings besides what stands in the body: its visit id is worth more than the cookie's.
    pub fn credentials<'a>(&'a self, body_visit: Option<&'a str>) -> Credentials<'a> {
        let cookie = self.visit.as_ref().map(ExposeSecret::expose_secret);
        Credentials { visit: body_visit.or(cookie), password: self.password.as_ref() }
    }

    /// A tool that knows HTTP authentication, and is told of a wrong password in its terms.
    pub fn is_tool(&self) -> bool {
        self.password.is_some()
    }
}

/// The cookie that keeps a visit over a reload, as long as a download is usable.
pub fn visit_cookie(urls: &Urls, link_token: &str, visit: &str) -> HeaderValue {
    let secure = if urls.is_https() { "; Secure" } else { "" };
    let age = USABLE.as_secs();
    let text = format!("{VISIT_COOKIE}={visit}; Path=/p/{link_token}; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    HeaderValue::try_from(text).expect("a cookie of two texts in base64url is a header value")
}

fn basic(headers: &HeaderMap) -> Option<SecretString> {
    let (scheme, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (_user, password) = pair.split_once(':')?;
    (!password.is_empty()).then(|| password.into())
}

fn visit(headers: &HeaderMap) -> Option<SecretString> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == VISIT_COOKIE).map(|(_, value)| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_password_of_basic_authentication_is_read_whatever_the_user_name() {
        let read = |text: &str| basic(&with(header::AUTHORIZATION, text)).map(|p| p.expose_secret().to_owned());
        let encoded = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        assert_eq!(read(&encoded("anybody:secret")).as_deref(), Some("secret"));
        assert_eq!(read(&encoded(":se:cr:et")).as_deref(), Some("se:cr:et"));
        assert_eq!(read(&encoded("x:pässwörd")).as_deref(), Some("pässwörd"));
        assert_eq!(read(&encoded("x:secret").replace("Basic", "bASIC")).as_deref(), Some("secret"));
        for nothing in ["Basic", "Basic ???", "Bearer eDpzZWNyZXQ=", "", &encoded("nocolon"), &encoded("empty:")] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn the_visit_is_found_among_other_cookies() {
        let read = |text: &str| visit(&with(header::COOKIE, text)).map(|v| v.expose_secret().to_owned());
        assert_eq!(read("a=b; waybill_visit=abc; c=d").as_deref(), Some("abc"));
        assert_eq!(read("xwaybill_visit=abc"), None);
    }
}
