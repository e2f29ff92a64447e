//! Which path a blob has, and what the errors of such paths mean. It never makes a path from anything but an id, and
//! never takes a disk that is away for a blob that is absent.
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::super::{BlobError, BlobId, Completeness, Result};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const PARTIAL_SUFFIX: &str = ".partial";

#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes what is missing of the root and its folders, and flushes all of them: an earlier process may have made
    /// them and died before it could.
    pub(super) fn prepare(&self) -> Result<()> {
        let made = (|| {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&self.root)?;
            for folder in self.folders() {
                match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    _ => {}
                }
            }
            flush_folder(&self.root)?;
            self.root.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), flush_folder)
        })();
        made.map_err(not_a_missing_blob)
    }

    /// All folders that hold blobs.
    pub(super) fn folders(&self) -> impl Iterator<Item = PathBuf> {
        (0..=u8::MAX).map(|byte| self.root.join(format!("{byte:02x}")))
    }

    /// The folder of both of a blob's names. The last byte of a version 7 UUID is random; its first ones are the time.
    pub(super) fn folder(&self, id: BlobId) -> PathBuf {
        self.root.join(format!("{:02x}", id.0.as_bytes()[15]))
    }

    pub(super) fn complete(&self, id: BlobId) -> PathBuf {
        self.folder(id).join(id.0.simple().to_string())
    }

    pub(super) fn partial(&self, id: BlobId) -> PathBuf {
        self.folder(id).join(format!("{}{PARTIAL_SUFFIX}", id.0.simple()))
    }

    /// The blob a name in one of the folders belongs to; `None` for names this store does not make.
    pub(super) fn parse(name: &str) -> Option<(BlobId, Completeness)> {
        let (id, completeness) = match name.strip_suffix(PARTIAL_SUFFIX) {
            Some(id) => (id, Completeness::Partial),
            None => (name, Completeness::Complete),
        };
        let parsed = BlobId(Uuid::try_parse(id).ok()?);
        (parsed.0.simple().to_string() == id).then_some((parsed, completeness))
    }
}

/// A name that is a symbolic link is not one of ours.
const NO_FOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// Opens a blob's file, as `options` say.
pub(super) fn open_file(path: &Path, options: &mut OpenOptions) -> Result<File> {
    let options = options.mode(FILE_MODE).custom_flags(NO_FOLLOW);
    options.open(path).map_err(|error| explain(path, error))
}

/// Whether something is at `path`.
pub(super) fn exists(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) => match explain(path, error) {
            BlobError::NotFound => Ok(false),
            other => Err(other),
        },
    }
}

/// Removes the file at `path`; success if there is none.
pub(super) fn remove_file(path: &Path) -> Result<()> {
    match std::fs::remove_file(path).map_err(|error| explain(path, error)) {
        Err(BlobError::NotFound) => Ok(()),
        other => other,
    }
}

/// A missing file is a missing blob only while its folder is there. Without it, the disk is not mounted.
fn explain(path: &Path, error: io::Error) -> BlobError {
    let folder_is_there = || path.parent().is_some_and(Path::is_dir);
    if error.kind() == io::ErrorKind::NotFound && !folder_is_there() {
        return not_a_missing_blob(error);
    }
    error.into()
}

/// Makes the names in a folder durable.
pub(super) fn flush_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// For paths that are no blob's: their absence means that the store is broken.
pub(super) fn not_a_missing_blob(error: io::Error) -> BlobError {
    match BlobError::from(error) {
        BlobError::NotFound => BlobError::Unavailable(Box::new(io::Error::from(io::ErrorKind::NotFound))),
        other => other,
    }
}
