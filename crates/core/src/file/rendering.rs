//! How a stored name leaves the house: one rendering per destination, each total (any string gives an answer) and each
//! safe on its own. No rendering may rely on what parsing refuses.
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::name::{cut_to, split_extension};
use crate::limits::FILE_NAME_BYTES_MAX;

/// Stands where a character must not be, in names that become files.
const STAND_IN: char = '_';
/// What a file without any usable name is called.
const NAMELESS: &str = "file";
/// The longest name the ZIP format can express.
const ENTRY_NAME_BYTES_MAX: usize = 65_535;
/// Windows opens a device for these, with any extension and in any case.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
/// The same, followed by one digit (a superscript digit counts).
const NUMBERED_DEVICES: &[&str] = &["com", "lpt"];
/// RFC 8187's `attr-char` and, coinciding but for a few signs, RFC 3986's `unreserved`: all else is percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// For pages and mails: `name` with every character that would hide, reorder or break text made visible as U+FFFD.
/// HTML escaping is still the template's work. A name of spaces alone is shown as `␣`.
pub fn display_name(name: &str) -> String {
    if name.chars().all(char::is_whitespace) && !name.chars().any(is_deceptive) {
        return "\u{2423}".repeat(name.chars().count().max(1));
    }
    name.chars().map(|c| if is_deceptive(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The name under which a receiver's program should save a file: one path segment without separators, control
/// characters and direction overrides. Used by headers and download URLs; never empty, `.` or `..`.
pub fn save_name(name: &str) -> String {
    let safe: String =
        name.chars().map(|c| if is_deceptive(c) || matches!(c, '/' | '\\') { STAND_IN } else { c }).collect();
    usable(safe)
}

/// The value of a `Content-Disposition` header that saves the bytes under `name`'s [`save_name`]: printable ASCII, with
/// a plain `filename` for old programs (accents dropped, the rest replaced) and `filename*` (RFC 8187) for the others.
pub fn content_disposition(name: &str) -> String {
    let name = save_name(name);
    // `%` too: some browsers decode percent escapes in the plain form (RFC 6266, appendix D).
    let plain: String = name
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%') { c } else { STAND_IN })
        .collect();
    let plain = usable(plain);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(&name, ENCODED))
}

/// The decorative last segment of a download URL: `name`'s [`save_name`], percent-encoded.
pub fn url_segment(name: &str) -> String {
    utf8_percent_encode(&save_name(name), ENCODED).to_string()
}

/// The name of an archive's entry for the stored path `path`: relative, `/`-separated, in NFC, with segments that
/// Windows, macOS and Linux all accept, and at most 65,535 bytes (of a longer path the last segments remain).
/// Different paths may get the same entry name; who builds an archive numbers them.
pub fn archive_entry_name(path: &str) -> String {
    let segments: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(archive_segment).collect();
    let mut kept_bytes = 0;
    let kept = segments.iter().rev().take_while(|segment| {
        kept_bytes += segment.len() + 1;
        kept_bytes <= ENTRY_NAME_BYTES_MAX
    });
    let first_kept = segments.len() - kept.count();
    match &segments[first_kept..] {
        [] => NAMELESS.to_owned(),
        kept => kept.join("/"),
    }
}

/// For a terminal: every character that could move the cursor, reorder or hide text is written as `\u{1b}`.
pub fn terminal_safe(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if is_deceptive(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        out
    })
}

/// One field of a CSV file, always in quotes, that no spreadsheet takes for a formula: a text that starts (after white
/// space) with a sign that could begin one gets an apostrophe in front.
pub fn csv_field(text: &str) -> String {
    // The wide forms are what East Asian input methods type; spreadsheets take them for the narrow ones.
    let formula_signs = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let starts_with_control = text.starts_with(char::is_control);
    let first_visible = text.trim_start_matches(|c: char| c.is_whitespace() || is_deceptive(c));
    let apostrophe = if starts_with_control || first_visible.starts_with(formula_signs) { "'" } else { "" };
    format!("\"{apostrophe}{}\"", text.replace('\0', "").replace('"', "\"\""))
}

/// `name`, unless no file can be called so, also after a program trimmed it.
fn usable(name: String) -> String {
    match name.trim() {
        "" => NAMELESS.to_owned(),
        "." | ".." => name.replace('.', "_"),
        _ => name,
    }
}

/// Whether `c` hides, reorders or breaks the text around it: control characters, direction controls, line separators,
/// and characters without any shape. The joiners U+200C and U+200D stay: Persian and emoji need them.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction
            | '\u{2028}' | '\u{2029}' // line and paragraph separators
            | '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // letters without a shape
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}') // annotations and tags
}

/// One folder or file name that every common system accepts; never empty, `.` or `..`.
fn archive_segment(segment: &str) -> String {
    let mut safe: String =
        segment
            .nfc()
            .map(|c| {
                if is_deceptive(c) || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\') {
                    STAND_IN
                } else {
                    c
                }
            })
            .collect();
    if is_device(&safe) {
        safe.insert(0, STAND_IN);
    }
    if safe.len() > FILE_NAME_BYTES_MAX {
        let (stem, extension) = split_extension(&safe);
        safe = format!("{}{extension}", cut_to(stem, FILE_NAME_BYTES_MAX - extension.len()));
    }
    // Windows drops dots and spaces at the end, so that `x.` would replace `x`. Other white space looks the same.
    let solid_bytes = safe.trim_end_matches(|c: char| c == '.' || c.is_whitespace()).len();
    let dropped = safe[solid_bytes..].chars().count();
    safe.truncate(solid_bytes);
    safe.extend(std::iter::repeat_n(STAND_IN, dropped));
    safe
}

/// Whether Windows would open a device instead of a file called `name`.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_lowercase();
    let without_digit = stem.strip_suffix(|c: char| c.is_ascii_digit() || matches!(c, '\u{b9}' | '\u{b2}' | '\u{b3}'));
    DEVICES.contains(&stem.as_str()) || without_digit.is_some_and(|stem| NUMBERED_DEVICES.contains(&stem))
}

#[cfg(test)]
mod tests;
