//! Identifiers and the one source of randomness. Ids are UUIDv7 made from the app's clock and entropy, never directly.
use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

/// The one source of chance. Nothing else in the workspace may draw random numbers.
pub trait Entropy: fmt::Debug + Send + Sync + 'static {
    /// Fills `bytes` with bytes that nobody can predict.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system always has randomness");
    }
}

/// A generator that repeats itself from its seed; for tests.
#[derive(Debug)]
pub struct SeededEntropy {
    state: std::sync::Mutex<rand::rngs::StdRng>,
}

impl SeededEntropy {
    pub fn new(seed: u64) -> Self {
        use rand::SeedableRng as _;
        Self { state: std::sync::Mutex::new(rand::rngs::StdRng::seed_from_u64(seed)) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        use rand::Rng as _;
        self.state.lock().expect("no holder of this lock panics").fill_bytes(bytes);
    }
}

/// A new UUIDv7: its first 48 bits are `now`, the next 18 count within the millisecond, so ids of one process sort by
/// creation (RFC 9562, 6.2, method 1): recipients stay as they were typed, and the audit log in the order of events.
pub fn new_uuid(now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0; 10];
    entropy.fill(&mut random);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let [_, high, middle, low] = next_count(millis).to_be_bytes();
    // Of the ten bytes UUIDv7 takes 12 bits, then leaves out two for its variant, then takes the rest.
    random[0] = (high << 2) | (middle >> 6);
    random[1] = (middle << 2) | (low >> 6);
    random[2] = low;
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Counts ids, from 0 with every new millisecond.
fn next_count(millis: u64) -> u32 {
    static LAST: std::sync::Mutex<(u64, u32)> = std::sync::Mutex::new((0, 0));
    let mut last = LAST.lock().expect("no holder of this lock panics");
    *last = if millis > last.0 { (millis, 0) } else { (last.0, last.1.wrapping_add(1)) };
    last.1
}

/// A text that is not an id of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Makes a new one from the app's clock and entropy.
            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                Self(new_uuid(now, entropy))
            }

            /// Reads the text form that the API and URLs use.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                text.parse().map(Self).map_err(|_| NotAnId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Self::parse(text)
            }
        }

        impl crate::db::Column for $name {
            type Raw = Uuid;
            fn from_raw(raw: Uuid) -> Result<Self, crate::db::BadColumn> {
                Ok(Self(raw))
            }
            fn to_raw(&self) -> Uuid {
                self.0
            }
        }
    )+};
}

ids! {
    /// A user of this instance.
    AccountId,
    /// An API token (not its secret).
    ApiTokenId,
    /// One audit entry.
    AuditEntryId,
    /// What a running response under a limit may have sent.
    DownloadClaimId,
    /// One visit's fetch of a package's content.
    DownloadId,
    /// What one download URL serves.
    DownloadObjectId,
    /// A complete file in a package.
    FileId,
    /// A standing upload link.
    GrantId,
    /// One piece of background work.
    JobId,
    /// A secret link (not its token).
    LinkId,
    /// One e-mail in the outbox.
    MailId,
    /// One shipment.
    PackageId,
    /// An outside person on a package.
    RecipientId,
    /// An unfinished (or just finished) transfer of one file.
    UploadId,
    /// One outside person's stay at an upload link.
    UploadVisitId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_creation_even_within_a_millisecond() {
        let entropy = SystemEntropy;
        let at = |ms: i64| Timestamp::from_millisecond(1_800_000_000_000 + ms).expect("a time");
        let ids: Vec<_> = (0..70_000).map(|n| new_uuid(at(n / 60_000), &entropy)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_ne!(ids[0].as_bytes()[9..], ids[1].as_bytes()[9..], "the rest is random");
    }
}
