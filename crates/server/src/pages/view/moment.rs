//! An instant as a page shows it: readable without a script, exact for one. It must never show a time without its zone.
use std::fmt;

use askama::FastWritable;
use askama::filters::HtmlSafe;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use waybill_core::text::Text;

/// An instant, ready to print in a template: `{{ at }}` writes a `time` inside the `wb-time` element, which a script
/// turns into the reader's own zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    datetime: String,
    text: String,
}

impl Moment {
    /// `at` in words of `t`, in `zone` and with its name.
    pub fn new(t: Text, at: Timestamp, zone: &TimeZone) -> Self {
        Self { datetime: at.to_string(), text: t.date_time(at, zone) }
    }

    /// The instant in RFC 3339, UTC.
    pub fn datetime(&self) -> &str {
        &self.datetime
    }

    /// The instant in words with its zone, for attributes and sentences.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// As HTML. Neither part can hold markup: both are made from numbers and our own messages, and the letters of a zone.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<wb-time><time datetime=\"{}\">{}</time></wb-time>", self.datetime, self.text)
    }
}

impl FastWritable for Moment {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        write!(dest, "{self}")?;
        Ok(())
    }
}

impl HtmlSafe for Moment {}
