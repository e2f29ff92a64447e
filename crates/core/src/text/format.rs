//! Dates, sizes, durations and lists as a language writes them. It must never show a time without its zone.
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::{Language, Text};

const SECONDS_PER_MINUTE: u64 = 60;
const SECONDS_PER_HOUR: u64 = 60 * SECONDS_PER_MINUTE;
const SECONDS_PER_DAY: u64 = 24 * SECONDS_PER_HOUR;

impl Text {
    /// `3 May 2026, 14:00 CEST`: day, month, year, minute and zone. An unknown zone is UTC.
    pub fn date_time(self, at: Timestamp, zone: &TimeZone) -> String {
        let local = zoned(at, zone);
        let clock = format!("{:02}:{:02}", local.hour(), local.minute());
        let zone = self.zone(&local);
        self.with("date-time", &[("date", self.day(&local).into()), ("clock", clock.into()), ("zone", zone.into())])
    }

    /// `3 May 2026`: the day it is at `at` in `zone`.
    pub fn date(self, at: Timestamp, zone: &TimeZone) -> String {
        self.day(&zoned(at, zone))
    }

    /// `1.2 GB`: decimal units, at most three significant digits, the language's decimal mark.
    pub fn bytes(self, bytes: u64) -> String {
        let (figure, unit) = figure_and_unit(bytes);
        format!("{} {unit}", figure.replace('.', &self.language.decimal_mark().to_string()))
    }

    /// `10,000`: a whole number in groups of three.
    pub fn number(self, number: u64) -> String {
        grouped(self.language, &number.to_string())
    }

    /// `3 days`, `1 day 12 hours`, `45 seconds`: the two largest units, the rest cut off.
    pub fn duration(self, duration: Duration) -> String {
        let seconds = duration.as_secs();
        let units = [
            ("duration-days", seconds / SECONDS_PER_DAY),
            ("duration-hours", seconds % SECONDS_PER_DAY / SECONDS_PER_HOUR),
            ("duration-minutes", seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE),
            ("duration-seconds", seconds % SECONDS_PER_MINUTE),
        ];
        let Some(first) = units.iter().position(|(_, count)| *count > 0) else {
            return self.with("duration-seconds", &[("count", 0_u64.into())]);
        };
        let parts: Vec<String> = units
            .iter()
            .skip(first)
            .take(2)
            .filter(|(_, count)| *count > 0)
            .map(|(key, count)| self.with(key, &[("count", (*count).into())]))
            .collect();
        parts.join(" ")
    }

    /// `Anna, Ben and Cem`.
    pub fn list<S: AsRef<str>>(self, items: &[S]) -> String {
        match items {
            [] => String::new(),
            [only] => only.as_ref().to_owned(),
            [first @ .., last] => {
                let first = first.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
                self.with("list-and", &[("first", first.into()), ("last", last.as_ref().into())])
            }
        }
    }

    fn day(self, local: &Zoned) -> String {
        let month = self.get(&format!("month-{}", local.month()));
        self.with(
            "date-day",
            &[
                ("day", local.day().to_string().into()),
                ("month", month.into()),
                ("year", local.year().to_string().into()),
            ],
        )
    }

    /// `CEST`, `UTC`, or `UTC-3` where the zone has no letters of its own.
    fn zone(self, local: &Zoned) -> String {
        let info = local.time_zone().to_offset_info(local.timestamp());
        let abbreviation = info.abbreviation();
        if abbreviation.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return self.language.zone_name(abbreviation).to_owned();
        }
        let seconds = info.offset().seconds();
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        match (minutes / 60, minutes % 60) {
            (0, 0) => "UTC".to_owned(),
            (hours, 0) => format!("UTC{sign}{hours}"),
            (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Zoned {
    at.to_zoned(if zone.is_unknown() { TimeZone::UTC } else { zone.clone() })
}

/// The rounded figure with `.` and the unit it is in: rounding up to 1000 moves on to the next unit.
fn figure_and_unit(bytes: u64) -> (String, &'static str) {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let bytes = u128::from(bytes);
    let mut divisor: u128 = 1;
    for (index, unit) in UNITS.into_iter().enumerate() {
        let tenths = (bytes * 10 + divisor / 2) / divisor;
        let wholes = (bytes + divisor / 2) / divisor;
        if wholes < 1000 || index + 1 == UNITS.len() {
            let has_tenth = tenths < 1000 && !tenths.is_multiple_of(10);
            let figure = if has_tenth { format!("{}.{}", tenths / 10, tenths % 10) } else { wholes.to_string() };
            return (figure, unit);
        }
        divisor *= 1000;
    }
    unreachable!("the loop returns at its last unit at the latest")
}

/// `1234567.5` -> `1,234,567.5` with the marks of `language`.
pub(super) fn grouped(language: Language, number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(language.thousands_mark());
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push(language.decimal_mark());
        out.push_str(fraction);
    }
    out
}
