//! Checks that every promised byte is there. Changes nothing. A server may work meanwhile, so whatever looks wrong is
//! asked about again before it is called a loss.
use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{Depth, Loser, Loss, Progress, Promise, Report, store};
use crate::app::App;
use crate::blob::{BlobError, BlobId, BlobStream, BufferPool, Completeness, RunningDigest};
use crate::error::{Error, Result};
use crate::file::store as files;
use crate::ids::UploadId;

const BATCH: u64 = 500;
/// Memory for reading content.
const READ_BYTES: usize = 4 << 20;

/// Looks at all files, all unfinished uploads and all stored bytes; tells `on_loss` of each loss as it is found.
pub async fn check(app: &App, depth: Depth, mut on_loss: impl FnMut(&Loser, &Loss)) -> Result<Report> {
    let mut report = Report::default();
    check_files(app, depth, &mut report, &mut on_loss).await?;
    check_uploads_and_litter(app, &mut report, &mut on_loss).await?;
    Ok(report)
}

async fn check_files(
    app: &App,
    depth: Depth,
    report: &mut Report,
    on_loss: &mut impl FnMut(&Loser, &Loss),
) -> Result<()> {
    let pool = BufferPool::new(READ_BYTES);
    let mut after = Uuid::nil();
    loop {
        let batch = store::promises_after(&mut app.db.read().await?, after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.id.0;
        for promise in batch {
            report.files += 1;
            report.bytes += promise.size;
            if let Some(loss) = check_file(app, &promise, depth, &pool).await? {
                report.losses += 1;
                let path = promise.relative_path.clone();
                on_loss(&Loser::File { id: promise.id, package: promise.package_id, path }, &loss);
            }
        }
    }
}

async fn check_file(app: &App, promise: &Promise, depth: Depth, pool: &BufferPool) -> Result<Option<Loss>> {
    let reader = match app.blobs.open(BlobId(promise.blob_id)).await {
        Ok(reader) => reader,
        // Erased since the row was read? Rows say so before bytes go.
        Err(BlobError::NotFound) => {
            let promised = files::blob_is_promised(&mut app.db.read().await?, promise.blob_id).await?;
            return Ok(promised.then_some(Loss::Missing));
        }
        Err(error @ BlobError::Unavailable(_)) => return Err(error.into()),
        Err(error) => return Ok(Some(Loss::Unreadable(error.to_string()))),
    };
    if reader.size() != promise.size {
        return Ok(Some(Loss::WrongSize { expected: promise.size, found: reader.size() }));
    }
    if depth == Depth::Presence {
        return Ok(None);
    }
    let mut digest = RunningDigest::new();
    let read = async {
        let mut stream = BlobStream::new(reader, pool.clone(), 0..promise.size)?;
        while let Some(chunk) = stream.try_next().await? {
            digest.update(&chunk);
        }
        Ok::<_, BlobError>(())
    };
    if let Err(error) = read.await {
        return Ok(Some(Loss::Unreadable(error.to_string())));
    }
    let found = digest.finish();
    let same = found.sha256 == promise.sha256 && found.crc32 == promise.crc32;
    Ok((!same).then(|| Loss::Changed { expected: hex::encode(promise.sha256), found: hex::encode(found.sha256) }))
}

async fn check_uploads_and_litter(
    app: &App,
    report: &mut Report,
    on_loss: &mut impl FnMut(&Loser, &Loss),
) -> Result<()> {
    // Before the listing: what was acknowledged until then must be in it.
    let mut unfinished = unfinished_uploads(app).await?;
    report.unfinished_uploads = u64::try_from(unfinished.len()).unwrap_or(u64::MAX);
    let mut listing = app.blobs.list();
    let mut short = Vec::new();
    while let Some(entry) = listing.try_next().await.map_err(Error::from)? {
        if let Some(upload) = unfinished.remove(&entry.id.0) {
            if entry.completeness == Completeness::Partial && entry.size_bytes < upload.received {
                short.push((upload, Some(entry.size_bytes)));
            }
            continue;
        }
        if !files::blob_is_promised(&mut app.db.read().await?, entry.id.0).await? {
            report.litter.add(entry.size_bytes);
        }
    }
    drop(listing);
    // An upload that nothing was acknowledged of needs no bytes.
    short.extend(unfinished.into_values().filter(|upload| upload.received > 0).map(|upload| (upload, None)));
    for (upload, found) in short {
        // Finished, dropped or begun anew since it was read: no loss.
        if still_at(app, upload.id, upload.received).await? {
            report.losses += 1;
            let loss = match found {
                None => Loss::Missing,
                Some(found) => Loss::WrongSize { expected: upload.received, found },
            };
            on_loss(&Loser::Upload { id: upload.id }, &loss);
        }
    }
    Ok(())
}

async fn unfinished_uploads(app: &App) -> Result<HashMap<Uuid, Progress>> {
    let mut found = HashMap::new();
    let mut after = Uuid::nil();
    loop {
        let batch = store::unfinished_after(&mut app.db.read().await?, after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(found) };
        after = last.id.0;
        found.extend(batch.into_iter().map(|upload| (upload.blob_id, upload)));
    }
}

async fn still_at(app: &App, id: UploadId, received: u64) -> Result<bool> {
    let now = store::unfinished(&mut app.db.read().await?, id).await?;
    Ok(now.is_some_and(|upload| upload.received >= received))
}
