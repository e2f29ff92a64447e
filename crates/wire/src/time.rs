//! Times as the API writes them: RFC 3339 in UTC with milliseconds.
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

/// A moment: RFC 3339, in UTC with milliseconds where Waybill writes it (`2026-11-22T14:03:00.123Z`); where it reads one,
/// any offset is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-11-22T14:03:00.123Z"))]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| de::Error::custom("expected a time such as 2026-11-22T14:03:00.123Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_with_exactly_three_digits() {
        for (given, written) in [
            ("2026-11-22T14:03:00Z", "\"2026-11-22T14:03:00.000Z\""),
            ("2026-11-22T15:03:00.1239+01:00", "\"2026-11-22T14:03:00.123Z\""),
            ("1969-12-31T23:59:59.5Z", "\"1969-12-31T23:59:59.500Z\""),
        ] {
            let time: Time = serde_json::from_str(&format!("\"{given}\"")).unwrap();
            assert_eq!(serde_json::to_string(&time).unwrap(), written);
        }
    }

    #[test]
    fn a_text_that_is_no_time_is_refused_with_an_example() {
        let error = serde_json::from_str::<Time>("\"22.11.2026\"").unwrap_err().to_string();
        assert!(error.contains("such as 2026-11-22T14:03:00.123Z"), "{error}");
    }
}
