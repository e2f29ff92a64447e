//! A resumable transfer of one file into a package. Bytes go to a partial blob while they are hashed; an offset is
//! acknowledged only after it is durable and stored together with the digest state of exactly that offset.
pub mod begin;
pub mod drop_upload;
pub mod finish;
pub mod look;
pub mod receive;
pub(crate) mod store;
pub mod sweep;
#[cfg(test)]
mod tests;
mod writers;

use jiff::Timestamp;

use crate::access::Author;
use crate::db::{Bytes, Json};
use crate::ids::{FileId, LinkId, PackageId, UploadId};
use crate::row;

pub use writers::Writers;

row! {
    /// An upload as it is stored.
    pub struct Upload {
        pub id: UploadId,
        pub package_id: PackageId,
        pub link_id: Option<LinkId>,
        pub(crate) blob_id: uuid::Uuid,
        pub(crate) token_sealed: Vec<u8>,
        pub relative_path: String,
        pub content_type: Option<String>,
        /// `None` while the length is deferred.
        pub size: Option<u64>,
        pub sha256: Option<Bytes<32>>,
        /// Durable and acknowledged bytes.
        pub received: u64,
        pub(crate) digest_state: Vec<u8>,
        pub reserved_bytes: u64,
        pub wire_bytes: u64,
        pub wire_ms: u64,
        pub(crate) actor: Json<Author>,
        /// What the client said of the file at creation; given back to whoever continues it.
        pub client_metadata: String,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
        pub finished_at: Option<Timestamp>,
        pub file_id: Option<FileId>,
        pub dropped_at: Option<Timestamp>,
        pub resumable: bool,
    }
}
