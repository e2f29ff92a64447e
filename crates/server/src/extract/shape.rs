//! Requests that do not have the shape that a route takes: what is wrong, and with which field.
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::json::JSON_BYTES_MAX;
use crate::respond::Problem;

/// Why a body or query was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Misfit {
    /// No JSON, or none that ended well.
    Unreadable(String),
    /// Something else than JSON.
    WrongType,
    TooLarge,
    /// One field is wrong; empty for the whole.
    Field {
        field: String,
        message: String,
    },
}

impl Misfit {
    /// What serde refused at `path` (`.` is the whole). What is missing or doubled is not part of the path: then the message
    /// names it, and so does the answer.
    pub(super) fn at(path: &str, message: &str) -> Self {
        Self::Field { field: field(path, message), message: message.to_owned() }
    }
}

impl IntoResponse for Misfit {
    fn into_response(self) -> Response {
        match self {
            Self::Unreadable(detail) => Problem::unreadable(detail),
            Self::WrongType => {
                let detail = "the body must be JSON, with Content-Type: application/json";
                Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_type", detail)
            }
            Self::TooLarge => {
                let detail = format!("the body has more than {JSON_BYTES_MAX} bytes");
                Problem::plain(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
            }
            Self::Field { field, message } => Problem::misshapen(field, message),
        }
    }
}

fn field(path: &str, message: &str) -> String {
    let whole = if path == "." { "" } else { path };
    let named = ["missing field `", "duplicate field `"].iter().find_map(|start| message.strip_prefix(start));
    match named.and_then(|rest| rest.split('`').next()) {
        Some(name) if whole.is_empty() => name.to_owned(),
        Some(name) if whole != name && !whole.ends_with(&format!(".{name}")) => format!("{whole}.{name}"),
        Some(_) | None => whole.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_named_whether_it_is_wrong_missing_or_doubled() {
        for (path, message, named) in [
            ("recipients[0].email", "invalid type: integer `1`, expected a string", "recipients[0].email"),
            ("recipients[0]", "missing field `email`", "recipients[0].email"),
            (".", "missing field `direction`", "direction"),
            ("title", "duplicate field `title`", "title"),
            ("policy.idle_hours", "duplicate field `idle_hours`", "policy.idle_hours"),
            (".", "invalid type: sequence, expected struct NewPackage", ""),
        ] {
            assert_eq!(field(path, message), named, "{path}: {message}");
        }
    }
}
