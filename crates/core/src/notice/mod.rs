//! Who is told what about a package, once: completed downloads, removal, reminders, and what an owner has to know. Types
//! and pure rules here; no I/O. A notice must never go twice to one address for one event, and a flood of them must
//! become a digest.
//!
//! "Removal" is the moment at which a package's bytes are erased ([`removed`]): a link that has merely ended can still be
//! extended, a deletion can be taken back.
pub mod choose;
pub mod completed;
pub mod digest;
pub mod remind;
pub mod removed;
pub(crate) mod store;
mod tell;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;

pub(crate) use completed::download_counted;
pub(crate) use tell::{tell_owner, tell_owner_in_words};

use crate::mail::{FileList, MailContent, Party};
use crate::names;
use crate::text::{Language, Text};

/// So many notices to one address within [`DIGEST_EVERY`] go out at once, each by itself; what comes beyond is collected.
pub const SINGLE_NOTICES: u64 = 5;
/// What was collected for an address goes out this long after the first of it, as one mail.
pub const DIGEST_EVERY: Duration = Duration::from_hours(1);

names! {
    /// A notice to the owner that he can switch on and off. What would be lost without a word cannot be switched off.
    pub enum Switch {
        /// Somebody uploaded to a request.
        Arrived = "arrived",
        /// A mail server refused the e-mail to a recipient.
        Rejected = "rejected",
        /// Somebody asks for a new link.
        Asked = "asked",
        /// A recipient completed a download for the first time.
        FirstDownload = "first_download",
        /// Somebody has not downloaded two days before the end.
        NotDownloaded = "not_downloaded",
        /// The package ends within a day.
        EndingSoon = "ending_soon",
    }
}

impl Switch {
    /// Whether it is on for somebody who never chose.
    pub fn default_state(self) -> bool {
        match self {
            Self::Arrived | Self::Rejected | Self::Asked => true,
            Self::FirstDownload | Self::NotDownloaded | Self::EndingSoon => false,
        }
    }
}

/// What a person chose; everything else is as [`Switch::default_state`] says.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Switches(BTreeMap<Switch, bool>);

impl Switches {
    pub fn is_on(&self, switch: Switch) -> bool {
        self.0.get(&switch).copied().unwrap_or_else(|| switch.default_state())
    }

    pub fn set(&mut self, choice: Choice) {
        self.0.insert(choice.switch, choice.is_on);
    }
}

/// One switch as somebody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub switch: Switch,
    pub is_on: bool,
}

names! {
    /// The kinds of e-mail that are notices, as [`MailContent`] names them.
    pub enum NoticeKind {
        Arrived = "arrived",
        Received = "received",
        Rejected = "rejected",
        Asked = "asked",
        FirstDownload = "first_download",
        NotDownloaded = "not_downloaded",
        EndingSoon = "ending_soon",
        ErasingReceived = "erasing_received",
        ErasingDraft = "erasing_draft",
        Removed = "removed",
        CompletedDownload = "completed_download",
    }
}

impl NoticeKind {
    /// The switch that an owner has for it; `None` for what is always told, and for notices to others.
    pub fn switch(self) -> Option<Switch> {
        match self {
            Self::Arrived => Some(Switch::Arrived),
            Self::Rejected => Some(Switch::Rejected),
            Self::Asked => Some(Switch::Asked),
            Self::FirstDownload => Some(Switch::FirstDownload),
            Self::NotDownloaded => Some(Switch::NotDownloaded),
            Self::EndingSoon => Some(Switch::EndingSoon),
            Self::Received | Self::ErasingReceived | Self::ErasingDraft | Self::Removed | Self::CompletedDownload => {
                None
            }
        }
    }
}

/// Who reads a notice, and in which words and zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    pub party: Party,
    /// The address folded for comparison.
    pub email_key: String,
    pub language: Language,
    /// IANA name of the zone.
    pub zone: String,
    /// Whether an account stands behind the address, so that pages of it can be opened.
    pub has_account: bool,
}

impl Reader {
    pub fn text(&self) -> Text {
        Text::new(self.language)
    }

    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }
}

/// What a digest keeps of a notice; equal ones are counted together, so nothing that tells two events apart may be left
/// out but their time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gist {
    pub kind: NoticeKind,
    pub title: String,
    /// Empty: nobody knows, or it is about nobody.
    pub who: String,
    /// A sentence in the reader's language, or empty.
    pub what: String,
}

impl Gist {
    /// The gist of a notice in the reader's words; `None` for mails that are none.
    pub fn of(content: &MailContent, text: Text) -> Option<Self> {
        use MailContent as C;
        let name = |who: &Option<Party>| who.as_ref().map(|who| who.display().to_owned()).unwrap_or_default();
        let (kind, title, who, what) = match content {
            C::Arrived { who, title, message, files } => {
                (NoticeKind::Arrived, title, name(who), with_message(&files_in_words(text, files), message))
            }
            C::Received { who, title, comment, files, .. } => {
                (NoticeKind::Received, title, name(who), with_message(&files_in_words(text, files), comment))
            }
            C::Rejected { recipient, title, answer } => {
                (NoticeKind::Rejected, title, recipient.display().to_owned(), answer.clone())
            }
            C::Asked { who, title, message, status } => {
                (NoticeKind::Asked, title, name(who), with_message(status, message))
            }
            C::FirstDownload { who, title, .. } => (NoticeKind::FirstDownload, title, name(who), String::new()),
            C::CompletedDownload { who, title, .. } => (NoticeKind::CompletedDownload, title, name(who), String::new()),
            C::NotDownloaded { who, title, ends } => {
                let names: Vec<&str> = who.iter().map(Party::display).collect();
                (NoticeKind::NotDownloaded, title, text.list(&names), ends.clone())
            }
            C::EndingSoon { title, ends } => (NoticeKind::EndingSoon, title, String::new(), ends.clone()),
            C::ErasingReceived { title, status } => (NoticeKind::ErasingReceived, title, String::new(), status.clone()),
            C::ErasingDraft { title, status } => (NoticeKind::ErasingDraft, title, String::new(), status.clone()),
            C::Removed { title, status, .. } => (NoticeKind::Removed, title, String::new(), status.clone()),
            C::Shared { .. }
            | C::Request { .. }
            | C::TicketLink { .. }
            | C::GrantLink { .. }
            | C::Digest { .. }
            | C::Invite { .. }
            | C::PasswordReset { .. }
            | C::Test { .. } => return None,
        };
        Some(Self { kind, title: title.clone(), who, what })
    }
}

/// `3 files, 1.2 MB`
fn files_in_words(text: Text, files: &FileList) -> String {
    let count = text.with("files-count", &[("count", files.count.into())]);
    let size = text.bytes(files.total_bytes);
    text.with("mail-contents-summary", &[("files", count.into()), ("size", size.into())])
}

fn with_message(sentence: &str, message: &str) -> String {
    let message = crate::account::one_line(message);
    if message.is_empty() { sentence.to_owned() } else { format!("{sentence} – {message}") }
}
