use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rstest::rstest;

use super::content::Party;
use super::message::{Message, MessageError, MessageHead, address, build};
use super::render::{RenderedMail, render};
use super::samples::{HOSTILE, SITE, URL, Words, letter, reader};
use crate::text::Language;

const ID: &str = "0197a3c2-5c1e-7b11-8c9f-0242ac120002";

fn head(to: &Party) -> MessageHead<'_> {
    MessageHead {
        id: ID,
        host: "files.example.com:8443",
        from: "waybill@files.example.com",
        to,
        at: "2026-04-26T12:00:00.5Z".parse().unwrap(),
    }
}

fn shared(words: &Words) -> RenderedMail {
    let letter = letter(Language::English, words.contents().remove(0));
    render(&letter, &reader(), &SITE, Some(URL)).unwrap()
}

fn built(words: &Words, to: &Party) -> Message {
    build(&shared(words), &head(to)).unwrap()
}

/// The headers with folded lines joined, as a mail server splits them.
fn headers(message: &Message) -> Vec<(String, String)> {
    let text = String::from_utf8(message.bytes.clone()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "only whole line ends: {head:?}");
    let lines = head.replace("\r\n ", " ");
    lines.split("\r\n").map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn header(message: &Message, name: &str) -> Option<String> {
    headers(message).into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// RFC 2047 as a mail program reads it (base64 words, which is what is written here).
fn decoded(value: &str) -> String {
    let (mut out, mut after_encoded) = (String::new(), false);
    for word in value.split(' ') {
        let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
        if !(out.is_empty() || (after_encoded && encoded.is_some())) {
            out.push(' ');
        }
        after_encoded = encoded.is_some();
        match encoded {
            Some(encoded) => out.push_str(&String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()),
            None => out.push_str(word),
        }
    }
    out
}

#[test]
fn a_message_has_exactly_the_headers_it_should_have() {
    let message = built(&Words::friendly(), &reader());
    let mut names: Vec<String> = headers(&message).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "Auto-Submitted",
            "Content-Language",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Reply-To",
            "Subject",
            "To",
            "X-Auto-Response-Suppress",
        ]
    );
    let value = |name| header(&message, name).unwrap();
    assert_eq!(value("Auto-Submitted"), "auto-generated");
    assert_eq!(value("Message-ID"), format!("<{ID}@files.example.com>"));
    assert_eq!(value("Date"), "Sun, 26 Apr 2026 12:00:00 +0000");
    assert_eq!(value("To"), "\"Ben Okafor\" <ben@example.org>");
    assert_eq!(decoded(&value("From")), "Anna Müller via Files Example <waybill@files.example.com>");
    assert_eq!(decoded(&value("Reply-To")), "Anna Müller <anna@example.com>");
    assert_eq!(decoded(&value("Subject")), "Anna Müller has shared files with you: Plans for the new hall");
    assert!(value("Content-Type").starts_with("multipart/alternative;"));
    assert!(!message.needs_utf8());
    assert_eq!(
        (message.from.to_string().as_str(), message.to.to_string().as_str()),
        ("waybill@files.example.com", "ben@example.org")
    );
}

#[test]
fn the_same_mail_makes_the_same_bytes() {
    assert_eq!(built(&Words::friendly(), &reader()), built(&Words::friendly(), &reader()));
}

#[test]
fn text_comes_before_html_and_every_line_is_short_enough() {
    let message = built(&Words::friendly(), &reader());
    let text = String::from_utf8(message.bytes).unwrap();
    let (plain, html) = (text.find("Content-Type: text/plain").unwrap(), text.find("Content-Type: text/html").unwrap());
    assert!(plain < html);
    assert!(text.split("\r\n").all(|line| line.len() <= 998));
    assert_eq!(text.matches(&format!("--=_{ID}")).count(), 3);
}

#[test]
fn nobody_can_add_a_header_or_change_the_envelope() {
    let names = |message: &Message| headers(message).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let expected = names(&built(&Words::all("harmless"), &reader()));
    for hostile in HOSTILE {
        let to = Party { name: (*hostile).to_owned(), email: "ben@example.org".to_owned() };
        let message = built(&Words::all(hostile), &to);
        assert_eq!(names(&message), expected, "{hostile:?}");
        assert!(message.bytes.is_ascii(), "{hostile:?}");
        assert_eq!(message.to.to_string(), "ben@example.org");
        assert!(header(&message, "From").unwrap().ends_with("<waybill@files.example.com>"), "{hostile:?}");
        assert!(header(&message, "To").unwrap().ends_with("<ben@example.org>"), "{hostile:?}");
    }
}

#[rstest]
#[case("=?utf-8?q?Free_money?=")]
#[case(
    "Prüfung: ein sehr langer Titel, der über mehrere Zeilen gehen muss, weil er so viele Wörter enthält wie ein Satz"
)]
#[case("こんにちは、これはとても長い件名です。改行されなければなりません。文字の途中で切れてはいけません。")]
#[case("plain ascii that is much longer than the seventy-eight columns that a line of a header should have at most")]
#[case("a  b   c")]
fn a_subject_arrives_byte_for_byte(#[case] title: &str) {
    let mut words = Words::friendly();
    words.title = title.to_owned();
    let subject = header(&built(&words, &reader()), "Subject").unwrap();
    assert_eq!(decoded(&subject), format!("Anna Müller has shared files with you: {title}"));
}

#[rstest]
#[case("ben@example.org", Some("ben@example.org"))]
#[case(" ben@example.org ", Some("ben@example.org"))]
#[case("ben@müller.example", Some("ben@xn--mller-kva.example"))]
#[case("bén@example.org", Some("bén@example.org"))]
#[case("ben+files@mail.example.org", Some("ben+files@mail.example.org"))]
#[case("ben@[127.0.0.1]", Some("ben@[127.0.0.1]"))]
#[case("ben@localhost", Some("ben@localhost"))]
#[case("ben", None)]
#[case("ben@", None)]
#[case("@example.org", None)]
#[case("ben@example.org\r\nRCPT TO:<evil@example.com>", None)]
#[case("ben@example.org> SIZE=1", None)]
#[case("ben\r\n@example.org", None)]
#[case("ben <ben@example.org>", None)]
#[case("ben@exa mple.org", None)]
fn only_addresses_become_addresses(#[case] text: &str, #[case] expected: Option<&str>) {
    assert_eq!(address(text).map(|address| address.to_string()).as_deref(), expected);
}

#[test]
fn an_address_with_other_letters_makes_the_message_need_smtputf8() {
    let to = Party { name: String::new(), email: "bén@example.org".to_owned() };
    let message = built(&Words::friendly(), &to);
    assert!(message.needs_utf8());
    assert_eq!(header(&message, "To").unwrap(), "bén@example.org");
}

#[test]
fn a_reply_address_that_the_recipients_server_may_not_take_is_left_out() {
    let mut mail = shared(&Words::friendly());
    mail.reply_to = Some(Party { name: "Ánna".to_owned(), email: "ánna@example.com".to_owned() });
    let message = build(&mail, &head(&reader())).unwrap();
    assert!(!message.needs_utf8());
    assert_eq!(header(&message, "Reply-To"), None);
}

#[test]
fn a_mail_to_nowhere_is_refused_before_anything_is_sent() {
    let mail = shared(&Words::friendly());
    let nobody = Party { name: "Ben".to_owned(), email: "ben".to_owned() };
    assert_eq!(build(&mail, &head(&nobody)), Err(MessageError::To));
    let to = reader();
    assert_eq!(build(&mail, &MessageHead { from: "waybill@", ..head(&to) }), Err(MessageError::From));
}

#[rstest]
#[case("127.0.0.1:8080", "127.0.0.1")]
#[case("files.example.com", "files.example.com")]
#[case("bücher.example", "xn--bcher-kva.example")]
#[case("[::1]:8080", "1")]
#[case("evil\r\nX: y", "evilxy")]
#[case("", "localhost")]
fn the_message_id_is_well_formed_for_any_host(#[case] host: &str, #[case] expected: &str) {
    let to = reader();
    let message = build(&shared(&Words::friendly()), &MessageHead { host, ..head(&to) }).unwrap();
    assert_eq!(header(&message, "Message-ID").unwrap(), format!("<{ID}@{expected}>"));
}

#[rstest]
#[case(Timestamp::MIN, "Thu, 01 Jan 1970 00:00:00 +0000")]
#[case(Timestamp::MAX, "Thu, 30 Dec 9999")]
fn a_strange_clock_breaks_no_message(#[case] at: Timestamp, #[case] expected: &str) {
    let to = reader();
    let message = build(&shared(&Words::friendly()), &MessageHead { at, ..head(&to) }).unwrap();
    assert!(header(&message, "Date").unwrap().starts_with(expected));
}
