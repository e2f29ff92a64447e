//! One field of a small body that may be a form or JSON: what the holder of a link sends with a button.
use http::{HeaderMap, header};

/// The field's text; anything unreadable counts as absent.
pub fn body_field(headers: &HeaderMap, body: &[u8], field: &str) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        let value: serde_json::Value = serde_json::from_slice(body).ok()?;
        return value.get(field)?.as_str().map(str::to_owned);
    }
    form_urlencoded::parse(body).find(|(name, _)| name == field).map(|(_, value)| value.into_owned())
}
