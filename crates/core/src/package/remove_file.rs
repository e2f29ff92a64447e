//! An owner takes one file out of a package.
use serde_json::json;

use super::{Direction, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::download;
use crate::error::{Error, Refusal, Result};
use crate::file::store as files;
use crate::ids::{FileId, PackageId};
use crate::job::{self, Job};
use crate::policy::Status;

/// Removes the file; transfers of it, and archives that contain it, end. [`Refusal::LastFile`] when an outbound package
/// that is no draft would be left empty.
pub async fn remove_file(app: &App, actor: &Actor, id: PackageId, file: FileId) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let mut package = store::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    let found = files::by_id(&mut tx, id, file).await?.ok_or(Error::NotFound)?;
    match package.status(now) {
        Status::Revoked => return Err(Refusal::Revoked.into()),
        _ if package.erased_at.is_some() => return Err(Refusal::Erased.into()),
        // Nor when it has ended: it could be extended into an empty one.
        Status::Active | Status::Expired | Status::Completed
            if package.direction == Direction::Outbound && package.file_count <= 1 =>
        {
            return Err(Refusal::LastFile.into());
        }
        Status::Draft | Status::Active | Status::Expired | Status::Completed => {}
    }
    files::remove(&mut tx, file, now).await?;
    download::store::end_objects_with_file(&mut tx, id, file, now).await?;
    package.file_count = package.file_count.saturating_sub(1);
    package.total_bytes = package.total_bytes.saturating_sub(found.size);
    package.changed_at = now;
    store::save(&mut tx, &mut package, &app.site.retention).await?;
    job::enqueue(&mut tx, app, Job::EraseBlob { id: found.blob_id }, now).await?;
    let details = json!({"file_id": file, "path": found.relative_path, "size": found.size});
    let entry = Entry::new(now, Action::FileRemoved, actor.author(), &actor.origin).package(id).details(details);
    audit::record(&mut tx, app, entry).await?;
    tx.commit().await?;
    app.deliveries.cut_files(id, &[file]);
    Ok(())
}
