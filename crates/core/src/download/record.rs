//! Stores what responses delivered: the union of ranges, whether it makes a complete download, and the audit entries.
//! A download counts once, when the union covers a whole file or the archive.
use jiff::SignedDuration;
use serde_json::json;

use super::count::{Cause, count};
use super::deliveries::Delivered;
use super::ranges::RangeSet;
use super::start::link_author;
use super::wholes::{Coverage, Thing};
use super::{Download, DownloadState, Object, ledger, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::link::store as links;
use crate::package::{Package, store as packages};

/// A download that breaks off again and again is written down this often.
const ABORTS_APART: SignedDuration = SignedDuration::from_mins(1);

/// Adds one response to its download. Repeated, because the database may have stored it and not said so, it changes
/// nothing for a response under a limit, whose claim is gone by then. For one without, nothing was written ahead that could
/// be gone: repeated it counts nothing twice and writes no second entry, but the download's totals of bytes and responses,
/// which decide nothing there, may have it twice.
pub async fn record(app: &App, delivered: &Delivered) -> Result<()> {
    let now = app.now();
    let id = delivered.object;
    let mut tx = app.db.begin_write().await?;
    let object = store::object_by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    // The package's row first: two responses of one download that end together are put in order by it.
    let download = store::by_id(&mut tx, object.download_id).await?.ok_or(Error::NotFound)?;
    let Some(mut package) = packages::lock(&mut tx, download.package_id).await? else { return Ok(()) };
    let object = store::object_by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let download = store::by_id(&mut tx, download.id).await?.ok_or(Error::NotFound)?;
    let sent = delivered.range.end.saturating_sub(delivered.range.start);
    if let Some(claim) = delivered.claim {
        let Some(claim) = store::claim(&mut tx, claim).await? else { return Ok(()) };
        store::remove_claim(&mut tx, claim.id).await?;
        let booked = claim.range_end - claim.claimed_from;
        store::give_back(&mut tx, download.id, booked.saturating_sub(sent)).await?;
    }
    let mut ranges = object.delivered()?;
    ranges.insert_in_doubt(delivered.range.clone());
    if object.is_asked_in_pieces(&delivered.asked(object.size)) {
        store::mark_in_pieces(&mut tx, id).await?;
    }
    let is_all = ranges.covers(0..object.size);
    store::set_delivered(&mut tx, id, &ranges.to_bytes(), is_all.then_some(now)).await?;
    let whole = made_something_whole(&mut tx, app, &package, &object).await?;
    store::add_response(&mut tx, download.id, sent, now).await?;
    // A reservation that lost its slot has nothing to count on.
    let has_lost_its_slot = match download.state {
        DownloadState::Dropped | DownloadState::Released | DownloadState::Withdrawn => true,
        DownloadState::Open | DownloadState::Confirmed => false,
    };
    if whole && !has_lost_its_slot {
        count(&mut tx, app, &delivered.origin, &mut package, &download, &object, Cause::Delivered).await?;
    } else if !whole && !delivered.whole && !goes_on(&mut tx, app, &download).await? {
        record_abort(&mut tx, app, delivered, &object, &package, &ranges, &download).await?;
    }
    tx.commit().await
}

/// Whether something of the object has come whole.
async fn made_something_whole(tx: &mut Tx, app: &App, package: &Package, object: &Object) -> Result<bool> {
    if object.size == 0 {
        return ledger::completes(tx, object, package).await;
    }
    let coverage = Coverage::of(tx, app, package.id, object.download_id).await?;
    Ok(coverage.things(object.id, &(0..object.size)).iter().any(Thing::is_whole))
}

/// Whether the download has not broken off although one of its responses has: it has counted, or others run. Players and
/// download managers break one response off after the other.
async fn goes_on(tx: &mut Tx, app: &App, download: &Download) -> Result<bool> {
    let is_counted = download.confirmed_at.is_some();
    Ok(is_counted || app.deliveries.runs(download.id) || store::has_claims(tx, download.id).await?)
}

async fn record_abort(
    tx: &mut Tx,
    app: &App,
    delivered: &Delivered,
    object: &Object,
    package: &Package,
    ranges: &RangeSet,
    download: &Download,
) -> Result<()> {
    let now = app.now();
    let link = links::by_id(tx, download.link_id).await?.ok_or(Error::NotFound)?;
    let percent = ranges.len().saturating_mul(100) / object.size.max(1);
    links::mark_broken_off(tx, link.id, percent, now).await?;
    if !store::mark_broken_off(tx, download.id, now - ABORTS_APART, now).await? {
        return Ok(());
    }
    let author = link_author(tx, &link).await?;
    let details = json!({
        "download_id": object.download_id, "name": object.name, "archive": object.file_id.is_none(),
        "delivered": ranges.len(), "size": object.size, "percent": percent,
        "duration_ms": u64::try_from(delivered.took.as_millis()).unwrap_or(0),
    });
    let entry =
        Entry::new(now, Action::DownloadAborted, author, &delivered.origin).package(package.id).details(details);
    audit::record(tx, app, entry).await?;
    packages::touch(tx, package.id, package.owner_id).await
}
