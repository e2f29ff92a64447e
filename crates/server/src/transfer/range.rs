//! What of an object a request asks for, and whether its conditions hold: RFC 9110, sections 13 and 14, for one immutable
//! object. It must never answer part of an object to somebody who holds part of another.
use std::ops::Range;
use std::time::{Duration, SystemTime};

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;

/// What the conditions are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub len: u64,
    /// The strong entity tag as it stands in the `ETag` header, in its quotes.
    pub etag: String,
    /// What the `Last-Modified` header says, if it is sent: a time that belongs to the bytes, never the time of the
    /// answer. Fractions of a second do not count.
    pub last_modified: Option<Timestamp>,
}

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// 200 with everything (for HEAD: its headers).
    Full,
    /// 206 with this range, half-open and never empty; see [`content_range`].
    Partial(Range<u64>),
    /// 304.
    NotModified,
    /// 412.
    PreconditionFailed,
    /// 416; see [`unsatisfied_range`].
    Unsatisfiable,
}

/// Decides the answer to `method` with `headers` on `object`. Conditions and ranges that are malformed count as absent, except
/// an `If-Match` that matches nothing.
///
/// More than one range counts as none, so does any range of an empty object (there is nothing to divide) and any range
/// of a HEAD request (RFC 9110, section 14.2).
pub fn evaluate(headers: &HeaderMap, method: &Method, object: &Object) -> Plan {
    let reads = method == Method::GET || method == Method::HEAD;
    // The order is RFC 9110's, section 13.2.2.
    if headers.contains_key(IF_MATCH) {
        if !any_tag(headers, IF_MATCH, |tag: Tag<'_>| tag == Tag::Any || tag == Tag::Strong(&object.etag)) {
            return Plan::PreconditionFailed;
        }
    } else if let (Some(asked), Some(last)) = (date(headers, IF_UNMODIFIED_SINCE), object.modified_second())
        && last > asked
    {
        return Plan::PreconditionFailed;
    }
    if headers.contains_key(IF_NONE_MATCH) {
        let same = |tag: Tag<'_>| match tag {
            Tag::Any => true,
            Tag::Strong(tag) | Tag::Weak(tag) => tag == object.etag,
        };
        if any_tag(headers, IF_NONE_MATCH, same) {
            return if reads { Plan::NotModified } else { Plan::PreconditionFailed };
        }
    } else if let (true, Some(asked), Some(last)) = (reads, date(headers, IF_MODIFIED_SINCE), object.modified_second())
        && last <= asked
    {
        return Plan::NotModified;
    }
    if method == Method::GET && object.len > 0 && if_range_holds(headers, object) {
        return requested_range(headers, object.len);
    }
    Plan::Full
}

/// The value of `Content-Range` in a 206 answer.
pub fn content_range(range: &Range<u64>, len: u64) -> HeaderValue {
    debug_assert!(!range.is_empty() && range.end <= len, "a partial answer holds a byte");
    let last = range.end.saturating_sub(1);
    HeaderValue::try_from(format!("bytes {}-{last}/{len}", range.start)).expect("digits are visible ASCII")
}

/// The value of `Content-Range` in a 416 answer.
pub fn unsatisfied_range(len: u64) -> HeaderValue {
    HeaderValue::try_from(format!("bytes */{len}")).expect("digits are visible ASCII")
}

/// The value of `Last-Modified`.
pub fn http_date(at: Timestamp) -> HeaderValue {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    let text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    HeaderValue::try_from(text).expect("a date is visible ASCII")
}

impl Object {
    fn modified_second(&self) -> Option<i64> {
        self.last_modified.map(Timestamp::as_second)
    }
}

/// One element of `If-Match` or `If-None-Match`; tags with their quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag<'a> {
    Any,
    Strong(&'a str),
    Weak(&'a str),
}

/// Whether `wanted` is true for one of the tags of `name`, over all its lines. A line that is malformed counts up to there.
fn any_tag(headers: &HeaderMap, name: HeaderName, wanted: impl Fn(Tag<'_>) -> bool) -> bool {
    headers.get_all(name).iter().any(|line| {
        let Ok(mut rest) = line.to_str() else { return false };
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            let Some((tag, after)) = take_tag(rest) else { return false };
            if wanted(tag) {
                return true;
            }
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.starts_with(',') {
                return false;
            }
        }
    })
}

/// The tag at the start of `text` and what follows it. A comma inside the quotes belongs to the tag.
fn take_tag(text: &str) -> Option<(Tag<'_>, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some((Tag::Any, rest));
    }
    let (weak, quoted) = match text.strip_prefix("W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let end = quoted.strip_prefix('"')?.find('"')? + 2;
    let (tag, rest) = quoted.split_at(end);
    Some((if weak { Tag::Weak(tag) } else { Tag::Strong(tag) }, rest))
}

/// The date of `name` in seconds since 1970; in any of the three forms RFC 9110 knows.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<i64> {
    let at = httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

/// Whether the range may be honoured: without `If-Range`, with exactly our strong tag, or with exactly our date (which is
/// as strong as a tag, because the bytes never change). Two `If-Range` lines hold nothing.
fn if_range_holds(headers: &HeaderMap, object: &Object) -> bool {
    let mut lines = headers.get_all(IF_RANGE).iter();
    let Some(line) = lines.next() else { return true };
    if lines.next().is_some() {
        return false;
    }
    let is_our_tag = line.as_bytes().trim_ascii() == object.etag.as_bytes();
    let our_date = object.modified_second();
    is_our_tag || (our_date.is_some() && date(headers, IF_RANGE) == our_date)
}

fn requested_range(headers: &HeaderMap, len: u64) -> Plan {
    let mut lines = headers.get_all(RANGE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return Plan::Full };
    match line.to_str().ok().and_then(parse_range) {
        None => Plan::Full,
        Some(Asked::From(first)) if first < len => Plan::Partial(first..len),
        Some(Asked::Between(first, last)) if first < len => Plan::Partial(first..last.min(len - 1) + 1),
        Some(Asked::Last(count)) if count > 0 => Plan::Partial(len - count.min(len)..len),
        Some(_) => Plan::Unsatisfiable,
    }
}

enum Asked {
    From(u64),
    /// Both inclusive.
    Between(u64, u64),
    Last(u64),
}

/// The one byte range `text` asks for; `None` when it is malformed, of another unit, or several.
fn parse_range(text: &str) -> Option<Asked> {
    let (unit, set) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    // Empty elements of a list do not count (RFC 9110, section 5.6.1.2).
    let mut elements =
        set.split(',').map(|element| element.trim_matches([' ', '\t'])).filter(|element| !element.is_empty());
    let (Some(element), None) = (elements.next(), elements.next()) else { return None };
    let (first, last) = element.split_once('-')?;
    match (first.trim_end(), last.trim_start()) {
        ("", count) => Some(Asked::Last(number(count)?)),
        (first, "") => Some(Asked::From(number(first)?)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Asked::Between(first, last))
        }
    }
}

/// Decimal digits only; beyond 64 bits the largest number, which lies behind any object.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
