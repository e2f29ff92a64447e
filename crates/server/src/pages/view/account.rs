//! A person's own page: name, notices, API tokens, password.
use askama::Template;
use waybill_core::notice::Switch;

use super::script_texts::ScriptTexts;
use super::shell::Place;
use super::{Moment, Problems, Shell, name};

/// `GET /account`, and the answers to its forms. Forms: `POST /account/notices` (`notices` repeated), `POST /account/tokens` (`name`, `scopes` repeated,
/// `expires_in_days` or empty), `POST /account/tokens/{id}/revoke`, `POST /account/password` (`current_password`,
/// `new_password`).
#[derive(Debug, Clone, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub shell: Shell,
    pub name: String,
    pub email: String,
    pub is_admin: bool,
    /// Each notice that can be switched, and whether it is on.
    pub notices: Vec<(Switch, bool)>,
    pub notices_saved: bool,
    pub tokens: Vec<TokenRow>,
    /// A token made by the request that is answered: the only time its secret is seen.
    pub fresh_token: Option<FreshToken>,
    /// Fields `name`, `expires_in_days`.
    pub token_problems: Problems,
    pub password_length_min: u64,
    pub password_changed: bool,
    /// Fields `current_password`, `new_password`.
    pub password_problems: Problems,
}

/// One API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub id: String,
    pub name: String,
    /// `read`, `send`, `receive`, `admin`; empty means all the person may do.
    pub scopes: Vec<String>,
    pub created_at: Moment,
    pub last_used_at: Option<Moment>,
    pub expires_at: Option<Moment>,
}

/// A token that was just made.
#[derive(Clone, PartialEq, Eq)]
pub struct FreshToken {
    pub name: String,
    pub secret: String,
}

impl std::fmt::Debug for FreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FreshToken").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One notice to switch on or off.
struct SwitchRow {
    name: &'static str,
    label: String,
    is_on: bool,
}

impl AccountPage {
    fn switches(&self) -> Vec<SwitchRow> {
        let row = |(switch, is_on): &(Switch, bool)| SwitchRow {
            name: switch.name(),
            label: self.shell.t.get(match switch {
                Switch::Arrived => "account-notice-arrived",
                Switch::Rejected => "account-notice-rejected",
                Switch::Asked => "account-notice-asked",
                Switch::FirstDownload => "account-notice-first-download",
                Switch::NotDownloaded => "account-notice-not-downloaded",
                Switch::EndingSoon => "account-notice-ending-soon",
            }),
            is_on: *is_on,
        };
        self.notices.iter().map(row).collect()
    }

    /// The scopes a person of this role may give to a token.
    fn scopes(&self) -> &'static [&'static str] {
        if self.is_admin { &["read", "send", "receive", "admin"] } else { &["read", "send", "receive"] }
    }
}
