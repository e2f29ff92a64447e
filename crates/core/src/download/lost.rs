//! Responses whose process is gone: nobody will report their end. What they wrote ahead may have been delivered and stays
//! in the ledger; what they had booked beyond it never left and is given back, or a few crashes would use up all that a
//! slot serves. It must never take a response for lost that still runs.
use jiff::Timestamp;

use super::{Download, counting, store};
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::DownloadId;
use crate::package::store as packages;

const BATCH: u64 = 200;

/// When a process starts that has its database to itself: no response of before runs any more. Answers how many there
/// were. Does nothing where other processes may be at work; [`write_off_idle`] finds them there.
pub async fn write_off_all(app: &App) -> Result<u64> {
    if app.db.is_shared() { Ok(0) } else { write_off_where(app, None).await }
}

/// Writes off the responses of downloads at which nothing has happened since then: no process runs one.
pub(super) async fn write_off_idle(app: &App, idle_since: Timestamp) -> Result<u64> {
    write_off_where(app, Some(idle_since)).await
}

async fn write_off_where(app: &App, idle_since: Option<Timestamp>) -> Result<u64> {
    let (mut lost, mut after) = (0, None);
    loop {
        let found = store::with_claims(&mut app.db.read().await?, idle_since, after, BATCH).await?;
        for download in &found {
            lost += write_off_one(app, download, idle_since).await?;
        }
        after = found.last().map(|download| download.id);
        if crate::account::count(found.len()) < BATCH {
            return Ok(lost);
        }
    }
}

async fn write_off_one(app: &App, known: &Download, idle_since: Option<Timestamp>) -> Result<u64> {
    let mut tx = app.db.begin_write().await?;
    if packages::lock(&mut tx, known.package_id).await?.is_none() {
        return Ok(0);
    }
    // Somebody may have gone on with it since it was looked up.
    let download = store::by_id(&mut tx, known.id).await?;
    let is_idle = |at: Option<Timestamp>| idle_since.is_none_or(|since| at.is_none_or(|at| at <= since));
    if download.is_none_or(|download| !is_idle(download.active_at)) {
        return Ok(0);
    }
    let lost = write_off(&mut tx, known.id).await?;
    tx.commit().await?;
    Ok(lost)
}

/// Writes off every response of the download; the caller holds the package's row and knows that none runs.
pub(super) async fn write_off(tx: &mut Tx, download: DownloadId) -> Result<u64> {
    let mut lost = 0;
    for object in store::objects(tx, download).await? {
        let mut delivered = object.delivered()?;
        let claims = store::claims(tx, object.id).await?;
        if claims.is_empty() {
            continue;
        }
        for claim in claims {
            if delivered.insert(claim.claimed_from..claim.claimed_to).is_err() {
                // Nothing more can be told apart: then it stays written down as a claim.
                continue;
            }
            store::give_back(tx, download, claim.range_end - claim.claimed_to).await?;
            store::remove_claim(tx, claim.id).await?;
            lost += 1;
        }
        store::set_delivered(tx, object.id, &delivered.to_bytes(), None).await?;
    }
    Ok(lost)
}

/// Since when nothing must have happened at a download for none of its responses to run.
pub(crate) fn idle_since(now: Timestamp) -> Timestamp {
    now - jiff::SignedDuration::try_from(counting::IDLE).expect("a minute fits")
}
