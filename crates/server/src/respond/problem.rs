//! `application/problem+json` (RFC 9457) for every error of the core.
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use waybill_core::error::{Error, FieldError, FieldProblem, LinkEnd, Locked, Refusal};
use waybill_core::text::{Arg, Text};
use waybill_wire::problem as wire;

/// An error on its way to a program. Its sentences are English: programs' logs are read by engineers.
#[derive(Debug)]
pub struct Problem {
    pub error: Error,
    /// Extra seconds to wait, where the error itself names none.
    retry_after_s: Option<u64>,
}

/// What tools are told that open a link which is protected by a password (RFC 7617); any user name will do.
pub const BASIC_CHALLENGE: &str = "Basic realm=\"link\", charset=\"UTF-8\"";

/// What a 503 or 507 tells clients to wait.
const RETRY_AFTER_S: u64 = 5;

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        problem.into_response()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { error, retry_after_s: None }
    }
}

impl Problem {
    /// The status that means this error.
    pub fn status(&self) -> StatusCode {
        status(&self.error)
    }

    /// A request that cannot be read (400), with a sentence for engineers.
    pub fn unreadable(detail: impl Into<String>) -> Response {
        Self::plain(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// A refusal that is about the request itself and not about the product's rules.
    pub fn plain(status: StatusCode, code: &str, detail: impl Into<String>) -> Response {
        respond(status, &plain_document(status, code, detail.into()), None)
    }

    /// A request whose shape is wrong in one place (422): `field` as the request names it, empty for the whole body.
    pub fn misshapen(field: impl Into<String>, message: impl Into<String>) -> Response {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut body = plain_document(status, "invalid", Text::default().get("error-invalid"));
        body.errors = vec![wire::FieldProblem { field: field.into(), message: message.into() }];
        respond(status, &body, None)
    }

    /// The document itself.
    pub fn document(&self, text: Text) -> wire::Problem {
        let status = self.status();
        let errors = match &self.error {
            Error::Invalid(fields) => fields.iter().map(|field| field_document(field, text)).collect(),
            _ => Vec::new(),
        };
        wire::Problem {
            kind: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code(&self.error).to_owned(),
            detail: sentence(&self.error, text, None),
            errors,
            reference: None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let text = Text::default();
        let mut document = self.document(text);
        if self.status().is_server_error() {
            let reference = reference();
            log(&self.error, &reference);
            document.detail = sentence(&self.error, text, Some(&reference));
            document.reference = Some(reference);
        }
        let wait = match &self.error {
            Error::TooMany { retry_after_s } | Error::Refused(Refusal::Downloading { retry_after_s }) => {
                Some(*retry_after_s)
            }
            Error::NoSpace | Error::Unavailable(_) => Some(RETRY_AFTER_S),
            _ => self.retry_after_s,
        };
        let mut response = respond(self.status(), &document, wait);
        let challenge = match &self.error {
            Error::Unauthenticated => Some("Bearer"),
            Error::Locked(_) => Some(BASIC_CHALLENGE),
            _ => None,
        };
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

fn plain_document(status: StatusCode, code: &str, detail: String) -> wire::Problem {
    wire::Problem {
        kind: "about:blank".into(),
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        code: code.to_owned(),
        detail,
        errors: Vec::new(),
        reference: None,
    }
}

fn respond(status: StatusCode, document: &wire::Problem, retry_after_s: Option<u64>) -> Response {
    let mut response = (status, axum::Json(document)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The status that means this error.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Unauthenticated | Error::Locked(_) => StatusCode::UNAUTHORIZED,
        Error::Forbidden => StatusCode::FORBIDDEN,
        Error::Refused(_) => StatusCode::CONFLICT,
        Error::Invalid(_) | Error::ContentMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Error::ChunkMismatch => StatusCode::from_u16(460).expect("460 is in the range of status codes"),
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Gone(_) => StatusCode::GONE,
        Error::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The stable code of this error.
pub fn code(error: &Error) -> &'static str {
    match error {
        Error::NotFound => "not_found",
        Error::Unauthenticated => "unauthorized",
        Error::Locked(locked) => locked.code(),
        Error::Forbidden => "forbidden",
        Error::Refused(refusal) => refusal.code(),
        Error::Invalid(_) => "invalid",
        Error::ContentMismatch => "content_mismatch",
        Error::ChunkMismatch => "chunk_mismatch",
        Error::TooLarge { .. } => "too_large",
        Error::TooMany { .. } => "too_many_requests",
        Error::Gone(end) => match end {
            LinkEnd::Unknown => "link_unknown",
            LinkEnd::Expired { .. } => "link_expired",
            LinkEnd::Completed { .. } => "link_completed",
            LinkEnd::Revoked { .. } => "link_revoked",
        },
        Error::NoSpace => "no_space",
        Error::Unavailable(_) => "unavailable",
        Error::Internal(_) => "internal",
    }
}

/// The sentence about this error, in the reader's language: what happened, then what to do.
pub fn sentence(error: &Error, text: Text, reference: Option<&str>) -> String {
    match error {
        Error::NotFound => text.get("error-not-found"),
        Error::Unauthenticated => text.get("error-unauthorized"),
        Error::Forbidden => text.get("error-forbidden"),
        Error::Locked(Locked::PasswordNeeded) => text.get("error-password-needed"),
        Error::Locked(Locked::PasswordWrong) => text.get("error-password-wrong"),
        Error::Refused(refusal) => refusal_sentence(refusal, text),
        Error::Invalid(_) => text.get("error-invalid"),
        Error::ContentMismatch => text.get("error-content-mismatch"),
        Error::ChunkMismatch => text.get("error-chunk-mismatch"),
        Error::TooLarge { limit_bytes } => text.with("error-too-large", &[("limit", text.bytes(*limit_bytes).into())]),
        Error::TooMany { retry_after_s } => {
            let wait = text.duration(std::time::Duration::from_secs(*retry_after_s));
            text.with("error-too-many-requests", &[("wait", wait.into())])
        }
        Error::Gone(_) => text.get("error-gone"),
        Error::NoSpace => text.get("error-no-space"),
        Error::Unavailable(_) => text.get("error-unavailable"),
        Error::Internal(_) => text.with("error-internal", &[("reference", reference.unwrap_or("-").into())]),
    }
}

fn refusal_sentence(refusal: &Refusal, text: Text) -> String {
    let key = format!("error-{}", refusal.code().replace('_', "-"));
    match refusal {
        Refusal::UnfinishedUploads { count } => text.with(&key, &[("count", (*count).into())]),
        Refusal::Downloading { retry_after_s } => {
            let wait = text.duration(std::time::Duration::from_secs(*retry_after_s));
            text.with(&key, &[("wait", wait.into())])
        }
        Refusal::OffsetMismatch { offset } => text.with(&key, &[("offset", offset.to_string().into())]),
        Refusal::NoFiles
        | Refusal::StillDraft
        | Refusal::NotDraft
        | Refusal::Revoked
        | Refusal::Ended
        | Refusal::Erased
        | Refusal::LastFile
        | Refusal::TooLateToUndo
        | Refusal::NotARequest
        | Refusal::WrongKind
        | Refusal::UploadFinished
        | Refusal::IdempotencyKeyReused
        | Refusal::EmailTaken
        | Refusal::SetupDone
        | Refusal::LinkWorks => text.get(&key),
    }
}

/// The sentence about one field.
pub fn field_sentence(problem: &FieldProblem, text: Text) -> String {
    let key = format!("invalid-{}", problem.code());
    let number = |name: &'static str, n: &u64| (name, Arg::from(*n));
    match problem {
        FieldProblem::TooLong { max } | FieldProblem::TooMany { max } => text.with(&key, &[number("max", max)]),
        FieldProblem::TooShort { min } => text.with(&key, &[number("min", min)]),
        FieldProblem::OutOfRange { min, max } => text.with(&key, &[number("min", min), number("max", max)]),
        FieldProblem::NotAName(why) => text.get(why.sentence_key()),
        FieldProblem::Required | FieldProblem::NotAnEmail | FieldProblem::Unknown | FieldProblem::NotAllowed => {
            text.get(&key)
        }
    }
}

fn field_document(field: &FieldError, text: Text) -> wire::FieldProblem {
    wire::FieldProblem { field: field.field.clone(), message: field_sentence(&field.problem, text) }
}

/// A short text that stands in the answer and in the log.
pub fn reference() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    // Only has to tell failures of one log apart: the process and a counter do.
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Writes the error down under its reference.
pub fn log(error: &Error, reference: &str) {
    if let Error::Internal(_) = error {
        tracing::error!(reference, %error, "a request failed");
    } else {
        tracing::warn!(reference, %error, "a request could not be served");
    }
}
