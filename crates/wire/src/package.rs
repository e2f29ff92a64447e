//! Packages: what creates and changes them, and what is shown of them.
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Secret, Time, object};

/// Who sends to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the owner to recipients.
    Outbound,
    /// From a recipient to the owner.
    Inbound,
}

/// How a package came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A shipment to named people, or a request to one.
    Package,
    /// Made link-first, without recipients.
    Ticket,
    /// Made by a use of a grant.
    Received,
}

/// What a package is right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not finalized yet; it has no link.
    Draft,
    /// Its link works.
    Active,
    /// A time rule of its policy was reached.
    Expired,
    /// Every link's limit is used up, or the owner closed the request.
    Completed,
    /// Taken back by the owner or an administrator.
    Revoked,
}

/// Which rule ends, or ended, a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// `expires_in_hours`.
    Total,
    /// `idle_hours`.
    Idle,
    /// `max_downloads`.
    Limit,
    /// The owner closed the request.
    Closed,
}

/// What is known about the newest e-mail to a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailStatus {
    Queued,
    Sending,
    Sent,
    /// Refused for now; it is tried again.
    Deferred,
    /// Refused for good.
    Rejected,
    /// The mail server's last answer was lost; it is not sent again by itself.
    Unknown,
    /// Its reason went away before it was sent.
    Cancelled,
}

/// When a package ends; the first rule that is reached ends it. 0 switches a rule off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// Hours after finalize, or after the last change of the policy.
    #[schema(examples(168))]
    pub expires_in_hours: u64,
    /// Hours after the last completed download.
    #[schema(examples(0))]
    pub idle_hours: u64,
    /// Downloads per link.
    #[schema(examples(0))]
    pub max_downloads: u64,
}

/// A policy in a request. What is absent takes the kind's default in a new package, and stays as it is in a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyWish {
    /// Hours after finalize (or after this change). Sends and requests: 1 to 2160 (90 days) unless the instance says
    /// otherwise; tickets may say 0 for "off".
    #[schema(examples(168))]
    pub expires_in_hours: Option<u64>,
    /// Hours after the last completed download; 0 is off. Not for requests.
    #[schema(examples(24))]
    pub idle_hours: Option<u64>,
    /// Downloads per link; 0 is off. Not for requests.
    #[schema(examples(3))]
    pub max_downloads: Option<u64>,
}

/// Where the policy stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyState {
    /// The rule that fires first, or fired; null for drafts and permanent packages.
    #[schema(required)]
    pub rule: Option<Rule>,
    /// When it fires or fired.
    #[schema(required)]
    pub at: Option<Time>,
    /// Whether the package's links are closed for good, unless its owner extends it.
    pub ended: bool,
    /// When the bytes were erased; null while they are there.
    #[schema(required)]
    pub erased_at: Option<Time>,
    /// The same for people, in the reader's language (`Accept-Language`).
    #[schema(examples("Ends on 29 November 2026 at 09:00 UTC."))]
    pub sentence: String,
}

/// A name and an address, as somebody typed them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Addressee {
    /// At most 200 characters; absent or empty: what stands before the `@`.
    #[serde(default)]
    #[schema(examples("Bob Customer"))]
    pub name: String,
    #[schema(examples("bob@customer.example"))]
    pub email: String,
}

/// What a package is to be. All but direction and kind can be changed later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPackage {
    pub direction: Direction,
    /// Absent: `package`. `received` cannot be asked for.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// One line, at most 200 characters. May be empty until finalize.
    #[serde(default)]
    #[schema(examples("Drawings for the bridge"))]
    pub title: Option<String>,
    /// Shown in the e-mail and on the page; at most 10,000 characters.
    #[serde(default)]
    pub note: Option<String>,
    /// At most 100; the same address twice counts once.
    #[serde(default, deserialize_with = "object::optional_list")]
    pub recipients: Option<Vec<Addressee>>,
    #[serde(default, deserialize_with = "object::optional")]
    pub policy: Option<PolicyWish>,
    /// Addresses told about each completed download, and once the files are erased, by what; at most 20.
    #[serde(default)]
    pub notify: Option<Vec<String>>,
    /// Asked of whoever opens the link; 6 characters or more. Null or empty: none. Never answered.
    #[serde(default)]
    pub password: Option<Secret>,
}

/// What to change. Absent (or null) leaves a thing as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageChanges {
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
    /// Given: its hours start now.
    #[serde(default, deserialize_with = "object::optional")]
    pub policy: Option<PolicyWish>,
    /// The whole new list.
    #[serde(default)]
    pub notify: Option<Vec<String>>,
    /// The whole new list. Once finalized, a new one is mailed his link, a removed one loses his, a changed address is
    /// both.
    #[serde(default, deserialize_with = "object::optional_list")]
    pub recipients: Option<Vec<Addressee>>,
    /// Asked of whoever opens the links from now on; null or empty: no more. Downloads that were started go on.
    #[serde(default, deserialize_with = "object::given")]
    #[schema(value_type = Option<Secret>)]
    pub password: Option<Option<Secret>>,
}

/// How to finalize.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinalizeOptions {
    /// Drop uploads that are not complete, and send without them.
    #[serde(default)]
    pub discard_unfinished: bool,
}

/// How to extend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendOptions {
    /// So many hours from now instead of the same hours again; without effect where no total of hours is set.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub expires_in_hours: Option<u64>,
}

/// Which packages to list; all conditions together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PackageQuery {
    #[param(inline)]
    pub status: Option<Status>,
    #[param(inline)]
    pub direction: Option<Direction>,
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Words, or beginnings of words, of the title and of recipients' names and addresses; all must be found. The first 8
    /// count.
    pub q: Option<String>,
    /// `true`: everybody's packages; for administrators.
    pub everybody: Option<bool>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 22, max_length = 22, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$")]
    pub cursor: Option<String>,
}

/// A part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 22, max_length = 22, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$")]
    pub cursor: Option<String>,
}

/// Whose package it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Owner {
    pub id: Uuid,
    #[schema(examples("Ann Example"))]
    pub name: String,
}

/// A package with everything its owner may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Package {
    pub id: Uuid,
    pub owner: Owner,
    pub direction: Direction,
    pub kind: Kind,
    #[schema(examples("Drawings for the bridge"))]
    pub title: String,
    pub note: String,
    pub status: Status,
    pub policy: Policy,
    pub policy_state: PolicyState,
    pub notify: Vec<String>,
    /// Whether its links ask for a password.
    pub has_password: bool,
    pub created_at: Time,
    /// When its links were made; null for a draft.
    #[schema(required)]
    pub finalized_at: Option<Time>,
    #[schema(required)]
    pub revoked_at: Option<Time>,
    /// When the bytes were erased; null while they are there.
    #[schema(required)]
    pub erased_at: Option<Time>,
    /// Counted downloads over all links.
    pub downloads: u64,
    #[schema(required)]
    pub last_download_at: Option<Time>,
    /// The secret link of a package without recipients.
    #[schema(required, examples("https://files.example.com/p/AbC..."))]
    pub url: Option<String>,
    /// In the order in which they were added.
    pub recipients: Vec<Recipient>,
    /// Complete files, in the order of their arrival.
    pub files: Vec<File>,
    /// Unfinished uploads, oldest first.
    pub uploads: Vec<Upload>,
    /// Bytes of all complete files.
    pub total_bytes: u64,
}

/// One line of the list of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackageSummary {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub direction: Direction,
    pub kind: Kind,
    pub title: String,
    pub status: Status,
    pub policy: Policy,
    pub policy_state: PolicyState,
    pub created_at: Time,
    #[schema(required)]
    pub finalized_at: Option<Time>,
    #[schema(required)]
    pub erased_at: Option<Time>,
    pub downloads: u64,
    #[schema(required)]
    pub last_download_at: Option<Time>,
    /// The first three recipients' names.
    pub recipient_names: Vec<String>,
    pub recipient_count: u64,
    /// Complete files.
    pub file_count: u64,
    /// Bytes of all complete files.
    pub total_bytes: u64,
}

/// An outside person on a package, his link and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recipient {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    /// His secret link; null before finalize.
    #[schema(required, examples("https://files.example.com/p/AbC..."))]
    pub url: Option<String>,
    /// Of his link: the package's own, or `revoked` when his alone was taken back.
    pub status: Status,
    /// Of the newest e-mail to him; null when none was owed yet.
    #[schema(required)]
    pub mail_status: Option<MailStatus>,
    /// What the mail server said about it.
    #[schema(required, examples("550 5.1.1 no such user"))]
    pub mail_answer: Option<String>,
    /// When his link was first opened.
    #[schema(required)]
    pub opened_at: Option<Time>,
    /// How often his link was opened.
    pub uses: u64,
    #[schema(required)]
    pub last_used_at: Option<Time>,
    /// Downloads counted on his link.
    pub downloads: u64,
    #[schema(required)]
    pub last_download_at: Option<Time>,
    /// The last time a download through his link broke off; null when none did since his last completed one.
    #[schema(required)]
    pub broke_off: Option<BrokeOff>,
}

/// A download that ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BrokeOff {
    pub at: Time,
    /// How much of what it fetched had arrived.
    #[schema(maximum = 100)]
    pub percent: u64,
}

/// A complete, immutable file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct File {
    pub id: Uuid,
    /// The last segment of `relative_path`.
    #[schema(examples("bridge.dwg"))]
    pub name: String,
    /// Segments are separated by `/`.
    #[schema(examples("drawings/bridge.dwg"))]
    pub relative_path: String,
    /// Bytes.
    pub size: u64,
    /// 64 hex digits.
    #[schema(examples("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))]
    pub sha256: String,
    /// As in ZIP: 8 hex digits.
    #[schema(examples("00000000"))]
    pub crc32: String,
    #[schema(examples("application/pdf"))]
    pub content_type: String,
    pub uploaded_at: Time,
    pub transfer: Transfer,
}

/// How a file came over the wire, measured at the server from first to last byte, pauses left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transfer {
    pub bytes: u64,
    /// Milliseconds.
    pub duration_ms: u64,
    /// Null where it was too quick to measure.
    #[schema(required)]
    pub bytes_per_second: Option<u64>,
}

/// An unfinished upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    pub id: Uuid,
    /// The last segment of `relative_path`.
    pub name: String,
    pub relative_path: String,
    /// Bytes it will have; null while its sender has not said.
    #[schema(required)]
    pub size: Option<u64>,
    /// Bytes that arrived and are durable.
    pub offset: u64,
    pub updated_at: Time,
    /// Where its bytes go (`/uploads/...`, relative to the server), so that it can be continued from another machine; an
    /// authority of its own. Null for whoever may only look.
    #[schema(required)]
    pub url: Option<String>,
}
