//! A download: one visit's fetch of a package's content, however many requests it takes, and the bytes it serves.
pub mod archive;
mod deliveries;
pub mod ranges;
pub mod record;
pub mod serve;
pub mod start;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod watch;

use std::time::Duration;

use jiff::Timestamp;

pub use deliveries::{Delivered, Deliveries, Registration};

use crate::db::{Bytes, Json};
use crate::ids::{DownloadId, DownloadObjectId, FileId, LinkId, PackageId};
use crate::{names, row};

/// A download works on this long after its start, even when its package ended by a rule meanwhile.
pub const USABLE: Duration = Duration::from_hours(24);

names! {
    /// What a download has come to.
    pub enum DownloadState {
        /// Started; it may never fetch a byte.
        Open = "open",
        /// It counts.
        Confirmed = "confirmed",
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
        pub started_at: Timestamp,
        pub usable_until: Timestamp,
        pub confirmed_at: Option<Timestamp>,
        pub ended_at: Option<Timestamp>,
        pub content_bytes: u64,
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
        pub(crate) delivered: Vec<u8>,
        pub completed_at: Option<Timestamp>,
    }
}
