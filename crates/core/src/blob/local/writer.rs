//! Writing a blob and making it complete. Answers "durable" only after the flush has; it never flushes a file a second
//! time after a failure, and never writes to a file that another writer has taken over.
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::task::JoinHandle;

use super::super::{BlobError, BlobId, PartialBlob, Result};
use super::gate::{Gate, Generation};
use super::layout::{self, flush_folder};
use super::{Shared, blocking};

/// What all writers together may hold that is not yet handed to the system (some frames of the network above it).
const UNWRITTEN_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A batch for a thread that may block: as large as pays, as small as a thousand writers demand.
const BATCH_BYTES_MAX: usize = 512 * 1024;
const BATCH_BYTES_MIN: usize = 32 * 1024;
/// So many bytes behind the writer a flush begins beside its writes, so that the last one finds little left to do.
const FLUSH_AHEAD_BYTES: u64 = 16 * 1024 * 1024;

/// One batch is being filled while the one before is being written.
#[derive(Debug)]
pub(super) struct LocalPartial {
    target: Arc<Target>,
    batch: Vec<Bytes>,
    batch_bytes: usize,
    /// Where the batch begins: all bytes before are written or being written.
    batch_offset: u64,
    in_flight: Option<JoinHandle<Result<()>>>,
    flush_ahead: Option<JoinHandle<Result<()>>>,
    /// Bytes handed over since the last flush began.
    unflushed_bytes: u64,
    /// Whether the file's name may not be durable yet.
    name_unflushed: bool,
    state: State,
}

/// Whether the handle can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Working,
    /// An operation failed, or nobody waited for its end: what is on disk is not known to this handle.
    Broken,
    Superseded,
}

/// The open file and the right to change it.
#[derive(Debug)]
struct Target {
    shared: Arc<Shared>,
    id: BlobId,
    file: File,
    gate: Arc<Gate>,
    generation: Generation,
}

impl LocalPartial {
    /// See [`super::super::BlobStore::append`]. Blocks.
    pub(super) fn open(shared: Arc<Shared>, id: BlobId, offset: u64) -> Result<Self> {
        let layout = &shared.layout;
        let gate = shared.gates.of(id);
        let guard = gate.take_over();
        shared.bring_back_into_use(id, offset)?;
        if layout::exists(&layout.complete(id))? {
            return Err(BlobError::AlreadyComplete);
        }
        let file = layout::open_file(&layout.partial(id), OpenOptions::new().write(true).create(offset == 0))?;
        let found = file.metadata()?.len();
        if found < offset {
            return Err(BlobError::Damaged { expected: offset, found });
        }
        if found > offset {
            file.set_len(offset)?;
        }
        let generation = *guard;
        drop(guard);
        shared.writers.fetch_add(1, Ordering::Relaxed);
        Ok(Self {
            target: Arc::new(Target { shared, id, file, gate, generation }),
            batch: Vec::new(),
            batch_bytes: 0,
            batch_offset: offset,
            in_flight: None,
            flush_ahead: None,
            unflushed_bytes: 0,
            // An offset beyond 0 was synced, and its name with it.
            name_unflushed: offset == 0,
            state: State::Working,
        })
    }

    pub(super) fn batch_bytes_max(&self) -> usize {
        let writers = self.target.shared.writers.load(Ordering::Relaxed).max(1);
        (UNWRITTEN_BYTES_MAX / 2 / writers).clamp(BATCH_BYTES_MIN, BATCH_BYTES_MAX)
    }

    /// Waits until the batch before is written, then has this one written.
    async fn hand_over(&mut self) -> Result<()> {
        self.settle().await?;
        let batch = std::mem::take(&mut self.batch);
        let offset = self.batch_offset;
        let batch_bytes = u64::try_from(self.batch_bytes).expect("a length in memory fits into 64 bits");
        self.batch_offset += batch_bytes;
        self.unflushed_bytes += batch_bytes;
        self.batch_bytes = 0;
        let target = self.target.clone();
        self.in_flight = Some(tokio::task::spawn_blocking(move || target.write(&batch, offset)));
        if self.unflushed_bytes >= FLUSH_AHEAD_BYTES { self.begin_flush_ahead().await } else { Ok(()) }
    }

    /// Begins to flush what is written so far, unless the flush before, or too many of other writers, are under way.
    async fn begin_flush_ahead(&mut self) -> Result<()> {
        if self.flush_ahead.as_ref().is_some_and(|job| !job.is_finished()) {
            return Ok(());
        }
        self.settle_flush_ahead().await?;
        if let Ok(permit) = self.target.shared.flushes_ahead.clone().try_acquire_owned() {
            let target = self.target.clone();
            self.flush_ahead = Some(tokio::task::spawn_blocking(move || {
                let _permit = permit;
                target.flush_ahead()
            }));
            self.unflushed_bytes = 0;
        }
        Ok(())
    }

    /// Waits until nothing is being written.
    async fn settle(&mut self) -> Result<()> {
        let outcome = outcome_of(&mut self.in_flight).await;
        self.note(&outcome);
        outcome
    }

    async fn settle_flush_ahead(&mut self) -> Result<()> {
        let outcome = outcome_of(&mut self.flush_ahead).await;
        self.note(&outcome);
        outcome
    }

    /// Waits until everything accepted is written.
    async fn drain(&mut self) -> Result<()> {
        if !self.batch.is_empty() {
            self.hand_over().await?;
        }
        self.settle().await?;
        self.settle_flush_ahead().await
    }

    /// Runs `work` on the target where it may block, after everything accepted is written.
    async fn run(&mut self, work: impl FnOnce(&Target) -> Result<()> + Send + 'static) -> Result<()> {
        self.refuse_if_broken()?;
        self.drain().await?;
        // Pessimistic while waiting: who drops this future does not know what happened.
        self.state = State::Broken;
        let target = self.target.clone();
        let outcome = blocking(move || work(&target)).await;
        self.state = State::Working;
        self.note(&outcome);
        outcome
    }

    /// Remembers a failure.
    fn note(&mut self, outcome: &Result<()>) {
        match outcome {
            Ok(()) => {}
            Err(BlobError::Superseded) => self.state = State::Superseded,
            Err(_) => self.state = State::Broken,
        }
    }

    fn refuse_if_broken(&self) -> Result<()> {
        match self.state {
            State::Working => Ok(()),
            State::Broken => Err(BlobError::unavailable("an earlier operation on this handle failed")),
            State::Superseded => Err(BlobError::Superseded),
        }
    }
}

/// Waits for the job, if there is one. May be dropped while it waits: the job is still there then.
async fn outcome_of(job: &mut Option<JoinHandle<Result<()>>>) -> Result<()> {
    let Some(running) = job.as_mut() else { return Ok(()) };
    let outcome = running.await;
    *job = None;
    outcome.unwrap_or_else(|_| Err(BlobError::unavailable("a write did not run to its end")))
}

#[async_trait]
impl PartialBlob for LocalPartial {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.refuse_if_broken()?;
        self.batch_bytes += bytes.len();
        if !bytes.is_empty() {
            self.batch.push(bytes);
        }
        if self.batch_bytes >= self.batch_bytes_max() { self.hand_over().await } else { Ok(()) }
    }

    fn offset(&self) -> u64 {
        self.batch_offset + u64::try_from(self.batch_bytes).expect("a length in memory fits into 64 bits")
    }

    async fn sync(&mut self) -> Result<u64> {
        let name_too = self.name_unflushed;
        self.run(move |target| target.sync(name_too)).await?;
        self.name_unflushed = false;
        self.unflushed_bytes = 0;
        Ok(self.batch_offset)
    }

    async fn truncate(&mut self, offset: u64) -> Result<()> {
        if offset > self.offset() {
            return Err(BlobError::Damaged { expected: offset, found: self.offset() });
        }
        self.run(move |target| target.truncate(offset)).await?;
        self.batch_offset = offset;
        Ok(())
    }

    async fn complete(mut self: Box<Self>, size: u64) -> Result<()> {
        self.run(move |target| target.complete(size)).await
    }
}

impl Drop for LocalPartial {
    fn drop(&mut self) {
        self.target.shared.writers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Target {
    fn write(&self, batch: &[Bytes], mut offset: u64) -> Result<()> {
        let _writer = self.gate.enter(self.generation)?;
        for bytes in batch {
            self.file.write_all_at(bytes, offset)?;
            offset += u64::try_from(bytes.len()).expect("a length in memory fits into 64 bits");
        }
        Ok(())
    }

    fn flush_ahead(&self) -> Result<()> {
        let failed = |error| put_out_of_use(&self.shared, self.id, error);
        self.gate.flush_ahead(self.generation, || self.file.sync_data(), failed)
    }

    fn sync(&self, name_too: bool) -> Result<()> {
        let _writer = self.gate.enter(self.generation)?;
        let flushed = self
            .file
            .sync_data()
            .and_then(|()| if name_too { flush_folder(&self.shared.layout.folder(self.id)) } else { Ok(()) });
        flushed.map_err(|error| put_out_of_use(&self.shared, self.id, error))
    }

    fn truncate(&self, offset: u64) -> Result<()> {
        let _writer = self.gate.enter(self.generation)?;
        Ok(self.file.set_len(offset)?)
    }

    fn complete(&self, size: u64) -> Result<()> {
        let _writer = self.gate.enter(self.generation)?;
        publish(&self.shared, self.id, &self.file, size)
    }
}

/// See [`super::super::BlobStore::complete`]. Blocks.
pub(super) fn complete_without_handle(shared: &Shared, id: BlobId, size: u64) -> Result<()> {
    let layout = &shared.layout;
    let gate = shared.gates.of(id);
    let _fence = gate.take_over();
    shared.refuse_out_of_use(id)?;
    match layout::open_file(&layout.complete(id), OpenOptions::new().read(true)) {
        Ok(file) => {
            let found = file.metadata()?.len();
            if found != size {
                return Err(BlobError::WrongLength { expected: size, found });
            }
            // The file was flushed before it got this name; the name itself may not have been. Should this fail, the
            // blob stays: a row may already refer to it.
            return flush_folder(&layout.folder(id)).map_err(layout::not_a_missing_blob);
        }
        Err(BlobError::NotFound) => {}
        Err(error) => return Err(error),
    }
    let file = layout::open_file(&layout.partial(id), OpenOptions::new().write(true))?;
    publish(shared, id, &file, size)
}

/// Check length, flush file, rename, flush folder: in this order, each only after the one before.
fn publish(shared: &Shared, id: BlobId, file: &File, size: u64) -> Result<()> {
    let layout = &shared.layout;
    let found = file.metadata()?.len();
    if found != size {
        return Err(BlobError::WrongLength { expected: size, found });
    }
    file.sync_data().map_err(|error| put_out_of_use(shared, id, error))?;
    let complete = layout.complete(id);
    if layout::exists(&complete)? {
        return Err(BlobError::AlreadyComplete);
    }
    std::fs::rename(layout.partial(id), &complete)?;
    flush_folder(&layout.folder(id)).map_err(|error| put_out_of_use(shared, id, error))
}

/// After a failed flush nobody knows what is on the disk, and asking again may wrongly answer "all is well": the blob
/// is removed. No row refers to it as complete, since nobody was told that it is durable.
pub(super) fn put_out_of_use(shared: &Shared, id: BlobId, error: io::Error) -> BlobError {
    shared.out_of_use().insert(id);
    match shared.remove_files(id) {
        Ok(()) => {
            shared.out_of_use().remove(&id);
        }
        Err(error) => tracing::error!(blob = %id, %error, "a blob whose flush failed could not be removed"),
    }
    layout::not_a_missing_blob(error)
}
