//! The session cookie: host-only, out of scripts' reach, not sent by other sites.
use http::{HeaderMap, HeaderValue, header};
use waybill_core::account::SESSION_LIFETIME;
use waybill_core::secret::Token;
use waybill_core::urls::Urls;

/// The cookie's name. Over HTTPS it gets the `__Host-` prefix, which browsers protect from other hosts and paths.
pub const SESSION_COOKIE: &str = "waybill_session";

fn name(urls: &Urls) -> String {
    if urls.is_https() { format!("__Host-{SESSION_COOKIE}") } else { SESSION_COOKIE.to_owned() }
}

/// The cookie that keeps somebody signed in.
pub fn session_cookie(urls: &Urls, token: &Token) -> HeaderValue {
    let secure = if urls.is_https() { "; Secure" } else { "" };
    let text = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
        name(urls),
        token.reveal(),
        SESSION_LIFETIME.as_secs()
    );
    HeaderValue::try_from(text).expect("a cookie of base64url text is a header value")
}

/// The cookie that ends it.
pub fn clear_cookie(urls: &Urls) -> HeaderValue {
    let secure = if urls.is_https() { "; Secure" } else { "" };
    let text = format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}", name(urls));
    HeaderValue::try_from(text).expect("a cookie without a value is a header value")
}

/// The value of the session cookie, if the request brought one.
pub(super) fn read(headers: &HeaderMap, urls: &Urls) -> Option<String> {
    let name = name(urls);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
