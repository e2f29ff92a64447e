//! The browser's part, embedded: where its style sheet and script are, and the answers under `/assets/`. Must never read
//! the disk and never serve a name that the build did not make.
use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;
use serde::Deserialize;

/// Where pages find the assets; `web/vite.config.ts` (`base`) says the same.
const BASE: &str = "/assets/";
const MANIFEST: &str = "manifest.json";
/// Path of the favicon, which keeps its name.
pub const ICON_URL: &str = "/assets/favicon.svg";
const SCRIPT_ENTRY: &str = "src/main.ts";
const STYLE_ENTRY: &str = "src/styles/index.css";
/// A hashed name never means other bytes.
const CACHE_FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Names without a hash (an icon that browsers ask for by name) may change with the next version.
const CACHE_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Bundle;

/// Path of the style sheet, with its hash: `/assets/style-….css`.
pub fn css_url() -> &'static str {
    &ASSETS.css_url
}

/// Path of the script (an ES module), with its hash: `/assets/app-….js`.
pub fn js_url() -> &'static str {
    &ASSETS.js_url
}

/// Answers `GET` and `HEAD /assets/{*path}` (axum drops the body of a HEAD, keeping its length): 200, 304 to a matching
/// `If-None-Match`, 404 for a name the build did not make. Compressed copies are chosen by `Accept-Encoding`.
pub async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.by_name.get(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body = asset.choose(&headers);
    let mut answer = if is_known(&headers, &body.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut answer = Response::new(body.bytes.clone().into());
        answer.headers_mut().insert(header::CONTENT_TYPE, asset.content_type.clone());
        if let Some(encoding) = body.encoding {
            answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        answer
    };
    let answer_headers = answer.headers_mut();
    answer_headers.insert(header::ETAG, body.etag.clone());
    answer_headers.insert(header::CACHE_CONTROL, asset.cache_control.clone());
    answer_headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer_headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

struct Assets {
    css_url: String,
    js_url: String,
    by_name: HashMap<String, Asset>,
}

struct Asset {
    content_type: HeaderValue,
    cache_control: HeaderValue,
    plain: Body,
    /// Best first.
    compressed: Vec<Body>,
}

struct Body {
    encoding: Option<&'static str>,
    etag: HeaderValue,
    bytes: Bytes,
}

/// One entry of Vite's manifest, as far as it is read here.
#[derive(Deserialize)]
struct Entry {
    file: String,
    #[serde(default)]
    assets: Vec<String>,
    #[serde(default)]
    css: Vec<String>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let manifest = Bundle::get(MANIFEST).expect("the build script fails when Vite wrote no manifest");
    let manifest: HashMap<String, Entry> =
        serde_json::from_slice(&manifest.data).expect("Vite writes its manifest as JSON");
    let url = |entry: &str| {
        let entry = manifest.get(entry).expect("both entries stand in web/vite.config.ts");
        format!("{BASE}{}", entry.file)
    };
    let hashed: Vec<&String> =
        manifest.values().flat_map(|entry| entry.assets.iter().chain(&entry.css).chain([&entry.file])).collect();
    let by_name = Bundle::iter()
        .filter(|name| name != MANIFEST && !is_compressed_copy(name))
        .map(|name| {
            let cache_control =
                if hashed.iter().any(|known| **known == *name) { CACHE_FOR_EVER } else { CACHE_AN_HOUR };
            (name.to_string(), Asset::load(&name, cache_control))
        })
        .collect();
    Assets { css_url: url(STYLE_ENTRY), js_url: url(SCRIPT_ENTRY), by_name }
});

impl Asset {
    fn load(name: &str, cache_control: HeaderValue) -> Self {
        let plain = Body::load(name, None).expect("the name comes from the bundle's own list");
        let compressed = [("br", "br"), ("gz", "gzip")]
            .into_iter()
            .filter_map(|(suffix, encoding)| Body::load(&format!("{name}.{suffix}"), Some(encoding)))
            .collect();
        Self { content_type: content_type(name), cache_control, plain, compressed }
    }

    fn choose(&self, headers: &HeaderMap) -> &Body {
        let accepts = |body: &&Body| body.encoding.is_some_and(|encoding| accepts_encoding(headers, encoding));
        self.compressed.iter().find(accepts).unwrap_or(&self.plain)
    }
}

impl Body {
    fn load(name: &str, encoding: Option<&'static str>) -> Option<Self> {
        let file = Bundle::get(name)?;
        // The digest of these very bytes, so a compressed copy has a tag of its own, as a strong tag must.
        let digest = file.metadata.sha256_hash();
        let etag = HeaderValue::try_from(format!("\"{}\"", hex::encode(&digest[..16]))).expect("hex digits in quotes");
        Some(Self { encoding, etag, bytes: Bytes::from(file.data.into_owned()) })
    }
}

fn is_compressed_copy(name: &str) -> bool {
    matches!(name.rsplit('.').next(), Some("br" | "gz"))
}

fn content_type(name: &str) -> HeaderValue {
    let known = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    HeaderValue::from_static(known)
}

/// Whether `Accept-Encoding` names this coding and does not refuse it with `q=0`.
fn accepts_encoding(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            let refused = parts
                .filter_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
                .any(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0));
            named && !refused
        })
}

/// Whether `If-None-Match` names this tag (compared weakly, as RFC 9110 asks) or `*`.
fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes()
        })
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body as HttpBody;
    use axum::routing::get;
    use http::{Method, Request};
    use http_body_util::BodyExt;
    use rstest::rstest;
    use tower::ServiceExt;

    use super::*;

    async fn ask(method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Bytes) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let router: Router = Router::new().route("/assets/{*path}", get(serve));
        let response = router.oneshot(request.body(HttpBody::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
    }

    #[rstest]
    #[case(css_url(), "text/css; charset=utf-8")]
    #[case(js_url(), "text/javascript; charset=utf-8")]
    #[tokio::test]
    async fn the_pages_entries_are_served_for_ever_with_their_type(#[case] url: &str, #[case] content_type: &str) {
        let (status, headers, body) = ask(Method::GET, url, &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CONTENT_TYPE], content_type);
        assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(!headers.contains_key(header::CONTENT_ENCODING));
        assert!(!body.is_empty());
    }

    #[tokio::test]
    async fn a_known_tag_answers_304_without_a_body() {
        let (_, headers, _) = ask(Method::GET, js_url(), &[]).await;
        let tag = headers[header::ETAG].to_str().unwrap().to_owned();
        assert!(tag.starts_with('"'), "a strong tag: {tag}");
        for sent in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
            let (status, headers, body) = ask(Method::GET, js_url(), &[("if-none-match", &sent)]).await;
            assert_eq!(status, StatusCode::NOT_MODIFIED, "{sent}");
            assert_eq!(headers[header::ETAG], tag.as_str());
            assert!(body.is_empty());
        }
        let (status, ..) = ask(Method::GET, js_url(), &[("if-none-match", "\"other\"")]).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_head_tells_the_length_and_sends_nothing() {
        let (_, _, body) = ask(Method::GET, js_url(), &[]).await;
        let (status, headers, nothing) = ask(Method::HEAD, js_url(), &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CONTENT_LENGTH], body.len().to_string());
        assert!(nothing.is_empty());
    }

    #[rstest]
    #[case("gzip, deflate, br, zstd", Some("br"))]
    #[case("gzip", Some("gzip"))]
    #[case("GZIP;q=0.5", Some("gzip"))]
    #[case("br;q=0, gzip;q=0.0", None)]
    #[case("identity", None)]
    #[tokio::test]
    async fn the_compressed_copy_the_browser_accepts_is_sent(#[case] accepted: &str, #[case] encoding: Option<&str>) {
        let (_, plain_headers, plain) = ask(Method::GET, js_url(), &[]).await;
        let (status, headers, body) = ask(Method::GET, js_url(), &[("accept-encoding", accepted)]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap()), encoding);
        assert_eq!(headers[header::VARY], "accept-encoding");
        assert_eq!(body == plain, encoding.is_none());
        assert_eq!(headers[header::ETAG] == plain_headers[header::ETAG], encoding.is_none());
    }

    #[rstest]
    #[case("/assets/manifest.json")]
    #[case("/assets/app.js")]
    #[case("/assets/../Cargo.toml")]
    #[case("/assets/%2e%2e/Cargo.toml")]
    #[tokio::test]
    async fn a_name_the_build_did_not_make_is_not_there(#[case] path: &str) {
        assert_eq!(ask(Method::GET, path, &[]).await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_compressed_copy_has_no_address_of_its_own() {
        assert_eq!(ask(Method::GET, &format!("{}.br", js_url()), &[]).await.0, StatusCode::NOT_FOUND);
    }
}
