//! The forms on the owner's page that change when a package ends and what its links ask for.
use waybill_core::limits::{POLICY_COUNT_MAX, POLICY_HOURS_MAX};

use super::Problems;

/// The most hours that a field takes.
pub const HOURS_MAX: u64 = POLICY_HOURS_MAX;
/// The most downloads that a field takes.
pub const DOWNLOADS_MAX: u64 = POLICY_COUNT_MAX;

/// The fields of `POST /packages/{id}/policy`, as they stand or as they were typed. Empty or 0 switches a rule off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyForm {
    /// `expires_in`: how many of `unit`.
    pub expires_in: String,
    /// `expires_unit`: `days` or `hours`.
    pub unit: Unit,
    pub idle_hours: String,
    pub max_downloads: String,
    /// At most so many days; nothing where the total may be switched off.
    pub days_max: Option<u64>,
    /// A request has a total and no other rule.
    pub has_limits: bool,
    /// Fields `expires_in`, `idle_hours`, `max_downloads`.
    pub problems: Problems,
}

/// The field of `POST /packages/{id}/password`; `POST /packages/{id}/password/remove` takes none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasswordForm {
    /// Whether the links ask for one now; it is never shown.
    pub is_set: bool,
    /// Field `password`.
    pub problems: Problems,
}

/// What the total is counted in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Days,
    Hours,
}

impl Unit {
    /// The value of the choice.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Hours => "hours",
        }
    }

    /// What [`Unit::slug`] wrote.
    pub fn parse(slug: &str) -> Option<Self> {
        [Self::Days, Self::Hours].into_iter().find(|unit| unit.slug() == slug)
    }

    /// Hours in one of it.
    pub fn hours(self) -> u64 {
        match self {
            Self::Days => 24,
            Self::Hours => 1,
        }
    }
}
