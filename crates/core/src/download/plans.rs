//! Archives as they are served, kept for a while: laying out 20,000 files takes a tenth of a second, and neither a range
//! of one byte nor a thousand visitors at once should each pay for it.
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::archive::{ArchiveFile, ArchiveLayout};
use crate::blob::BlobId;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::file::store as files;
use crate::ids::{FileId, PackageId};
use crate::package::File;

/// Files of all kept archives together; a file takes some 200 bytes.
const FILES_KEPT_MAX: usize = 200_000;

/// An archive's layout with what its files are made of.
#[derive(Debug)]
pub struct ArchivePlan {
    pub layout: ArchiveLayout,
    pub files: Vec<PlannedFile>,
}

/// A file of an archive.
#[derive(Debug, Clone, Copy)]
pub struct PlannedFile {
    pub id: FileId,
    pub blob: BlobId,
    pub size: u64,
}

impl ArchivePlan {
    fn new(files: &[File]) -> Result<Self> {
        let entries: Vec<ArchiveFile> = files
            .iter()
            .map(|file| ArchiveFile {
                path: file.relative_path.clone(),
                size_bytes: file.size,
                crc32: file.crc32,
                sha256: file.sha256,
                modified_at: file.uploaded_at,
            })
            .collect();
        let layout = ArchiveLayout::new(&entries).map_err(|e| Error::Internal(e.to_string()))?;
        let planned = |file: &File| PlannedFile { id: file.id, blob: file.blob(), size: file.size };
        Ok(Self { layout, files: files.iter().map(planned).collect() })
    }

    /// Where in the archive the bytes of this file lie; `None` when it is not in it.
    pub(super) fn place_of(&self, id: FileId) -> Option<Range<u64>> {
        self.files.iter().position(|file| file.id == id).and_then(|index| self.layout.file_range(index))
    }

    /// The files that have bytes, each with its place in the archive, that `range` touches.
    pub(super) fn touched(&self, range: &Range<u64>) -> Vec<(PlannedFile, Range<u64>)> {
        let placed = self.files.iter().enumerate().filter_map(|(index, file)| {
            let place = self.layout.file_range(index)?;
            Some((*file, place))
        });
        placed.filter(|(file, place)| file.size > 0 && place.start < range.end && range.start < place.end).collect()
    }
}

/// The kept archives of this process, the newest last.
#[derive(Debug, Default)]
pub struct ArchivePlans(Mutex<Vec<(u64, Arc<ArchivePlan>)>>);

impl ArchivePlans {
    /// The archive of these files of the package, in this order.
    pub fn of(&self, package: PackageId, files: &[File]) -> Result<Arc<ArchivePlan>> {
        let key = key(package, files.iter().map(|file| file.id));
        if let Some(plan) = self.kept(key) {
            return Ok(plan);
        }
        let plan = Arc::new(ArchivePlan::new(files)?);
        self.keep(key, plan.clone());
        Ok(plan)
    }

    /// As [`of`](Self::of), with files that may have been removed meanwhile; `None` when one is unknown.
    pub(super) async fn frozen(
        &self,
        conn: &mut Conn,
        package: PackageId,
        ids: &[FileId],
    ) -> Result<Option<Arc<ArchivePlan>>> {
        let key = key(package, ids.iter().copied());
        if let Some(plan) = self.kept(key) {
            return Ok(Some(plan));
        }
        let all = files::with_removed(conn, package).await?;
        let mut by_id: std::collections::HashMap<_, _> = all.into_iter().map(|file| (file.id, file)).collect();
        let Some(files) = ids.iter().map(|id| by_id.remove(id)).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let plan = Arc::new(ArchivePlan::new(&files)?);
        self.keep(key, plan.clone());
        Ok(Some(plan))
    }

    fn kept(&self, key: u64) -> Option<Arc<ArchivePlan>> {
        let kept = self.0.lock().expect("no holder of this lock panics");
        kept.iter().find(|(known, _)| *known == key).map(|(_, plan)| plan.clone())
    }

    fn keep(&self, key: u64, plan: Arc<ArchivePlan>) {
        let mut kept = self.0.lock().expect("no holder of this lock panics");
        kept.retain(|(known, _)| *known != key);
        kept.push((key, plan));
        while kept.len() > 1 && kept.iter().map(|(_, plan)| plan.files.len()).sum::<usize>() > FILES_KEPT_MAX {
            kept.remove(0);
        }
    }
}

/// Ids are random and never reused, so 64 bits of a hash over them tell the few archives at hand apart; whoever could
/// choose ids could choose bytes.
fn key(package: PackageId, ids: impl Iterator<Item = FileId>) -> u64 {
    let mut hasher = DefaultHasher::new();
    package.hash(&mut hasher);
    ids.for_each(|id| id.hash(&mut hasher));
    hasher.finish()
}
