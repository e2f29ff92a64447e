//! The audit log: what happened, by whom, from where. Entries are written in the transaction of their effect and
//! chained by hash soon after ([`seal`]). Nothing here ever changes or removes a sealed entry.
pub mod list;
pub mod seal;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod verify;
pub mod views;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::access::{Author, Origin};
use crate::app::App;
use crate::db::{Bytes, Json, Tx};
use crate::error::Result;
use crate::ids::{AccountId, AuditEntryId, PackageId};
use crate::{names, row};

names! {
    /// What happened.
    pub enum Action {
        LoginSucceeded = "login.succeeded",
        LoginFailed = "login.failed",
        SetupCompleted = "setup.completed",
        UserCreated = "user.created",
        UserChanged = "user.changed",
        UserDisabled = "user.disabled",
        UserEnabled = "user.enabled",
        PasswordChanged = "password.changed",
        PasswordResetRequested = "password.reset_requested",
        PasswordReset = "password.reset",
        TokenCreated = "token.created",
        TokenRevoked = "token.revoked",
        PackageCreated = "package.created",
        PackageFinalized = "package.finalized",
        PackageChanged = "package.changed",
        PackageClosed = "package.closed",
        PackageReopened = "package.reopened",
        PackageRevoked = "package.revoked",
        PackageDeleted = "package.deleted",
        PackageErased = "package.erased",
        PackageExpired = "package.expired",
        PackageCompleted = "package.completed",
        FileAdded = "file.added",
        FileRemoved = "file.removed",
        FileFetched = "file.fetched",
        LinkViewed = "link.viewed",
        LinkRefused = "link.refused",
        LinkAsked = "link.asked",
        LinkRevoked = "link.revoked",
        DownloadStarted = "download.started",
        DownloadCompleted = "download.completed",
        DownloadAborted = "download.aborted",
        UploadStarted = "upload.started",
        UploadCompleted = "upload.completed",
        UploadAborted = "upload.aborted",
        GrantCreated = "grant.created",
        GrantChanged = "grant.changed",
        GrantUsed = "grant.used",
        GrantExpired = "grant.expired",
        GrantDeleted = "grant.deleted",
        MailSent = "mail.sent",
        MailFailed = "mail.failed",
        MailUnknown = "mail.unknown",
        WebhookCreated = "webhook.created",
        WebhookChanged = "webhook.changed",
        WebhookDeleted = "webhook.deleted",
        SettingsChanged = "settings.changed",
    }
}

/// An entry about to be written.
#[derive(Debug)]
pub struct Entry<'a> {
    at: Timestamp,
    action: Action,
    author: Author,
    origin: &'a Origin,
    package: Option<PackageId>,
    account: Option<AccountId>,
    details: Value,
}

impl<'a> Entry<'a> {
    pub fn new(at: Timestamp, action: Action, author: Author, origin: &'a Origin) -> Self {
        Self { at, action, author, origin, package: None, account: None, details: json!({}) }
    }

    /// The package it is about.
    #[must_use]
    pub fn package(self, id: PackageId) -> Self {
        Self { package: Some(id), ..self }
    }

    /// The account it is about, or whose package it is.
    #[must_use]
    pub fn account(self, id: AccountId) -> Self {
        Self { account: Some(id), ..self }
    }

    /// Facts, as a JSON object of strings, whole numbers, lists and objects. Never a secret.
    #[must_use]
    pub fn details(self, details: Value) -> Self {
        Self { details, ..self }
    }
}

row! {
    /// An entry as it is stored.
    pub struct Recorded {
        pub id: AuditEntryId,
        pub at: Timestamp,
        pub action: Action,
        pub actor_kind: String,
        pub actor_id: Option<uuid::Uuid>,
        pub actor_name: String,
        pub package_id: Option<PackageId>,
        pub account_id: Option<AccountId>,
        pub ip: Option<String>,
        pub user_agent: Option<String>,
        pub details: Json<Value>,
        pub details_hash: Bytes<32>,
        pub erased_at: Option<Timestamp>,
        pub sequence: Option<u64>,
        pub hash: Option<Bytes<32>>,
    }
}

/// Writes an entry in the transaction of its effect; the sealer is told after the commit.
pub async fn record(tx: &mut Tx, app: &App, entry: Entry<'_>) -> Result<()> {
    let (kind, actor_id, name) = match &entry.author {
        Author::User { id, name } => ("user", Some(id.0), name.as_str()),
        Author::Token { id, name, .. } => ("token", Some(id.0), name.as_str()),
        Author::Link { id, name } => ("link", Some(id.0), name.as_str()),
        Author::Operator => ("operator", None, ""),
        Author::System => ("system", None, ""),
        Author::Nobody => ("nobody", None, ""),
    };
    let account = entry.account.or(match entry.author {
        Author::User { id, .. } => Some(id),
        Author::Token { account_id, .. } => Some(account_id),
        Author::Link { .. } | Author::Operator | Author::System | Author::Nobody => None,
    });
    let mut recorded = Recorded {
        id: AuditEntryId::new(entry.at, &*app.entropy),
        at: entry.at,
        action: entry.action,
        actor_kind: kind.to_owned(),
        actor_id,
        actor_name: name.to_owned(),
        package_id: entry.package,
        account_id: account,
        ip: entry.origin.ip.map(|ip| ip.to_string()),
        user_agent: entry.origin.user_agent.clone(),
        details: Json(entry.details),
        details_hash: [0; 32],
        erased_at: None,
        sequence: None,
        hash: None,
    };
    recorded.details_hash = details_hash(&recorded);
    store::insert(tx, &recorded).await?;
    tx.announce_audit();
    Ok(())
}

/// The hash over everything personal in an entry. The chain covers this hash, so the personal part can be erased while
/// the chain still verifies.
pub(crate) fn details_hash(entry: &Recorded) -> [u8; 32] {
    let personal = json!([entry.actor_name, entry.ip, entry.user_agent, entry.details.0]);
    let mut text = String::new();
    canonical(&personal, &mut text);
    Sha256::digest(text.as_bytes()).into()
}

/// The hash that chains `entry`, with its sequence number, behind the entry whose hash is `previous`.
pub(crate) fn chain_hash(previous: &[u8; 32], sequence: u64, entry: &Recorded) -> [u8; 32] {
    let fixed = json!([
        sequence,
        entry.id,
        entry.at.as_millisecond(),
        entry.action,
        entry.actor_kind,
        entry.actor_id,
        entry.package_id,
        entry.account_id
    ]);
    let mut text = String::new();
    canonical(&fixed, &mut text);
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(entry.details_hash);
    hash.update(text.as_bytes());
    hash.finalize().into()
}

/// JSON with sorted keys and no spaces: the same value has the same text whatever database kept it.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (n, key) in keys.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
}
