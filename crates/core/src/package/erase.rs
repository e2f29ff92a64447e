//! The bytes of a package go. Only what is due goes, and rows say so before any byte is touched.
use serde_json::json;

use super::store;
use crate::access::{Author, Origin};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::Result;
use crate::file::store as files;
use crate::ids::PackageId;
use crate::job::{self, Job};
use crate::policy::Erasure;
use crate::{download, notice, policy, upload};

/// Erases the package if it is due, and not by a rule while the clock cannot be believed; a job and the sweep both end
/// here, so it may run twice. Blobs are removed by jobs of their own that start with the commit: a crash in between
/// leaves work, never a row without its blob.
pub async fn erase(app: &App, id: PackageId) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let Some(mut package) = store::lock(&mut tx, id).await? else { return Ok(()) };
    let Some(why) = policy::erasure(&package.facts(), &app.site.retention, now) else { return Ok(()) };
    // Nobody asked for it, and the hour may be wrong.
    if why == Erasure::ByRule && !app.trusts_clock() {
        return Ok(());
    }
    // A rule's end leaves running downloads their day, and what they began in it its end; only revoking and deleting take
    // the bytes away at once.
    let by_rule = package.revoked_at.is_none() && package.deleted_at.is_none();
    let is_in_use = app.deliveries.sends_from(id)
        || download::store::any_in_use(&mut tx, id, now, download::lost::idle_since(now)).await?;
    if by_rule && is_in_use {
        return Ok(());
    }
    let open = upload::store::open_of_package(&mut tx, id).await?;
    // Nor does it take away what somebody is still sending; what nobody continues is dropped by the uploads' own sweep.
    if by_rule && open.iter().any(|upload| upload::sweep::may_be_continued(app, upload, now)) {
        return Ok(());
    }
    let files = files::of_package(&mut tx, id).await?;
    for file in &files {
        job::enqueue(&mut tx, app, Job::EraseBlob { id: file.blob_id }, now).await?;
    }
    for upload in &open {
        upload::drop_upload::discard(&mut tx, app, upload).await?;
    }
    package.erased_at = Some(now);
    if package.finalized_at.is_none() && package.deleted_at.is_none() {
        // A draft that nobody touched for so long leaves nothing to look at.
        package.deleted_at = Some(now);
    }
    store::save(&mut tx, &mut package, &app.site.retention).await?;
    let details = json!({"files": files.len(), "bytes": package.total_bytes});
    let origin = Origin::default();
    let entry = Entry::new(now, Action::PackageErased, Author::System, &origin)
        .package(id)
        .account(package.owner_id)
        .details(details);
    audit::record(&mut tx, app, entry).await?;
    notice::removed::package_erased(&mut tx, app, &package).await?;
    tx.commit().await?;
    app.writers.stop(open.iter().map(|upload| upload.id));
    app.deliveries.cut_package(id);
    Ok(())
}
