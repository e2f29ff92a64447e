//! Revoking, deleting and removing cut running transfers at once where they are asked for. This is for the rest: another
//! node asked, or a transfer was looked up a moment before and registered a moment after.
use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::serve::Counted;
use super::{DownloadState, counting, store};
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::file::store as files;
use crate::ids::{LinkId, PackageId};
use crate::link::store as links;
use crate::package::store as packages;
use crate::secret::Token;

/// Transfers are cut within 5 s of what ends them, so this often and a little patience.
pub(super) const EVERY: Duration = Duration::from_secs(2);

/// A running response is told to other nodes, and to later processes, this often: well within
/// [`IDLE`](super::counting::IDLE).
pub(super) const TELL_EVERY: Duration = Duration::from_secs(15);

/// Downloads told in one transaction, which keeps others from writing meanwhile.
const TOLD_AT_ONCE: usize = 500;

/// Writes down that the downloads with a running response in this process are active, so that nobody takes them over or
/// takes their bytes away. Without a limit that is asked only from the end of a download's day on.
pub async fn tell_what_runs(app: &App) -> Result<()> {
    let mut told = app.deliveries.limited_downloads();
    let running = app.deliveries.downloads();
    if running.len() > told.len() {
        let ending = store::unlimited_until(&mut app.db.read().await?, soon(app)).await?;
        told.extend(ending.into_iter().filter(|download| running.contains(download)));
    }
    // Two nodes that tell the same ones do so in the same order.
    let mut told: Vec<_> = told.into_iter().collect();
    told.sort_unstable();
    for some in told.chunks(TOLD_AT_ONCE) {
        let mut tx = app.db.begin_write().await?;
        for download in some {
            store::tell_active(&mut tx, *download, app.now()).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Whether that which was looked up under the token is still so, asked by a response that is registered by now: what
/// changes later cuts it. `false`: look it up once more.
pub async fn is_still_so(app: &App, token: &str, counted: &Counted) -> Result<bool> {
    let Some(token) = Token::parse(token) else { return Ok(false) };
    let found = store::standing(&mut app.db.read().await?, token.hash(), counted.limited).await?;
    let Some(download) = found else { return Ok(false) };
    // The next telling may come too late for one that begins in the last minute of its day.
    if !counted.limited && download.usable_until <= soon(app) {
        let mut tx = app.db.begin_write().await?;
        store::mark_active(&mut tx, download.id, app.now()).await?;
        tx.commit().await?;
    }
    Ok(true)
}

/// Cuts what runs in this process for packages, links and files that have ended, and what runs without a ledger of
/// downloads that a limit has come over.
pub async fn cut_what_ended(app: &App) -> Result<()> {
    let running: HashSet<_> = app.deliveries.packages().into_iter().chain(app.writers.packages()).collect();
    if running.is_empty() {
        return Ok(());
    }
    let mut conn = app.db.read().await?;
    for id in running {
        let package = packages::any_by_id(&mut conn, id).await?;
        let living = package.filter(|p| p.revoked_at.is_none() && p.deleted_at.is_none() && p.erased_at.is_none());
        let Some(package) = living else {
            app.deliveries.cut_package(id);
            app.writers.stop_package(id);
            continue;
        };
        let links = links::of_package(&mut conn, id).await?;
        let revoked: Vec<LinkId> = links.iter().filter(|l| l.revoked_at.is_some()).map(|l| l.id).collect();
        app.deliveries.cut_links(&revoked);
        app.deliveries.cut_files(id, &files::removed(&mut conn, id).await?);
        if package.max_downloads > 0 {
            cut_what_is_limited_now(app, &mut conn, id).await?;
        }
    }
    Ok(())
}

async fn cut_what_is_limited_now(app: &App, conn: &mut Conn, package: PackageId) -> Result<()> {
    let mut limited = HashSet::new();
    for id in app.deliveries.unlimited_downloads(package) {
        let download = store::by_id(conn, id).await?;
        if download.is_none_or(|d| d.limited || d.state == DownloadState::Dropped) {
            limited.insert(id);
        }
    }
    app.deliveries.cut_unlimited(&limited);
    Ok(())
}

/// Before the next telling has come for certain, on any node.
fn soon(app: &App) -> Timestamp {
    app.now() + SignedDuration::try_from(counting::IDLE).expect("a minute fits")
}
