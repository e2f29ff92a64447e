//! The rows of a contents table: complete files and uploads that are not.
use waybill_core::text::Text;

use super::Moment;

/// One complete file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    pub id: String,
    /// The file's own name, as stored.
    pub name: String,
    /// Its folder within the package without the name (`plans/east`), empty at the top.
    pub folder: String,
    pub size_bytes: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
    pub uploaded_at: Option<Moment>,
    /// How the bytes came in; nothing on a recipient's page.
    pub transfer: Option<Transfer>,
}

/// How a file's bytes came in, as the server measured it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    pub duration_ms: u64,
    pub bytes_per_second: u64,
}

impl Transfer {
    /// `in 3.2 s, 12 MB/s`.
    pub fn sentence(&self, t: Text) -> String {
        let duration = if self.duration_ms < 1000 {
            t.with("contents-milliseconds", &[("count", self.duration_ms.into())])
        } else {
            t.duration(std::time::Duration::from_millis(self.duration_ms))
        };
        t.with("contents-transfer", &[("duration", duration.into()), ("rate", t.bytes(self.bytes_per_second).into())])
    }
}

/// An upload that has not reached its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedUpload {
    pub id: String,
    pub name: String,
    pub size_bytes: u64,
    pub offset_bytes: u64,
}

impl UnfinishedUpload {
    /// How much is here, in whole percent, rounded down: 100 only when nothing is missing.
    pub fn percent(&self) -> u64 {
        match self.size_bytes {
            0 => 0,
            size => u64::try_from(u128::from(self.offset_bytes) * 100 / u128::from(size)).unwrap_or(100).min(100),
        }
    }
}

/// The sum of all sizes.
pub fn total_bytes(files: &[FileRow]) -> u64 {
    files.iter().fold(0, |sum, file| sum.saturating_add(file.size_bytes))
}
