//! The ledger of a response under a limit, written ahead: a range stands in the database before its bytes leave, and a
//! download is counted before the last missing ones do. What was not sent is given back when the response ends
//! (`record`), never after a crash: in doubt it was delivered.
use std::ops::Range;

use super::count::{Cause, count};
use super::counting::{self, Step, next_step};
use super::ranges::RangeSet;
use super::serve::Counted;
use super::wholes::{Coverage, Thing};
use super::{Claim, Download, DownloadState, Object, store};
use crate::access::Origin;
use crate::app::App;
use crate::db::{Conn, Tx};
use crate::error::{Error, LinkEnd, Result};
use crate::ids::{DownloadClaimId, DownloadObjectId};
use crate::package::{Package, store as packages};

/// How far a response may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub claim: DownloadClaimId,
    /// Bytes of the object before this one may leave.
    pub to: u64,
    /// What follows completes the download and counts it: ask for it only when everything before was delivered.
    pub settles_next: bool,
}

/// Books a response of `range` under the id that its end will be reported with, and writes its first step down. Announce
/// the report before: whoever is dropped in between is still heard of. [`Error::Gone`] when the download is over, or the slot has
/// served what a slot serves.
pub async fn open(
    app: &App,
    origin: &Origin,
    counted: &Counted,
    claim: DownloadClaimId,
    range: Range<u64>,
) -> Result<Grant> {
    let mut tx = app.db.begin_write().await?;
    let mut held = hold(&mut tx, app, counted.object).await?;
    if held.download.visit_hash != counted.visit_hash {
        // Taken over since it was looked up: this URL has ended.
        return Err(Error::Gone(LinkEnd::Unknown));
    }
    let length = range.end - range.start;
    let Download { id, booked_bytes, content_bytes, .. } = held.download;
    if !counting::fits(booked_bytes, content_bytes, length) {
        return Err(Error::Gone(LinkEnd::Completed { at: held.download.confirmed_at.unwrap_or(app.now()) }));
    }
    let claim = Claim {
        id: claim,
        object_id: counted.object,
        claimed_from: range.start,
        claimed_to: range.start,
        range_end: range.end,
    };
    if held.object.is_asked_in_pieces(&range) {
        store::mark_in_pieces(&mut tx, counted.object).await?;
    }
    store::book(&mut tx, id, length, app.now()).await?;
    store::insert_claim(&mut tx, &claim).await?;
    let grant = go_on(&mut tx, app, origin, &mut held, &claim, Before::Delivered).await?;
    tx.commit().await?;
    Ok(grant)
}

/// What is known of the bytes that a response was granted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// They were delivered, or there were none.
    Delivered,
    /// Some may still be on their way.
    UnderWay,
}

/// Writes the next step of the response down, after `grant`: in good time, while its bytes are still being sent, but when it
/// said that what follows settles, only once they were delivered. The answer may be no more than that, with nothing new
/// granted. [`Error::Gone`] when the download is over: not one more byte may leave.
pub async fn advance(app: &App, origin: &Origin, object: DownloadObjectId, grant: Grant) -> Result<Grant> {
    let before = if grant.settles_next { Before::Delivered } else { Before::UnderWay };
    let mut tx = app.db.begin_write().await?;
    let mut held = hold(&mut tx, app, object).await?;
    let claim = store::claim(&mut tx, grant.claim).await?.ok_or(Error::Gone(LinkEnd::Unknown))?;
    store::mark_active(&mut tx, held.download.id, app.now()).await?;
    let grant = go_on(&mut tx, app, origin, &mut held, &claim, before).await?;
    tx.commit().await?;
    Ok(grant)
}

/// Everything of the object that was delivered or written ahead; what a full set cannot tell apart counts as delivered.
pub(super) async fn covered(conn: &mut Conn, object: &Object) -> Result<RangeSet> {
    let mut covered = object.delivered()?;
    for claim in store::claims(conn, object.id).await? {
        covered.insert_in_doubt(claim.claimed_from..claim.claimed_to);
    }
    Ok(covered)
}

/// Whether all of the object makes a complete download. An empty file does only when the package has nothing else.
pub(super) async fn completes(conn: &mut Conn, object: &Object, package: &Package) -> Result<bool> {
    let files = crate::file::store::of_package(conn, package.id);
    Ok(object.size > 0 || files.await?.iter().all(|file| file.size == 0))
}

struct Held {
    package: Package,
    download: Download,
    object: Object,
}

/// The package's row first, as everywhere; then what can have changed before it was held.
async fn hold(tx: &mut Tx, app: &App, object: DownloadObjectId) -> Result<Held> {
    let gone = || Error::Gone(LinkEnd::Unknown);
    let known = store::object_by_id(tx, object).await?.ok_or_else(gone)?;
    let download = store::by_id(tx, known.download_id).await?.ok_or_else(gone)?;
    let package = packages::lock(tx, download.package_id).await?.ok_or_else(gone)?;
    let object = store::object_by_id(tx, object).await?.filter(|o| o.ended_at.is_none()).ok_or_else(gone)?;
    let download = store::by_id(tx, download.id).await?.filter(|d| d.ended_at.is_none()).ok_or_else(gone)?;
    let link = crate::link::store::by_id(tx, download.link_id).await?.ok_or_else(gone)?;
    if let Some(at) = link.revoked_at.or(package.revoked_at).or(package.deleted_at).or(package.erased_at) {
        return Err(Error::Gone(LinkEnd::Revoked { at }));
    }
    // A response that began in time may finish; `active_at` says that it runs.
    let runs = download.active_at.is_some_and(|at| app.now().duration_since(at).unsigned_abs() < counting::IDLE);
    if download.usable_until <= app.now() && !runs {
        return Err(Error::Gone(LinkEnd::Expired { at: download.usable_until }));
    }
    Ok(Held { package, download, object })
}

async fn go_on(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    held: &mut Held,
    claim: &Claim,
    before: Before,
) -> Result<Grant> {
    let Held { package, download, object } = held;
    let is_counted = download.state == DownloadState::Confirmed;
    let rest = claim.claimed_to..claim.range_end;
    let step = match (rest.is_empty(), is_counted) {
        // Nothing leaves of an empty file, but it was asked for.
        (true, false) if object.size == 0 && completes(tx, object, package).await? => Step::Settle { to: rest.end },
        (true, _) => Step::Ahead { to: rest.end, settles_next: false },
        (false, is_counted) => {
            let things = if is_counted { Vec::new() } else { things(tx, app, package, object, &rest).await? };
            next_step(&things, rest, claim.claimed_to - claim.claimed_from)
        }
    };
    let (to, settles_next) = match step {
        Step::Ahead { to, settles_next } => (to, settles_next),
        // He may still go away before he has those.
        Step::Settle { .. } if before == Before::UnderWay && !is_counted => (claim.claimed_to, true),
        Step::Settle { to } => {
            count(tx, app, origin, package, download, object, Cause::Delivered).await?;
            (to, false)
        }
    };
    store::move_claim(tx, claim.id, to).await?;
    Ok(Grant { claim: claim.id, to, settles_next })
}

/// What the next step of the response could make whole.
async fn things(tx: &mut Tx, app: &App, package: &Package, object: &Object, rest: &Range<u64>) -> Result<Vec<Thing>> {
    let window = rest.start..rest.end.min(rest.start.saturating_add(counting::STEP_BYTES_MAX));
    let coverage = Coverage::of(tx, app, package.id, object.download_id).await?;
    Ok(coverage.things(object.id, &window))
}
