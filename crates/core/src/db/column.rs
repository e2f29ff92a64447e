//! How our types stand in a column, once for both databases. A store never converts by hand.
use jiff::Timestamp;
use uuid::Uuid;

/// A stored value that this binary cannot read.
#[derive(Debug, thiserror::Error)]
#[error("stored value cannot be read: {0}")]
pub struct BadColumn(pub String);

/// A type that can be bound and read. `Raw` is what both drivers know natively.
pub trait Column: Sized {
    type Raw;
    fn from_raw(raw: Self::Raw) -> Result<Self, BadColumn>;
    fn to_raw(&self) -> Self::Raw;
}

macro_rules! as_itself {
    ($($type:ty),+) => {$(
        impl Column for $type {
            type Raw = $type;
            fn from_raw(raw: $type) -> Result<Self, BadColumn> {
                Ok(raw)
            }
            fn to_raw(&self) -> $type {
                self.clone()
            }
        }
    )+};
}
as_itself!(bool, i64, String, Uuid, Vec<u8>);

impl Column for &str {
    type Raw = String;
    fn from_raw(_: String) -> Result<Self, BadColumn> {
        Err(BadColumn("text cannot be borrowed from a row".into()))
    }
    fn to_raw(&self) -> String {
        (*self).to_owned()
    }
}

macro_rules! as_bigint {
    ($($type:ty),+) => {$(
        impl Column for $type {
            type Raw = i64;
            fn from_raw(raw: i64) -> Result<Self, BadColumn> {
                Self::try_from(raw).map_err(|_| BadColumn(format!("{raw} is out of range")))
            }
            fn to_raw(&self) -> i64 {
                i64::try_from(*self).expect("limits.rs keeps every stored number below 2^63")
            }
        }
    )+};
}
as_bigint!(u64, u32, u16, usize);

/// Milliseconds since 1970 in UTC.
impl Column for Timestamp {
    type Raw = i64;
    fn from_raw(raw: i64) -> Result<Self, BadColumn> {
        Self::from_millisecond(raw).map_err(|e| BadColumn(e.to_string()))
    }
    fn to_raw(&self) -> i64 {
        self.as_millisecond()
    }
}

impl<T: Column> Column for Option<T> {
    type Raw = Option<T::Raw>;
    fn from_raw(raw: Option<T::Raw>) -> Result<Self, BadColumn> {
        raw.map(T::from_raw).transpose()
    }
    fn to_raw(&self) -> Option<T::Raw> {
        self.as_ref().map(T::to_raw)
    }
}

/// Exactly `N` bytes, for hashes.
pub type Bytes<const N: usize> = [u8; N];

impl<const N: usize> Column for [u8; N] {
    type Raw = Vec<u8>;
    fn from_raw(raw: Vec<u8>) -> Result<Self, BadColumn> {
        raw.try_into().map_err(|raw: Vec<u8>| BadColumn(format!("{} bytes instead of {N}", raw.len())))
    }
    fn to_raw(&self) -> Vec<u8> {
        self.to_vec()
    }
}

/// A value stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

impl<T: serde::Serialize + serde::de::DeserializeOwned> Column for Json<T> {
    type Raw = sqlx::types::Json<serde_json::Value>;
    fn from_raw(raw: Self::Raw) -> Result<Self, BadColumn> {
        serde_json::from_value(raw.0).map(Json).map_err(|e| BadColumn(e.to_string()))
    }
    fn to_raw(&self) -> Self::Raw {
        sqlx::types::Json(serde_json::to_value(&self.0).expect("our own types always become JSON"))
    }
}
