//! The one sentence that says when a package ends or why it ended. Pages, API, command line and mails show the same.
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Facts, Retention, Rule, Status, end, erase_at, next_end, status};
use crate::download::USABLE;
use crate::package::{Direction, Kind};
use crate::text::Text;

/// The policy as the outside is told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyState {
    /// The rule that will fire first, or that fired; `None` for drafts, permanent and revoked packages.
    pub rule: Option<Rule>,
    /// When it will fire or fired, or when the package was revoked.
    pub at: Option<Timestamp>,
    pub ended: bool,
    pub erased_at: Option<Timestamp>,
    pub sentence: String,
}

/// Says it in the language of `words`, with times in `zone`. `downloads_left` where a limit is set.
pub fn state(
    facts: &Facts,
    retention: &Retention,
    downloads_left: Option<u64>,
    now: Timestamp,
    words: Text,
    zone: &TimeZone,
) -> PolicyState {
    let status = status(facts, now);
    let (rule, at) = match (facts.revoked_at, end(facts, now).or_else(|| next_end(facts))) {
        // No rule ended it, and none will.
        (Some(at), _) => (None, Some(at)),
        (None, Some((rule, at))) => (Some(rule), Some(at)),
        (None, None) => (None, None),
    };
    let with_at = |key: &str, at: Timestamp| words.with(key, &[("at", words.date_time(at, zone).into())]);
    let mut sentence = match status {
        Status::Draft => words.get("policy-draft"),
        Status::Revoked => with_at("policy-ended-revoked", facts.revoked_at.unwrap_or(now)),
        Status::Expired | Status::Completed => ended(facts, rule, at.unwrap_or(now), words, zone),
        Status::Active => active(facts, downloads_left, words, zone),
    };
    let over = matches!(status, Status::Expired | Status::Completed | Status::Revoked);
    let more = match (facts.erased_at, erase_at(facts, retention)) {
        (Some(at), _) => Some(with_at("policy-erased", at)),
        (None, Some(at)) if over && at <= now => Some(words.get("policy-erased-soon")),
        (None, Some(at)) if over => Some(with_at("policy-erased-later", at)),
        (None, _) if status == Status::Active => kept(facts, retention, words),
        (None, _) => None,
    };
    if let Some(more) = more {
        sentence.push(' ');
        sentence.push_str(&more);
    }
    PolicyState { rule, at, ended: over, erased_at: facts.erased_at, sentence }
}

fn ended(facts: &Facts, rule: Option<Rule>, at: Timestamp, words: Text, zone: &TimeZone) -> String {
    let at = ("at", words.date_time(at, zone).into());
    let idle = || ("idle", hours(facts.policy.idle_hours, words).into());
    match rule {
        Some(Rule::Total) | None => words.with("policy-ended-expired", &[at]),
        Some(Rule::Idle) => words.with("policy-ended-idle", &[at, idle()]),
        Some(Rule::Limit) => words.with("policy-ended-downloads", &[at, ("count", facts.policy.max_downloads.into())]),
        Some(Rule::Closed) => words.with("policy-ended-closed", &[at]),
    }
}

fn active(facts: &Facts, downloads_left: Option<u64>, words: Text, zone: &TimeZone) -> String {
    let next = next_end(facts);
    let at = || ("at", next.map_or_else(String::new, |(_, at)| words.date_time(at, zone)).into());
    let idle = || ("idle", hours(facts.policy.idle_hours, words).into());
    let idle_is_on = facts.policy.idle_hours > 0;
    let Some(left) = downloads_left else {
        return match (next, idle_is_on) {
            (None, false) => words.get("policy-permanent"),
            (None, true) => words.with("policy-ends-idle-waiting", &[idle()]),
            (Some((Rule::Idle, _)), _) => words.with("policy-ends-idle-running", &[at()]),
            (Some(_), false) => words.with("policy-ends-at", &[at()]),
            (Some(_), true) => words.with("policy-ends-at-or-idle", &[at(), idle()]),
        };
    };
    let count = ("count", left.into());
    match (next, idle_is_on) {
        (None, false) => words.with("policy-ends-after-downloads", &[count]),
        (None, true) => words.with("policy-ends-idle-or-downloads", &[idle(), count]),
        (Some(_), false) => words.with("policy-ends-at-or-downloads", &[at(), count]),
        (Some(_), true) => words.with("policy-ends-at-or-idle-or-downloads", &[at(), idle(), count]),
    }
}

/// How long an active package's bytes stay after its end, whichever rule it will be.
fn kept(facts: &Facts, retention: &Retention, words: Text) -> Option<String> {
    let say = |key: &str, wait: Duration| words.with(key, &[("kept", words.duration(wait).into())]);
    let is_timed = facts.policy.expires_in_hours > 0 || facts.policy.idle_hours > 0;
    let grace = match (facts.direction, facts.kind) {
        (Direction::Inbound, Kind::Package) => return Some(say("policy-erased-after-end", retention.received)),
        (_, Kind::Package) => retention.package_grace,
        (_, Kind::Ticket | Kind::Received) => retention.ticket_grace,
    };
    if !is_timed {
        return (facts.policy.max_downloads > 0).then(|| words.get("policy-erased-after-downloads"));
    }
    // A download that was started in time has its day.
    Some(say("policy-erased-at-latest", grace.max(USABLE)))
}

fn hours(hours: u64, words: Text) -> String {
    words.duration(std::time::Duration::from_hours(hours))
}
