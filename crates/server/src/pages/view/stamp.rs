//! The state of a package as the stamp on its sheet.
use super::Moment;

/// The state of a package. The stamp says it in words; its colour only repeats them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Draft,
    Active,
    Completed,
    Expired,
    Revoked,
}

impl Status {
    /// The class of the stamp, and the last part of its message key.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Whether the package has ended, for whatever reason.
    pub fn has_ended(self) -> bool {
        match self {
            Self::Draft | Self::Active => false,
            Self::Completed | Self::Expired | Self::Revoked => true,
        }
    }
}

/// A stamp with the day of the event in small figures below, as on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    pub status: Status,
    /// When it ended; nothing for drafts and active packages.
    pub since: Option<Moment>,
}

impl Stamp {
    /// A stamp without a date.
    pub fn new(status: Status) -> Self {
        Self { status, since: None }
    }
}
