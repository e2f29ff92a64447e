//! An unfinished upload is dropped: by its holder, its owner, a refused digest, or the sweep.
use serde_json::json;

use super::{Upload, look, store};
use crate::access::{Actor, Author, Origin, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::Tx;
use crate::error::{Error, Refusal, Result};
use crate::ids::{PackageId, UploadId};
use crate::job::{self, Job};
use crate::package::store as packages;

/// The holder of the upload's token ends it (tus termination). Repeating it is [`Error::Gone`].
pub async fn terminate(app: &App, origin: &Origin, token: &str) -> Result<()> {
    let upload = look::by_token(app, token).await?;
    if upload.finished_at.is_some() {
        return Err(Refusal::UploadFinished.into());
    }
    drop_one(app, &upload, upload.actor.0.clone(), origin, "terminated").await
}

/// The owner of the package drops one of its unfinished uploads.
pub async fn drop_upload(app: &App, actor: &Actor, package: PackageId, id: UploadId) -> Result<()> {
    let mut conn = app.db.read().await?;
    let found = packages::by_id(&mut conn, package).await?.ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&found))?;
    let upload = store::by_id(&mut conn, id).await?.filter(|u| u.package_id == package).ok_or(Error::NotFound)?;
    drop(conn);
    if upload.finished_at.is_some() {
        return Err(Refusal::UploadFinished.into());
    }
    drop_one(app, &upload, actor.author(), &actor.origin, "dropped").await
}

/// A plain upload that did not come through leaves nothing behind.
pub async fn give_up(app: &App, origin: &Origin, upload: &Upload) -> Result<()> {
    drop_one(app, upload, upload.actor.0.clone(), origin, "interrupted").await
}

/// The content is not what was announced: it will never be complete.
pub(super) async fn drop_damaged(app: &App, upload: &Upload, origin: &Origin) -> Result<()> {
    drop_one(app, upload, upload.actor.0.clone(), origin, "wrong digest").await
}

/// Its acknowledged bytes are lost: it can neither go on nor begin anew under this token.
pub(super) async fn drop_lost(app: &App, upload: &Upload) -> Result<()> {
    drop_one(app, upload, Author::System, &Origin::default(), "bytes lost").await
}

pub(super) async fn drop_one(app: &App, upload: &Upload, author: Author, origin: &Origin, reason: &str) -> Result<()> {
    let mut tx = app.db.begin_write().await?;
    // The package first, as everywhere: two transactions that lock in one order never wait for each other.
    let package = packages::lock(&mut tx, upload.package_id).await?;
    if discard(&mut tx, app, upload).await? {
        let details = json!({
            "upload_id": upload.id, "path": upload.relative_path, "received": upload.received, "size": upload.size,
            "reason": reason,
        });
        let entry =
            Entry::new(app.now(), Action::UploadAborted, author, origin).package(upload.package_id).details(details);
        audit::record(&mut tx, app, entry).await?;
        if let Some(package) = package {
            packages::touch(&mut tx, package.id, package.owner_id).await?;
        }
    }
    tx.commit().await?;
    app.writers.stop([upload.id]);
    Ok(())
}

/// Takes the upload out of the world inside the caller's transaction; its bytes go by a job. Answers whether it was
/// still open.
pub(crate) async fn discard(tx: &mut Tx, app: &App, upload: &Upload) -> Result<bool> {
    let now = app.now();
    let dropped = store::set_dropped(tx, upload.id, now).await?;
    if dropped {
        job::enqueue(tx, app, Job::EraseBlob { id: upload.blob_id }, now).await?;
    }
    Ok(dropped)
}
