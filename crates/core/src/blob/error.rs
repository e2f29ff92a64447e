//! What can go wrong with a blob, named by what the caller can do about it. Never an error without its source.
use std::error::Error;
use std::io;

pub type Result<T, E = BlobError> = std::result::Result<T, E>;

/// Why a store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The disk, its inodes or a quota are used up. Reads go on; writes may work again after a clean-up.
    #[error("no space is left in the blob store")]
    NoSpace,
    /// There is no such blob, or not in the state that was asked for.
    #[error("the blob does not exist")]
    NotFound,
    /// A complete blob never changes.
    #[error("the blob is already complete")]
    AlreadyComplete,
    /// Another writer opened this blob, or it was completed or deleted; this handle is of no use any more.
    #[error("another writer has taken over the blob")]
    Superseded,
    /// Bytes that were promised are missing: not the client's fault, and not cured by trying again.
    #[error("the blob is damaged: {found} bytes where at least {expected} were promised")]
    Damaged { expected: u64, found: u64 },
    /// The blob is shorter or longer than the length it was to be completed with.
    #[error("the blob has {found} bytes instead of {expected}")]
    WrongLength { expected: u64, found: u64 },
    /// The store did not work. Whether a later call does, only trying tells.
    #[error("the blob store does not work")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

impl BlobError {
    /// `Unavailable` with `reason` as its source, where no system error exists.
    pub(super) fn unavailable(reason: &'static str) -> Self {
        Self::Unavailable(reason.into())
    }
}

/// For errors of the operating system where a missing file is a missing blob; what else it may mean is decided by who
/// knows the path (`local/layout.rs`).
impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::Unavailable(Box::new(error)),
        }
    }
}

impl From<rustix::io::Errno> for BlobError {
    fn from(error: rustix::io::Errno) -> Self {
        io::Error::from(error).into()
    }
}
