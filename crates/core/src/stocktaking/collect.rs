//! Collects litter: stored bytes that no row promises. It must never take what a row or a running upload refers to.
//!
//! Why this cannot race with a server at work: an upload's row is committed before its first byte is stored, under an
//! id that was never used before, and the row promises these bytes until, in one transaction, a file's row does. So bytes
//! that are stored and not promised were given up for good; no later commit promises them again. The age is a second
//! fence, not the first.
use futures_util::TryStreamExt as _;
use jiff::SignedDuration;

use super::Amount;
use crate::app::App;
use crate::error::{Error, Result};
use crate::file::store as files;

/// Younger litter stays.
pub const AGE_MIN: SignedDuration = SignedDuration::from_hours(24);

/// What was collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    pub removed: Amount,
    /// Litter that is too young.
    pub left: Amount,
    /// Litter that could not be removed; the log says why.
    pub failed: Amount,
}

/// Removes litter that has not changed for [`AGE_MIN`]. One blob that cannot be removed does not stop the others.
pub async fn collect(app: &App) -> Result<Collected> {
    let mut collected = Collected::default();
    let mut listing = app.blobs.list();
    while let Some(entry) = listing.try_next().await.map_err(Error::from)? {
        if files::blob_is_promised(&mut app.db.read().await?, entry.id.0).await? {
            continue;
        }
        if app.now().duration_since(entry.modified_at) < AGE_MIN {
            collected.left.add(entry.size_bytes);
            continue;
        }
        match app.blobs.delete(entry.id).await {
            Ok(()) => collected.removed.add(entry.size_bytes),
            Err(error) => {
                tracing::error!(blob = %entry.id, %error, "litter could not be removed");
                collected.failed.add(entry.size_bytes);
            }
        }
    }
    Ok(collected)
}
