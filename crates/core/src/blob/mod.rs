//! Blobs: where the bytes of files are, under names the server makes. Answers how bytes get in durably, how they come
//! out, and what is there. It knows nothing of packages or rows, and it never turns a client's name into a path.
//!
//! # The life of a blob
//! ```text
//!   absent --append--> partial --complete--> complete --delete--> absent
//!                         '------------delete----------------------^
//! ```
//! A blob is complete or absent: no reader ever sees a part of one, and a complete blob never changes. The trait's
//! comments are the contract; `contract.rs` checks every sentence of it that can be checked against every store.
mod digest;
mod error;
mod faulty;
mod local;
mod memory;
mod pool;
mod stream;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod tests;

use std::fmt::{self, Debug, Display};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use uuid::Uuid;

pub use self::digest::{DIGEST_SLICE_BYTES_MAX, Digests, RunningDigest, StateUnreadable};
pub use self::error::{BlobError, Result};
pub use self::faulty::{Fault, Faulty, Operation};
pub use self::local::LocalStore;
pub use self::memory::MemoryStore;
pub use self::pool::{BUFFER_BYTES_MAX, BUFFER_BYTES_MIN, BufferPool, PooledBuffer};
pub use self::stream::BlobStream;

/// The server's own name of a blob: a version 7 UUID made by `ids`, used once and never again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId(pub Uuid);

impl Display for BlobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, formatter)
    }
}

/// One blob as a listing shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobEntry {
    pub id: BlobId,
    /// Its length; of a partial blob, what was written so far, whether durable or not.
    pub size_bytes: u64,
    /// When its bytes last changed, by the clock of whatever stores it (not `app.clock`): good for "older than a day",
    /// not for an order of events.
    pub modified_at: Timestamp,
    pub completeness: Completeness,
}

/// Whether a blob can be read, or is still being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    Partial,
    Complete,
}

/// Room left where the blobs are; `None` where the store has no such limit or does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub free_bytes: Option<u64>,
    /// How many more files fit, whatever their size.
    pub free_inodes: Option<u64>,
}

/// A place that keeps blobs.
///
/// Every method may be called at any time from any task; calls on one id are put in some order. Futures may be dropped
/// at any await: the call may then have happened or not, but nothing is left that the contract forbids. Errors are the
/// store's state at that moment, so a later call may succeed, except where a flush failed (below).
///
/// **A failed flush is final.** When `sync` or `complete` could not make bytes durable, the blob is put out of use: it
/// is absent from then on, and continuing it answers `NotFound`. Asking for a second flush could answer "durable" for
/// bytes the system has already thrown away, so nobody asks.
#[async_trait]
pub trait BlobStore: Debug + Send + Sync + 'static {
    /// Opens the partial blob `id` for writing at `offset`, which is where an earlier `sync` ended, or 0.
    ///
    /// At 0 the partial blob is created, or emptied if there is one. Bytes beyond `offset`, written but never
    /// acknowledged, are cut off. Whoever wrote this blob before is fenced off first: each further call on that older
    /// handle answers `Superseded`, and none of its late writes lands.
    ///
    /// Errors: `AlreadyComplete`; `NotFound` when there is nothing to continue; `Damaged` when fewer than `offset`
    /// bytes are there (nothing is changed then); `NoSpace`; `Unavailable`.
    async fn append(&self, id: BlobId, offset: u64) -> Result<Box<dyn PartialBlob>>;

    /// Makes the partial blob `id` complete: from here on it is readable, durable and immutable.
    ///
    /// For a blob whose bytes are already synced, when no handle is at hand: the last step after a crash. With a handle,
    /// call [`PartialBlob::complete`]. May be repeated: a blob already complete with `size` bytes is made durable (a
    /// crash may have come between the two) and that is success.
    ///
    /// Errors: `WrongLength` when the partial or complete blob has another length (it stays as it was); `NotFound`;
    /// `NoSpace` or `Unavailable`, after which the blob is complete, partial or absent: do not record it as complete.
    /// Repeating the call tells, since it answers `NotFound` if a flush has failed.
    async fn complete(&self, id: BlobId, size: u64) -> Result<()>;

    /// Opens a complete blob for reading.
    ///
    /// The reader keeps working, with the same bytes, when the blob is deleted meanwhile.
    ///
    /// Errors: `NotFound` (partial blobs are not found either); `Unavailable`, also when the whole store is away: a
    /// missing disk never looks like a missing blob.
    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>>;

    /// Removes a blob, partial or complete; success when it is absent afterwards, so also when it was before.
    ///
    /// Its space is free once the last reader is gone. Not flushed: a power cut may bring the blob back, as litter that
    /// no row refers to.
    async fn delete(&self, id: BlobId) -> Result<()>;

    /// All blobs, in no order, read piece by piece. A blob that does not change during the listing is in it exactly
    /// once; one that is completed, made or deleted meanwhile may be in it or not.
    fn list(&self) -> BoxStream<'_, Result<BlobEntry>>;

    /// Room left for more.
    async fn space(&self) -> Result<Space>;

    /// Whether the store works right now: writes, flushes, reads and removes a small object that `list` never shows.
    /// The caller sets the time limit.
    async fn probe(&self) -> Result<()>;
}

/// The writing end of a blob that is not complete yet. Dropping it keeps what was synced; of what was written since,
/// nothing is promised. After an error, drop it and `append` again.
#[async_trait]
pub trait PartialBlob: Debug + Send {
    /// Adds `bytes` at the end. Returns once they are queued, so an error may belong to an earlier write; the queue has
    /// a limit, and a full one makes the caller wait (back-pressure).
    async fn write(&mut self, bytes: Bytes) -> Result<()>;

    /// Where the next write goes: everything accepted so far, durable or not.
    fn offset(&self) -> u64;

    /// Makes everything accepted so far durable and returns that offset, which `append` will accept after any crash.
    /// A failure is final (see [`BlobStore`]).
    async fn sync(&mut self) -> Result<u64>;

    /// Takes back what was written beyond `offset` (a chunk whose checksum was wrong), durable or not.
    /// `Damaged` when fewer bytes were written.
    async fn truncate(&mut self, offset: u64) -> Result<()>;

    /// Writes what is queued, checks that the length is `size`, flushes, and makes the blob complete and durable under
    /// its name. A `sync` before it is not needed and would cost a flush. Errors as [`BlobStore::complete`].
    async fn complete(self: Box<Self>, size: u64) -> Result<()>;
}

/// The reading end of a complete blob; cheap to share between any number of streams.
///
/// For a response body take [`BlobStream`], which does the waiting and the buffers.
#[async_trait]
pub trait BlobReader: Debug + Send + Sync + 'static {
    /// The blob's length.
    fn size(&self) -> u64;

    /// Copies what is at hand without waiting from `offset` into `buffer`: at least one byte, perhaps fewer than fit;
    /// `None` when the bytes would have to be waited for (then call [`BlobReader::fill`]). Never blocks the thread.
    ///
    /// Zero bytes only at the blob's end or for an empty buffer. `Damaged` when the store holds fewer bytes than the
    /// blob had when it was opened.
    fn try_read_now(&self, offset: u64, buffer: &mut [u8]) -> Result<Option<usize>>;

    /// Fills the room of `buffer` from `offset` on, waiting as long as it takes; only the blob's end leaves room
    /// unfilled. Prepares for more reads behind these bytes. Errors as `try_read_now`, and `Unavailable`.
    async fn fill(&self, offset: u64, buffer: PooledBuffer) -> Result<PooledBuffer>;
}

/// Reads up to `length_max` bytes at `offset`, in a buffer of the pool that it gives back when the last clone of the
/// answer is dropped. Fewer bytes than asked for are normal (the pool decides the size); none only at the blob's end.
pub async fn read_at(reader: &dyn BlobReader, pool: &BufferPool, offset: u64, length_max: usize) -> Result<Bytes> {
    let mut buffer = pool.take(length_max).await;
    match reader.try_read_now(offset, buffer.room_mut())? {
        Some(length) => buffer.set_filled(length),
        None => buffer = reader.fill(offset, buffer).await?,
    }
    Ok(buffer.freeze())
}
