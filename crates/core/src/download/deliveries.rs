//! The responses that are sending bytes right now in this process: they can be cut, and what they delivered is handed
//! over when they end, however they end.
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::access::Origin;
use crate::ids::{DownloadClaimId, DownloadId, DownloadObjectId, FileId, LinkId, PackageId};

/// What one response will have delivered, once no more of it can leave.
pub type Delivering = BoxFuture<'static, Delivered>;

/// All running responses.
pub struct Deliveries {
    running: Arc<Mutex<Running>>,
    expected: mpsc::UnboundedSender<Delivering>,
    inbox: tokio::sync::Mutex<mpsc::UnboundedReceiver<Delivering>>,
}

#[derive(Debug, Default)]
struct Running {
    next: u64,
    responses: HashMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    package: PackageId,
    counted: Option<(LinkId, DownloadId)>,
    files: Vec<FileId>,
    cut: CancellationToken,
}

/// What one response brought.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub object: DownloadObjectId,
    /// What it had written ahead, under a limit.
    pub claim: Option<DownloadClaimId>,
    /// The bytes that the socket accepted.
    pub range: Range<u64>,
    /// Whether everything that was asked for was delivered.
    pub whole: bool,
    pub took: Duration,
    pub origin: Origin,
}

impl Delivered {
    /// The range that was asked for, as far as it can be told: of what broke off, everything to the end of `size`.
    pub(super) fn asked(&self, size: u64) -> Range<u64> {
        self.range.start..if self.whole { self.range.end } else { size }
    }
}

/// A running response's registration, until dropped.
#[derive(Debug)]
pub struct Registration {
    running: Arc<Mutex<Running>>,
    number: u64,
    /// Fires when the bytes must stop: revoked, deleted, removed.
    pub cut: CancellationToken,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.running.lock().expect("no holder of this lock panics").responses.remove(&self.number);
    }
}

impl std::fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deliveries").field("running", &self.count()).finish_non_exhaustive()
    }
}

impl Default for Deliveries {
    fn default() -> Self {
        let (expected, inbox) = mpsc::unbounded_channel();
        Self { running: Arc::default(), expected, inbox: tokio::sync::Mutex::new(inbox) }
    }
}

impl Deliveries {
    /// Registers a response that sends these files of the package.
    pub fn begin(&self, package: PackageId, counted: Option<(LinkId, DownloadId)>, files: Vec<FileId>) -> Registration {
        let cut = CancellationToken::new();
        let mut running = self.running.lock().expect("no holder of this lock panics");
        running.next += 1;
        let number = running.next;
        running.responses.insert(number, Entry { package, counted, files, cut: cut.clone() });
        Registration { running: self.running.clone(), number, cut }
    }

    /// Announces a counted response when it begins; the recorder waits for its end and stores what it delivered.
    pub fn expect(&self, delivering: Delivering) {
        // The receiver lives as long as this struct.
        let _ = self.expected.send(delivering);
    }

    /// The next announced response; waits for one.
    pub(super) async fn next(&self) -> Option<Delivering> {
        self.inbox.lock().await.recv().await
    }

    /// The next announced response, if there is one.
    pub(super) async fn try_next(&self) -> Option<Delivering> {
        self.inbox.lock().await.try_recv().ok()
    }

    /// How many responses are sending.
    pub fn count(&self) -> usize {
        self.running.lock().expect("no holder of this lock panics").responses.len()
    }

    /// The packages that something is sent from, some of them perhaps several times.
    pub(super) fn packages(&self) -> Vec<PackageId> {
        let running = self.running.lock().expect("no holder of this lock panics");
        running.responses.values().map(|entry| entry.package).collect()
    }

    /// The downloads that something is sent of.
    pub(crate) fn downloads(&self) -> HashSet<DownloadId> {
        let running = self.running.lock().expect("no holder of this lock panics");
        running.responses.values().filter_map(|entry| entry.counted.map(|(_, download)| download)).collect()
    }

    pub(crate) fn cut_package(&self, package: PackageId) {
        self.cut_where(|entry| entry.package == package);
    }

    pub(crate) fn cut_links(&self, links: &[LinkId]) {
        self.cut_where(|entry| entry.counted.is_some_and(|(link, _)| links.contains(&link)));
    }

    pub(crate) fn cut_file(&self, package: PackageId, file: FileId) {
        self.cut_where(|entry| entry.package == package && entry.files.contains(&file));
    }

    fn cut_where(&self, hit: impl Fn(&Entry) -> bool) {
        let running = self.running.lock().expect("no holder of this lock panics");
        for entry in running.responses.values().filter(|entry| hit(entry)) {
            entry.cut.cancel();
        }
    }
}
