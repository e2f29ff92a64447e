//! Every limit on what can grow, in one place. Each is tested at the limit and one past it.

/// Characters of a package's title.
pub const TITLE_CHARS_MAX: usize = 200;
/// Characters of a package's note, a grant's comment or a visitor's message.
pub const NOTE_CHARS_MAX: usize = 10_000;
/// Characters of a person's name.
pub const NAME_CHARS_MAX: usize = 200;
/// Bytes of an e-mail address (RFC 5321, 4.5.3.1.3: a path of 256 octets with its brackets).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Recipients of one package.
pub const RECIPIENTS_MAX: usize = 100;
/// Addresses told about completed downloads.
pub const NOTIFY_MAX: usize = 20;
/// Lines of one digest; what is more goes into another.
pub const DIGEST_LINES_MAX: usize = 200;
/// Files and unfinished uploads of one package.
pub const FILES_PER_PACKAGE_MAX: u64 = 20_000;
/// Bytes of a file's name in UTF-8: what common file systems hold.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Bytes of a file's relative path in UTF-8, its name included.
pub const PATH_BYTES_MAX: usize = 1_024;
/// Segments of a file's relative path, its name included.
pub const PATH_DEPTH_MAX: usize = 32;
/// Responses of one link that are over and whose report waits to be stored; with more of them, its next ones wait.
pub const REPORTS_PER_LINK_MAX: usize = 256;
/// Intervals of delivered bytes kept per object of a download.
pub const RANGE_INTERVALS_MAX: usize = 1_024;
/// Bytes of one file (8 TiB; ZIP64 and every supported store hold more).
pub const FILE_BYTES_MAX: u64 = 1 << 43;
/// Bytes of what a client may say of a file beside its name.
pub const CLIENT_METADATA_BYTES_MAX: usize = 8 * 1_024;
/// Hours of any time rule (ten years; "Permanent" is 0).
pub const POLICY_HOURS_MAX: u64 = 24 * 3_653;
/// Downloads or uploads that a policy may allow.
pub const POLICY_COUNT_MAX: u64 = 1_000_000;
/// Days that "send" and "request" may ask for, unless the instance says otherwise.
pub const EXPIRY_DAYS_MAX: u64 = 90;
/// Days that "send" and "request" take when nothing is said.
pub const EXPIRY_DAYS_DEFAULT: u64 = 7;
/// Characters of a password, at least.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Characters of a link's password, at least: it is told over the phone, and guesses are few (see `guesses.rs`).
pub const LINK_PASSWORD_CHARS_MIN: usize = 6;
/// Bytes of a password, at most: more would only make hashing slow.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// API tokens of one account that are not revoked.
pub const API_TOKENS_MAX: u64 = 100;
/// Items of one page of a list.
pub const PAGE_ITEMS_MAX: u64 = 200;
/// Items of one page of a list when nothing is said.
pub const PAGE_ITEMS_DEFAULT: u64 = 50;
/// Live event streams of one account, over all its browsers and scripts.
pub const EVENT_STREAMS_MAX: usize = 32;
/// Words of a search that are looked at.
pub const SEARCH_WORDS_MAX: usize = 8;
/// Bytes that stay free on the disk whatever is uploaded, so that the database and the system can go on.
pub const DISK_RESERVE_BYTES: u64 = 64 << 20;
/// Characters of a user agent that are kept.
pub const USER_AGENT_CHARS_MAX: usize = 300;
/// Bytes of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
