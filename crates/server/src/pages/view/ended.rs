//! The page behind a link that no longer opens anything (410). It must never show a package's contents.
use askama::Template;
use waybill_core::text::Text;

use super::name::inert;
use super::shell::Place;
use super::{Moment, Shell};

/// `GET /p/{token}` of an ended or unknown link, and the answer to `POST /p/{token}/ask`.
#[derive(Debug, Clone, Template)]
#[template(path = "ended.html")]
pub struct EndedPage {
    pub shell: Shell,
    pub ending: Ending,
    /// The secret of the link, for the form; unused without `ask`.
    pub token: String,
    /// Who sent it; nobody where the link is unknown.
    pub sender: Option<String>,
    pub title: Option<String>,
    pub ask: Ask,
}

/// Why the link no longer works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// A time rule ended it.
    Expired { at: Moment },
    /// It was so many hours after the last download.
    Idle { at: Moment, idle: String },
    /// Every download is used, or a request was closed.
    Completed { at: Moment },
    /// Sender or administrator withdrew it.
    Revoked { at: Moment },
    /// No such link; nothing about any package is said.
    Unknown,
}

/// Whether the reader may ask the sender for a new link (`POST /p/{token}/ask`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The button is shown.
    Offered,
    /// The sender has been asked today.
    Asked,
    /// Nobody could be asked.
    NotPossible,
}

impl Ending {
    /// The class of the stamp, and the last part of its message key.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Expired { .. } | Self::Idle { .. } => "expired",
            Self::Completed { .. } => "completed",
            Self::Revoked { .. } => "revoked",
            Self::Unknown => "unknown",
        }
    }

    /// When it ended.
    pub fn at(&self) -> Option<&Moment> {
        match self {
            Self::Expired { at } | Self::Idle { at, .. } | Self::Completed { at } | Self::Revoked { at } => Some(at),
            Self::Unknown => None,
        }
    }

    /// What happened, as a heading.
    pub fn heading(&self, t: Text) -> String {
        t.get(match self {
            Self::Expired { .. } | Self::Idle { .. } => "ended-expired",
            Self::Completed { .. } => "ended-completed",
            Self::Revoked { .. } => "ended-revoked",
            Self::Unknown => "ended-unknown",
        })
    }

    /// When and why, and what it means for the reader.
    pub fn sentence(&self, t: Text) -> String {
        match self {
            Self::Expired { at } => t.with("ended-expired-sentence", &[("at", at.text().into())]),
            Self::Idle { at, idle } => {
                t.with("ended-idle-sentence", &[("at", at.text().into()), ("idle", idle.as_str().into())])
            }
            Self::Completed { at } => t.with("ended-completed-sentence", &[("at", at.text().into())]),
            Self::Revoked { at } => t.with("ended-revoked-sentence", &[("at", at.text().into())]),
            Self::Unknown => t.get("ended-unknown-sentence"),
        }
    }
}

impl EndedPage {
    /// Who can help, for the text beside the button.
    fn sender_or_someone(&self) -> String {
        self.sender.as_deref().map_or_else(|| self.shell.t.get("ended-sender"), inert)
    }
}
