//! The data folder: made for its owner alone, and served by one process at a time.
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use uuid::Uuid;

use super::failure::Failure;

/// The files of a data folder.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

/// What [`Folder::lock`] holds as long as it lives. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// The folder of messages, as the UI names it.
pub(super) const MAIL: &str = "mail";

impl Folder {
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join("waybill.sqlite")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.path.join("waybill.key")
    }

    pub(super) fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    pub(super) fn mail(&self) -> PathBuf {
        self.path.join(MAIL)
    }

    fn mark(&self) -> PathBuf {
        self.path.join("waybill.id")
    }

    /// The id of the instance that the folder belongs to; none before its first start.
    pub(super) fn marked(&self) -> Result<Option<Uuid>, Failure> {
        let path = self.mark();
        match std::fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().map(Some).map_err(|_| {
                Failure::new(format!("{} is damaged", path.display()))
                    .hint("restore it from the backup, or remove it when you are sure that folder and database belong together")
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::new(format!("{} cannot be read: {error}", path.display()))),
        }
    }

    /// Marks the folder as the instance's; once.
    pub(super) fn set_mark(&self, id: Uuid) -> Result<(), Failure> {
        let path = self.mark();
        let draft = self.path.join(format!("waybill.id.new-{}", std::process::id()));
        let written = (|| {
            let mut file = File::create(&draft)?;
            writeln!(file, "{id}")?;
            // A half-written mark would shut the folder for ever; none at all is made again.
            file.sync_all()?;
            std::fs::rename(&draft, &path)
        })();
        written.map_err(|error: io::Error| Failure::new(format!("{} cannot be written: {error}", path.display())))
    }

    /// Makes the folder, readable by nobody else. One that is there stays as it is.
    pub(super) fn make(&self) -> Result<(), Failure> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path).map_err(|error| {
            Failure::new(format!("the data folder {} cannot be made: {error}", self.path.display()))
                .hint("choose another with --data-dir, or let the user that runs this own it")
        })
    }

    /// Refuses when another process serves this folder: two would write over each other.
    pub(super) fn lock(&self) -> Result<Lock, Failure> {
        let path = self.path.join("waybill.lock");
        let failed = |error: io::Error| Failure::new(format!("{} cannot be locked: {error}", path.display()));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let who = std::fs::read_to_string(&path).unwrap_or_default();
                let who = who.trim().parse::<u32>().map(|id| format!(" (process {id})")).unwrap_or_default();
                let message = format!("another server{who} already serves the data folder {}", self.path.display());
                return Err(Failure::new(message).hint("stop that one first, or choose another folder with --data-dir"));
            }
            Err(error) => return Err(failed(error.into())),
        }
        // Only for the message above; the lock itself is the system's.
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Lock { _file: file })
    }
}
