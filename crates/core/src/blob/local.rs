//! Blobs as files on a local disk. Answers the contract with the promises POSIX makes: rename is atomic, and what was
//! flushed (file and folder) is there after a power cut. It never locks its root: one process per data folder is the
//! business of who opens the store.
mod gate;
mod layout;
mod listing;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, MutexGuard};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::sync::{Mutex, Semaphore};

use self::gate::Gates;
use self::layout::Layout;
use super::{BlobEntry, BlobError, BlobId, BlobReader, BlobStore, PartialBlob, Result, Space};

const FLUSHES_AHEAD_MAX: usize = 16;

/// A store in one folder of one filesystem.
///
/// ```text
///   root/7f/018f..7f            a complete blob, named by its id; the folder is the id's last byte, which is random
///   root/7f/018f..7f.partial    the same blob before it was complete
///   root/probe                  exists while readiness is being probed
/// ```
/// Both names are in one folder, so that completing flushes one folder and not two. 256 folders made once cost nothing
/// later; a second level would mean a new folder, and two more flushes, for nearly every blob.
#[derive(Debug)]
pub struct LocalStore {
    shared: Arc<Shared>,
    probing: Mutex<()>,
}

/// What the store, its writers and its readers share.
#[derive(Debug)]
struct Shared {
    layout: Layout,
    gates: Gates,
    /// Open writers, among whom the memory for bytes not yet written is divided.
    writers: AtomicUsize,
    /// How many writers may have bytes flushed beside their writes; threads are needed for reads as well.
    flushes_ahead: Arc<Semaphore>,
    /// Set once the filesystem has refused a read that does not wait; nobody asks again then.
    reads_must_wait: AtomicBool,
    /// Blobs whose flush failed and whose files could not be removed either; usually none, on a failing disk few.
    out_of_use: std::sync::Mutex<HashSet<BlobId>>,
}

impl Shared {
    fn out_of_use(&self) -> MutexGuard<'_, HashSet<BlobId>> {
        self.out_of_use.lock().expect("no holder of this lock panics")
    }

    fn refuse_out_of_use(&self, id: BlobId) -> Result<()> {
        if self.out_of_use().contains(&id) { Err(BlobError::NotFound) } else { Ok(()) }
    }

    /// A blob that is out of use can only begin anew, in a new file.
    fn bring_back_into_use(&self, id: BlobId, offset: u64) -> Result<()> {
        if offset > 0 {
            return self.refuse_out_of_use(id);
        }
        if self.refuse_out_of_use(id).is_err() {
            self.remove_files(id)?;
            self.out_of_use().remove(&id);
        }
        Ok(())
    }

    fn remove_files(&self, id: BlobId) -> Result<()> {
        layout::remove_file(&self.layout.complete(id))?;
        layout::remove_file(&self.layout.partial(id))
    }
}

impl LocalStore {
    /// Opens the store in folder `root`, which is made (0700) if it is not there, with its folders.
    pub async fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let layout = Layout::new(root.into());
        let layout = blocking(move || {
            layout.prepare()?;
            Ok(layout)
        })
        .await?;
        let shared = Shared {
            layout,
            gates: Gates::default(),
            writers: AtomicUsize::new(0),
            flushes_ahead: Arc::new(Semaphore::new(FLUSHES_AHEAD_MAX)),
            reads_must_wait: AtomicBool::new(false),
            out_of_use: std::sync::Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared), probing: Mutex::new(()) })
    }
}

#[async_trait]
impl BlobStore for LocalStore {
    async fn append(&self, id: BlobId, offset: u64) -> Result<Box<dyn PartialBlob>> {
        let shared = self.shared.clone();
        let partial = blocking(move || writer::LocalPartial::open(shared, id, offset)).await?;
        Ok(Box::new(partial))
    }

    async fn complete(&self, id: BlobId, size: u64) -> Result<()> {
        let shared = self.shared.clone();
        blocking(move || writer::complete_without_handle(&shared, id, size)).await
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>> {
        let shared = self.shared.clone();
        let reader = blocking(move || reader::LocalReader::open(shared, id)).await?;
        Ok(Arc::new(reader))
    }

    async fn delete(&self, id: BlobId) -> Result<()> {
        let shared = self.shared.clone();
        blocking(move || {
            let gate = shared.gates.of(id);
            let _fence = gate.take_over();
            shared.remove_files(id)?;
            shared.out_of_use().remove(&id);
            Ok(())
        })
        .await
    }

    fn list(&self) -> BoxStream<'_, Result<BlobEntry>> {
        listing::list(self.shared.clone())
    }

    async fn space(&self) -> Result<Space> {
        let shared = self.shared.clone();
        blocking(move || {
            let facts =
                rustix::fs::statvfs(shared.layout.root()).map_err(|error| layout::not_a_missing_blob(error.into()))?;
            Ok(Space {
                free_bytes: Some(facts.f_bavail.saturating_mul(facts.f_frsize)),
                // Filesystems that make inodes as they need them say that they have none at all.
                free_inodes: (facts.f_files > 0).then_some(facts.f_favail),
            })
        })
        .await
    }

    async fn probe(&self) -> Result<()> {
        // One at a time: all probes use the same file, so that a crash leaves at most one behind.
        let _alone = self.probing.lock().await;
        let shared = self.shared.clone();
        blocking(move || {
            const MARK: &[u8] = b"waybill";
            let path = shared.layout.root().join("probe");
            let mut file = layout::open_file(&path, OpenOptions::new().write(true).create(true).truncate(true))?;
            let probed = (|| {
                file.write_all(MARK)?;
                file.sync_all()?;
                let read = fs::read(&path)?;
                if read == MARK { Ok(()) } else { Err(io::Error::other("the probe reads back differently")) }
            })();
            let removed = fs::remove_file(&path);
            probed.and(removed).map_err(layout::not_a_missing_blob)
        })
        .await
    }
}

/// Runs `work` on a thread that may block, and waits for it. `work` runs to its end even when the waiting ends early.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(BlobError::unavailable("the process is shutting down")),
        },
    }
}
