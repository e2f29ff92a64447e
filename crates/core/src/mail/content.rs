//! What each kind of e-mail says, as data that an outbox row keeps as JSON until the mail is rendered. It must never
//! hold the secret of a link: the address is added when the mail is rendered.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::notice::NoticeKind;
use crate::text::Language;

/// How many files a mail names; the rest is a count.
pub const FILES_SHOWN_MAX: usize = 10;

/// One e-mail before it is rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The reader's language.
    pub language: Language,
    /// IANA name of the zone that times are written in, such as `Europe/Berlin`; unknown names mean UTC.
    pub zone: String,
    pub content: MailContent,
}

/// A person as a mail names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// May be empty: then the address stands for the person.
    pub name: String,
    pub email: String,
}

impl Party {
    /// The name, or the address where there is none.
    pub fn display(&self) -> &str {
        let name = self.name.trim();
        if name.is_empty() { &self.email } else { name }
    }
}

/// One line of a mail's table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLine {
    /// Relative path, or the file's name.
    pub path: String,
    pub size_bytes: u64,
}

/// The contents of a package, short enough for a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileList {
    /// The first [`FILES_SHOWN_MAX`].
    pub first: Vec<FileLine>,
    /// All files.
    pub count: u64,
    /// All files' bytes.
    pub total_bytes: u64,
}

impl FromIterator<FileLine> for FileList {
    fn from_iter<I: IntoIterator<Item = FileLine>>(files: I) -> Self {
        let mut list = Self::default();
        for file in files {
            list.count += 1;
            list.total_bytes = list.total_bytes.saturating_add(file.size_bytes);
            if list.first.len() < FILES_SHOWN_MAX {
                list.first.push(file);
            }
        }
        list
    }
}

/// What a digest says of one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestGroup {
    pub title: String,
    pub lines: Vec<DigestLine>,
}

/// One or several equal events in a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestLine {
    pub notice: NoticeKind,
    /// Empty: nobody knows who, or it is about nobody.
    pub who: String,
    /// A sentence in the reader's language, or empty.
    pub what: String,
    pub count: u64,
    pub last_at: Timestamp,
}

/// The kinds of e-mail and what each needs. `ends` and `status` are the policy sentence in the reader's language, empty
/// for none; an empty `note`, `comment` or `message` is left out; `who` none means nobody knows who it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailContent {
    /// To a recipient: files for you. Link: the package's.
    Shared { sender: Party, title: String, note: String, files: FileList, ends: String },
    /// To a recipient: please upload. Link: the request's.
    Request { sender: Party, title: String, note: String, ends: String },
    /// To anybody the owner likes: the link of a ticket.
    TicketLink { sender: Party, title: String, message: String, files: FileList, ends: String },
    /// To anybody the owner likes: the link of a grant.
    GrantLink { sender: Party, comment: String, message: String, ends: String },
    /// To the owner: a visit to a request has ended. Link: the package's page.
    Arrived { who: Option<Party>, title: String, message: String, files: FileList },
    /// To the notify addresses of a grant: something came. Link: the received package's, with purpose `download`.
    Received {
        /// Whose grant it is.
        #[serde(default)]
        owner: Option<Party>,
        who: Option<Party>,
        title: String,
        comment: String,
        files: FileList,
        ends: String,
    },
    /// To the owner: a mail server refused the mail for `recipient` for good. Link: the package's page.
    Rejected { recipient: Party, title: String, answer: String },
    /// To the owner: somebody wants a link that has ended. Link: the page with one button that extends.
    Asked { who: Option<Party>, title: String, message: String, status: String },
    /// To the owner: a recipient's first complete download. Link: the package's page.
    FirstDownload { who: Option<Party>, title: String, at: Timestamp, ends: String },
    /// To the owner: these people have not completed a download and it ends soon; none named means nobody has. Link: the
    /// package's page.
    NotDownloaded { who: Vec<Party>, title: String, ends: String },
    /// To the owner: the package ends soon. Link: the page with one button that extends.
    EndingSoon { title: String, ends: String },
    /// To the owner: what arrived on an ended request is erased soon. Link: the package's page.
    ErasingReceived { title: String, status: String },
    /// To the owner: a forgotten draft is erased soon. Link: the draft's page.
    ErasingDraft { title: String, status: String },
    /// To the notify addresses: the files are gone, `status` says by what. No link.
    Removed {
        /// Whose package it was.
        #[serde(default)]
        owner: Option<Party>,
        title: String,
        status: String,
    },
    /// To the notify addresses: a download was completed; `downloads` so far, this one included. No link.
    CompletedDownload {
        /// Whose package it is.
        #[serde(default)]
        owner: Option<Party>,
        who: Option<Party>,
        title: String,
        at: Timestamp,
        downloads: u64,
        /// On the wire, from the start to the last byte.
        #[serde(default)]
        bytes: u64,
        #[serde(default)]
        duration_ms: u64,
        ends: String,
    },
    /// To whoever was told much within an hour: the rest of it, at most [`crate::limits::DIGEST_LINES_MAX`] lines. Link: the
    /// list of packages, for people with an account.
    Digest {
        groups: Vec<DigestGroup>,
        /// The events behind all lines.
        notices: u64,
        has_account: bool,
    },
    /// To a new user. Link: the page that sets the first password.
    Invite { sender: Party, until: Timestamp },
    /// To a user. Link: the page that sets a new password.
    PasswordReset { until: Timestamp },
    /// To an administrator who tries the settings. No link.
    Test { by: Party, at: Timestamp },
}

impl MailContent {
    /// On whose behalf it is written: named beside the instance in `From`, and answered to by `Reply-To`.
    pub fn sender(&self) -> Option<&Party> {
        match self {
            Self::Shared { sender, .. }
            | Self::Request { sender, .. }
            | Self::TicketLink { sender, .. }
            | Self::GrantLink { sender, .. }
            | Self::Invite { sender, .. } => Some(sender),
            Self::Arrived { .. }
            | Self::Received { .. }
            | Self::Rejected { .. }
            | Self::Asked { .. }
            | Self::FirstDownload { .. }
            | Self::NotDownloaded { .. }
            | Self::EndingSoon { .. }
            | Self::ErasingReceived { .. }
            | Self::ErasingDraft { .. }
            | Self::Removed { .. }
            | Self::CompletedDownload { .. }
            | Self::Digest { .. }
            | Self::PasswordReset { .. }
            | Self::Test { .. } => None,
        }
    }

    /// The stable name of the kind: the `kind` of its JSON, for the outbox's column, logs and the audit log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Shared { .. } => "shared",
            Self::Request { .. } => "request",
            Self::TicketLink { .. } => "ticket_link",
            Self::GrantLink { .. } => "grant_link",
            Self::Arrived { .. } => "arrived",
            Self::Received { .. } => "received",
            Self::Rejected { .. } => "rejected",
            Self::Asked { .. } => "asked",
            Self::FirstDownload { .. } => "first_download",
            Self::NotDownloaded { .. } => "not_downloaded",
            Self::EndingSoon { .. } => "ending_soon",
            Self::ErasingReceived { .. } => "erasing_received",
            Self::ErasingDraft { .. } => "erasing_draft",
            Self::Removed { .. } => "removed",
            Self::CompletedDownload { .. } => "completed_download",
            Self::Digest { .. } => "digest",
            Self::Invite { .. } => "invite",
            Self::PasswordReset { .. } => "password_reset",
            Self::Test { .. } => "test",
        }
    }
}
