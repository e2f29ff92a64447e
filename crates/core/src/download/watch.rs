//! Revoking, deleting and removing cut running transfers at once where they are asked for. This is for the rest: another
//! node asked, or a transfer was looked up a moment before and registered a moment after.
use std::collections::HashSet;
use std::time::Duration;

use super::store;
use crate::app::App;
use crate::error::Result;
use crate::file::store as files;
use crate::ids::LinkId;
use crate::link::store as links;
use crate::package::store as packages;

/// Transfers are cut within 5 s of what ends them, so this often and a little patience.
pub(super) const EVERY: Duration = Duration::from_secs(2);

/// A running response is told to other nodes, and to later processes, this often: well within
/// [`IDLE`](super::counting::IDLE).
pub(super) const TELL_EVERY: Duration = Duration::from_secs(15);

/// Writes down that the downloads with a running response in this process are active, so that nobody takes them over.
pub async fn tell_what_runs(app: &App) -> Result<()> {
    for download in app.deliveries.downloads() {
        let mut tx = app.db.begin_write().await?;
        store::mark_active(&mut tx, download, app.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Cuts what runs in this process for packages, links and files that have ended.
pub async fn cut_what_ended(app: &App) -> Result<()> {
    let running: HashSet<_> = app.deliveries.packages().into_iter().chain(app.writers.packages()).collect();
    if running.is_empty() {
        return Ok(());
    }
    let mut conn = app.db.read().await?;
    for id in running {
        let package = packages::any_by_id(&mut conn, id).await?;
        if package.is_none_or(|p| p.revoked_at.is_some() || p.deleted_at.is_some() || p.erased_at.is_some()) {
            app.deliveries.cut_package(id);
            app.writers.stop_package(id);
            continue;
        }
        let links = links::of_package(&mut conn, id).await?;
        let revoked: Vec<LinkId> = links.iter().filter(|l| l.revoked_at.is_some()).map(|l| l.id).collect();
        app.deliveries.cut_links(&revoked);
        for file in files::removed(&mut conn, id).await? {
            app.deliveries.cut_file(id, file);
        }
    }
    Ok(())
}
