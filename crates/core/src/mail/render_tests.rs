use rstest::rstest;

use super::content::{FileLine, FileList, Letter, MailContent, Party};
use super::plain;
use super::render::{RenderedMail, render};
use super::samples::{HOSTILE, SITE, URL, Words, letter, reader};
use crate::text::Language;

fn rendered(language: Language, content: MailContent) -> RenderedMail {
    render(&letter(language, content), &reader(), &SITE, Some(URL)).unwrap()
}

#[rstest]
fn every_kind_reads_well_as_plain_text(#[values(Language::English, Language::German)] language: Language) {
    for content in Words::friendly().contents() {
        let name = format!("{}-{}", content.kind(), language.tag());
        let mail = rendered(language, content);
        insta::assert_snapshot!(name, format!("From: {}\nSubject: {}\n\n{}", mail.from_name, mail.subject, mail.text));
    }
}

#[rstest]
#[case("shared", Language::English)]
#[case("shared", Language::German)]
#[case("completed_download", Language::English)]
#[case("password_reset", Language::German)]
fn the_html_is_the_known_sheet(#[case] kind: &str, #[case] language: Language) {
    let content = Words::friendly().contents().into_iter().find(|content| content.kind() == kind).unwrap();
    insta::assert_snapshot!(format!("html-{kind}-{}", language.tag()), rendered(language, content).html);
}

#[test]
fn the_subjects_to_outside_people_are_exactly_as_promised() {
    let contents = Words::friendly().contents();
    let subject = |content: &MailContent| rendered(Language::English, content.clone()).subject;
    assert_eq!(subject(&contents[0]), "Anna Müller has shared files with you: Plans for the new hall");
    assert_eq!(subject(&contents[1]), "Anna Müller is requesting files: Plans for the new hall");
}

#[test]
fn a_sender_without_a_name_is_called_by_the_address() {
    let mut words = Words::friendly();
    words.name = " ".to_owned();
    let mail = rendered(Language::English, words.contents().remove(0));
    assert_eq!(mail.subject, "anna@example.com has shared files with you: Plans for the new hall");
    assert_eq!(mail.from_name, "anna@example.com via Files Example");
}

/// All tags of a page, in order, without the text between them and without the one attribute that repeats the subject.
fn tags(html: &str) -> Vec<String> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split_once('>').map_or(rest, |(tag, _)| tag))
        .map(|tag| match tag.split_once("aria-label=\"") {
            Some((before, rest)) => format!("{before}{}", rest.split_once('"').map_or("", |(_, after)| after)),
            None => tag.to_owned(),
        })
        .collect()
}

/// Fails at the first tag that differs.
fn assert_same_tags(html: &str, expected: &str, what: &str) {
    let (html, expected) = (tags(html), tags(expected));
    let difference = html.iter().zip(&expected).find(|(a, b)| a != b);
    assert_eq!(difference, None, "{what}");
    assert_eq!(html.len(), expected.len(), "{what}");
}

#[test]
fn words_of_other_people_never_become_markup() {
    let harmless = Words::all("harmless").contents();
    for hostile in HOSTILE {
        // What holds line breaks makes more lines in a note, so the note is compared only for the others.
        let mut words = Words::all(hostile);
        words.note = "harmless\nharmless".to_owned();
        for (content, model) in words.contents().into_iter().zip(&harmless) {
            let kind = content.kind();
            let html = rendered(Language::English, content).html;
            let expected = rendered(Language::English, model.clone()).html;
            assert_same_tags(&html, &expected, &format!("{kind}: {hostile:?}"));
        }
        if hostile.lines().count() == 1 {
            let html = rendered(Language::English, Words::all(hostile).contents().remove(0)).html;
            let expected = rendered(Language::English, harmless[0].clone()).html;
            assert_same_tags(&html, &expected, &format!("note: {hostile:?}"));
        }
    }
}

#[test]
fn a_hostile_link_stays_inside_its_attribute() {
    let content = Words::friendly().contents().remove(0);
    let letter = letter(Language::English, content);
    let hostile = "https://x/\"><script>alert(1)</script>&y=<";
    let html = render(&letter, &reader(), &SITE, Some(hostile)).unwrap().html;
    let expected = render(&letter, &reader(), &SITE, Some("https://x/")).unwrap().html;
    assert_eq!(tags(&html).len(), tags(&expected).len());
    assert!(!html.contains("<script"));
}

#[test]
fn subjects_and_names_are_one_line_whatever_people_type() {
    for hostile in HOSTILE {
        for content in Words::all(hostile).contents() {
            let mail = rendered(Language::German, content);
            for line in [&mail.subject, &mail.from_name] {
                assert!(!line.contains(|c: char| c.is_control() || "\u{2028}\u{2029}\u{202e}".contains(c)), "{line:?}");
            }
        }
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    for content in Words::friendly().contents() {
        let kind = content.kind();
        let html = rendered(Language::English, content).html;
        for loader in ["<img", "@import", "url(", "<link", "<script", "src=", "background=\""] {
            assert!(!html.contains(loader), "{kind} contains {loader}");
        }
        let foreign: Vec<&str> = html
            .match_indices("http")
            .map(|(at, _)| &html[at..(at + 60).min(html.len())])
            .filter(|address| {
                !address.starts_with("https://files.example.com/p/")
                    && !address.starts_with("https://files.example.com/account")
                    && !address.starts_with("http://www.w3.org/1999/xhtml\"")
                    && !address.starts_with("http-equiv=")
            })
            .collect();
        assert!(foreign.is_empty(), "{kind}: {foreign:?}");
    }
}

#[test]
fn the_html_says_its_language_and_bears_dark_mode() {
    let html = rendered(Language::German, Words::friendly().contents().remove(0)).html;
    assert!(html.contains("lang=\"de\""));
    assert!(html.contains("dir=\"ltr\""));
    assert!(html.contains("name=\"color-scheme\" content=\"light dark\""));
    assert!(html.contains("prefers-color-scheme: dark"));
}

#[test]
fn kinds_with_a_link_show_it_as_a_button_and_in_full() {
    for content in Words::friendly().contents() {
        let kind = content.kind();
        let mail = rendered(Language::English, content);
        let has_link = !matches!(kind, "removed" | "completed_download" | "test");
        assert_eq!(mail.html.matches(&format!("href=\"{URL}\"")).count(), if has_link { 2 } else { 0 }, "{kind}");
        assert_eq!(mail.text.lines().filter(|line| *line == URL).count(), usize::from(has_link), "{kind}");
    }
}

#[test]
fn a_mail_without_its_link_has_no_button() {
    let letter = letter(Language::English, Words::friendly().contents().remove(0));
    let mail = render(&letter, &reader(), &SITE, None).unwrap();
    assert!(!mail.html.contains("href="));
    assert!(!mail.text.contains("Download:"));
}

#[test]
fn a_stored_letter_holds_no_link_and_comes_back_the_same() {
    for content in Words::friendly().contents() {
        let kind = content.kind();
        let letter = letter(Language::German, content);
        let stored = serde_json::to_string(&letter).unwrap();
        assert!(!stored.contains("http"), "{stored}");
        assert!(stored.contains(&format!("\"kind\":\"{kind}\"")), "{stored}");
        assert_eq!(serde_json::from_str::<Letter>(&stored).unwrap(), letter);
    }
}

#[test]
fn ten_files_are_named_and_the_others_counted() {
    let list = |count: u64| -> FileList {
        (0..count).map(|n| FileLine { path: format!("f{n}"), size_bytes: 1_000 }).collect()
    };
    assert_eq!((list(24).first.len(), list(24).count, list(24).total_bytes), (10, 24, 24_000));
    let shared = |files| {
        let sender = Party { name: "Anna".to_owned(), email: "anna@example.com".to_owned() };
        let (title, note, ends) = ("T".to_owned(), String::new(), String::new());
        rendered(Language::English, MailContent::Shared { sender, title, note, files, ends }).text
    };
    assert!(shared(list(24)).contains("  - f9 (1 kB)\n    and 14 more\n"));
    assert!(!shared(list(10)).contains("more"));
    assert!(shared(list(1)).contains("Contents: 1 file, 1 kB\n"));
}

#[test]
fn lines_of_the_text_part_are_short_and_links_are_whole() {
    for content in Words::friendly().contents() {
        for line in rendered(Language::German, content).text.lines() {
            assert!(line.chars().count() <= 72 || line == URL, "{line}");
            assert_eq!(line.trim_end(), if line == "-- " { "--" } else { line });
        }
    }
    let long = "x".repeat(100);
    assert_eq!(plain::wrap(&format!("a {long} b"), "> "), format!("> a\n> {long}\n> b"));
    assert_eq!(plain::wrap("", "> "), ">");
    assert_eq!(plain::wrap(&"ab ".repeat(24), ""), "ab ".repeat(24).trim_end());
    assert_eq!(plain::wrap(&format!("{}cd", "ab ".repeat(24)), "").lines().count(), 2);
}
