//! The recipient's page: who sent what, how much, until when, and one button. It must work without script and cookies,
//! and opening it must count nothing.
use askama::Template;

use super::bars::Bars;
use super::contents::total_bytes;
use super::name::inert;
use super::shell::Place;
use super::{FileRow, Moment, Shell, name};

/// `GET /p/{token}` of an active outbound package, and of an ended one for a visit whose download is still usable.
/// Forms, all with the hidden field `visit`: `POST /p/{token}/archive`, `POST /p/{token}/files/{file_id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "landing.html")]
pub struct LandingPage {
    pub shell: Shell,
    pub token: String,
    /// The whole address of this page, for the lines under "More".
    pub url: String,
    /// Proves that later requests come from this rendering of the page.
    pub visit: String,
    pub reference: String,
    pub title: String,
    /// The sender's words; empty if none.
    pub note: String,
    pub sender: Party,
    /// Nobody for a link that was made without a recipient.
    pub recipient: Option<Party>,
    /// When it was sent.
    pub sent_at: Moment,
    /// When the link ends by time; nothing if it does not.
    pub ends_at: Option<Moment>,
    /// The sentence about all rules, as everywhere.
    pub policy_sentence: String,
    /// Downloads that are left on this link; nothing without a limit.
    pub downloads_left: Option<u64>,
    pub files: Vec<FileRow>,
    /// The exact length of the ZIP with everything; unused for a single file.
    pub archive_bytes: u64,
    pub notice: Option<LandingNotice>,
}

/// Somebody at one end of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    pub name: String,
    /// An address or organisation; empty if it is not to be shown.
    pub detail: String,
}

/// What the reader must know before pressing the button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LandingNotice {
    /// The package has ended; what this visit has started can be fetched until then.
    StillUsable { until: Moment },
    /// Somebody fetches the last download right now; try again after so many seconds.
    Busy { retry_after_s: u64 },
}

impl LandingPage {
    fn total_bytes(&self) -> u64 {
        total_bytes(&self.files)
    }

    fn only_file(&self) -> Option<&FileRow> {
        match self.files.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    fn bars(&self) -> Bars {
        Bars::new(&self.reference)
    }

    fn lead(&self) -> String {
        self.shell
            .t
            .with("landing-lead", &[("sender", inert(&self.sender.name).into()), ("count", self.files.len().into())])
    }

    fn sums_command(&self) -> String {
        format!("waybill get {}", self.url)
    }

    fn curl_command(&self) -> String {
        format!("curl -LOJ -d '' {}", self.url)
    }
}
