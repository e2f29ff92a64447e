//! Stocktaking: do the rows and the stored bytes agree? A row without its bytes is a loss and is reported; bytes that no
//! row promises are litter and may be collected. Both may be asked while a server works; neither ever removes what a
//! row, a running upload or a running download refers to.
pub mod check;
pub mod collect;
mod store;
#[cfg(test)]
mod tests;

use crate::ids::{FileId, PackageId, UploadId};
use crate::row;

row! {
    /// A file whose bytes are promised.
    pub struct Promise {
        pub id: FileId,
        pub package_id: PackageId,
        pub blob_id: uuid::Uuid,
        pub relative_path: String,
        pub size: u64,
        pub sha256: [u8; 32],
        pub crc32: u32,
    }
}

row! {
    /// An unfinished upload, and how much of it was acknowledged.
    pub struct Progress {
        pub id: UploadId,
        pub blob_id: uuid::Uuid,
        pub received: u64,
    }
}

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Whether the bytes are there and how many; reads no content.
    Presence,
    /// Also reads every byte and compares both digests.
    Content,
}

/// Something that was promised and does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    #[error("the bytes are missing")]
    Missing,
    #[error("{found} bytes are there instead of {expected}")]
    WrongSize { expected: u64, found: u64 },
    #[error("the content has changed: SHA-256 is {found} instead of {expected}")]
    Changed { expected: String, found: String },
    #[error("the bytes cannot be read: {0}")]
    Unreadable(String),
}

/// What lost its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loser {
    File { id: FileId, package: PackageId, path: String },
    Upload { id: UploadId },
}

/// The result of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    pub files: u64,
    pub bytes: u64,
    pub unfinished_uploads: u64,
    pub losses: u64,
    /// Stored bytes that no row promises.
    pub litter: Amount,
}

/// So many blobs, so many bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    pub blobs: u64,
    pub bytes: u64,
}

impl Amount {
    fn add(&mut self, bytes: u64) {
        self.blobs += 1;
        self.bytes += bytes;
    }
}
