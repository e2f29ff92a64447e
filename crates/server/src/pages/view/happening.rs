//! One line of a package's history as a sentence. The audit log itself has more; this is what its owner reads.
use std::time::Duration;

use waybill_core::text::Text;

use super::Moment;
use super::name::inert;

/// Something that happened to a package, ready to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    pub deed: Deed,
    pub at: Moment,
    /// Who did it or whom it met: a person's name, an address, "link 2". Empty where nobody is to be named.
    pub who: String,
    /// What it was about, such as a file's name. Empty where the sentence has no object.
    pub what: String,
    /// How often, where entries are batched; 1 otherwise.
    pub count: u64,
    /// What is known beside that.
    pub more: Option<More>,
}

/// What a line says in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// A whole file or archive arrived.
    Delivered { bytes: u64, duration: Duration },
    /// It counts because its time was over.
    TimedOut,
    /// It goes on with what somebody else had left.
    TakenOver,
    /// Nobody went on with it, and it does not count.
    Released,
    /// So much had arrived.
    BrokeOff { percent: u64 },
    /// Nobody has downloaded from there.
    MaybeScanner,
    /// There are signs that a program opened it.
    LikelyScanner,
}

impl More {
    fn words(self, t: Text) -> String {
        match self {
            Self::Delivered { bytes, duration } => {
                let duration = t.duration(duration.max(Duration::from_secs(1)));
                let args = [("size", t.bytes(bytes).into()), ("duration", duration.into())];
                t.with("happening-more-delivered", &args)
            }
            Self::TimedOut => t.get("happening-more-timed-out"),
            Self::TakenOver => t.get("happening-more-taken-over"),
            Self::Released => t.get("happening-more-released"),
            Self::BrokeOff { percent } => t.with("happening-more-broke-off", &[("percent", percent.into())]),
            Self::MaybeScanner => t.get("happening-more-maybe-scanner"),
            Self::LikelyScanner => t.get("happening-more-likely-scanner"),
        }
    }
}

/// What can happen to a package, one for each action of the audit log that its owner is told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Created,
    Finalized,
    Changed,
    Closed,
    Reopened,
    Revoked,
    Erased,
    Expired,
    Completed,
    FileAdded,
    FileRemoved,
    FileFetched,
    LinkViewed,
    LinkRefused,
    WrongPassword,
    LinkAsked,
    LinkRevoked,
    DownloadStarted,
    DownloadCompleted,
    DownloadAborted,
    UploadStarted,
    UploadCompleted,
    UploadAborted,
    MailSent,
    MailFailed,
    MailUnknown,
}

/// Action names of the audit log and the deeds they are.
const ACTIONS: [(&str, Deed); 26] = [
    ("package.created", Deed::Created),
    ("package.finalized", Deed::Finalized),
    ("package.changed", Deed::Changed),
    ("package.closed", Deed::Closed),
    ("package.reopened", Deed::Reopened),
    ("package.revoked", Deed::Revoked),
    ("package.erased", Deed::Erased),
    ("package.expired", Deed::Expired),
    ("package.completed", Deed::Completed),
    ("file.added", Deed::FileAdded),
    ("file.removed", Deed::FileRemoved),
    ("file.fetched", Deed::FileFetched),
    ("link.viewed", Deed::LinkViewed),
    ("link.refused", Deed::LinkRefused),
    // Of a package: somebody guessed at the password of its link.
    ("login.failed", Deed::WrongPassword),
    ("link.asked", Deed::LinkAsked),
    ("link.revoked", Deed::LinkRevoked),
    ("download.started", Deed::DownloadStarted),
    ("download.completed", Deed::DownloadCompleted),
    ("download.aborted", Deed::DownloadAborted),
    ("upload.started", Deed::UploadStarted),
    ("upload.completed", Deed::UploadCompleted),
    ("upload.aborted", Deed::UploadAborted),
    ("mail.sent", Deed::MailSent),
    ("mail.failed", Deed::MailFailed),
    ("mail.unknown", Deed::MailUnknown),
];

impl Deed {
    /// The deed behind an audit action; nothing for actions that are not about one package.
    pub fn from_action(action: &str) -> Option<Self> {
        ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, deed)| *deed)
    }

    /// Every deed, for tests and legends.
    pub fn all() -> impl Iterator<Item = Self> {
        ACTIONS.iter().map(|(_, deed)| *deed)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Created => "happening-created",
            Self::Finalized => "happening-finalized",
            Self::Changed => "happening-changed",
            Self::Closed => "happening-closed",
            Self::Reopened => "happening-reopened",
            Self::Revoked => "happening-revoked",
            Self::Erased => "happening-erased",
            Self::Expired => "happening-expired",
            Self::Completed => "happening-completed",
            Self::FileAdded => "happening-file-added",
            Self::FileRemoved => "happening-file-removed",
            Self::FileFetched => "happening-file-fetched",
            Self::LinkViewed => "happening-link-viewed",
            Self::LinkRefused => "happening-link-refused",
            Self::WrongPassword => "happening-wrong-password",
            Self::LinkAsked => "happening-link-asked",
            Self::LinkRevoked => "happening-link-revoked",
            Self::DownloadStarted => "happening-download-started",
            Self::DownloadCompleted => "happening-download-completed",
            Self::DownloadAborted => "happening-download-aborted",
            Self::UploadStarted => "happening-upload-started",
            Self::UploadCompleted => "happening-upload-completed",
            Self::UploadAborted => "happening-upload-aborted",
            Self::MailSent => "happening-mail-sent",
            Self::MailFailed => "happening-mail-failed",
            Self::MailUnknown => "happening-mail-unknown",
        }
    }

    /// The class of the dot on the timeline.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Finalized | Self::DownloadCompleted | Self::UploadCompleted | Self::Completed => "good",
            Self::Revoked | Self::MailFailed | Self::MailUnknown | Self::DownloadAborted | Self::UploadAborted => "bad",
            Self::Created
            | Self::Changed
            | Self::Closed
            | Self::Reopened
            | Self::Erased
            | Self::Expired
            | Self::FileAdded
            | Self::FileRemoved
            | Self::FileFetched
            | Self::LinkViewed
            | Self::LinkRefused
            | Self::WrongPassword
            | Self::LinkAsked
            | Self::LinkRevoked
            | Self::DownloadStarted
            | Self::UploadStarted
            | Self::MailSent => "plain",
        }
    }
}

impl Happening {
    /// `Bob Brown downloaded report.pdf (1.2 GB in 3 minutes)`.
    pub fn sentence(&self, t: Text) -> String {
        let who = if self.who.is_empty() { t.get("happening-someone") } else { inert(&self.who) };
        let what = if self.what.is_empty() { t.get("happening-everything") } else { inert(&self.what) };
        let sentence =
            t.with(self.deed.key(), &[("who", who.into()), ("what", what.into()), ("count", self.count.into())]);
        let Some(more) = self.more else { return sentence };
        t.with("happening-with-more", &[("sentence", sentence.into()), ("more", more.words(t).into())])
    }
}
