//! The receiving end of an upload: bytes are hashed as they arrive, written to the partial blob, and acknowledged only
//! after a flush and a commit that holds the offset together with the digest state of exactly that offset.
use std::time::Duration;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::finish::{self, Finished};
use super::writers::Turn;
use super::{Upload, drop_upload, look, store};
use crate::access::Origin;
use crate::app::App;
use crate::blob::{BlobError, BlobId, PartialBlob, RunningDigest};
use crate::error::{Error, LinkEnd, Refusal, Result};
use crate::file::content_type::{SNIFF_BYTES_MAX, content_type};
use crate::limits;
use crate::package::store as packages;

/// Received bytes are made durable after this many, so that a killed server costs little.
const CHECKPOINT_BYTES: u64 = 64 << 20;
/// ... or after this long, if at least [`CHECKPOINT_BYTES_MIN`] arrived.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);
const CHECKPOINT_BYTES_MIN: u64 = 1 << 20;
/// ... or after this long in any case, so that clean-up on whatever node sees that somebody still writes.
const CHECKPOINT_AT_LATEST: Duration = Duration::from_mins(1);
/// Bytes of an undeclared length are weighed against the free disk at least once in this many.
const WEIGH_EVERY_BYTES: u64 = 4 << 20;

/// One request's writing into an upload. Ends with [`Receiver::end`] or [`Receiver::interrupt`]; dropping it keeps only
/// what the last checkpoint stored.
#[derive(Debug)]
pub struct Receiver<'a> {
    app: &'a App,
    upload: Upload,
    partial: Box<dyn PartialBlob>,
    digest: RunningDigest,
    checksummed: bool,
    checkpoint_at: u64,
    /// Up to here bytes of an undeclared length were found to fit.
    weighed_to: u64,
    checkpoint_time: Duration,
    first_byte: Option<Duration>,
    last_byte: Duration,
    turn: Turn,
}

/// What stands after a request's bytes.
#[derive(Debug)]
pub enum Received {
    /// Acknowledged up to here; more is expected.
    Partly { offset: u64 },
    /// The file is complete, durable and in its package.
    Whole(Finished),
}

/// Whether the caller checks a digest over this request's bytes at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunk {
    Plain,
    /// Nothing is acknowledged before [`Receiver::end`], because the checksum may turn out wrong.
    Checksummed,
}

/// Opens the upload behind `token` at `offset`, taking it over from whoever wrote it before. `size` tells a deferred
/// length.
///
/// Errors: [`Error::Gone`]; [`Refusal::OffsetMismatch`] with the true offset; [`Refusal::UploadFinished`].
pub async fn open<'a>(app: &'a App, token: &str, offset: u64, size: Option<u64>, chunk: Chunk) -> Result<Receiver<'a>> {
    let found = look::by_token(app, token).await?;
    if found.finished_at.is_some() {
        return Err(Refusal::UploadFinished.into());
    }
    let turn = app.writers.take_over(found.id, found.package_id).await?;
    let mut upload = look::by_token(app, token).await?;
    if upload.finished_at.is_some() {
        return Err(Refusal::UploadFinished.into());
    }
    if upload.received != offset {
        return Err(Refusal::OffsetMismatch { offset: upload.received }.into());
    }
    if let Some(size) = size.filter(|size| upload.size != Some(*size)) {
        set_deferred_size(app, &mut upload, size).await?;
    }
    let digest = RunningDigest::from_state(&upload.digest_state)
        .map_err(|e| Error::Internal(format!("upload {}: {e}", upload.id)))?;
    if digest.length() != offset {
        return Err(Error::Internal(format!("upload {}: its digest stands at another offset", upload.id)));
    }
    let partial = match app.blobs.append(BlobId(upload.blob_id), offset).await {
        Ok(partial) => partial,
        Err(error) => return Err(cannot_continue(app, upload, error).await),
    };
    let now = app.clock.monotonic();
    Ok(Receiver {
        app,
        upload,
        partial,
        digest,
        checksummed: chunk == Chunk::Checksummed,
        checkpoint_at: offset,
        weighed_to: offset,
        checkpoint_time: now,
        first_byte: None,
        last_byte: now,
        turn,
    })
}

async fn set_deferred_size(app: &App, upload: &mut Upload, size: u64) -> Result<()> {
    if size > limits::FILE_BYTES_MAX {
        return Err(Error::TooLarge { limit_bytes: limits::FILE_BYTES_MAX });
    }
    if upload.size.is_some() || size < upload.received {
        return Err(Error::ContentMismatch);
    }
    let free = super::begin::free_bytes(app).await?;
    let mut tx = app.db.begin_write().await?;
    if let Some(free) = free {
        tx.lock_alone("space").await?;
        if (size - upload.received).saturating_add(store::promised_bytes(&mut tx).await?) > free {
            return Err(Error::NoSpace);
        }
    }
    if !store::set_size(&mut tx, upload.id, size).await? {
        return Err(Error::ContentMismatch);
    }
    tx.commit().await?;
    upload.size = Some(size);
    Ok(())
}

/// What to answer when the blob of an upload does not take more bytes.
async fn cannot_continue(app: &App, upload: Upload, error: BlobError) -> Error {
    match error {
        // All bytes came and were made durable, but the commit that should have told so failed.
        BlobError::AlreadyComplete => match finish::catch_up(app, upload).await {
            Ok(_) => Refusal::UploadFinished.into(),
            Err(error) => error,
        },
        // Acknowledged bytes are lost (a flush failed). An acknowledged offset never goes back, so this upload is over.
        BlobError::NotFound | BlobError::Damaged { .. } => {
            tracing::error!(upload = %upload.id, %error, "an unfinished upload lost its bytes");
            match drop_upload::drop_lost(app, &upload).await {
                Ok(()) => Error::Gone(LinkEnd::Unknown),
                Err(error) => error,
            }
        }
        other => other.into(),
    }
}

impl Receiver<'_> {
    /// Whether somebody wants this writer to leave: a newer connection, or the package's end. Wait for it beside the
    /// next bytes, then [`Receiver::interrupt`].
    pub fn stop(&self) -> CancellationToken {
        self.turn.stop.clone()
    }

    /// How many bytes may still come; `None` while the length is deferred.
    pub fn room(&self) -> Option<u64> {
        self.upload.size.map(|size| size.saturating_sub(self.digest.length()))
    }

    /// Takes the next bytes. [`Error::TooLarge`] when they pass the declared length; nothing of them is kept then.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let length = crate::account::count(bytes.len());
        let limit = self.upload.size.unwrap_or(limits::FILE_BYTES_MAX);
        if self.digest.length() + length > limit {
            return Err(Error::TooLarge { limit_bytes: limit });
        }
        self.weigh(length).await?;
        self.last_byte = self.app.clock.monotonic();
        self.first_byte.get_or_insert(self.last_byte);
        if self.digest.length() == 0 {
            let name = self.upload.relative_path.rsplit('/').next().unwrap_or_default();
            self.upload.content_type = Some(content_type(name, &bytes[..bytes.len().min(SNIFF_BYTES_MAX)]));
        }
        // Written first: should this future be dropped in between, the blob is ahead of the digest and can be cut back.
        self.partial.write(bytes.clone()).await?;
        self.digest.update(&bytes);
        let fresh = self.digest.length() - self.checkpoint_at;
        // The last byte is acknowledged by finishing only: an offset at the length means "complete" to every client.
        let is_last = self.upload.size == Some(self.digest.length());
        let waited = self.last_byte.saturating_sub(self.checkpoint_time);
        let due = fresh >= CHECKPOINT_BYTES
            || (fresh >= CHECKPOINT_BYTES_MIN && waited >= CHECKPOINT_EVERY)
            || waited >= CHECKPOINT_AT_LATEST;
        if due && !self.checksummed && !is_last {
            self.checkpoint().await?;
        }
        Ok(())
    }

    /// Bytes whose length nobody declared are reserved nowhere, so they are weighed as they come. They must not use up
    /// what is promised to others, nor what the database needs to go on.
    async fn weigh(&mut self, length: u64) -> Result<()> {
        let end = self.digest.length() + length;
        if self.upload.size.is_some() || end <= self.weighed_to {
            return Ok(());
        }
        let mut ahead = WEIGH_EVERY_BYTES;
        if let Some(free) = super::begin::free_bytes(self.app).await? {
            let promised = store::promised_bytes(&mut self.app.db.read().await?).await?;
            let rest = free.checked_sub(promised).and_then(|room| room.checked_sub(length)).ok_or(Error::NoSpace)?;
            ahead = ahead.min(rest);
        }
        self.weighed_to = end.saturating_add(ahead);
        Ok(())
    }

    /// The request's bytes are all there. Completes the file when they were the last ones, otherwise acknowledges them.
    pub async fn end(mut self, origin: &Origin) -> Result<Received> {
        if self.upload.size == Some(self.digest.length()) {
            self.account_wire_time();
            let Self { app, upload, partial, digest, .. } = self;
            return finish::finish(app, upload, partial, digest, origin).await.map(Received::Whole);
        }
        self.checkpoint().await?;
        Ok(Received::Partly { offset: self.digest.length() })
    }

    /// The body ended and no length was declared: what came is the whole file.
    pub async fn end_as_whole(mut self, origin: &Origin) -> Result<Finished> {
        if self.upload.size.is_some_and(|size| size != self.digest.length()) {
            return Err(Error::ContentMismatch);
        }
        self.account_wire_time();
        let Self { app, upload, partial, digest, .. } = self;
        finish::finish(app, upload, partial, digest, origin).await
    }

    /// The connection broke, or the writer was asked to leave: keeps what arrived, unless a checksum was announced that
    /// can no longer be checked. If everything had arrived, the file is complete.
    pub async fn interrupt(self, origin: &Origin) -> Result<Received> {
        if self.checksummed {
            return self.refuse().await.map(|offset| Received::Partly { offset });
        }
        self.end(origin).await
    }

    /// The checksum was wrong, or there were more bytes than declared: forgets what is not acknowledged yet. Answers the
    /// offset, which did not move.
    pub async fn refuse(mut self) -> Result<u64> {
        self.partial.truncate(self.upload.received).await?;
        Ok(self.upload.received)
    }

    #[cfg(test)]
    pub(super) async fn abandon_write(&mut self, bytes: &'static [u8]) {
        self.partial.write(Bytes::from_static(bytes)).await.expect("a test's write works");
    }

    async fn checkpoint(&mut self) -> Result<()> {
        let offset = self.digest.length();
        if offset == self.checkpoint_at {
            return Ok(());
        }
        if self.partial.offset() > offset {
            self.partial.truncate(offset).await?;
        }
        let durable = self.partial.sync().await?;
        if durable != offset {
            return Err(Error::Internal(format!("{durable} bytes durable where {offset} were written")));
        }
        self.account_wire_time();
        let from = self.upload.received;
        let next = Upload { received: offset, digest_state: self.digest.state(), ..self.upload.clone() };
        let mut tx = self.app.db.begin_write().await?;
        // Live views show how far it is. The package first, as everywhere.
        packages::touch_by_id(&mut tx, next.package_id).await?;
        if !store::advance(&mut tx, &next, from, self.app.now()).await? {
            // Somebody else went on from another node, finished it, or dropped it.
            let there = store::by_id(&mut tx, next.id).await?.ok_or(Error::Gone(LinkEnd::Unknown))?;
            return Err(match there.finished_at {
                Some(_) => Refusal::UploadFinished.into(),
                None => Refusal::OffsetMismatch { offset: there.received }.into(),
            });
        }
        tx.commit().await?;
        self.upload = next;
        self.checkpoint_at = offset;
        self.checkpoint_time = self.app.clock.monotonic();
        Ok(())
    }

    /// Adds the time from the first to the last byte since the last checkpoint; pauses between requests do not count.
    fn account_wire_time(&mut self) {
        self.upload.wire_bytes = self.digest.length();
        if let Some(first) = self.first_byte.take() {
            let spent = self.last_byte.saturating_sub(first);
            self.upload.wire_ms += u64::try_from(spent.as_millis()).unwrap_or(0);
        }
    }
}
