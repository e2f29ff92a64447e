//! When a package ends, and when its bytes go: pure rules over stored facts and `now`. Link checks, lists, the API and
//! clean-up all ask here, so they never disagree.
pub mod sentence;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, FieldError, FieldProblem, LinkEnd, Result};
use crate::package::{Direction, Kind};
use crate::{limits, names};

names! {
    /// What a package is right now.
    pub enum Status {
        Draft = "draft",
        Active = "active",
        Expired = "expired",
        Completed = "completed",
        Revoked = "revoked",
    }
}

names! {
    /// Which rule ends (or ended) a package.
    pub enum Rule {
        /// Total hours after finalize.
        Total = "total",
        /// Hours after the last completed download.
        Idle = "idle",
        /// The number of downloads, on every link.
        Limit = "limit",
        /// The owner closed a request.
        Closed = "closed",
    }
}

/// The three rules. 0 switches one off; all three 0 is permanent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Policy {
    pub expires_in_hours: u64,
    pub idle_hours: u64,
    pub max_downloads: u64,
}

/// A policy as somebody wishes it: what he leaves out stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyChange {
    pub expires_in_hours: Option<u64>,
    pub idle_hours: Option<u64>,
    pub max_downloads: Option<u64>,
}

impl PolicyChange {
    /// The wish over what stands there.
    pub fn over(self, present: Policy) -> Policy {
        Policy {
            expires_in_hours: self.expires_in_hours.unwrap_or(present.expires_in_hours),
            idle_hours: self.idle_hours.unwrap_or(present.idle_hours),
            max_downloads: self.max_downloads.unwrap_or(present.max_downloads),
        }
    }
}

impl From<Policy> for PolicyChange {
    fn from(policy: Policy) -> Self {
        Self {
            expires_in_hours: Some(policy.expires_in_hours),
            idle_hours: Some(policy.idle_hours),
            max_downloads: Some(policy.max_downloads),
        }
    }
}

impl Policy {
    /// Checks that it suits the kind: sends and requests end between 1 and `expiry_days_max` days; a ticket may be
    /// permanent; a request knows only the total.
    pub fn check(self, direction: Direction, kind: Kind, expiry_days_max: u64) -> Result<()> {
        let mut wrong = Vec::new();
        let mut field = |name: &str, problem| wrong.push(FieldError { field: format!("policy.{name}"), problem });
        let total_max = kind.total_hours_max(expiry_days_max);
        let total_min = u64::from(kind == Kind::Package);
        if self.expires_in_hours < total_min || self.expires_in_hours > total_max {
            field("expires_in_hours", FieldProblem::OutOfRange { min: total_min, max: total_max });
        }
        if self.idle_hours > limits::POLICY_HOURS_MAX {
            field("idle_hours", FieldProblem::OutOfRange { min: 0, max: limits::POLICY_HOURS_MAX });
        }
        if self.max_downloads > limits::POLICY_COUNT_MAX {
            field("max_downloads", FieldProblem::OutOfRange { min: 0, max: limits::POLICY_COUNT_MAX });
        }
        if direction == Direction::Inbound && kind == Kind::Package {
            if self.idle_hours > 0 {
                field("idle_hours", FieldProblem::NotAllowed);
            }
            if self.max_downloads > 0 {
                field("max_downloads", FieldProblem::NotAllowed);
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
    }
}

impl Kind {
    /// The most hours that a package of this kind may be given at once.
    pub fn total_hours_max(self, expiry_days_max: u64) -> u64 {
        match self {
            Kind::Package => expiry_days_max * 24,
            Kind::Ticket | Kind::Received => limits::POLICY_HOURS_MAX,
        }
    }
}

/// How long bytes stay after an end. Settings of the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// After a time rule ended a package, so that its owner can still extend it.
    pub package_grace: Duration,
    pub ticket_grace: Duration,
    /// What arrived, after its request ended.
    pub received: Duration,
    /// A draft, after its last change.
    pub draft: Duration,
    /// An unfinished upload, after its last byte.
    pub unfinished_upload: Duration,
    /// A deleted package can be taken back this long.
    pub undo: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |n: u64| Duration::from_hours(24 * n);
        Self {
            package_grace: Duration::from_hours(72),
            ticket_grace: Duration::ZERO,
            received: days(30),
            draft: days(30),
            unfinished_upload: days(7),
            undo: Duration::from_secs(10),
        }
    }
}

/// What is stored about a package's life.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    pub direction: Direction,
    pub kind: Kind,
    pub policy: Policy,
    /// When the policy's hours began: finalize, or the last change.
    pub policy_set_at: Timestamp,
    pub changed_at: Timestamp,
    pub finalized_at: Option<Timestamp>,
    /// Of the downloads that move the idle clock.
    pub last_download_at: Option<Timestamp>,
    /// Until when the last of its downloads can be continued.
    pub usable_until: Option<Timestamp>,
    /// An end that was observed and stored; it stays.
    pub ended: Option<(Rule, Timestamp)>,
    pub revoked_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub erased_at: Option<Timestamp>,
}

/// Which time rule will end the package first, and when; `None` while it is a draft or no time rule is on.
pub fn next_end(facts: &Facts) -> Option<(Rule, Timestamp)> {
    facts.finalized_at?;
    let total = after(facts.policy_set_at, facts.policy.expires_in_hours).map(|at| (Rule::Total, at));
    // A policy that was changed after the last download gives its hours anew, so that it can be extended.
    let idle_since = facts.last_download_at.map(|at| at.max(facts.policy_set_at));
    let idle = idle_since.and_then(|at| after(at, facts.policy.idle_hours)).map(|at| (Rule::Idle, at));
    [total, idle].into_iter().flatten().min_by_key(|(_, at)| *at)
}

/// The end of a finalized package at `now`, if it has ended: what was stored, or a time rule that has been reached.
pub fn end(facts: &Facts, now: Timestamp) -> Option<(Rule, Timestamp)> {
    facts.ended.or_else(|| next_end(facts).filter(|(_, at)| *at <= now))
}

/// The one function that decides what a package is.
pub fn status(facts: &Facts, now: Timestamp) -> Status {
    if facts.revoked_at.is_some() {
        return Status::Revoked;
    }
    if facts.finalized_at.is_none() {
        return Status::Draft;
    }
    match end(facts, now) {
        None => Status::Active,
        Some((Rule::Limit | Rule::Closed, _)) => Status::Completed,
        Some((Rule::Total | Rule::Idle, _)) => Status::Expired,
    }
}

/// What the holder of a link is told when the package does not open; `None` while it is active.
pub fn link_end(facts: &Facts, now: Timestamp) -> Option<LinkEnd> {
    if facts.deleted_at.is_some() {
        return Some(LinkEnd::Revoked { at: facts.deleted_at.unwrap_or(now) });
    }
    if let Some(at) = facts.revoked_at {
        return Some(LinkEnd::Revoked { at });
    }
    if facts.finalized_at.is_none() {
        return Some(LinkEnd::Unknown);
    }
    end(facts, now).map(|(rule, at)| match rule {
        Rule::Limit | Rule::Closed => LinkEnd::Completed { at },
        Rule::Total | Rule::Idle => LinkEnd::Expired { at },
    })
}

/// When the bytes go, as things stand: `None` while nothing will ever remove them by itself.
pub fn erase_at(facts: &Facts, retention: &Retention) -> Option<Timestamp> {
    let later = |at: Timestamp, wait: Duration| add(at, wait);
    if let Some(at) = facts.deleted_at {
        return Some(later(at, retention.undo));
    }
    if facts.finalized_at.is_none() {
        return Some(later(facts.changed_at, retention.draft));
    }
    // Revoking a request closes its link, not the owner's copy.
    let inbound = is_request(facts);
    if let Some(at) = facts.revoked_at {
        return Some(if inbound { later(at, retention.received) } else { at });
    }
    let (rule, at) = facts.ended.or_else(|| next_end(facts))?;
    let erased = match (inbound, rule, facts.kind) {
        (true, _, _) => later(at, retention.received),
        (false, Rule::Limit | Rule::Closed, _) => at,
        (false, Rule::Total | Rule::Idle, Kind::Package) => later(at, retention.package_grace),
        (false, Rule::Total | Rule::Idle, Kind::Ticket | Kind::Received) => later(at, retention.ticket_grace),
    };
    // A rule's end leaves what was started its day.
    Some(facts.usable_until.map_or(erased, |until| erased.max(until)))
}

/// Why bytes are due to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// Somebody deleted or revoked it.
    AskedFor,
    /// Its time is over.
    ByRule,
}

/// Whether the bytes are due to go at `now`, and why. What somebody asked for happens also when the clock was set back
/// since; a rule waits for its hour.
pub fn erasure(facts: &Facts, retention: &Retention, now: Timestamp) -> Option<Erasure> {
    if facts.erased_at.is_some() {
        return None;
    }
    let asked = match (facts.deleted_at, facts.revoked_at) {
        (Some(at), _) => Some((at, retention.undo)),
        (None, Some(at)) if !is_request(facts) => Some((at, Duration::ZERO)),
        (None, _) => None,
    };
    match asked {
        Some((at, wait)) => (now.duration_since(at).unsigned_abs() >= wait).then_some(Erasure::AskedFor),
        None => erase_at(facts, retention).is_some_and(|at| at <= now).then_some(Erasure::ByRule),
    }
}

/// What a customer sent is the owner's.
fn is_request(facts: &Facts) -> bool {
    facts.direction == Direction::Inbound && facts.kind == Kind::Package
}

fn after(at: Timestamp, hours: u64) -> Option<Timestamp> {
    (hours > 0).then(|| add(at, Duration::from_hours(hours)))
}

/// Time arithmetic on the UTC line: an hour is an hour, whatever a zone does in spring. Saturates at the end of time.
fn add(at: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|wait| at.checked_add(wait).ok()).unwrap_or(Timestamp::MAX)
}
