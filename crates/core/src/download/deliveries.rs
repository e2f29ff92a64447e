//! The responses that are sending bytes right now in this process: they can be cut, and what they delivered is handed
//! over when they end, however they end.
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::serve::Counted;
use crate::access::Origin;
use crate::error::{Error, Result};
use crate::ids::{DownloadClaimId, DownloadId, DownloadObjectId, FileId, LinkId, PackageId};
use crate::limits::REPORTS_PER_LINK_MAX;

/// A response waits so long for the reports of its link to be stored before it is told to come back.
const ROOM_PATIENCE: Duration = Duration::from_secs(10);

/// What one response will have delivered, once no more of it can leave.
pub type Delivering = BoxFuture<'static, Delivered>;

/// All running responses.
pub struct Deliveries {
    running: Arc<Mutex<Running>>,
    expected: mpsc::UnboundedSender<Announced>,
    inbox: tokio::sync::Mutex<mpsc::UnboundedReceiver<Announced>>,
    /// By link, responses that are over and whose report is not stored yet.
    unstored: watch::Sender<HashMap<LinkId, usize>>,
}

#[derive(Debug, Default)]
struct Running {
    next: u64,
    responses: HashMap<u64, Arc<Entry>>,
}

#[derive(Debug)]
struct Entry {
    package: PackageId,
    whose: Option<Whose>,
    /// In order.
    files: Vec<FileId>,
    cut: CancellationToken,
}

/// Whose download a response belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    pub link: LinkId,
    pub download: DownloadId,
    /// Whether the download took a slot when it was looked up: then the response keeps a ledger.
    pub limited: bool,
}

impl From<&Counted> for Whose {
    fn from(counted: &Counted) -> Self {
        Self { link: counted.link, download: counted.download, limited: counted.limited }
    }
}

/// A counted response that has begun.
pub(super) struct Announced {
    pub(super) link: LinkId,
    pub(super) delivering: Delivering,
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

/// A running response's registration, until dropped: which is to be when no more of its bytes can leave.
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
        let unstored = watch::Sender::new(HashMap::new());
        Self { running: Arc::default(), expected, inbox: tokio::sync::Mutex::new(inbox), unstored }
    }
}

impl Deliveries {
    /// Registers a response that sends these files of the package.
    pub fn begin(&self, package: PackageId, whose: Option<Whose>, mut files: Vec<FileId>) -> Registration {
        files.sort_unstable();
        let cut = CancellationToken::new();
        let entry = Arc::new(Entry { package, whose, files, cut: cut.clone() });
        let mut running = self.running.lock().expect("no holder of this lock panics");
        running.next += 1;
        let number = running.next;
        running.responses.insert(number, entry);
        Registration { running: self.running.clone(), number, cut }
    }

    /// Waits until the link may have one more counted response: whoever asks for so many small pieces that their reports
    /// cannot be stored as fast waits for his own, and for nobody else's. [`Error::Unavailable`] when that takes too long.
    pub async fn room(&self, link: LinkId) -> Result<()> {
        let mut unstored = self.unstored.subscribe();
        let room = unstored.wait_for(|reports| reports.get(&link).is_none_or(|count| *count < REPORTS_PER_LINK_MAX));
        match tokio::time::timeout(ROOM_PATIENCE, room).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Unavailable("what was delivered before is not stored yet".into())),
        }
    }

    /// Announces a counted response of the link when it begins; the recorder waits for its end and stores what it
    /// delivered.
    pub fn expect(&self, link: LinkId, delivering: Delivering) {
        self.announce(Announced { link, delivering });
    }

    pub(super) fn announce(&self, announced: Announced) {
        // The receiver lives as long as this struct.
        let _ = self.expected.send(announced);
    }

    /// The next announced response; waits for one.
    pub(super) async fn next(&self) -> Option<Announced> {
        self.inbox.lock().await.recv().await
    }

    /// The next announced response, if there is one.
    pub(super) async fn try_next(&self) -> Option<Announced> {
        self.inbox.lock().await.try_recv().ok()
    }

    /// A response of the link is over and its report waits to be stored.
    pub(super) fn report_waits(&self, link: LinkId) {
        self.unstored.send_modify(|reports| *reports.entry(link).or_default() += 1);
    }

    /// A report of the link waits no more.
    pub(super) fn report_is_stored(&self, link: LinkId) {
        self.unstored.send_modify(|reports| {
            if let Some(count) = reports.get_mut(&link) {
                *count -= 1;
                if *count == 0 {
                    reports.remove(&link);
                }
            }
        });
    }

    /// How many responses are sending.
    pub fn count(&self) -> usize {
        self.running.lock().expect("no holder of this lock panics").responses.len()
    }

    /// The packages that something is sent from, some of them perhaps several times.
    pub(super) fn packages(&self) -> Vec<PackageId> {
        self.running().iter().map(|entry| entry.package).collect()
    }

    /// Whether anything is sent from the package, to whomever.
    pub(crate) fn sends_from(&self, package: PackageId) -> bool {
        self.running().iter().any(|entry| entry.package == package)
    }

    /// The downloads that something is sent of.
    pub(crate) fn downloads(&self) -> HashSet<DownloadId> {
        self.running().iter().filter_map(|entry| entry.whose).map(|whose| whose.download).collect()
    }

    /// Whether something is sent of the download.
    pub(crate) fn runs(&self, download: DownloadId) -> bool {
        self.running().iter().any(|entry| entry.whose.is_some_and(|whose| whose.download == download))
    }

    /// Those of the [`downloads`](Self::downloads) that have a response with a ledger.
    pub(super) fn limited_downloads(&self) -> HashSet<DownloadId> {
        let running = self.running();
        running.iter().filter_map(|entry| entry.whose).filter(|whose| whose.limited).map(|w| w.download).collect()
    }

    /// Downloads that something of the package is sent of without a ledger.
    pub(super) fn unlimited_downloads(&self, package: PackageId) -> HashSet<DownloadId> {
        let running = self.running();
        let of_package = running.iter().filter(|entry| entry.package == package).filter_map(|entry| entry.whose);
        of_package.filter(|whose| !whose.limited).map(|whose| whose.download).collect()
    }

    pub(crate) fn cut_package(&self, package: PackageId) {
        self.cut_where(|entry| entry.package == package);
    }

    pub(crate) fn cut_links(&self, links: &[LinkId]) {
        self.cut_where(|entry| entry.whose.is_some_and(|whose| links.contains(&whose.link)));
    }

    /// Cuts the responses of these downloads that keep no ledger.
    pub(super) fn cut_unlimited(&self, downloads: &HashSet<DownloadId>) {
        self.cut_where(|entry| entry.whose.is_some_and(|w| !w.limited && downloads.contains(&w.download)));
    }

    /// Cuts what sends any of these files of the package.
    pub(crate) fn cut_files(&self, package: PackageId, files: &[FileId]) {
        self.cut_where(|entry| {
            entry.package == package && files.iter().any(|file| entry.files.binary_search(file).is_ok())
        });
    }

    fn cut_where(&self, hit: impl Fn(&Entry) -> bool) {
        for entry in self.running().iter().filter(|entry| hit(entry)) {
            entry.cut.cancel();
        }
    }

    /// The responses of this moment: looked at without the lock, which every response needs to begin and to end.
    fn running(&self) -> Vec<Arc<Entry>> {
        self.running.lock().expect("no holder of this lock panics").responses.values().cloned().collect()
    }
}
