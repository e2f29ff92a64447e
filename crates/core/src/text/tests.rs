use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rstest::rstest;

use super::{Language, Text};

const ENGLISH: Text = Text { language: Language::English };
const GERMAN: Text = Text { language: Language::German };

fn instant() -> Timestamp {
    "2026-05-03T12:00:00Z".parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

#[rstest]
#[case("", Language::English)]
#[case("de", Language::German)]
#[case("de-AT,de;q=0.9,en;q=0.8", Language::German)]
#[case("fr-FR, fr;q=0.9, de;q=0.5, en;q=0.4", Language::German)]
#[case("en;q=0.4, de;q=0.5", Language::German)]
#[case("en, de", Language::English)]
#[case("de;q=0, en;q=0.1", Language::English)]
#[case("de;q=1.5, en;q=0.1", Language::English)]
#[case("de;q=0.1234", Language::English)]
#[case("*, de;q=0.9", Language::English)]
#[case("fr", Language::English)]
#[case(";;;q=,,,\u{0}de", Language::English)]
fn a_browser_gets_the_language_it_likes_best(#[case] header: &str, #[case] expected: Language) {
    assert_eq!(Language::negotiate(header), expected);
}

#[test]
fn every_language_is_found_by_its_own_tag_and_stored_as_that_tag() {
    for language in Language::ALL {
        assert_eq!(Language::parse(language.tag()), Some(language));
        assert_eq!(serde_json::to_string(&language).unwrap(), format!("\"{}\"", language.tag()));
    }
    assert_eq!(Language::parse("DE_ch"), Some(Language::German));
    assert_eq!(Language::parse("den"), None);
}

#[test]
fn a_time_is_written_with_its_zone_in_the_readers_language() {
    assert_eq!(ENGLISH.date_time(instant(), &zone("Europe/Berlin")), "3 May 2026, 14:00 CEST");
    assert_eq!(GERMAN.date_time(instant(), &zone("Europe/Berlin")), "3. Mai 2026, 14:00 MESZ");
    assert_eq!(ENGLISH.date_time(instant(), &TimeZone::UTC), "3 May 2026, 12:00 UTC");
    assert_eq!(ENGLISH.date_time(instant(), &TimeZone::unknown()), "3 May 2026, 12:00 UTC");
    assert_eq!(ENGLISH.date_time(instant(), &zone("America/Sao_Paulo")), "3 May 2026, 09:00 UTC-3");
    assert_eq!(ENGLISH.date_time(instant(), &zone("Asia/Kathmandu")), "3 May 2026, 17:45 UTC+5:45");
}

#[test]
fn the_day_is_the_day_of_the_readers_zone() {
    let late: Timestamp = "2026-12-31T23:30:00Z".parse().unwrap();
    assert_eq!(ENGLISH.date(late, &TimeZone::UTC), "31 December 2026");
    assert_eq!(GERMAN.date(late, &zone("Europe/Berlin")), "1. Januar 2027");
}

#[rstest]
#[case(0, "0 B")]
#[case(999, "999 B")]
#[case(1000, "1 kB")]
#[case(1_049, "1 kB")]
#[case(1_050, "1.1 kB")]
#[case(1_234_567_890, "1.2 GB")]
#[case(12_340_000, "12.3 MB")]
#[case(99_960, "100 kB")]
#[case(123_456_789, "123 MB")]
#[case(999_499, "999 kB")]
#[case(999_500, "1 MB")]
#[case(u64::MAX, "18.4 EB")]
fn sizes_have_at_most_three_digits_and_decimal_units(#[case] bytes: u64, #[case] expected: &str) {
    assert_eq!(ENGLISH.bytes(bytes), expected);
    assert_eq!(GERMAN.bytes(bytes), expected.replace('.', ","));
}

#[rstest]
#[case(0, "0 seconds", "0 Sekunden")]
#[case(1, "1 second", "1 Sekunde")]
#[case(60, "1 minute", "1 Minute")]
#[case(3_661, "1 hour 1 minute", "1 Stunde 1 Minute")]
#[case(3_605, "1 hour", "1 Stunde")]
#[case(129_600, "1 day 12 hours", "1 Tag 12 Stunden")]
#[case(604_800, "7 days", "7 Tage")]
fn durations_show_their_two_largest_units(#[case] seconds: u64, #[case] english: &str, #[case] german: &str) {
    assert_eq!(ENGLISH.duration(Duration::from_secs(seconds)), english);
    assert_eq!(GERMAN.duration(Duration::from_secs(seconds)), german);
}

#[test]
fn numbers_are_grouped_as_the_language_does_it() {
    assert_eq!(ENGLISH.number(999), "999");
    assert_eq!(ENGLISH.number(1_234_567), "1,234,567");
    assert_eq!(GERMAN.number(1_234_567), "1.234.567");
    assert_eq!(ENGLISH.with("files-count", &[("count", 10_000_u64.into())]), "10,000 files");
    assert_eq!(GERMAN.with("files-count", &[("count", 1_u64.into())]), "1 Datei");
}

#[test]
fn lists_end_with_and() {
    assert_eq!(ENGLISH.list::<&str>(&[]), "");
    assert_eq!(ENGLISH.list(&["Anna"]), "Anna");
    assert_eq!(ENGLISH.list(&["Anna", "Ben", "Cem"]), "Anna, Ben and Cem");
    assert_eq!(GERMAN.list(&["Anna", "Ben"]), "Anna und Ben");
}

#[test]
fn values_are_inserted_byte_for_byte_without_direction_marks() {
    let hostile = "\u{202e}{ $x } <b>&amp; سلام";
    assert_eq!(ENGLISH.list(&[hostile, "b"]), format!("{hostile} and b"));
}

#[test]
fn an_unknown_key_is_answered_as_itself() {
    assert_eq!(GERMAN.get("no-such-key"), "no-such-key");
    assert_eq!(GERMAN.get(""), "");
}
