//! A package: one shipment from an owner to outside people, or from them to him. Types and pure rules; no I/O.
pub mod change;
pub mod create;
pub mod delete;
#[cfg(test)]
mod ending_tests;
pub mod erase;
pub mod events;
pub mod extend;
pub mod finalize;
pub mod list;
pub mod remove_file;
pub mod resend;
pub mod revoke;
pub mod show;
pub(crate) mod store;
pub mod sweep;
#[cfg(test)]
pub(crate) mod tests;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::account::{Email, one_line};
use crate::db::{Bytes, Json};
use crate::error::{Error, FieldError, FieldProblem, Result};
use crate::ids::{AccountId, FileId, GrantId, LinkId, PackageId, RecipientId, UploadId};
use crate::mail::MailState;
use crate::policy::{Facts, Policy, Rule, Status, status};
use crate::{limits, names, row};

names! {
    /// Who sends to whom.
    pub enum Direction {
        Outbound = "outbound",
        Inbound = "inbound",
    }
}

names! {
    /// How a package came to be.
    pub enum Kind {
        Package = "package",
        Ticket = "ticket",
        Received = "received",
    }
}

names! {
    /// What a link is for.
    pub enum LinkPurpose {
        Download = "download",
        Upload = "upload",
    }
}

row! {
    /// A package as it is stored.
    pub struct Package {
        pub id: PackageId,
        pub owner_id: AccountId,
        pub grant_id: Option<GrantId>,
        pub direction: Direction,
        pub kind: Kind,
        pub title: String,
        pub note: String,
        pub notify: Json<Vec<String>>,
        pub(crate) password_hash: Option<String>,
        pub expires_in_hours: u64,
        pub idle_hours: u64,
        pub max_downloads: u64,
        pub policy_set_at: Timestamp,
        pub ends_at: Option<Timestamp>,
        pub ended_at: Option<Timestamp>,
        pub ended_by: Option<Rule>,
        pub erase_at: Option<Timestamp>,
        pub created_at: Timestamp,
        pub changed_at: Timestamp,
        pub finalized_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
        pub deleted_at: Option<Timestamp>,
        pub erased_at: Option<Timestamp>,
        pub downloads: u64,
        pub last_download_at: Option<Timestamp>,
        /// Up to when its reminders have been seen to.
        pub reminded_to: Option<Timestamp>,
        pub file_count: u64,
        pub total_bytes: u64,
        /// Until when the last of its downloads can be continued.
        pub usable_until: Option<Timestamp>,
        pub revision: u64,
    }
}

impl Package {
    /// Whether its links ask for a password.
    pub fn has_password(&self) -> bool {
        self.password_hash.is_some()
    }

    pub fn policy(&self) -> Policy {
        Policy {
            expires_in_hours: self.expires_in_hours,
            idle_hours: self.idle_hours,
            max_downloads: self.max_downloads,
        }
    }

    /// What the policy's rules look at.
    pub fn facts(&self) -> Facts {
        Facts {
            direction: self.direction,
            kind: self.kind,
            policy: self.policy(),
            policy_set_at: self.policy_set_at,
            changed_at: self.changed_at,
            finalized_at: self.finalized_at,
            last_download_at: self.last_download_at,
            usable_until: self.usable_until,
            ended: self.ended_by.zip(self.ended_at),
            revoked_at: self.revoked_at,
            deleted_at: self.deleted_at,
            erased_at: self.erased_at,
        }
    }

    pub fn status(&self, now: Timestamp) -> Status {
        status(&self.facts(), now)
    }
}

row! {
    /// An outside person on a package.
    pub struct Recipient {
        pub id: RecipientId,
        pub package_id: PackageId,
        pub name: String,
        pub email: String,
        pub email_key: String,
        pub created_at: Timestamp,
    }
}

row! {
    /// A secret link; its token stands here only as a hash and sealed.
    pub struct Link {
        pub id: LinkId,
        pub package_id: Option<PackageId>,
        pub grant_id: Option<GrantId>,
        pub recipient_id: Option<RecipientId>,
        pub purpose: LinkPurpose,
        pub(crate) token_sealed: Vec<u8>,
        pub created_at: Timestamp,
        pub revoked_at: Option<Timestamp>,
        pub opened_at: Option<Timestamp>,
        pub uses: u64,
        pub last_used_at: Option<Timestamp>,
        pub downloads: u64,
        /// Downloads that were counted before the limit was last granted anew.
        pub downloads_before: u64,
        /// Reservations that timed out without being counted.
        pub releases: u64,
        pub last_download_at: Option<Timestamp>,
        /// When a download last broke off, and how much of what it fetched had arrived, in per cent.
        pub broke_off_at: Option<Timestamp>,
        pub broke_off_percent: Option<u64>,
        pub asked_at: Option<Timestamp>,
    }
}

impl Link {
    /// When its last download broke off and at how many per cent, unless one was completed since.
    pub fn broke_off(&self) -> Option<(Timestamp, u64)> {
        let at = self.broke_off_at.filter(|at| self.last_download_at.is_none_or(|done| done < *at))?;
        Some((at, self.broke_off_percent.unwrap_or(0)))
    }
}

row! {
    /// A complete, immutable file.
    pub struct File {
        pub id: FileId,
        pub package_id: PackageId,
        pub(crate) blob_id: uuid::Uuid,
        pub relative_path: String,
        pub size: u64,
        pub sha256: Bytes<32>,
        pub crc32: u32,
        pub content_type: String,
        pub uploaded_at: Timestamp,
        /// Bytes and milliseconds on the wire, pauses left out.
        pub wire_bytes: u64,
        pub wire_ms: u64,
    }
}

impl File {
    /// The last segment of its relative path.
    pub fn name(&self) -> &str {
        self.relative_path.rsplit('/').next().unwrap_or(&self.relative_path)
    }

    /// The strong entity tag: the content's SHA-256, with its quotes.
    pub fn etag(&self) -> String {
        format!("\"{}\"", hex::encode(self.sha256))
    }
}

/// A recipient with his link and what happened to both.
#[derive(Debug, Clone)]
pub struct RecipientView {
    pub recipient: Recipient,
    pub link: Option<LinkView>,
    pub mail: Option<MailView>,
}

/// A link with its secret URL, for the owner.
#[derive(Debug, Clone)]
pub struct LinkView {
    pub link: Link,
    pub url: String,
    /// This link's own state: revoked or used up alone, or as its package.
    pub status: Status,
}

/// The newest e-mail to a recipient.
#[derive(Debug, Clone)]
pub struct MailView {
    pub state: MailState,
    pub answer: Option<String>,
    pub state_at: Timestamp,
}

/// An unfinished upload, as its owner sees it.
#[derive(Debug, Clone)]
pub struct UploadView {
    pub id: UploadId,
    pub relative_path: String,
    pub size: Option<u64>,
    pub received: u64,
    pub updated_at: Timestamp,
    /// Where its bytes go (`/uploads/{token}`), so that it can be continued on another machine. An authority to write:
    /// `None` for whoever may only look.
    pub path: Option<String>,
}

/// A package with everything a page shows.
#[derive(Debug, Clone)]
pub struct PackageView {
    pub package: Package,
    pub owner_name: String,
    pub status: Status,
    pub recipients: Vec<RecipientView>,
    /// The link of a package without recipients.
    pub link: Option<LinkView>,
    pub files: Vec<File>,
    pub uploads: Vec<UploadView>,
}

/// A name and an address, as somebody typed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    pub name: String,
    pub email: String,
}

/// Checks a title: one line, at most so long. Empty is allowed until finalize.
pub fn parse_title(text: &str) -> Result<String, FieldError> {
    let title = one_line(text);
    within("title", &title, limits::TITLE_CHARS_MAX).map(|()| title)
}

/// Checks a note: line breaks are kept, other control characters are not.
pub fn parse_note(text: &str) -> Result<String, FieldError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let note: String = text.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t').collect();
    let note = note.trim().to_owned();
    within("note", &note, limits::NOTE_CHARS_MAX).map(|()| note)
}

/// Checks the password that a link is to ask for.
pub fn check_link_password(password: &SecretString) -> Result<(), FieldError> {
    let text = password.expose_secret();
    let wrong = |problem| Err(FieldError { field: "password".to_owned(), problem });
    if text.chars().count() < limits::LINK_PASSWORD_CHARS_MIN {
        return wrong(FieldProblem::TooShort { min: crate::account::count(limits::LINK_PASSWORD_CHARS_MIN) });
    }
    if text.len() > limits::PASSWORD_BYTES_MAX {
        return wrong(FieldProblem::TooLong { max: crate::account::count(limits::PASSWORD_BYTES_MAX) });
    }
    Ok(())
}

fn within(field: &str, text: &str, max: usize) -> Result<(), FieldError> {
    if text.chars().count() <= max {
        return Ok(());
    }
    Err(FieldError { field: field.to_owned(), problem: FieldProblem::TooLong { max: crate::account::count(max) } })
}

/// Checks a list of recipients; the same address twice is taken once. A missing name becomes the address's local part.
pub fn parse_recipients(given: &[Addressee]) -> Result<Vec<(String, Email)>, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut good: Vec<(String, Email)> = Vec::new();
    for (n, one) in given.iter().enumerate() {
        let Some(email) = Email::parse(&one.email) else {
            wrong.push(FieldError { field: format!("recipients[{n}].email"), problem: FieldProblem::NotAnEmail });
            continue;
        };
        let given = one_line(&one.name);
        let local_part = email.as_str().split('@').next().unwrap_or_default();
        let name = if given.is_empty() { local_part.to_owned() } else { given };
        if let Err(error) = within(&format!("recipients[{n}].name"), &name, limits::NAME_CHARS_MAX) {
            wrong.push(error);
        }
        if !good.iter().any(|(_, known)| known.key() == email.key()) {
            good.push((name, email));
        }
    }
    if good.len() > limits::RECIPIENTS_MAX {
        let max = crate::account::count(limits::RECIPIENTS_MAX);
        wrong.push(FieldError { field: "recipients".into(), problem: FieldProblem::TooMany { max } });
    }
    if wrong.is_empty() { Ok(good) } else { Err(wrong) }
}

/// Checks addresses to notify.
pub fn parse_notify(given: &[String]) -> Result<Vec<String>, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut good: Vec<Email> = Vec::new();
    for (n, text) in given.iter().enumerate() {
        match Email::parse(text) {
            Some(email) if good.iter().any(|known| known.key() == email.key()) => {}
            Some(email) => good.push(email),
            None => wrong.push(FieldError { field: format!("notify[{n}]"), problem: FieldProblem::NotAnEmail }),
        }
    }
    if good.len() > limits::NOTIFY_MAX {
        let max = crate::account::count(limits::NOTIFY_MAX);
        wrong.push(FieldError { field: "notify".into(), problem: FieldProblem::TooMany { max } });
    }
    if wrong.is_empty() { Ok(good.iter().map(|email| email.as_str().to_owned()).collect()) } else { Err(wrong) }
}

/// Collects what several checks find wrong, so that a person sees all of it at once.
pub(crate) fn all_good(wrong: Vec<FieldError>) -> Result<()> {
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

/// The words by which a package is found: of its title and its recipients' names and addresses.
pub fn search_words<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    use unicode_normalization::UnicodeNormalization as _;
    let mut words: Vec<String> = texts
        .flat_map(|text| {
            let folded = text.nfkc().collect::<String>().to_lowercase();
            let mut parts: Vec<String> =
                folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect();
            // An address is found as a whole as well.
            parts.extend(folded.split_whitespace().filter(|w| w.contains('@')).map(str::to_owned));
            parts
        })
        .map(|word| word.chars().take(64).collect())
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}
