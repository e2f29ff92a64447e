//! Is this request's head one that every proxy reads the same way? What proxies disagree on is refused before any
//! route sees it. Must never repair a doubtful request.
//!
//! hyper itself settles the rest, pinned by tests: `Content-Length` beside `Transfer-Encoding` (the length is dropped
//! and the connection closed), several differing lengths, control characters (400), heads that are too large (431).
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};

/// Fields in one request's head. hyper refuses more over HTTP/1 by itself; over HTTP/2 this check does.
pub(super) const HEADER_FIELDS_MAX: usize = 100;

/// A refused head, with the sentence that tells the caller why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Ambiguous(&'static str),
    TooManyFields,
}

/// Looks at the head of a request. `bare_lf`: a line of the head ended without a carriage return.
pub(super) fn check<B>(request: &Request<B>, bare_lf: bool) -> Result<(), Refusal> {
    if bare_lf {
        return Err(Refusal::Ambiguous("header lines must end with CR LF"));
    }
    if request.headers().len() > HEADER_FIELDS_MAX {
        return Err(Refusal::TooManyFields);
    }
    check_target(request.method(), request.uri(), request.version())?;
    check_host(request.uri(), request.headers(), request.version())?;
    if request.headers().values().any(|value| has_control(value.as_bytes())) {
        return Err(Refusal::Ambiguous("a header value contains a control character"));
    }
    Ok(())
}

/// The answer to a refused head: a problem, and over HTTP/1 the end of the connection, because what follows on it
/// cannot be trusted to be a request.
pub(super) fn refuse(refusal: Refusal, version: Version) -> Response<axum::body::Body> {
    let (status, title, code, detail) = match refusal {
        Refusal::Ambiguous(detail) => (StatusCode::BAD_REQUEST, "Bad request", "bad_request", detail),
        Refusal::TooManyFields => (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "Request header fields too large",
            "headers_too_large",
            "too many header fields",
        ),
    };
    let problem = serde_json::json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "code": code, "detail": detail,
    });
    let mut response = Response::new(axum::body::Body::from(problem.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if version < Version::HTTP_2 {
        announce_close(&mut response, version);
    }
    response
}

/// Makes an HTTP/1 answer the last one of its connection.
pub(super) fn announce_close<B>(response: &mut Response<B>, version: Version) {
    if version == Version::HTTP_10 {
        // Closing is the default here. hyper would add `keep-alive` beside our `close` where the client wished for it,
        // but not to an answer that says it is HTTP/1.0 itself.
        *response.version_mut() = Version::HTTP_10;
        response.headers_mut().remove(header::CONNECTION);
    } else {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}

fn check_target(method: &Method, uri: &Uri, version: Version) -> Result<(), Refusal> {
    if *method == Method::CONNECT {
        return Err(Refusal::Ambiguous("this is no proxy"));
    }
    if version < Version::HTTP_2 && (uri.scheme().is_some() || uri.authority().is_some()) {
        return Err(Refusal::Ambiguous("the request target must be a path"));
    }
    if !uri.path().starts_with('/') {
        return Err(Refusal::Ambiguous("the request target must begin with a slash"));
    }
    // Raw control characters never get this far (hyper refuses them); an encoded NUL would end the path early in
    // whatever reads it as a C string.
    if uri.path().contains("%00") || uri.path_and_query().is_some_and(|target| has_control(target.as_str().as_bytes()))
    {
        return Err(Refusal::Ambiguous("the request target contains a control character"));
    }
    Ok(())
}

fn check_host(uri: &Uri, headers: &HeaderMap, version: Version) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Refusal::Ambiguous("more than one Host header"));
    }
    if let Some(value) = host {
        let authority = value.to_str().ok().and_then(|text| text.parse::<Authority>().ok());
        let Some(authority) = authority.filter(|authority| !authority.as_str().contains('@')) else {
            return Err(Refusal::Ambiguous("the Host header is not a host"));
        };
        if uri.authority().is_some_and(|named| !named.as_str().eq_ignore_ascii_case(authority.as_str())) {
            return Err(Refusal::Ambiguous("the Host header differs from the :authority"));
        }
    } else if version == Version::HTTP_11 || (version >= Version::HTTP_2 && uri.authority().is_none()) {
        return Err(Refusal::Ambiguous("no Host header"));
    }
    Ok(())
}

fn has_control(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f)
}
