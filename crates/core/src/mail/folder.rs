//! Messages as `.eml` files, for instances without a mail server. A file must be there whole or not at all, and be
//! readable by nobody but the instance: it holds a link's secret.
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::message::Message;
use super::transport::Delivery;

/// A folder that messages are written into; made when the first one comes.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Writes the message as `<id>.eml`; the same id again replaces the file. The file is durable when this answers
    /// `Sent`. A failure is `Deferred`: the disk may be emptied.
    pub(super) async fn write(&self, message: &Message) -> Delivery {
        let (folder, id, bytes) = (self.path.clone(), file_name(&message.id), message.bytes.clone());
        let written = tokio::task::spawn_blocking(move || write_whole(&folder, &id, &bytes)).await;
        match written {
            Ok(Ok(path)) => Delivery::Sent { answer: path.display().to_string() },
            Ok(Err(error)) => Delivery::Deferred { answer: format!("could not be written: {error}") },
            Err(error) => Delivery::Deferred { answer: format!("could not be written: {error}") },
        }
    }
}

fn write_whole(folder: &Path, id: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(format!("{id}.eml"));
    let unfinished = folder.join(format!(".{id}.part"));
    let written = write_file(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &path));
    if let Err(error) = written {
        // What is left is a hidden file that the next attempt overwrites; the first error is the one worth telling.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    File::open(folder)?.sync_all()?;
    Ok(path)
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Ids are our own; whatever is not plain is left out, so that no id is a path.
fn file_name(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}
