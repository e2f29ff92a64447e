//! What the core refused about a form, beside the fields of the page that sent it.
use http::StatusCode;
use waybill_core::error::{Error, FieldError};
use waybill_core::text::Text;

use super::view::Problems;
use crate::respond::{field_sentence, sentence, status};

/// A refused form: what was wrong with it, and the status its page comes back with.
#[derive(Debug)]
pub(super) struct Refused {
    pub status: StatusCode,
    pub problems: Problems,
}

/// The refusal of a form that its sender can correct; otherwise the error itself, which is a page of its own.
/// `place` names the page's field for a field of the API.
pub(super) fn of(error: Error, text: Text, place: impl Fn(&str) -> String) -> Result<Refused, Error> {
    let status = status(&error);
    match error {
        Error::Invalid(fields) => {
            Ok(Refused { status, problems: Problems { general: None, fields: beside(&fields, text, place) } })
        }
        Error::Refused(_) | Error::TooMany { .. } => {
            let general = Some(sentence(&error, text, None));
            Ok(Refused { status, problems: Problems { general, fields: Vec::new() } })
        }
        Error::NotFound
        | Error::Unauthenticated
        | Error::Forbidden
        | Error::Locked(_)
        | Error::ContentMismatch
        | Error::ChunkMismatch
        | Error::TooLarge { .. }
        | Error::Gone(_)
        | Error::NoSpace
        | Error::Unavailable(_)
        | Error::Internal(_) => Err(error),
    }
}

pub(super) fn beside(fields: &[FieldError], text: Text, place: impl Fn(&str) -> String) -> Vec<(String, String)> {
    fields.iter().map(|field| (place(&field.field), field_sentence(&field.problem, text))).collect()
}
