//! Everything a use case needs, in one concrete struct.
use std::sync::Arc;

use jiff::Timestamp;

use crate::account::password::Passwords;
use crate::account::set_up::Setup;
use crate::blob::BlobStore;
use crate::clock::Clock;
use crate::clock::trust::Trust;
use crate::db::Db;
use crate::download::Deliveries;
use crate::download::plans::ArchivePlans;
use crate::guesses::Guesses;
use crate::ids::Entropy;
use crate::mail::Mailer;
use crate::policy::Retention;
use crate::secret::Keys;
use crate::text::Language;
use crate::upload::Writers;
use crate::urls::Urls;

/// The product's parts, made once by `serve`, an operator's command or a test.
#[derive(Debug)]
pub struct App {
    pub db: Db,
    pub blobs: Arc<dyn BlobStore>,
    pub keys: Keys,
    pub clock: Arc<dyn Clock>,
    /// Whether the wall clock can be believed.
    pub trust: Trust,
    pub entropy: Arc<dyn Entropy>,
    pub urls: Urls,
    pub site: Site,
    pub mailer: Mailer,
    pub passwords: Passwords,
    pub guesses: Guesses,
    pub setup: Setup,
    pub writers: Writers,
    pub deliveries: Deliveries,
    pub plans: ArchivePlans,
}

/// How this instance presents itself, and what it promises.
#[derive(Debug, Clone)]
pub struct Site {
    /// Shown in pages and as the sender of mails ("Anna Mueller via Files Example").
    pub name: String,
    /// The language of people who have not said theirs.
    pub language: Language,
    /// The zone of times in mails and for people who have not said theirs.
    pub time_zone: jiff::tz::TimeZone,
    /// Days that "send" and "request" may ask for.
    pub expiry_days_max: u64,
    pub retention: Retention,
}

impl App {
    /// The wall clock, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether a rule may end or erase something now. Ask after the time that it is given was read.
    pub fn trusts_clock(&self) -> bool {
        self.trust.is_trusted(&*self.clock)
    }

    /// Whether people should be told that the clock cannot be believed.
    pub fn distrusts_clock(&self) -> bool {
        self.trust.is_distrusted(&*self.clock)
    }
}
