//! The audit log, as it is read, exported and verified.
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Time;

/// One immutable line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    pub id: Uuid,
    pub at: Time,
    /// Such as `package.finalized`; the full list stands in the manual.
    #[schema(examples("package.finalized"))]
    pub action: String,
    pub actor: AuditActor,
    #[schema(required)]
    pub package_id: Option<Uuid>,
    /// The account that it is about, or whose doing it was.
    #[schema(required)]
    pub user_id: Option<Uuid>,
    #[schema(required, examples("192.0.2.1"))]
    pub ip: Option<String>,
    #[schema(required)]
    pub user_agent: Option<String>,
    /// Facts that belong to the action; null when they were erased.
    #[schema(value_type = Object)]
    pub details: Value,
    /// Its place in the chain; null in the second before it is sealed.
    #[schema(required)]
    pub sequence: Option<u64>,
    /// SHA-256 that chains it to the entry before, 64 hex digits; null in the second before it is sealed.
    #[schema(required)]
    pub hash: Option<String>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditActor {
    pub kind: AuditActorKind,
    /// Of the account, the API token or the link.
    #[schema(required)]
    pub id: Option<Uuid>,
    /// Empty where there is none.
    pub name: String,
}

/// What kind of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditActorKind {
    /// Somebody signed in in a browser.
    User,
    /// An API token.
    Token,
    /// The holder of a link.
    Link,
    /// An operator's command on the server.
    Operator,
    /// Waybill itself.
    System,
    /// Somebody who has not proved who he is.
    Nobody,
}

/// What the log is narrowed to; all conditions together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// One action, such as `package.finalized`.
    #[param(pattern = "^[a-z]+\\.[a-z_]+$", example = "package.finalized")]
    pub action: Option<String>,
    pub package_id: Option<Uuid>,
    /// The account that it is about, or whose doing it was.
    pub user_id: Option<Uuid>,
    /// Entries at or after this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Time>,
    /// Entries before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Time>,
    /// A part of the actor's name, the address or the details; case does not matter.
    pub q: Option<String>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 22, max_length = 22, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$")]
    pub cursor: Option<String>,
}

/// What to export, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditExportQuery {
    #[param(inline)]
    pub format: AuditFormat,
    /// One action, such as `package.finalized`.
    #[param(pattern = "^[a-z]+\\.[a-z_]+$", example = "package.finalized")]
    pub action: Option<String>,
    pub package_id: Option<Uuid>,
    /// The account that it is about, or whose doing it was.
    pub user_id: Option<Uuid>,
    /// Entries at or after this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Time>,
    /// Entries before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Time>,
    /// A part of the actor's name, the address or the details; case does not matter.
    pub q: Option<String>,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// One JSON object a line, as [`AuditEntry`].
    Jsonl,
    /// RFC 4180 with a header line. Cells that a spreadsheet would take for a formula begin with an apostrophe.
    Csv,
}

/// What checking the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditReport {
    /// Whether nothing is wrong.
    pub intact: bool,
    /// Entries in the chain, up to the first thing that is wrong.
    pub sealed: u64,
    /// Entries whose personal part was erased on purpose.
    pub erased: u64,
    /// Entries of the last second that wait for their seal.
    pub unsealed: u64,
    #[schema(required)]
    pub broken: Option<AuditBreak>,
}

/// The first thing that is wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditBreak {
    pub code: AuditBreakCode,
    /// The place in the chain; null where the chain's stored end itself is in doubt.
    #[schema(required)]
    pub sequence: Option<u64>,
    /// The entry found there.
    #[schema(required)]
    pub id: Option<Uuid>,
    /// The same for people.
    pub detail: String,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditBreakCode {
    /// An entry was removed.
    Missing,
    /// An entry was changed, or stands in another's place.
    Changed,
    /// The newest entries were removed.
    CutOff,
    /// The stored end of the chain was not written with this key file.
    ForeignHead,
}
