//! The owner's page of a package that was sent: who got it, what is in it, what happened.
use askama::Template;
use waybill_core::limits::LINK_PASSWORD_CHARS_MIN;
use waybill_core::text::Text;

use super::bars::Bars;
use super::contents::total_bytes;
use super::policy_form::{DOWNLOADS_MAX, HOURS_MAX, Unit};
use super::script_texts::ScriptTexts;
use super::shell::Place;
use super::{FileRow, Happening, Moment, Party, PasswordForm, PolicyForm, Shell, Stamp, Status, name};

/// `GET /packages/{id}`. Forms: `POST /packages/{id}/{resend,extend,policy,password,password/remove,revoke,delete}` and
/// `POST /packages/{id}/recipients/{rid}/{resend,revoke}`.
#[derive(Debug, Clone, Template)]
#[template(path = "package.html")]
pub struct PackagePage {
    pub shell: Shell,
    pub id: String,
    /// The short number a person can read out.
    pub reference: String,
    pub title: String,
    /// Empty if there is none.
    pub note: String,
    pub owner: Party,
    pub stamp: Stamp,
    pub created_at: Moment,
    /// When it ends by time; nothing if no such rule is set or it has ended.
    pub ends_at: Option<Moment>,
    /// The sentence about all rules, as everywhere.
    pub policy_sentence: String,
    /// Counted downloads over all links.
    pub downloads: u64,
    pub recipients: Vec<RecipientRow>,
    /// The link of a package without recipients.
    pub url: Option<String>,
    /// What became of that link.
    pub fate: Fate,
    pub files: Vec<FileRow>,
    /// Newest first.
    pub happenings: Vec<Happening>,
    /// What the owner may do now, besides deleting.
    pub actions: Vec<PackageAction>,
    /// What the owner may change about its end; nothing for a package that is gone for good.
    pub policy_form: Option<PolicyForm>,
    /// What its links ask for, as long as it can be changed.
    pub password_form: Option<PasswordForm>,
    /// Whether its links ask for a password.
    pub has_password: bool,
    /// Said once after an action ("sent again"), in the reader's language.
    pub done_sentence: Option<String>,
    /// The bytes are gone; names and history remain.
    pub is_erased: bool,
}

/// What an action did, where the page would not show it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The e-mails with the links are on their way once more.
    Resent,
    /// It has its time again.
    Extended,
    /// Its policy is another.
    PolicyChanged,
    /// Its links ask for this password from now on.
    PasswordSet,
    /// Its links ask for none.
    PasswordRemoved,
}

impl Done {
    const ALL: [Self; 5] =
        [Self::Resent, Self::Extended, Self::PolicyChanged, Self::PasswordSet, Self::PasswordRemoved];

    /// The value of `?done=`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Resent => "resent",
            Self::Extended => "extended",
            Self::PolicyChanged => "policy",
            Self::PasswordSet => "password",
            Self::PasswordRemoved => "password-removed",
        }
    }

    /// What [`Done::slug`] wrote.
    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.slug() == slug)
    }

    /// The confirmation as a sentence.
    pub fn sentence(self, t: Text) -> String {
        match self {
            Self::Resent => t.get("package-resent"),
            Self::Extended => t.get("package-extended"),
            Self::PolicyChanged => t.get("policy-form-saved"),
            Self::PasswordSet => t.get("password-form-saved"),
            Self::PasswordRemoved => t.get("password-form-removed"),
        }
    }
}

/// A button of the owner's page that is not always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageAction {
    /// Mail every working link once more.
    Resend,
    /// The same hours again from now.
    Extend,
    /// End every link and erase the files.
    Revoke,
}

/// One recipient and what happened there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientRow {
    pub id: String,
    pub name: String,
    pub email: String,
    pub url: String,
    pub is_revoked: bool,
    /// Nothing where none was sent, or the reason for it went away first.
    pub mail: Option<MailState>,
    pub fate: Fate,
}

/// What became of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fate {
    /// When it was first opened, perhaps by a mail scanner.
    pub opened_at: Option<Moment>,
    /// How often it was opened, and when last.
    pub uses: u64,
    pub last_used_at: Option<Moment>,
    pub downloads: u64,
    pub last_download_at: Option<Moment>,
    /// When a download broke off, and at how many per cent, if none was completed since.
    pub broke_off: Option<(Moment, u64)>,
}

/// How far the e-mail to a recipient came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    Queued,
    Sending,
    Sent,
    Deferred,
    Rejected,
    Unknown,
    Bounced,
}

impl MailState {
    /// The state in words.
    pub fn label(self, t: Text) -> String {
        t.get(match self {
            Self::Queued => "mailstate-queued",
            Self::Sending => "mailstate-sending",
            Self::Sent => "mailstate-sent",
            Self::Deferred => "mailstate-deferred",
            Self::Rejected => "mailstate-rejected",
            Self::Unknown => "mailstate-unknown",
            Self::Bounced => "mailstate-bounced",
        })
    }

    /// The class of the step.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Queued | Self::Sending => "plain",
            Self::Sent => "good",
            Self::Deferred => "late",
            Self::Rejected | Self::Unknown | Self::Bounced => "bad",
        }
    }
}

/// The part of the owner's page that changes by itself: `GET /packages/{id}?fragment=live`.
#[derive(Debug, Clone, Template)]
#[template(path = "package.html", block = "live")]
pub struct PackageLive<'page>(pub &'page PackagePage);

/// Lets the block that is shared with the page find the same names.
impl std::ops::Deref for PackageLive<'_> {
    type Target = PackagePage;

    fn deref(&self) -> &PackagePage {
        self.0
    }
}

impl PackagePage {
    fn can(&self, action: PackageAction) -> bool {
        self.actions.contains(&action)
    }

    fn total_bytes(&self) -> u64 {
        total_bytes(&self.files)
    }

    fn bars(&self) -> Bars {
        Bars::new(&self.reference)
    }
}
