//! What is on the disk, folder by folder. Answers with every blob of this store; it never shows files it did not make,
//! and holds one folder's entries at a time.
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use jiff::Timestamp;

use super::super::{BlobEntry, Result};
use super::layout::{Layout, not_a_missing_blob};
use super::{Shared, blocking};

pub(super) fn list(shared: Arc<Shared>) -> BoxStream<'static, Result<BlobEntry>> {
    let folders: Vec<PathBuf> = shared.layout.folders().collect();
    stream::iter(folders)
        .then(|folder| blocking(move || read_folder(&folder).map_err(not_a_missing_blob)))
        .flat_map(|entries| match entries {
            Ok(entries) => stream::iter(entries.into_iter().map(Ok).collect::<Vec<_>>()),
            Err(error) => stream::iter(vec![Err(error)]),
        })
        .boxed()
}

fn read_folder(folder: &Path) -> io::Result<Vec<BlobEntry>> {
    let mut entries = Vec::new();
    for item in folder.read_dir()? {
        let item = item?;
        let name = item.file_name();
        let Some((id, completeness)) = name.to_str().and_then(Layout::parse) else { continue };
        let facts = match item.metadata() {
            Ok(facts) => facts,
            // Deleted or completed since the folder was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if facts.is_file() {
            let modified_at = modified_at(facts.mtime(), facts.mtime_nsec());
            entries.push(BlobEntry { id, size_bytes: facts.len(), modified_at, completeness });
        }
    }
    Ok(entries)
}

/// A time no calendar holds is shown as the earliest: nothing is spared for it, and nothing breaks.
fn modified_at(second: i64, nanosecond: i64) -> Timestamp {
    let nanosecond = i32::try_from(nanosecond).unwrap_or(0);
    Timestamp::new(second, nanosecond).unwrap_or(Timestamp::UNIX_EPOCH)
}
