//! What a file is called: names and relative paths as they were given, their comparison, and numbering beside a taken
//! name. It must never change what was given in order to make it safe: that happens on the way out (the re-exported
//! renderings), once per destination.
use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::limits::{FILE_NAME_BYTES_MAX, PATH_BYTES_MAX, PATH_DEPTH_MAX};

pub use super::rendering::{
    archive_entry_name, content_disposition, csv_field, display_name, save_name, terminal_safe, url_segment,
};

/// Longest ending that counts as an extension when a number goes in front of it.
const EXTENSION_BYTES_MAX: usize = 16;
/// Inner endings that belong to the outer one: `archive.tar.gz` is numbered in front of `.tar.gz`.
const INNER_EXTENSIONS: &[&str] = &[".tar", ".cpio"];
/// Up to here [`free_number`] asks for one number after the other, beyond it in doubling steps.
const ONE_BY_ONE_MAX: u32 = 16;

/// Why a name or path cannot be accepted. Each has a stable code for programs and a key for the sentence people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("the name is empty")]
    Empty,
    #[error("`.` and `..` are not names")]
    Dots,
    #[error("the name contains a slash")]
    Slash,
    #[error("the name contains a NUL character")]
    Nul,
    #[error("the name is longer than {FILE_NAME_BYTES_MAX} bytes")]
    NameTooLong,
    #[error("the path starts with a slash")]
    Absolute,
    #[error("the path contains an empty folder name")]
    EmptySegment,
    #[error("the path is longer than {PATH_BYTES_MAX} bytes")]
    PathTooLong,
    #[error("the path has more than {PATH_DEPTH_MAX} levels")]
    TooDeep,
}

impl NameError {
    /// All of them, so that tests can check that each has a sentence.
    pub const ALL: &[Self] = &[
        Self::Empty,
        Self::Dots,
        Self::Slash,
        Self::Nul,
        Self::NameTooLong,
        Self::Absolute,
        Self::EmptySegment,
        Self::PathTooLong,
        Self::TooDeep,
    ];

    /// Stable, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "name_empty",
            Self::Dots => "name_dots",
            Self::Slash => "name_slash",
            Self::Nul => "name_nul",
            Self::NameTooLong => "name_too_long",
            Self::Absolute => "path_absolute",
            Self::EmptySegment => "path_empty_segment",
            Self::PathTooLong => "path_too_long",
            Self::TooDeep => "path_too_deep",
        }
    }

    /// Key of the translatable sentence that tells a person what is wrong.
    pub const fn sentence_key(self) -> &'static str {
        match self {
            Self::Empty => "name-empty",
            Self::Dots => "name-dots",
            Self::Slash => "name-slash",
            Self::Nul => "name-nul",
            Self::NameTooLong => "name-too-long",
            Self::Absolute => "path-absolute",
            Self::EmptySegment => "path-empty-segment",
            Self::PathTooLong => "path-too-long",
            Self::TooDeep => "path-too-deep",
        }
    }
}

/// The name of one file, exactly as its sender gave it: not empty, not `.` or `..`, without `/` and NUL, at most
/// [`FILE_NAME_BYTES_MAX`] bytes. Everything else is kept (backslashes, control characters, direction overrides), because a
/// file on some system is really called so; no rendering lets it through.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);

impl FileName {
    pub fn parse(given: &str) -> Result<Self, NameError> {
        if given.contains('/') {
            return Err(NameError::Slash);
        }
        check_segment(given)?;
        Ok(Self(given.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    /// As given: use a rendering of this module wherever a person or a program reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a file lies inside its package, `/`-separated, with its name as the last segment: at most [`PATH_BYTES_MAX`]
/// bytes and [`PATH_DEPTH_MAX`] segments, each of them a valid [`FileName`]. A backslash is an ordinary character here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RelativePath(String);

impl RelativePath {
    pub fn parse(given: &str) -> Result<Self, NameError> {
        if given.is_empty() {
            return Err(NameError::Empty);
        }
        if given.starts_with('/') {
            return Err(NameError::Absolute);
        }
        if given.len() > PATH_BYTES_MAX {
            return Err(NameError::PathTooLong);
        }
        if given.split('/').count() > PATH_DEPTH_MAX {
            return Err(NameError::TooDeep);
        }
        for segment in given.split('/') {
            if segment.is_empty() {
                return Err(NameError::EmptySegment);
            }
            check_segment(segment)?;
        }
        Ok(Self(given.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().expect("splitting yields at least one part")
    }

    /// Everything before the last segment, without the slash; `None` at the top.
    pub fn folder(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// See [`path_key`].
    pub fn key(&self) -> String {
        path_key(&self.0)
    }
}

impl From<FileName> for RelativePath {
    fn from(name: FileName) -> Self {
        Self(name.0)
    }
}

impl fmt::Display for RelativePath {
    /// As given: use a rendering of this module wherever a person or a program reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_segment(segment: &str) -> Result<(), NameError> {
    if segment.is_empty() {
        return Err(NameError::Empty);
    }
    if segment == "." || segment == ".." {
        return Err(NameError::Dots);
    }
    if segment.contains('\0') {
        return Err(NameError::Nul);
    }
    if segment.len() > FILE_NAME_BYTES_MAX {
        return Err(NameError::NameTooLong);
    }
    Ok(())
}

/// The key under which two paths are one on some common file system: canonically equivalent spellings (NFC, NFD) and
/// spellings that differ by case alone get the same key. Not for display, and not reversible.
///
/// Each character goes through upper case and then lower case. Lower case alone would keep apart what NTFS and APFS
/// fold together (`ς` and `σ`, `ß` and `SS`), and Rust's lower case of whole words depends on the position of a sigma.
pub fn path_key(path: &str) -> String {
    let folded: String = path.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    folded.nfc().collect()
}

/// `path` itself if its key is free, otherwise the same path with a number that makes it free: `scan.pdf` becomes
/// `scan (2).pdf`, `archive.tar.gz` becomes `archive (2).tar.gz`. `taken` is asked with a [`path_key`].
///
/// Needs a number of questions that grows with the logarithm of the copies that exist, so ten thousand files of one
/// name stay cheap; with gaps in the numbering it may therefore skip a free number. The answer is a valid path: a stem
/// that leaves no room for the number is shortened, and in a folder so deep that even this does not help the file moves
/// up. `taken` must leave some number free.
pub fn numbered(path: &RelativePath, taken: impl Fn(&str) -> bool) -> RelativePath {
    if !taken(&path.key()) {
        return path.clone();
    }
    let candidate = |number| RelativePath(with_number(&path.0, number, PATH_BYTES_MAX));
    candidate(free_number(|number| taken(&candidate(number).key())))
}

/// Whether `path` is what [`numbered`] made of `wanted`, under whatever number.
pub fn is_numbered(path: &RelativePath, wanted: &RelativePath) -> bool {
    let (stem, _) = split_extension(path.name());
    let number = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once(" (")).and_then(|(_, n)| n.parse().ok());
    number.is_some_and(|number| path_key(&with_number(&wanted.0, number, PATH_BYTES_MAX)) == path.key())
}

/// A number from 2 on that is free. Asks one by one at first, then in doubling steps and by halving the last of them.
pub(crate) fn free_number(is_taken: impl Fn(u32) -> bool) -> u32 {
    let (mut taken, mut free) = (1, 2);
    while is_taken(free) && free < u32::MAX {
        taken = free;
        free = if free < ONE_BY_ONE_MAX { free + 1 } else { free.saturating_mul(2) };
    }
    while free - taken > 1 {
        let between = taken + (free - taken) / 2;
        if is_taken(between) {
            taken = between;
        } else {
            free = between;
        }
    }
    free
}

/// `path` with ` (number)` before its extension, shortened where it must be to stay within `path_bytes_max` and
/// [`FILE_NAME_BYTES_MAX`].
pub(crate) fn with_number(path: &str, number: u32, path_bytes_max: usize) -> String {
    let (mut folder, name) = match path.rsplit_once('/') {
        Some((folder, name)) => (Some(folder), name),
        None => (None, path),
    };
    let (stem, extension) = split_extension(name);
    let suffix = format!(" ({number}){extension}");
    loop {
        let folder_bytes = folder.map_or(0, |folder| folder.len() + 1);
        let room = FILE_NAME_BYTES_MAX.min(path_bytes_max.saturating_sub(folder_bytes)).saturating_sub(suffix.len());
        let short_stem = cut_to(stem, room);
        match folder {
            // Only in a folder that fills the path: at the top there is room for a stem and a short suffix.
            Some(full) if short_stem.is_empty() => folder = full.rsplit_once('/').map(|(parent, _)| parent),
            Some(folder) => return format!("{folder}/{short_stem}{suffix}"),
            None => return format!("{short_stem}{suffix}"),
        }
    }
}

/// Splits `name` into stem (never empty) and extension (with its dot, perhaps empty): `.tar.gz` is one extension,
/// `.bashrc` is a stem, and what is long or holds anything but letters and digits is no extension.
pub(crate) fn split_extension(name: &str) -> (&str, &str) {
    let Some(dot) = name.rfind('.').filter(|&dot| dot > 0 && is_extension(&name[dot + 1..])) else {
        return (name, "");
    };
    let (stem, extension) = name.split_at(dot);
    let inner_dot = stem.rfind('.').filter(|&dot| dot > 0);
    match inner_dot {
        Some(inner) if INNER_EXTENSIONS.iter().any(|known| stem[inner..].eq_ignore_ascii_case(known)) => {
            name.split_at(inner)
        }
        _ => (stem, extension),
    }
}

fn is_extension(after_dot: &str) -> bool {
    !after_dot.is_empty() && after_dot.len() < EXTENSION_BYTES_MAX && after_dot.chars().all(char::is_alphanumeric)
}

/// The longest start of `text` that has at most `bytes_max` bytes and ends between two characters.
pub(crate) fn cut_to(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests;
