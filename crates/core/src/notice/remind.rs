//! Reminders to owners: nobody downloaded, it ends soon, what arrived or a draft is erased soon. Each goes at most once per
//! end; a package that was extended is reminded of its new end. What is due is found by `remind_at`, which every save of
//! a package stores, so no sweep looks at packages that have nothing due.
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{NoticeKind, store, tell};
use crate::account;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::PackageId;
use crate::link::store as links;
use crate::mail::{MailContent, Party};
use crate::package::store::Due;
use crate::package::{Direction, Kind, Package, store as packages};
use crate::policy::{self, Facts, Retention, Status};

/// "Not downloaded yet" goes this long before the end.
pub const NOT_DOWNLOADED_BEFORE: Duration = Duration::from_hours(48);
/// "Ending soon" goes this long before the end.
pub const ENDING_SOON_BEFORE: Duration = Duration::from_hours(24);
/// "Erased soon" goes this long before bytes go that nobody else has.
pub const ERASING_BEFORE: Duration = Duration::from_hours(72);
/// A reminder sooner than this after the hours began would only repeat what the owner just set.
pub const NOT_WITHIN: Duration = Duration::from_hours(12);
/// Notices that were sent are remembered this long; what causes them is long over by then.
const REMEMBERED: Duration = Duration::from_hours(24 * 90);

const BATCH: u64 = 200;

/// A reminder that a package will need as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    pub kind: NoticeKind,
    /// When it is to go.
    pub at: Timestamp,
    /// The end it warns of.
    pub end: Timestamp,
}

/// The reminders that belong to the package's present ends, whether or not they went.
pub fn reminders(facts: &Facts, retention: &Retention) -> Vec<Reminder> {
    if facts.deleted_at.is_some() || facts.erased_at.is_some() {
        return Vec::new();
    }
    let is_request = facts.direction == Direction::Inbound && facts.kind == Kind::Package;
    let erasing = |kind, began: Timestamp| {
        let end = policy::erase_at(facts, retention)?;
        Some(Reminder { kind, at: before(end, ERASING_BEFORE).max(began), end })
    };
    if facts.finalized_at.is_none() {
        return erasing(NoticeKind::ErasingDraft, facts.changed_at).into_iter().collect();
    }
    let over = facts.revoked_at.or(facts.ended.map(|(_, at)| at));
    if let Some(over) = over {
        let received = is_request.then(|| erasing(NoticeKind::ErasingReceived, over));
        return received.flatten().into_iter().collect();
    }
    let Some((_, end)) = policy::next_end(facts) else { return Vec::new() };
    // The clock that runs out began with the policy, or with the download that set it back.
    let began = facts
        .policy_set_at
        .max(facts.last_download_at.filter(|_| facts.policy.idle_hours > 0).unwrap_or(facts.policy_set_at));
    let earliest = after(began, NOT_WITHIN);
    let leads = [
        (NoticeKind::NotDownloaded, NOT_DOWNLOADED_BEFORE, facts.direction == Direction::Outbound),
        (NoticeKind::EndingSoon, ENDING_SOON_BEFORE, facts.kind != Kind::Received),
    ];
    leads
        .into_iter()
        .filter(|(_, _, applies)| *applies)
        .map(|(kind, lead, _)| Reminder { kind, at: before(end, lead), end })
        .filter(|reminder| reminder.at >= earliest)
        .collect()
}

/// When the next reminder is due that has not been seen to yet.
pub fn next(facts: &Facts, retention: &Retention, reminded_to: Option<Timestamp>) -> Option<Timestamp> {
    let waiting = reminders(facts, retention).into_iter().map(|reminder| reminder.at);
    waiting.filter(|at| reminded_to.is_none_or(|seen| *at > seen)).min()
}

/// Whether a reminder of this kind says nothing true any more: its package ended, went, or was given more time.
pub(crate) fn is_moot(kind: NoticeKind, package: Option<&Package>, now: Timestamp) -> bool {
    let Some(package) = package else { return true };
    let is_near = |lead: Duration| package.ends_at.is_some_and(|end| before(end, lead) <= now);
    let is_active = package.deleted_at.is_none() && package.status(now) == Status::Active;
    let has_bytes = package.deleted_at.is_none() && package.erased_at.is_none();
    let erases_soon = has_bytes && package.erase_at.is_some_and(|at| before(at, ERASING_BEFORE) <= now);
    match kind {
        NoticeKind::NotDownloaded => !is_active || !is_near(NOT_DOWNLOADED_BEFORE),
        NoticeKind::EndingSoon => !is_active || !is_near(ENDING_SOON_BEFORE),
        NoticeKind::ErasingDraft => package.finalized_at.is_some() || !erases_soon,
        NoticeKind::ErasingReceived => !erases_soon,
        NoticeKind::Arrived
        | NoticeKind::Received
        | NoticeKind::Rejected
        | NoticeKind::Asked
        | NoticeKind::FirstDownload
        | NoticeKind::Removed
        | NoticeKind::CompletedDownload => false,
    }
}

/// Sends what is due; answers how many packages it looked after. Each package on its own: one that fails does not stall
/// the others. None while the clock cannot be believed.
pub async fn sweep(app: &App) -> Result<u64> {
    let now = app.now();
    if !app.trusts_clock() {
        return Ok(0);
    }
    let (mut seen, mut last): (u64, Option<Due>) = (0, None);
    loop {
        let all = store::due(&mut app.db.read().await?, now, last.as_ref(), BATCH).await?;
        for due in &all {
            match remind(app, due.id).await {
                Ok(()) => seen += 1,
                Err(error) => tracing::error!(package = %due.id, %error, "a reminder could not be sent; trying again"),
            }
        }
        if account::count(all.len()) < BATCH {
            return Ok(seen);
        }
        last = all.into_iter().next_back();
    }
}

/// Forgets notices that were sent long ago.
pub async fn forget_old(app: &App) -> Result<u64> {
    let since = before(app.now(), REMEMBERED);
    // A look first: an idle server must not take the writer again and again.
    if !store::any_told(&mut app.db.read().await?, since).await? {
        return Ok(0);
    }
    let mut tx = app.db.begin_write().await?;
    let forgotten = store::forget_told(&mut tx, since).await?;
    tx.commit().await?;
    Ok(forgotten)
}

async fn remind(app: &App, id: PackageId) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let Some(package) = packages::lock(&mut tx, id).await? else { return Ok(()) };
    let facts = package.facts();
    let is_due = |reminder: &Reminder| reminder.at <= now && package.reminded_to.is_none_or(|seen| reminder.at > seen);
    let due: Vec<Reminder> = reminders(&facts, &app.site.retention).into_iter().filter(is_due).collect();
    for reminder in &due {
        if !is_moot(reminder.kind, Some(&package), now) {
            send(&mut tx, app, &package, reminder).await?;
        }
    }
    let reminded_to = due.iter().map(|reminder| reminder.at).max().max(package.reminded_to);
    store::set_reminded(&mut tx, id, reminded_to, next(&facts, &app.site.retention, reminded_to)).await?;
    tx.commit().await
}

async fn send(tx: &mut Tx, app: &App, package: &Package, reminder: &Reminder) -> Result<()> {
    let Some(owner) = account::store::by_id(tx, package.owner_id).await? else { return Ok(()) };
    let reader = tell::of_account(app, &owner);
    let sentence = tell::policy_sentence(tx, app, package, &reader).await?;
    let title = package.title.clone();
    let (text, zone) = (reader.text(), reader.time_zone());
    let status = || text.with("notice-erased-on", &[("at", text.date_time(reminder.end, &zone).into())]);
    let content = match reminder.kind {
        NoticeKind::NotDownloaded => {
            let Some(who) = without_download(tx, package).await? else { return Ok(()) };
            MailContent::NotDownloaded { who, title, ends: sentence }
        }
        NoticeKind::EndingSoon => MailContent::EndingSoon { title, ends: sentence },
        NoticeKind::ErasingDraft => MailContent::ErasingDraft { title, status: status() },
        NoticeKind::ErasingReceived if package.file_count > 0 => {
            MailContent::ErasingReceived { title, status: sentence }
        }
        NoticeKind::ErasingReceived
        | NoticeKind::Arrived
        | NoticeKind::Received
        | NoticeKind::Rejected
        | NoticeKind::Asked
        | NoticeKind::FirstDownload
        | NoticeKind::Removed
        | NoticeKind::CompletedDownload => return Ok(()),
    };
    let event = format!("{}:{}:{}", reminder.kind, package.id, reminder.end.as_millisecond());
    tell::tell_owner_of(tx, app, package, &event, content).await
}

/// The people whose working link has no completed download (nobody named: the package is a link without a recipient);
/// `None` when everybody has downloaded.
async fn without_download(tx: &mut Tx, package: &Package) -> Result<Option<Vec<Party>>> {
    let links = links::of_package(tx, package.id).await?;
    let waiting: Vec<_> = links.iter().filter(|link| link.revoked_at.is_none() && link.downloads == 0).collect();
    if waiting.is_empty() {
        return Ok(None);
    }
    let people = packages::recipients(tx, package.id).await?;
    let theirs = people.into_iter().filter(|person| waiting.iter().any(|link| link.recipient_id == Some(person.id)));
    Ok(Some(theirs.map(|person| Party { name: person.name, email: person.email }).collect()))
}

fn before(at: Timestamp, lead: Duration) -> Timestamp {
    SignedDuration::try_from(lead).ok().and_then(|lead| at.checked_sub(lead).ok()).unwrap_or(Timestamp::MIN)
}

fn after(at: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|wait| at.checked_add(wait).ok()).unwrap_or(Timestamp::MAX)
}
