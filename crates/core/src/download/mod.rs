//! A download: one visit's fetch of a package's content, however many requests it takes, and the bytes it serves.
pub mod archive;
#[cfg(test)]
mod collecting_tests;
mod count;
pub mod counting;
mod deliveries;
pub mod ledger;
#[cfg(test)]
mod limit_tests;
pub mod lost;
pub mod plans;
pub mod ranges;
pub mod record;
pub mod recorder;
pub mod serve;
pub mod slots;
pub mod start;
pub(crate) mod store;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod upkeep_tests;
pub mod watch;
mod wholes;

use std::time::Duration;

use jiff::Timestamp;

use ranges::RangeSet;

pub use deliveries::{Delivered, Deliveries, Registration, Whose};

use crate::db::{Bytes, Json};
use crate::error::{Error, Result};
use crate::ids::{DownloadClaimId, DownloadId, DownloadObjectId, FileId, LinkId, PackageId};
use crate::{names, row};

/// A download works on this long after its start, even when its package ended by a rule meanwhile.
pub const USABLE: Duration = Duration::from_hours(24);

names! {
    /// What a download has come to.
    pub enum DownloadState {
        /// Started; it may never fetch a byte. Under a limit it holds a slot.
        Open = "open",
        /// It counts.
        Confirmed = "confirmed",
        /// It held a slot and never fetched a byte, or lost it when a limit was set.
        Dropped = "dropped",
        /// It held a slot and timed out without being counted.
        Released = "released",
        /// It held a slot when its link was revoked, or its package revoked or deleted.
        Withdrawn = "withdrawn",
    }
}

row! {
    /// A download as it is stored.
    pub struct Download {
        pub id: DownloadId,
        pub link_id: LinkId,
        pub package_id: PackageId,
        pub(crate) visit_hash: Bytes<32>,
        pub state: DownloadState,
        /// Whether it takes a slot of its link.
        pub limited: bool,
        /// When it was started, or taken over.
        pub started_at: Timestamp,
        pub usable_until: Timestamp,
        pub confirmed_at: Option<Timestamp>,
        pub ended_at: Option<Timestamp>,
        /// When a response of it was last known to run; told every few seconds while one does.
        pub active_at: Option<Timestamp>,
        /// All files and the archive.
        pub content_bytes: u64,
        /// Bytes that its responses asked for under a limit, what was not sent given back.
        pub booked_bytes: u64,
        pub delivered_bytes: u64,
        pub ip: Option<String>,
        pub user_agent: Option<String>,
    }
}

row! {
    /// What one download URL serves; an archive's files are frozen at its start.
    pub struct Object {
        pub id: DownloadObjectId,
        pub download_id: DownloadId,
        pub(crate) token_sealed: Vec<u8>,
        pub file_id: Option<FileId>,
        pub archive_files: Option<Json<Vec<FileId>>>,
        pub name: String,
        pub size: u64,
        pub etag: String,
        pub created_at: Timestamp,
        /// Whether parts of it were asked for by range.
        pub in_pieces: bool,
        pub(crate) delivered: Vec<u8>,
        pub completed_at: Option<Timestamp>,
        pub ended_at: Option<Timestamp>,
    }
}

impl Object {
    /// Whether a request for this range asks for a piece of an archive.
    pub(crate) fn is_asked_in_pieces(&self, range: &std::ops::Range<u64>) -> bool {
        self.archive_files.is_some() && !self.in_pieces && *range != (0..self.size)
    }

    /// What was delivered of it, claims of running responses left out.
    pub(crate) fn delivered(&self) -> Result<RangeSet> {
        RangeSet::from_bytes(&self.delivered).map_err(|e| Error::Internal(format!("download object {}: {e}", self.id)))
    }
}

row! {
    /// What a running response under a limit may have sent of an object.
    pub struct Claim {
        pub id: DownloadClaimId,
        pub object_id: DownloadObjectId,
        pub claimed_from: u64,
        pub claimed_to: u64,
        pub range_end: u64,
    }
}
