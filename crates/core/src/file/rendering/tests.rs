use proptest::prelude::*;

use super::super::hostile::HOSTILE_NAMES;
use super::*;

/// What every rendering of `name` must hold, whatever the name.
fn check_all(name: &str) {
    check_display(name);
    check_save_name(name);
    check_disposition(name);
    check_archive(name);
    check_terminal(name);
    check_csv(name);
}

fn check_display(name: &str) {
    let shown = display_name(name);
    assert!(!shown.trim().is_empty(), "{name:?} is invisible");
    assert!(!shown.chars().any(is_deceptive), "{name:?} -> {shown:?}");
}

fn check_save_name(name: &str) {
    let saved = save_name(name);
    assert!(!saved.is_empty() && saved != "." && saved != "..", "{name:?} -> {saved:?}");
    assert!(!saved.chars().any(|c| is_deceptive(c) || c == '/' || c == '\\'), "{name:?} -> {saved:?}");
    let segment = url_segment(name);
    assert!(segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{name:?} -> {segment:?}");
    assert_eq!(percent_encoding::percent_decode_str(&segment).decode_utf8().unwrap(), saved);
}

fn check_disposition(name: &str) {
    let value = content_disposition(name);
    assert!(value.bytes().all(|b| matches!(b, b' '..=b'~')), "{name:?} -> {value:?}");
    let rest = value.strip_prefix("attachment; filename=\"").unwrap();
    let (plain, encoded) = rest.split_once("\"; filename*=UTF-8''").unwrap();
    assert!(
        !plain.contains(['"', '\\', '/', '%']) && !matches!(plain.trim(), "" | "." | ".."),
        "{name:?} -> {plain:?}"
    );
    assert_eq!(percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap(), save_name(name));
    assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{encoded:?}");
}

fn check_archive(name: &str) {
    let entry = archive_entry_name(name);
    assert!(entry.len() <= 65_535 && !entry.is_empty());
    for segment in entry.split('/') {
        assert!(!matches!(segment, "" | "." | ".."), "{name:?} -> {entry:?}");
        assert!(segment.len() <= 255, "{name:?} -> {entry:?}");
        assert!(!segment.chars().any(|c| is_deceptive(c) || "<>:\"|?*\\".contains(c)), "{name:?} -> {entry:?}");
        assert!(!segment.ends_with('.') && !segment.ends_with(char::is_whitespace), "{name:?} -> {entry:?}");
        assert!(!is_device(segment), "{name:?} -> {entry:?}");
    }
    assert_eq!(archive_entry_name(&entry), entry, "a safe name stays as it is");
}

fn check_terminal(name: &str) {
    let printed = terminal_safe(name);
    assert!(!printed.chars().any(is_deceptive), "{name:?} -> {printed:?}");
}

fn check_csv(name: &str) {
    let field = csv_field(name);
    let inner = field.strip_prefix('"').and_then(|f| f.strip_suffix('"')).unwrap();
    assert!(!inner.replace("\"\"", "").contains('"'), "{name:?} -> {field:?}");
    assert!(!inner.trim_start().starts_with(['=', '+', '-', '@']), "{name:?} -> {field:?}");
    assert!(!inner.contains('\0'));
}

#[test]
fn every_rendering_of_every_hostile_name_is_safe() {
    for name in HOSTILE_NAMES {
        check_all(name);
    }
}

#[test]
fn ordinary_names_stay_as_they_are() {
    for name in
        ["report.pdf", "Übersicht 2026 (final).xlsx", "日本語.pdf", "שלום.txt", "👨‍👩‍👧.png", ".bashrc", "a+b=c.txt"]
    {
        assert_eq!(display_name(name), name);
        assert_eq!(save_name(name), name);
        assert_eq!(archive_entry_name(name), name);
        assert_eq!(terminal_safe(name), name);
        assert_eq!(csv_field(name), format!("\"{name}\""));
    }
    assert_eq!(archive_entry_name("a/b/c.txt"), "a/b/c.txt");
}

#[test]
fn a_page_shows_what_would_hide() {
    assert_eq!(display_name("invoice\u{202e}fdp.exe"), "invoice\u{fffd}fdp.exe");
    assert_eq!(display_name("a\nb\u{1b}"), "a\u{fffd}b\u{fffd}");
    assert_eq!(display_name("  "), "\u{2423}\u{2423}");
}

#[test]
fn a_header_names_the_file_for_old_and_new_programs() {
    assert_eq!(
        content_disposition("Übersicht \"1\".pdf"),
        "attachment; filename=\"Ubersicht _1_.pdf\"; filename*=UTF-8''%C3%9Cbersicht%20%221%22.pdf"
    );
    assert_eq!(
        content_disposition("a\"; filename=\"evil.exe"),
        "attachment; filename=\"a_; filename=_evil.exe\"; filename*=UTF-8''a%22%3B%20filename%3D%22evil.exe"
    );
    assert_eq!(
        content_disposition("日本.pdf"),
        "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.pdf"
    );
    assert_eq!(content_disposition("../x"), "attachment; filename=\".._x\"; filename*=UTF-8''.._x");
    assert_eq!(content_disposition(""), "attachment; filename=\"file\"; filename*=UTF-8''file");
}

#[test]
fn an_address_ends_in_one_harmless_segment() {
    assert_eq!(url_segment("a b.txt"), "a%20b.txt");
    assert_eq!(url_segment("../x?y#z"), ".._x%3Fy%23z");
    assert_eq!(url_segment(".."), "__");
    assert_eq!(url_segment("100%.txt"), "100%25.txt");
}

#[test]
fn an_archive_entry_is_safe_on_every_system() {
    for (given, entry) in [
        ("../x", "__/x"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\x", "C__x"),
        ("..\\..\\x", ".._.._x"),
        ("CON", "_CON"),
        ("a/nul.tar.gz", "a/_nul.tar.gz"),
        ("com1", "_com1"),
        ("COM\u{b9}.txt", "_COM\u{b9}.txt"),
        ("common.txt", "common.txt"),
        ("com12", "com12"),
        ("PRN .txt", "_PRN .txt"),
        ("x.", "x_"),
        ("x. .", "x___"),
        ("dir./x", "dir_/x"),
        ("a:b", "a_b"),
        ("cafe\u{301}", "caf\u{e9}"),
        ("a\nb", "a_b"),
        ("", "file"),
        ("//", "file"),
    ] {
        assert_eq!(archive_entry_name(given), entry, "{given:?}");
    }
}

#[test]
fn an_entry_name_that_grew_keeps_its_extension() {
    let entry = archive_entry_name(&format!("{}.txt", "\u{1d160}".repeat(62)));
    assert!(entry.len() <= 255 && entry.len() > 240, "{} bytes", entry.len());
    assert_eq!(split_extension(&entry).1, ".txt");
}

#[test]
fn of_a_path_too_long_for_the_format_the_end_remains() {
    let entry = archive_entry_name(&format!("{}end.txt", "folder/".repeat(20_000)));
    assert!(entry.len() <= 65_535 && entry.len() > 65_500, "{}", entry.len());
    assert!(entry.ends_with("/folder/end.txt"));
}

#[test]
fn a_terminal_gets_no_escape_sequence() {
    assert_eq!(terminal_safe("\u{1b}[2Jred\u{202e}"), "\\u{1b}[2Jred\\u{202e}");
}

#[test]
fn a_spreadsheet_gets_no_formula() {
    for (given, field) in [
        ("=1+1", "\"'=1+1\""),
        ("-1", "\"'-1\""),
        (" @x", "\"' @x\""),
        ("\tx", "\"'\tx\""),
        ("\u{ff1d}1", "\"'\u{ff1d}1\""),
        ("a\"b,c\nd", "\"a\"\"b,c\nd\""),
        ("a=b", "\"a=b\""),
    ] {
        assert_eq!(csv_field(given), field, "{given:?}");
    }
}

proptest! {
    #[test]
    fn every_rendering_of_any_text_is_safe(name in any::<String>()) {
        check_all(&name);
    }

    #[test]
    fn every_rendering_of_dangerous_letters_is_safe(name in "[./\\\\:CONcon1¹ \t\u{202e}=+\"]{0,12}") {
        check_all(&name);
    }

    #[test]
    fn every_rendering_of_long_names_is_safe(name in "[a\u{1d160}é]{200,300}[. ]{0,9}") {
        check_all(&name);
    }
}
