//! The start page of a signed-in person: two buttons and the list of packages.
use askama::Template;
use waybill_core::text::Text;

use super::script_texts::ScriptTexts;
use super::shell::Place;
use super::{Happening, Moment, Shell, Stamp, Status, name};

/// `GET /` with `?q=`, `?show=` (see `FilterKind::slug`) and `?cursor=`.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard.html")]
pub struct DashboardPage {
    pub shell: Shell,
    /// What is searched for; empty if nothing.
    pub query: String,
    /// In the order they are shown; exactly one is current.
    pub filters: Vec<Filter>,
    pub rows: Vec<PackageRow>,
    /// The next, older page of the list.
    pub next_url: Option<String>,
    /// The first page, where this is a later one.
    pub first_url: Option<String>,
    /// A package deleted a moment ago that can still be brought back.
    pub undo: Option<Undo>,
}

/// One way to narrow the list, as a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub kind: FilterKind,
    pub url: String,
    pub count: u64,
    pub is_current: bool,
}

/// What the list can be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKind {
    All,
    Sent,
    Requested,
    Active,
    Drafts,
    Ended,
}

impl FilterKind {
    /// The value of `?show=`; nothing for all.
    pub fn slug(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Sent => Some("sent"),
            Self::Requested => Some("requested"),
            Self::Active => Some("active"),
            Self::Drafts => Some("drafts"),
            Self::Ended => Some("ended"),
        }
    }

    /// The word on the link.
    pub fn label(self, t: Text) -> String {
        t.get(match self {
            Self::All => "dashboard-filter-all",
            Self::Sent => "dashboard-filter-sent",
            Self::Requested => "dashboard-filter-requested",
            Self::Active => "dashboard-filter-active",
            Self::Drafts => "dashboard-filter-drafts",
            Self::Ended => "dashboard-filter-ended",
        })
    }
}

/// Which way a package travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Owner to recipient.
    Outbound,
    /// Recipient to owner.
    Inbound,
}

/// One package in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRow {
    pub id: String,
    /// Empty for a draft without one.
    pub title: String,
    pub direction: Direction,
    /// The recipients, at most a handful by name and the rest as a number; empty if there are none.
    pub with_whom: String,
    pub files: u64,
    pub total_bytes: u64,
    pub stamp: Stamp,
    /// When it ends; nothing for drafts, permanent and ended packages.
    pub ends_at: Option<Moment>,
    pub latest: Option<Happening>,
}

/// What was deleted and how long that can be undone (`POST /packages/{id}/undelete`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    pub package_id: String,
    pub title: String,
    /// Seconds that are left.
    pub seconds: u64,
}

impl DashboardPage {
    /// Whether this person has no package at all, and so is told what one can do here.
    fn is_new_here(&self) -> bool {
        self.rows.is_empty() && self.query.is_empty() && self.filters.iter().all(|filter| filter.count == 0)
    }

    /// The filter in force, kept when searching.
    fn current_slug(&self) -> Option<&'static str> {
        self.filters.iter().find(|filter| filter.is_current).and_then(|filter| filter.kind.slug())
    }
}
