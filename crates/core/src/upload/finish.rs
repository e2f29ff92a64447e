//! The last byte arrived. The order is fixed: length and digests are checked, the blob is flushed, renamed and its folder
//! flushed, then one transaction makes the file part of its package, and only after its commit anybody is told.
use serde_json::json;

use super::{Upload, store};
use crate::access::Origin;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::blob::{BUFFER_BYTES_MAX, BlobError, BlobId, BufferPool, Digests, PartialBlob, RunningDigest, read_at};
use crate::db::Tx;
use crate::error::{Error, LinkEnd, Result};
use crate::file::content_type::content_type;
use crate::file::name::{RelativePath, is_numbered, numbered};
use crate::file::store as files;
use crate::ids::{FileId, PackageId};
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
    store_file(app, &upload, &digests, origin).await
}

/// Whether nothing is missing but the transaction that says so: the blob is complete, or all its bytes are durable.
pub(super) async fn all_bytes_are_there(app: &App, upload: &Upload) -> Result<bool> {
    if upload.size == Some(upload.received) {
        return Ok(true);
    }
    match app.blobs.open(BlobId(upload.blob_id)).await {
        Ok(_) => Ok(true),
        Err(BlobError::NotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Finishes an upload whose bytes are all there, after a crash or a failed commit. What was not yet part of the stored
/// digest is read again, so that the row says what the blob holds.
pub(super) async fn catch_up(app: &App, upload: Upload) -> Result<Finished> {
    let id = BlobId(upload.blob_id);
    if upload.received == 0 && upload.size == Some(0) {
        match app.blobs.append(id, 0).await {
            Ok(partial) => partial.complete(0).await?,
            Err(BlobError::AlreadyComplete) => {}
            Err(error) => return Err(error.into()),
        }
    } else if upload.size == Some(upload.received) {
        app.blobs.complete(id, upload.received).await?;
    }
    let reader = app.blobs.open(id).await?;
    let mut digest = RunningDigest::from_state(&upload.digest_state)
        .map_err(|e| Error::Internal(format!("upload {}: {e}", upload.id)))?;
    let pool = BufferPool::new(BUFFER_BYTES_MAX);
    while digest.length() < reader.size() {
        let bytes = read_at(&*reader, &pool, digest.length(), BUFFER_BYTES_MAX).await?;
        if bytes.is_empty() {
            return Err(Error::Internal(format!("upload {}: its blob ends early", upload.id)));
        }
        digest.update(&bytes);
    }
    // A flush may still be owed: the crash may have come between the rename and it.
    app.blobs.complete(id, reader.size()).await?;
    let (origin, digests) = (Origin::default(), digest.finish());
    let announced = upload.sha256.is_none_or(|announced| announced == digests.sha256);
    if !announced || upload.size.is_some_and(|size| size != digests.length) {
        super::drop_upload::drop_damaged(app, &upload, &origin).await?;
        return Err(Error::ContentMismatch);
    }
    store_file(app, &upload, &digests, &origin).await
}

/// The blob is complete: makes it a file of its package, in one transaction.
async fn store_file(app: &App, upload: &Upload, digests: &Digests, origin: &Origin) -> Result<Finished> {
    let mut tx = app.db.begin_write().await?;
    let now = app.now();
    let gone = || Error::Gone(LinkEnd::Unknown);
    let package = packages::lock(&mut tx, upload.package_id).await?;
    // Whoever drops or finishes an upload holds its package, so this stays true until the commit.
    let there = store::by_id(&mut tx, upload.id).await?;
    if let Some(file) = there.as_ref().and_then(|upload| upload.file_id) {
        // Another node was faster.
        let file = files::by_id(&mut tx, upload.package_id, file).await?.ok_or_else(gone)?;
        return Ok(Finished { file, already_there: true });
    }
    let living = package.filter(|p| there.is_some() && p.revoked_at.is_none() && p.erased_at.is_none());
    let Some(mut package) = living else {
        super::drop_upload::discard(&mut tx, app, upload).await?;
        // If it was dropped before its bytes were complete, the job that was to remove them may have run too early.
        job::enqueue(&mut tx, app, Job::EraseBlob { id: upload.blob_id }, now).await?;
        tx.commit().await?;
        return Err(gone());
    };
    if package.deleted_at.is_some() {
        // It may be taken back, and the upload with it.
        return Err(gone());
    }
    // A rule that ended the package meanwhile does not hurt an upload that was under way: it may finish.
    let (file, already_there) = add(&mut tx, app, &mut package, upload, digests).await?;
    if !store::finish(&mut tx, upload, digests.length, file.id, now).await? {
        return Err(gone());
    }
    record(&mut tx, app, upload, &file, already_there, origin).await?;
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
    let path = if files::by_path(tx, package.id, &wanted.key()).await?.is_none() {
        wanted
    } else {
        if let Some(same) = same_file(tx, package.id, &wanted, digests).await? {
            job::enqueue(tx, app, Job::EraseBlob { id: upload.blob_id }, now).await?;
            return Ok((same, true));
        }
        let taken = files::path_keys(tx, package.id).await?;
        numbered(&wanted, |key| taken.contains(key))
    };
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
    files::insert(tx, files::NewFile { file: &file, path_key: path.key(), link: upload.link_id }).await?;
    package.file_count += 1;
    package.total_bytes += file.size;
    package.changed_at = now;
    packages::save(tx, package, &app.site.retention).await?;
    Ok((file, false))
}

/// The file that has this content and was asked for under this path, be it that it had to stand beside another one.
async fn same_file(tx: &mut Tx, package: PackageId, wanted: &RelativePath, digests: &Digests) -> Result<Option<File>> {
    let alike = files::with_content(tx, package, digests.sha256, digests.length).await?;
    let wished = alike.iter().position(|file| {
        let Ok(path) = RelativePath::parse(&file.relative_path) else { return false };
        path.key() == wanted.key() || is_numbered(&path, wanted)
    });
    Ok(wished.and_then(|n| alike.into_iter().nth(n)))
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
