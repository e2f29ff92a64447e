//! The last byte arrived. The order is fixed: length and digests are checked, the blob is flushed, renamed and its folder
//! flushed, then one transaction makes the file part of its package, and only after its commit anybody is told.
use serde_json::json;

use super::{Upload, store};
use crate::access::Origin;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::blob::{Digests, PartialBlob, RunningDigest};
use crate::db::Tx;
use crate::error::{Error, LinkEnd, Result};
use crate::file::content_type::content_type;
use crate::file::name::{RelativePath, numbered, path_key};
use crate::ids::FileId;
use crate::job::{self, Job};
use crate::package::{File, Package, store as packages};

/// A file that is complete, durable and in its package.
#[derive(Debug, Clone)]
pub struct Finished {
    pub file: File,
    /// The package already had the same file (path and content); nothing was added.
    pub already_there: bool,
}

pub(super) async fn finish(
    app: &App,
    upload: Upload,
    partial: Box<dyn PartialBlob>,
    digest: RunningDigest,
    origin: &Origin,
) -> Result<Finished> {
    let digests = digest.finish();
    if upload.sha256.is_some_and(|announced| announced != digests.sha256) {
        super::drop_upload::drop_damaged(app, &upload, origin).await?;
        return Err(Error::ContentMismatch);
    }
    partial.complete(digests.length).await?;
    let mut tx = app.db.begin_write().await?;
    let now = app.now();
    let gone = || Error::Gone(LinkEnd::Unknown);
    let mut package = packages::lock(&mut tx, upload.package_id).await?.ok_or_else(gone)?;
    if package.deleted_at.is_some() || package.erased_at.is_some() || package.revoked_at.is_some() {
        return Err(gone());
    }
    // A rule that ended the package meanwhile does not hurt an upload that was under way: it may finish.
    let (file, already_there) = add(&mut tx, app, &mut package, &upload, &digests).await?;
    if !store::finish(&mut tx, upload.id, digests.length, file.id, now).await? {
        return Err(gone());
    }
    record(&mut tx, app, &upload, &file, already_there, origin).await?;
    tx.commit().await?;
    Ok(Finished { file, already_there })
}

/// Adds the bytes to the package under the first free name; the same path with the same content is the same file.
async fn add(
    tx: &mut Tx,
    app: &App,
    package: &mut Package,
    upload: &Upload,
    digests: &Digests,
) -> Result<(File, bool)> {
    let now = app.now();
    let wanted = RelativePath::parse(&upload.relative_path)
        .map_err(|e| Error::Internal(format!("upload {}: {e}", upload.id)))?;
    let mut path = wanted.clone();
    let mut taken = Vec::new();
    while let Some(other) = packages::file_by_path(tx, package.id, &path.key()).await? {
        if other.sha256 == digests.sha256 && other.size == digests.length {
            job::enqueue(tx, app, Job::EraseBlob { id: upload.blob_id }, now).await?;
            return Ok((other, true));
        }
        taken.push(path.key());
        path = numbered(&wanted, |candidate| taken.iter().any(|key| *key == path_key(candidate)));
    }
    let file = File {
        id: FileId::new(now, &*app.entropy),
        package_id: package.id,
        blob_id: upload.blob_id,
        content_type: upload.content_type.clone().unwrap_or_else(|| content_type(path.name(), &[])),
        relative_path: path.as_str().to_owned(),
        size: digests.length,
        sha256: digests.sha256,
        crc32: digests.crc32,
        uploaded_at: now,
        wire_bytes: upload.wire_bytes,
        wire_ms: upload.wire_ms,
    };
    packages::insert_file(tx, packages::NewFile { file: &file, path_key: path.key(), link: upload.link_id }).await?;
    package.file_count += 1;
    package.total_bytes += file.size;
    package.changed_at = now;
    packages::save(tx, package, &app.site.retention).await?;
    Ok((file, false))
}

async fn record(
    tx: &mut Tx,
    app: &App,
    upload: &Upload,
    file: &File,
    already_there: bool,
    origin: &Origin,
) -> Result<()> {
    let author = upload.actor.0.clone();
    let details = json!({
        "upload_id": upload.id, "file_id": file.id, "path": file.relative_path, "size": file.size,
        "sha256": hex::encode(file.sha256), "duration_ms": upload.wire_ms, "already_there": already_there,
    });
    let entry = Entry::new(app.now(), Action::UploadCompleted, author.clone(), origin)
        .package(upload.package_id)
        .details(details);
    audit::record(tx, app, entry).await?;
    if already_there {
        return Ok(());
    }
    let details = json!({"file_id": file.id, "path": file.relative_path, "size": file.size});
    let entry = Entry::new(app.now(), Action::FileAdded, author, origin).package(upload.package_id).details(details);
    audit::record(tx, app, entry).await
}
