//! Every page that says no: what happened, then what to do. It must never show more of a failure than its reference.
use askama::Template;
use waybill_core::text::Text;

use super::Shell;
use super::shell::Place;

/// An error as a page. The handler sends it with the status `fault` names.
#[derive(Debug, Clone, Template)]
#[template(path = "fault.html")]
pub struct FaultPage {
    pub shell: Shell,
    pub fault: Fault,
    /// A sentence about this very case (the limit and the size, the state a package is in), in the reader's language.
    pub detail: Option<String>,
    /// What the reader can name to the operator; it stands in the log.
    pub reference: Option<String>,
    /// Where to go from here; without it, signed-in people are led to their packages and others nowhere.
    pub back_url: Option<String>,
}

/// What went wrong, by what the reader can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 403
    Forbidden,
    /// 404: not there, or not yours; the two look the same.
    NotFound,
    /// 409
    Conflict,
    /// 409 while every download of a link is in use; try again after so many seconds.
    Busy { retry_after_s: u64 },
    /// 413
    TooLarge,
    /// 422
    Invalid,
    /// 429
    TooMany { retry_after_s: u64 },
    /// 500
    Internal,
    /// 503
    Unavailable,
    /// 507
    NoSpace,
}

impl Fault {
    /// The HTTP status, shown as the number of the form.
    pub fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Busy { .. } => 409,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::TooMany { .. } => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::NoSpace => 507,
        }
    }

    /// What happened, as a heading.
    pub fn title(self, t: Text) -> String {
        t.get(match self {
            Self::Forbidden => "fault-forbidden",
            Self::NotFound => "fault-not-found",
            Self::Conflict => "fault-conflict",
            Self::Busy { .. } => "fault-busy",
            Self::TooLarge => "fault-too-large",
            Self::Invalid => "fault-invalid",
            Self::TooMany { .. } => "fault-too-many",
            Self::Internal => "fault-internal",
            Self::Unavailable => "fault-unavailable",
            Self::NoSpace => "fault-no-space",
        })
    }

    /// What to do about it.
    pub fn advice(self, t: Text) -> String {
        match self {
            Self::Forbidden => t.get("fault-forbidden-advice"),
            Self::NotFound => t.get("fault-not-found-advice"),
            Self::Conflict => t.get("fault-conflict-advice"),
            Self::Busy { retry_after_s } => t.with("fault-busy-advice", &[("seconds", retry_after_s.into())]),
            Self::TooLarge => t.get("fault-too-large-advice"),
            Self::Invalid => t.get("fault-invalid-advice"),
            Self::TooMany { retry_after_s } => t.with("fault-too-many-advice", &[("seconds", retry_after_s.into())]),
            Self::Internal => t.get("fault-internal-advice"),
            Self::Unavailable => t.get("fault-unavailable-advice"),
            Self::NoSpace => t.get("fault-no-space-advice"),
        }
    }
}
