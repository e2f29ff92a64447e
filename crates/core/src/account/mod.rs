//! People of this instance: accounts, sessions, API tokens. No I/O here.
pub mod add;
pub mod authenticate;
pub mod change_password;
pub mod list_tokens;
pub mod make_token;
pub mod password;
pub mod revoke_token;
pub mod set_up;
pub mod sign_in;
pub mod sign_out;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::db::Json;
use crate::error::{Error, FieldProblem, Result};
use crate::ids::{AccountId, ApiTokenId};
use crate::notice::Switches;
use crate::{limits, names, row};

names! {
    /// What an account may do on this instance.
    pub enum Role {
        Admin = "admin",
        Regular = "regular",
    }
}

names! {
    /// What an API token may do, within what its account may.
    pub enum Scope {
        Read = "read",
        Send = "send",
        Receive = "receive",
        Admin = "admin",
    }
}

/// A token's scopes; none given means all of the account's rights.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Scopes(pub Vec<Scope>);

impl Scopes {
    pub fn all(&self) -> bool {
        self.0.is_empty()
    }

    pub fn allow(&self, scope: Scope) -> bool {
        self.all() || self.0.contains(&scope)
    }
}

/// What this person has set for himself.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Defaults {
    /// Which notices he wants.
    pub notices: Switches,
}

row! {
    /// A user of this instance.
    pub struct Account {
        pub id: AccountId,
        pub email: String,
        pub name: String,
        pub role: Role,
        pub(crate) password_hash: Option<String>,
        pub language: Option<String>,
        pub time_zone: Option<String>,
        pub defaults: Json<Defaults>,
        pub created_at: Timestamp,
        pub disabled_at: Option<Timestamp>,
    }
}

row! {
    /// An API token; its secret was shown once.
    pub struct ApiToken {
        pub id: ApiTokenId,
        pub account_id: AccountId,
        pub name: String,
        pub scopes: Json<Scopes>,
        pub created_at: Timestamp,
        pub expires_at: Option<Timestamp>,
        pub used_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
    }
}

/// In front of every API token, so that secret scanners and people know it.
pub const API_TOKEN_PREFIX: &str = "wb_";

/// A session ends this long after its start, whatever happens.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(24 * 30);
/// A session ends after this long without a request.
pub const SESSION_IDLE: Duration = Duration::from_hours(24 * 7);

/// An e-mail address as people write it and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Email {
    text: String,
}

impl Email {
    /// Checks the syntax. Comments, quoted local parts and address literals are not taken.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[],;:\\\"".contains(c);
        let good = text.len() <= limits::EMAIL_BYTES_MAX
            && !local.is_empty()
            && local.len() <= 64
            && local.chars().all(|c| plain(c) && c != '@')
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && is_domain(domain);
        good.then(|| Self { text: text.to_owned() })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Folded for comparison: the databases fold case differently, so this is done here.
    pub fn key(&self) -> String {
        use unicode_normalization::UnicodeNormalization as _;
        self.text.nfkc().collect::<String>().to_lowercase()
    }
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().count() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label)
}

/// A person's name as given, on one line.
pub fn parse_name(field: &str, text: &str) -> Result<String> {
    let name = one_line(text);
    if name.is_empty() {
        return Err(Error::field(field, FieldProblem::Required));
    }
    if name.chars().count() > limits::NAME_CHARS_MAX {
        return Err(Error::field(field, FieldProblem::TooLong { max: count(limits::NAME_CHARS_MAX) }));
    }
    Ok(name)
}

/// Trims a text and turns control characters and line breaks into single spaces.
pub fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A password that may be set.
pub fn check_new_password(field: &str, password: &SecretString) -> Result<()> {
    let text = password.expose_secret();
    if text.chars().count() < limits::PASSWORD_CHARS_MIN {
        return Err(Error::field(field, FieldProblem::TooShort { min: count(limits::PASSWORD_CHARS_MIN) }));
    }
    if text.len() > limits::PASSWORD_BYTES_MAX {
        return Err(Error::field(field, FieldProblem::TooLong { max: count(limits::PASSWORD_BYTES_MAX) }));
    }
    Ok(())
}

pub(crate) fn count(n: usize) -> u64 {
    u64::try_from(n).expect("a usize fits 64 bits")
}
