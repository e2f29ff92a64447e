//! Who is writing which upload in this process. One writer at a time; a newcomer asks the present one to stop, waits
//! until it has stored what it got, and goes on from there. So a dead connection never blocks an upload.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};
use crate::ids::{PackageId, UploadId};

/// How long the present writer may take to store what it got: a flush of some hundred megabytes on a slow disk.
const HAND_OVER: Duration = Duration::from_secs(20);

/// The running writers of this process.
#[derive(Debug, Default)]
pub struct Writers {
    running: Mutex<HashMap<UploadId, Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    package: PackageId,
    /// Held by whoever writes.
    turn: Arc<tokio::sync::Mutex<()>>,
    stop: CancellationToken,
}

/// The right to write one upload, until dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _guard: OwnedMutexGuard<()>,
    /// Somebody wants this writer to store what it has and leave.
    pub stop: CancellationToken,
}

impl Writers {
    /// Takes the upload over from whoever writes it.
    pub(super) async fn take_over(&self, upload: UploadId, package: PackageId) -> Result<Turn> {
        let (turn, stop) = {
            let mut running = self.running.lock().expect("no holder of this lock panics");
            // Entries whose turn nobody holds or waits for are finished.
            running.retain(|_, entry| Arc::strong_count(&entry.turn) > 1);
            let entry = running.entry(upload).or_insert_with(|| Entry {
                package,
                turn: Arc::new(tokio::sync::Mutex::new(())),
                stop: CancellationToken::new(),
            });
            entry.stop.cancel();
            entry.stop = CancellationToken::new();
            (entry.turn.clone(), entry.stop.clone())
        };
        let guard = tokio::time::timeout(HAND_OVER, turn.lock_owned())
            .await
            .map_err(|_| Error::Unavailable("another connection still writes this upload".into()))?;
        Ok(Turn { _guard: guard, stop })
    }

    /// Stops the writers of these uploads; they have been dropped.
    pub(crate) fn stop(&self, uploads: impl IntoIterator<Item = UploadId>) {
        let running = self.running.lock().expect("no holder of this lock panics");
        for upload in uploads {
            if let Some(entry) = running.get(&upload) {
                entry.stop.cancel();
            }
        }
    }

    /// Stops every writer into the package.
    pub(crate) fn stop_package(&self, package: PackageId) {
        let running = self.running.lock().expect("no holder of this lock panics");
        for entry in running.values().filter(|entry| entry.package == package) {
            entry.stop.cancel();
        }
    }

    /// The packages that something is written into, some of them perhaps several times.
    pub(crate) fn packages(&self) -> Vec<PackageId> {
        let running = self.running.lock().expect("no holder of this lock panics");
        let writing = running.values().filter(|entry| Arc::strong_count(&entry.turn) > 1);
        writing.map(|entry| entry.package).collect()
    }

    /// Whether somebody writes the upload right now in this process.
    pub(super) fn is_writing(&self, upload: UploadId) -> bool {
        let running = self.running.lock().expect("no holder of this lock panics");
        running.get(&upload).is_some_and(|entry| Arc::strong_count(&entry.turn) > 1)
    }

    /// How many uploads are being written right now.
    pub fn count(&self) -> usize {
        let running = self.running.lock().expect("no holder of this lock panics");
        running.values().filter(|entry| Arc::strong_count(&entry.turn) > 1).count()
    }
}
