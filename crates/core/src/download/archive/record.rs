//! The records of a ZIP archive as bytes: local header, directory record, end. Knows one entry at a time.
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::Offset;

use super::{ArchiveFile, size};

/// From this size or offset on, the number moves to a ZIP64 field and its usual place holds this value. (A file of exactly
/// this size is read by 7-Zip, libarchive and Python; Info-ZIP's unzip 6.0 takes the true size for the mark and stumbles.)
const ZIP64_FROM: u64 = 0xffff_ffff;
const ZIP64_MARK: u32 = 0xffff_ffff;
/// The same for the number of entries.
const ZIP64_FROM_ENTRIES: u64 = 0xffff;
const ZIP64_MARK_ENTRIES: u16 = 0xffff;

const VERSION_STORED: u16 = 10;
const VERSION_ZIP64: u16 = 45;
/// Made on Unix (3), according to version 4.5 of the format: the external attributes are then a Unix mode.
const MADE_BY: u16 = 3 << 8 | VERSION_ZIP64;
/// Bit 11: names are UTF-8.
const FLAGS: u16 = 1 << 11;
const METHOD_STORED: u16 = 0;
/// A regular file that its owner may write and everybody may read, never execute.
const EXTERNAL_ATTRIBUTES: u32 = 0o100_644 << 16;

const LOCAL_HEADER_BYTES: u64 = 30;
const DIRECTORY_RECORD_BYTES: u64 = 46;
const ZIP64_END_BYTES: u64 = 56;
const EXTRA_HEADER_BYTES: u16 = 4;
const TIMESTAMP_ID: u16 = 0x5455;
const TIMESTAMP_BYTES: u16 = 5;
const ZIP64_ID: u16 = 0x0001;
/// The first and the last time that MS-DOS can write.
const EARLIEST: DateTime = date(1980, 1, 1).at(0, 0, 0, 0);
const LATEST: DateTime = date(2107, 12, 31).at(23, 59, 59, 0);

/// One file's place in the archive and what its records say.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    name: Box<str>,
    size_bytes: u64,
    crc32: u32,
    dos_time: u16,
    dos_date: u16,
    /// Seconds since 1970 where the extra field can hold them.
    unix_time: Option<i32>,
    local_start: u64,
    directory_offset: u64,
}

impl Entry {
    /// The entry of `file` under `name`, with its local header at `local_start` of the archive and its directory record
    /// at `directory_offset` of the directory.
    pub(super) fn new(file: &ArchiveFile, name: String, local_start: u64, directory_offset: u64) -> Self {
        let (dos_date, dos_time) = dos_date_and_time(file.modified_at);
        Self {
            name: name.into_boxed_str(),
            size_bytes: file.size_bytes,
            crc32: file.crc32,
            dos_time,
            dos_date,
            unix_time: i32::try_from(file.modified_at.as_second()).ok(),
            local_start,
            directory_offset,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn local_start(&self) -> u64 {
        self.local_start
    }

    pub(super) fn directory_offset(&self) -> u64 {
        self.directory_offset
    }

    /// Where the file's bytes lie in the archive.
    pub(super) fn data_range(&self) -> Range<u64> {
        let start = self.local_start + self.local_header_len();
        start..start + self.size_bytes
    }

    pub(super) fn local_header_len(&self) -> u64 {
        LOCAL_HEADER_BYTES + size(self.name.len()) + u64::from(self.local_extra_len())
    }

    pub(super) fn directory_record_len(&self) -> u64 {
        DIRECTORY_RECORD_BYTES + size(self.name.len()) + u64::from(self.directory_extra_len())
    }

    pub(super) fn local_header(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(usize::try_from(self.local_header_len()).expect("at most 65,600 bytes"));
        put32(&mut out, 0x0403_4b50);
        put16(&mut out, if self.is_large() { VERSION_ZIP64 } else { VERSION_STORED });
        self.put_common(&mut out);
        put16(&mut out, self.local_extra_len());
        out.extend_from_slice(self.name.as_bytes());
        self.put_timestamp(&mut out);
        if self.is_large() {
            put16(&mut out, ZIP64_ID);
            put16(&mut out, 16);
            put64(&mut out, self.size_bytes);
            put64(&mut out, self.size_bytes);
        }
        out
    }

    pub(super) fn put_directory_record(&self, out: &mut Vec<u8>) {
        put32(out, 0x0201_4b50);
        put16(out, MADE_BY);
        put16(out, if self.zip64_values_len() > 0 { VERSION_ZIP64 } else { VERSION_STORED });
        self.put_common(out);
        put16(out, self.directory_extra_len());
        put16(out, 0); // no comment
        put16(out, 0); // first disk
        put16(out, 0); // internal attributes: unknown content
        put32(out, EXTERNAL_ATTRIBUTES);
        put32(out, marked(self.local_start));
        out.extend_from_slice(self.name.as_bytes());
        self.put_timestamp(out);
        if self.zip64_values_len() > 0 {
            put16(out, ZIP64_ID);
            put16(out, self.zip64_values_len());
            if self.is_large() {
                put64(out, self.size_bytes);
                put64(out, self.size_bytes);
            }
            if self.is_far() {
                put64(out, self.local_start);
            }
        }
    }

    /// From the flags to the length of the name: the same in both records.
    fn put_common(&self, out: &mut Vec<u8>) {
        put16(out, FLAGS);
        put16(out, METHOD_STORED);
        put16(out, self.dos_time);
        put16(out, self.dos_date);
        put32(out, self.crc32);
        put32(out, marked(self.size_bytes));
        put32(out, marked(self.size_bytes));
        put16(out, u16::try_from(self.name.len()).expect("entry names are at most 65,535 bytes long"));
    }

    fn put_timestamp(&self, out: &mut Vec<u8>) {
        if let Some(seconds) = self.unix_time {
            put16(out, TIMESTAMP_ID);
            put16(out, TIMESTAMP_BYTES);
            out.push(1); // only the time of the last change follows
            out.extend_from_slice(&seconds.to_le_bytes());
        }
    }

    fn is_large(&self) -> bool {
        self.size_bytes >= ZIP64_FROM
    }

    fn is_far(&self) -> bool {
        self.local_start >= ZIP64_FROM
    }

    fn local_extra_len(&self) -> u16 {
        self.timestamp_len() + if self.is_large() { extra_len(16) } else { 0 }
    }

    fn directory_extra_len(&self) -> u16 {
        let values = self.zip64_values_len();
        self.timestamp_len() + if values > 0 { extra_len(values) } else { 0 }
    }

    fn timestamp_len(&self) -> u16 {
        if self.unix_time.is_some() { extra_len(TIMESTAMP_BYTES) } else { 0 }
    }

    /// Only the numbers that do not fit their usual place: two sizes, the offset.
    fn zip64_values_len(&self) -> u16 {
        (if self.is_large() { 16 } else { 0 }) + (if self.is_far() { 8 } else { 0 })
    }
}

/// The end of an archive with `entry_count` entries and its directory at `directory`: with the ZIP64 records in front if
/// a number needs them.
pub(super) fn end(entry_count: usize, directory: Range<u64>) -> Vec<u8> {
    let entries = size(entry_count);
    let directory_bytes = directory.end - directory.start;
    let mut out = Vec::new();
    if entries >= ZIP64_FROM_ENTRIES || directory_bytes >= ZIP64_FROM || directory.start >= ZIP64_FROM {
        put32(&mut out, 0x0606_4b50);
        put64(&mut out, ZIP64_END_BYTES - 12);
        put16(&mut out, MADE_BY);
        put16(&mut out, VERSION_ZIP64);
        put32(&mut out, 0); // this disk
        put32(&mut out, 0); // the directory's disk
        put64(&mut out, entries);
        put64(&mut out, entries);
        put64(&mut out, directory_bytes);
        put64(&mut out, directory.start);
        put32(&mut out, 0x0706_4b50);
        put32(&mut out, 0); // the disk of the ZIP64 end
        put64(&mut out, directory.end);
        put32(&mut out, 1); // number of disks
    }
    put32(&mut out, 0x0605_4b50);
    put16(&mut out, 0); // this disk
    put16(&mut out, 0); // the directory's disk
    let marked_entries = u16::try_from(entries).unwrap_or(ZIP64_MARK_ENTRIES);
    put16(&mut out, marked_entries);
    put16(&mut out, marked_entries);
    put32(&mut out, marked(directory_bytes));
    put32(&mut out, marked(directory.start));
    put16(&mut out, 0); // no comment
    out
}

/// Date and time as MS-DOS writes them, in UTC: from 1980 to 2107, in steps of two seconds.
fn dos_date_and_time(at: Timestamp) -> (u16, u16) {
    let civil = Offset::UTC.to_datetime(at).clamp(EARLIEST, LATEST);
    let part = |number: i8| u16::try_from(number).expect("parts of a date and a time are not negative");
    let years = u16::try_from(civil.year()).expect("clamped") - 1980;
    let date = (years << 9) | (part(civil.month()) << 5) | part(civil.day());
    let time = (part(civil.hour()) << 11) | (part(civil.minute()) << 5) | (part(civil.second()) / 2);
    (date, time)
}

/// An extra field's whole length.
fn extra_len(value_bytes: u16) -> u16 {
    EXTRA_HEADER_BYTES + value_bytes
}

/// `value`, or the mark that says it stands in a ZIP64 field.
fn marked(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(ZIP64_MARK)
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}
