//! What the ZIP of a package's files looks like, byte for byte, before a byte of it is sent: exact length, and for any
//! range the headers and file ranges it is made of. It must never read a file, and the same files must always give the
//! same bytes, or an interrupted download could not be resumed.
//!
//! Entries are stored, not compressed; sizes and CRCs are known, so there are no data descriptors, and ZIP64 records
//! appear only where a number needs them: macOS's Archive Utility refuses both when needless. The format is PKWARE's
//! APPNOTE 6.3.10; the extended timestamp is Info-ZIP's extra field 0x5455.
use std::collections::HashSet;
use std::ops::Range;

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::file::name::{archive_entry_name, free_number, path_key, with_number};

mod record;

use record::Entry;

/// Largest archive: lengths and offsets are signed 64-bit numbers in many programs.
const ARCHIVE_BYTES_MAX: u64 = i64::MAX.unsigned_abs();
/// About how much of the directory one piece holds, so that no piece is large however many files there are.
const DIRECTORY_PIECE_BYTES: usize = 64 * 1024;
/// Longest entry name the format can express.
const ENTRY_NAME_BYTES_MAX: usize = 65_535;
/// Changes whenever the same files would give other bytes, so that no old entity tag fits a new layout.
const LAYOUT_VERSION: &[u8] = b"waybill archive 1";

/// One file to put into an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFile {
    /// Relative path as stored; the layout makes it safe and unique.
    pub path: String,
    pub size_bytes: u64,
    pub crc32: u32,
    pub sha256: [u8; 32],
    /// Shown by the receiver's tools as the time of the last change.
    pub modified_at: Timestamp,
}

/// The archive would be longer than a length can say (8 EiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the archive would be too large")]
pub struct ArchiveTooLarge;

/// A run of consecutive bytes of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes (headers, directory).
    Bytes(Bytes),
    /// This range of the file at this position of the list the layout was made from. Never empty.
    File { index: usize, range: Range<u64> },
}

impl Piece {
    /// Length in bytes; never zero.
    #[expect(clippy::len_without_is_empty, reason = "a piece is never empty")]
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => size(bytes.len()),
            Self::File { range, .. } => range.end - range.start,
        }
    }
}

/// The whole archive as positions: about 100 bytes of memory per file, headers are made when they are asked for.
#[derive(Debug, Clone)]
pub struct ArchiveLayout {
    entries: Vec<Entry>,
    directory_start: u64,
    /// Where the directory ends and the end record starts.
    end_start: u64,
    len_bytes: u64,
    etag: String,
}

impl ArchiveLayout {
    /// Lays out `files` in the given order. Names become safe ([`archive_entry_name`]) and differ by more than case and
    /// normalisation, and none is also a folder: of several equal ones the first keeps the name, the others are numbered.
    pub fn new(files: &[ArchiveFile]) -> Result<Self, ArchiveTooLarge> {
        let mut entries = Vec::with_capacity(files.len());
        let (mut local_start, mut directory_offset) = (0_u64, 0_u64);
        for (file, name) in files.iter().zip(entry_names(files)) {
            let entry = Entry::new(file, name, local_start, directory_offset);
            let local_bytes = entry.local_header_len().checked_add(file.size_bytes).ok_or(ArchiveTooLarge)?;
            local_start = local_start.checked_add(local_bytes).ok_or(ArchiveTooLarge)?;
            directory_offset += entry.directory_record_len();
            entries.push(entry);
        }
        let directory_start = local_start;
        let end_start = directory_start.checked_add(directory_offset).ok_or(ArchiveTooLarge)?;
        let end_len = size(record::end(entries.len(), directory_start..end_start).len());
        let len_bytes = end_start.checked_add(end_len).ok_or(ArchiveTooLarge)?;
        if len_bytes > ARCHIVE_BYTES_MAX {
            return Err(ArchiveTooLarge);
        }
        let etag = etag(&entries, files);
        Ok(Self { entries, directory_start, end_start, len_bytes, etag })
    }

    /// Exact length of the archive in bytes.
    #[expect(clippy::len_without_is_empty, reason = "even the archive of no files has bytes")]
    pub fn len(&self) -> u64 {
        self.len_bytes
    }

    /// Number of files in the archive.
    pub fn file_count(&self) -> usize {
        self.entries.len()
    }

    /// A strong entity tag, in its quotes: equal exactly when every byte of the archive is equal.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The name that the file at `index` of the list got in the archive.
    pub fn entry_name(&self, index: usize) -> Option<&str> {
        self.entries.get(index).map(Entry::name)
    }

    /// Where in the archive the bytes of the file at `index` lie.
    pub fn file_range(&self, index: usize) -> Option<Range<u64>> {
        self.entries.get(index).map(Entry::data_range)
    }

    /// The pieces that make up `range`, in order; what lies beyond the end of the archive is left out.
    pub fn pieces(&self, range: Range<u64>) -> impl Iterator<Item = Piece> + '_ {
        let mut rest = range;
        std::iter::from_fn(move || {
            let piece = self.first_piece(rest.clone())?;
            rest.start += piece.len();
            Some(piece)
        })
    }

    /// The first of the pieces that make up `range`; `None` when the range is empty or beyond the end. For callers that
    /// cannot hold the borrow of [`pieces`](Self::pieces): ask again from where the piece ended. Costs a binary search.
    pub fn first_piece(&self, range: Range<u64>) -> Option<Piece> {
        let range = range.start..range.end.min(self.len_bytes);
        if range.is_empty() {
            None
        } else if range.start < self.directory_start {
            Some(self.entry_piece(range))
        } else if range.start < self.end_start {
            Some(self.directory_piece(range))
        } else {
            let end = record::end(self.entries.len(), self.directory_start..self.end_start);
            Some(cut(end, self.end_start, range))
        }
    }

    /// A piece of a local header or of a file.
    fn entry_piece(&self, range: Range<u64>) -> Piece {
        let index = self.entries.partition_point(|entry| entry.local_start() <= range.start) - 1;
        let entry = &self.entries[index];
        let data = entry.data_range();
        if range.start < data.start {
            return cut(entry.local_header(), entry.local_start(), range);
        }
        Piece::File { index, range: range.start - data.start..range.end.min(data.end) - data.start }
    }

    /// A piece of the directory: whole records up to about [`DIRECTORY_PIECE_BYTES`], cut to the range.
    fn directory_piece(&self, range: Range<u64>) -> Piece {
        let offset = range.start - self.directory_start;
        let first = self.entries.partition_point(|entry| entry.directory_offset() <= offset) - 1;
        let start = self.directory_start + self.entries[first].directory_offset();
        let mut records = Vec::with_capacity(DIRECTORY_PIECE_BYTES);
        for entry in &self.entries[first..] {
            entry.put_directory_record(&mut records);
            if records.len() >= DIRECTORY_PIECE_BYTES || start + size(records.len()) >= range.end {
                break;
            }
        }
        cut(records, start, range)
    }
}

/// The part of `bytes`, which stand in the archive from `start` on, that lies in `range`; `range` starts inside them.
fn cut(bytes: Vec<u8>, start: u64, range: Range<u64>) -> Piece {
    let place = |position: u64| usize::try_from(position - start).expect("a position inside bytes in memory");
    let end = range.end.min(start + size(bytes.len()));
    Piece::Bytes(Bytes::from(bytes).slice(place(range.start)..place(end)))
}

/// One name per file, in order. A file whose name is also needed as a folder is numbered as well, or it could not be
/// unpacked.
fn entry_names(files: &[ArchiveFile]) -> Vec<String> {
    let mut names: Vec<String> = files.iter().map(|file| archive_entry_name(&file.path)).collect();
    let keys: Vec<String> = names.iter().map(|name| path_key(name)).collect();
    let mut taken: HashSet<String> = HashSet::with_capacity(names.len());
    for key in &keys {
        // From the deepest folder up, until one is known: its parents are known too.
        let folders = key.rmatch_indices('/').map(|(slash, _)| &key[..slash]);
        for folder in folders {
            if !taken.insert(folder.to_owned()) {
                break;
            }
        }
    }
    // Every first bearer of a name before any numbering, so that a number never takes the name of another file.
    let repeated: Vec<usize> = (0..keys.len()).filter(|&index| !taken.insert(keys[index].clone())).collect();
    for index in repeated {
        let candidate = |number| with_number(&names[index], number, ENTRY_NAME_BYTES_MAX);
        let name = candidate(free_number(|number| taken.contains(&path_key(&candidate(number)))));
        taken.insert(path_key(&name));
        names[index] = name;
    }
    names
}

fn etag(entries: &[Entry], files: &[ArchiveFile]) -> String {
    let mut hash = Sha256::new();
    hash.update(LAYOUT_VERSION);
    for (entry, file) in entries.iter().zip(files) {
        // The header holds name (with its length), size, CRC-32 and time; the digest says which bytes follow.
        hash.update(entry.local_header());
        hash.update(file.sha256);
    }
    format!("\"{}\"", hex::encode(hash.finalize()))
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a length in memory fits into 64 bits")
}

#[cfg(test)]
mod tests;
