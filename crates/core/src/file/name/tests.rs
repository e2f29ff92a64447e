use std::collections::HashSet;

use proptest::prelude::*;

use super::super::hostile::HOSTILE_NAMES;
use super::*;
use crate::text::Text;

fn path(given: &str) -> RelativePath {
    RelativePath::parse(given).unwrap()
}

/// `given` beside the files `others`.
fn beside(given: &str, others: &[&str]) -> String {
    let keys: HashSet<String> = others.iter().map(|other| path_key(other)).collect();
    numbered(&path(given), |key| keys.contains(key)).as_str().to_owned()
}

#[test]
fn a_name_is_kept_as_given() {
    for given in ["report.pdf", " ", "a\\b", "C:", "cafe\u{301}", "caf\u{e9}", "a\nb", "x\u{202e}y", "...", ".bashrc"] {
        assert_eq!(FileName::parse(given).unwrap().as_str(), given);
        assert_eq!(path(given).as_str(), given);
    }
}

#[test]
fn what_is_no_name_is_refused_with_its_reason() {
    assert_eq!(FileName::parse(""), Err(NameError::Empty));
    assert_eq!(FileName::parse("."), Err(NameError::Dots));
    assert_eq!(FileName::parse(".."), Err(NameError::Dots));
    assert_eq!(FileName::parse("a/b"), Err(NameError::Slash));
    assert_eq!(FileName::parse("a\0b"), Err(NameError::Nul));
}

#[test]
fn what_is_no_path_is_refused_with_its_reason() {
    assert_eq!(RelativePath::parse(""), Err(NameError::Empty));
    assert_eq!(RelativePath::parse("/a"), Err(NameError::Absolute));
    assert_eq!(RelativePath::parse("a//b"), Err(NameError::EmptySegment));
    assert_eq!(RelativePath::parse("a/"), Err(NameError::EmptySegment));
    assert_eq!(RelativePath::parse("a/../b"), Err(NameError::Dots));
    assert_eq!(RelativePath::parse("./a"), Err(NameError::Dots));
    assert_eq!(RelativePath::parse("a/\0"), Err(NameError::Nul));
}

#[test]
fn a_name_may_have_255_bytes_and_not_one_more() {
    assert!(FileName::parse(&"a".repeat(255)).is_ok());
    assert_eq!(FileName::parse(&"a".repeat(256)), Err(NameError::NameTooLong));
    // Bytes, not characters: 128 times two.
    assert_eq!(FileName::parse(&"é".repeat(128)), Err(NameError::NameTooLong));
    assert_eq!(RelativePath::parse(&format!("a/{}", "b".repeat(256))), Err(NameError::NameTooLong));
}

#[test]
fn a_path_may_have_1024_bytes_and_not_one_more() {
    let folders = format!("{0}/{0}/{0}/{0}", "a".repeat(200));
    let rest = 1_024 - folders.len() - 1;
    assert!(RelativePath::parse(&format!("{folders}/{}", "b".repeat(rest))).is_ok());
    assert_eq!(RelativePath::parse(&format!("{folders}/{}", "b".repeat(rest + 1))), Err(NameError::PathTooLong));
}

#[test]
fn a_path_may_have_32_segments_and_not_one_more() {
    assert!(RelativePath::parse(&["a"; 32].join("/")).is_ok());
    assert_eq!(RelativePath::parse(&["a"; 33].join("/")), Err(NameError::TooDeep));
}

#[test]
fn a_path_knows_its_name_and_its_folder() {
    assert_eq!((path("a/b/c.txt").name(), path("a/b/c.txt").folder()), ("c.txt", Some("a/b")));
    assert_eq!((path("c.txt").name(), path("c.txt").folder()), ("c.txt", None));
}

#[test]
fn every_refusal_has_its_own_code_and_sentence() {
    let codes: HashSet<_> = NameError::ALL.iter().map(|error| error.code()).collect();
    let keys: HashSet<_> = NameError::ALL.iter().map(|error| error.sentence_key()).collect();
    assert_eq!((codes.len(), keys.len()), (NameError::ALL.len(), NameError::ALL.len()));
    for key in keys {
        assert_ne!(Text::default().get(key), key, "without a sentence");
    }
}

#[test]
fn names_that_collide_on_some_system_share_a_key() {
    for (one, other) in [
        ("Scan.PDF", "sCAN.pdf"),
        ("caf\u{e9}", "CAFE\u{301}"),
        ("\u{c5}", "\u{212b}"),
        ("stra\u{df}e", "STRASSE"),
        ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c2}"),
        ("\u{3bf}\u{3b4}\u{3bf}\u{3c2}x", "\u{3bf}\u{3b4}\u{3bf}\u{3c3}x"),
        ("\u{fb01}le", "file"),
    ] {
        assert_eq!(path_key(one), path_key(other), "{one} and {other}");
    }
    assert_ne!(path_key("a/b"), path_key("a b"));
    assert_ne!(path_key("scan.pdf"), path_key("scan (2).pdf"));
}

#[test]
fn a_free_name_gets_no_number() {
    assert_eq!(beside("scan.pdf", &["other.pdf", "a/scan.pdf"]), "scan.pdf");
}

#[test]
fn the_number_stands_before_the_extension() {
    assert_eq!(beside("scan.pdf", &["scan.pdf"]), "scan (2).pdf");
    assert_eq!(beside("scan.pdf", &["SCAN.PDF", "Scan (2).pdf"]), "scan (3).pdf");
    assert_eq!(beside("a/b/archive.tar.gz", &["a/b/archive.tar.gz"]), "a/b/archive (2).tar.gz");
    assert_eq!(beside("archive.TAR.zst", &["archive.tar.zst"]), "archive (2).TAR.zst");
    assert_eq!(beside("v1.2.pdf", &["v1.2.pdf"]), "v1.2 (2).pdf");
    assert_eq!(beside("README", &["README"]), "README (2)");
    assert_eq!(beside(".bashrc", &[".bashrc"]), ".bashrc (2)");
    assert_eq!(beside(".tar.gz", &[".tar.gz"]), ".tar (2).gz");
    assert_eq!(beside("Mr. Smith", &["Mr. Smith"]), "Mr. Smith (2)");
    assert_eq!(beside("ends.", &["ends."]), "ends. (2)");
    assert_eq!(beside("a.b/c", &["a.b/c"]), "a.b/c (2)");
}

#[test]
fn a_numbered_name_that_would_be_too_long_loses_the_end_of_its_stem() {
    let long = format!("{}.pdf", "é".repeat(125));
    let result = beside(&long, &[&long]);
    assert_eq!(result, format!("{}{}", "é".repeat(123), " (2).pdf"));
    assert!(FileName::parse(&result).is_ok());
}

#[test]
fn in_a_folder_that_fills_the_path_the_numbered_file_moves_up() {
    let top = format!("{0}/{0}/{0}/{0}", "a".repeat(204));
    let full = format!("{top}/{}/x", "b".repeat(1_024 - top.len() - 3));
    assert_eq!(full.len(), 1_024);
    let result = beside(&full, &[&full]);
    assert_eq!(result, format!("{top}/x (2)"));
}

#[test]
fn without_gaps_the_numbers_are_consecutive() {
    let mut keys: HashSet<String> = HashSet::from([path_key("scan.pdf")]);
    for number in 2..300 {
        let next = numbered(&path("scan.pdf"), |key| keys.contains(key));
        assert_eq!(next.as_str(), format!("scan ({number}).pdf"));
        keys.insert(next.key());
    }
}

#[test]
fn a_number_beside_ten_thousand_copies_takes_few_questions() {
    let copies = (2..=10_000).map(|number| format!("scan ({number}).pdf"));
    let keys: HashSet<String> = copies.chain(["scan.pdf".to_owned()]).collect();
    let questions = std::cell::Cell::new(0);
    let next = numbered(&path("scan.pdf"), |key| {
        questions.set(questions.get() + 1);
        keys.contains(key)
    });
    assert_eq!(next.as_str(), "scan (10001).pdf");
    assert!(questions.get() < 50, "{} questions", questions.get());
}

#[test]
fn every_hostile_name_is_refused_or_kept_as_given() {
    for given in HOSTILE_NAMES {
        if let Ok(name) = FileName::parse(given) {
            assert_eq!(name.as_str(), *given);
        }
        if let Ok(path) = RelativePath::parse(given) {
            assert_eq!(path.as_str(), *given);
        }
    }
}

proptest! {
    #[test]
    fn parsing_never_panics_and_accepts_exactly_what_it_promises(given in "[a./\\\\\u{0}é]{0,12}|\\PC{0,40}") {
        let segments_fine = given.split('/').all(|s| !matches!(s, "" | "." | "..") && !s.contains('\0') && s.len() <= 255);
        prop_assert_eq!(RelativePath::parse(&given).is_ok(), segments_fine);
        prop_assert_eq!(FileName::parse(&given).is_ok(), segments_fine && !given.contains('/'));
    }

    #[test]
    fn a_key_is_the_same_for_every_spelling(given in any::<String>()) {
        let key = path_key(&given);
        prop_assert_eq!(&path_key(&key), &key);
        prop_assert_eq!(&path_key(&given.nfc().collect::<String>()), &key);
        prop_assert_eq!(&path_key(&given.nfd().collect::<String>()), &key);
        prop_assert_eq!(key.matches('/').count(), given.matches('/').count());
    }

    #[test]
    fn a_numbered_path_is_valid_and_free(
        given in "[a-cé.]{1,8}(/[a-c😀.]{1,255}){0,6}",
        others in prop::collection::hash_set("[a-c.]{1,3}( \\([2-5]\\))?(\\.[a-c])?", 0..20),
    ) {
        let Ok(given) = RelativePath::parse(&given) else { return Ok(()) };
        let mut keys: HashSet<String> = others.iter().map(|other| path_key(other)).collect();
        for _ in 0..20 {
            let next = numbered(&given, |key| keys.contains(key));
            prop_assert_eq!(RelativePath::parse(next.as_str()), Ok(next.clone()));
            prop_assert!(keys.insert(next.key()));
        }
    }
}
