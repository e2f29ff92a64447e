use proptest::prelude::*;
use rstest::rstest;

use super::*;

const ETAG: &str = "\"abc\"";
const MODIFIED: &str = "Sun, 22 Nov 2026 14:03:07 GMT";
const EARLIER: &str = "Sun, 22 Nov 2026 14:03:06 GMT";
const LATER: &str = "Sun, 22 Nov 2026 14:03:08 GMT";

fn object(len: u64) -> Object {
    Object { len, etag: ETAG.to_owned(), last_modified: Some("2026-11-22T14:03:07.900Z".parse().unwrap()) }
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// The answer to a GET on an object of 100 bytes.
fn get(lines: &[(&str, &str)]) -> Plan {
    evaluate(&headers(lines), &Method::GET, &object(100))
}

#[rstest]
#[case("bytes=0-9", 0..10)]
#[case("bytes=0-0", 0..1)]
#[case("bytes=90-", 90..100)]
#[case("bytes=99-", 99..100)]
#[case("bytes=0-", 0..100)]
#[case("bytes=0-99", 0..100)]
#[case("bytes=50-1000", 50..100)]
#[case("bytes=50-99999999999999999999999999", 50..100)]
#[case("bytes=-10", 90..100)]
#[case("bytes=-1000", 0..100)]
#[case("bytes=-99999999999999999999999999", 0..100)]
#[case("Bytes=0-9", 0..10)]
#[case("bytes= 0-9 ", 0..10)]
#[case("bytes=0 - 9", 0..10)]
#[case("bytes=,0-9, ,", 0..10)]
#[case("bytes=007-009", 7..10)]
fn one_range_is_answered_as_asked(#[case] asked: &str, #[case] expected: Range<u64>) {
    assert_eq!(get(&[("range", asked)]), Plan::Partial(expected));
}

#[rstest]
#[case("bytes=100-")]
#[case("bytes=100-200")]
#[case("bytes=99999999999999999999999999-")]
#[case("bytes=-0")]
fn a_range_behind_the_end_is_unsatisfiable(#[case] asked: &str) {
    assert_eq!(get(&[("range", asked)]), Plan::Unsatisfiable);
}

#[rstest]
#[case("bytes=0-1,5-6")]
#[case("bytes=200-300,400-")]
#[case("bytes=9-0")]
#[case("bytes=")]
#[case("bytes=-")]
#[case("bytes=,")]
#[case("bytes=a-b")]
#[case("bytes=+1-2")]
#[case("bytes=1--2")]
#[case("bytes=--1")]
#[case("bytes=1-2-3")]
#[case("bytes=0x1-2")]
#[case("bytes 0-9")]
#[case("bytes")]
#[case("items=0-9")]
#[case("")]
#[case("bytes=\u{661}-")]
fn several_malformed_and_foreign_ranges_are_ignored(#[case] asked: &str) {
    assert_eq!(get(&[("range", asked)]), Plan::Full);
}

#[test]
fn two_range_lines_are_ignored() {
    assert_eq!(get(&[("range", "bytes=0-1"), ("range", "bytes=0-1")]), Plan::Full);
}

#[test]
fn an_empty_object_is_always_answered_whole() {
    for asked in ["bytes=0-", "bytes=0-0", "bytes=-5", "bytes=5-", "bytes=-0"] {
        assert_eq!(evaluate(&headers(&[("range", asked)]), &Method::GET, &object(0)), Plan::Full, "{asked}");
    }
}

#[test]
fn head_describes_the_whole_object() {
    assert_eq!(evaluate(&headers(&[("range", "bytes=0-1")]), &Method::HEAD, &object(100)), Plan::Full);
    assert_eq!(evaluate(&headers(&[("range", "bytes=500-")]), &Method::HEAD, &object(100)), Plan::Full);
}

#[rstest]
#[case("\"abc\"", true)]
#[case(" \"abc\" ", true)]
#[case("W/\"abc\"", false)]
#[case("\"abd\"", false)]
#[case("abc", false)]
#[case("*", false)]
#[case("\"abc\", \"abc\"", false)]
#[case(MODIFIED, true)]
#[case("Sunday, 22-Nov-26 14:03:07 GMT", true)]
#[case("Sun Nov 22 14:03:07 2026", true)]
#[case(EARLIER, false)]
#[case(LATER, false)]
#[case("yesterday", false)]
fn if_range_honours_the_range_only_for_exactly_this_object(#[case] condition: &str, #[case] holds: bool) {
    let expected = if holds { Plan::Partial(10..100) } else { Plan::Full };
    assert_eq!(get(&[("range", "bytes=10-"), ("if-range", condition)]), expected);
}

#[test]
fn a_failed_if_range_gives_the_whole_object_even_for_an_unsatisfiable_range() {
    assert_eq!(get(&[("range", "bytes=500-"), ("if-range", "\"old\"")]), Plan::Full);
    assert_eq!(get(&[("range", "bytes=500-"), ("if-range", ETAG)]), Plan::Unsatisfiable);
}

#[test]
fn two_if_range_lines_hold_nothing() {
    assert_eq!(get(&[("range", "bytes=10-"), ("if-range", ETAG), ("if-range", ETAG)]), Plan::Full);
}

#[test]
fn without_a_last_modified_no_date_ever_matches_or_fails() {
    let object = Object { last_modified: None, ..object(100) };
    let answer = |name, value| evaluate(&headers(&[("range", "bytes=10-"), (name, value)]), &Method::GET, &object);
    assert_eq!(answer("if-range", MODIFIED), Plan::Full);
    assert_eq!(answer("if-unmodified-since", EARLIER), Plan::Partial(10..100));
    assert_eq!(answer("if-modified-since", LATER), Plan::Partial(10..100));
}

#[test]
fn firefox_resumes_with_the_tag_and_the_date_it_was_given() {
    let date = http_date(object(100).last_modified.unwrap());
    assert_eq!(date, MODIFIED);
    let resumed = get(&[("range", "bytes=10-"), ("if-match", ETAG), ("if-unmodified-since", date.to_str().unwrap())]);
    assert_eq!(resumed, Plan::Partial(10..100));
    let resumed = get(&[("range", "bytes=10-"), ("if-unmodified-since", date.to_str().unwrap())]);
    assert_eq!(resumed, Plan::Partial(10..100));
}

#[rstest]
#[case("\"abc\"", true)]
#[case("*", true)]
#[case("\"x\", \"abc\"", true)]
#[case("\"x,\\\", \"abc\"", true)]
#[case(",, \"abc\"", true)]
#[case("W/\"abc\"", false)]
#[case("\"x\"", false)]
#[case("\"x,abc\"", false)]
#[case("abc", false)]
#[case("", false)]
#[case("\"abc", false)]
fn if_match_needs_our_strong_tag(#[case] condition: &str, #[case] holds: bool) {
    let expected = if holds { Plan::Full } else { Plan::PreconditionFailed };
    assert_eq!(get(&[("if-match", condition)]), expected);
}

#[test]
fn if_match_outweighs_if_unmodified_since() {
    assert_eq!(get(&[("if-match", ETAG), ("if-unmodified-since", EARLIER)]), Plan::Full);
    assert_eq!(get(&[("if-match", "\"x\""), ("if-unmodified-since", LATER)]), Plan::PreconditionFailed);
}

#[test]
fn tags_may_stand_on_several_lines() {
    assert_eq!(get(&[("if-match", "\"x\""), ("if-match", ETAG)]), Plan::Full);
    assert_eq!(get(&[("if-none-match", "\"x\""), ("if-none-match", ETAG)]), Plan::NotModified);
}

#[rstest]
#[case(EARLIER, Plan::PreconditionFailed)]
#[case(MODIFIED, Plan::Full)]
#[case(LATER, Plan::Full)]
#[case("nonsense", Plan::Full)]
fn if_unmodified_since_fails_when_the_object_is_newer(#[case] date: &str, #[case] expected: Plan) {
    assert_eq!(get(&[("if-unmodified-since", date)]), expected);
}

#[rstest]
#[case("\"abc\"", Plan::NotModified)]
#[case("W/\"abc\"", Plan::NotModified)]
#[case("*", Plan::NotModified)]
#[case("\"x\", W/\"abc\"", Plan::NotModified)]
#[case("\"x\"", Plan::Full)]
#[case("abc", Plan::Full)]
fn if_none_match_spares_what_the_client_has(#[case] condition: &str, #[case] expected: Plan) {
    assert_eq!(get(&[("if-none-match", condition)]), expected);
    assert_eq!(evaluate(&headers(&[("if-none-match", condition)]), &Method::HEAD, &object(100)), expected);
}

#[test]
fn if_none_match_fails_a_request_that_does_not_read() {
    let answer = evaluate(&headers(&[("if-none-match", ETAG)]), &Method::PUT, &object(100));
    assert_eq!(answer, Plan::PreconditionFailed);
}

#[rstest]
#[case(EARLIER, Plan::Full)]
#[case(MODIFIED, Plan::NotModified)]
#[case(LATER, Plan::NotModified)]
#[case("nonsense", Plan::Full)]
fn if_modified_since_spares_what_the_client_has(#[case] date: &str, #[case] expected: Plan) {
    assert_eq!(get(&[("if-modified-since", date)]), expected);
}

#[test]
fn if_none_match_outweighs_if_modified_since() {
    assert_eq!(get(&[("if-none-match", "\"x\""), ("if-modified-since", LATER)]), Plan::Full);
}

#[test]
fn conditions_come_before_ranges() {
    assert_eq!(get(&[("range", "bytes=0-1"), ("if-match", "\"x\"")]), Plan::PreconditionFailed);
    assert_eq!(get(&[("range", "bytes=0-1"), ("if-none-match", ETAG)]), Plan::NotModified);
    assert_eq!(get(&[("range", "bytes=500-"), ("if-none-match", ETAG)]), Plan::NotModified);
}

#[test]
fn the_content_range_says_what_is_sent_or_what_there_is() {
    assert_eq!(content_range(&(10..20), 100), "bytes 10-19/100");
    assert_eq!(unsatisfied_range(100), "bytes */100");
}

proptest! {
    #[test]
    fn a_partial_answer_is_never_empty_nor_beyond_the_object(
        first in prop::option::of(0..30_u64), last in prop::option::of(0..30_u64), len in 0..20_u64,
    ) {
        let text = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let asked = format!("bytes={}-{}", text(first), text(last));
        match evaluate(&headers(&[("range", &asked)]), &Method::GET, &object(len)) {
            Plan::Partial(range) => {
                prop_assert!(range.start < range.end && range.end <= len);
                let expected: Vec<u64> = match (first, last) {
                    (Some(first), last) => (first..len).filter(|byte| last.is_none_or(|last| *byte <= last)).collect(),
                    (None, last) => (len.saturating_sub(last.unwrap())..len).collect(),
                };
                prop_assert_eq!(range.collect::<Vec<_>>(), expected);
            }
            Plan::Unsatisfiable => prop_assert!(len > 0 && (first.is_some_and(|first| first >= len) || last == Some(0))),
            Plan::Full => prop_assert!(len == 0 || (first.is_none() && last.is_none()) || first > last),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn no_header_makes_the_evaluation_panic(
        values in prop::collection::vec((0..6_usize, prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            "(bytes|W/|\\*|\"abc\"|[-=,\" 0-9])*".prop_map(String::into_bytes),
        ]), 0..6),
        len in any::<u64>(),
    ) {
        let names = [RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];
        let mut headers = HeaderMap::new();
        for (name, bytes) in values {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.append(names[name].clone(), value);
            }
        }
        for method in [Method::GET, Method::HEAD, Method::PUT] {
            let plan = evaluate(&headers, &method, &object(len));
            if let Plan::Partial(range) = plan {
                prop_assert!(range.start < range.end && range.end <= len);
            }
        }
    }
}
