//! What can go wrong, named by what the caller can do about it. The edge maps these to problem documents and pages.
use jiff::Timestamp;

use crate::blob::BlobError;
use crate::file::name::NameError;

/// A wish that the state of a thing forbids. Each has its own sentence (`refused-...` in the locales) and code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Finalize without a complete file.
    NoFiles,
    /// Finalize while uploads are unfinished.
    UnfinishedUploads { count: u64 },
    /// The package is a draft: it has no link yet.
    StillDraft,
    /// The package is no draft any more.
    NotDraft,
    /// Revoked never returns.
    Revoked,
    /// Its time is over or its limit is used up.
    Ended,
    /// Its bytes are gone.
    Erased,
    /// The last file of an active package cannot be removed.
    LastFile,
    /// Every download that the link still allows is being fetched by somebody right now.
    Downloading { retry_after_s: u64 },
    /// The undo time is over.
    TooLateToUndo,
    /// Only requests can be closed and reopened.
    NotARequest,
    /// The direction or kind does not allow it.
    WrongKind,
    /// Somebody else wrote at this upload meanwhile; the offset says where it stands.
    OffsetMismatch { offset: u64 },
    /// The upload is complete and refuses more.
    UploadFinished,
    /// The same idempotency key was used for another request.
    IdempotencyKeyReused,
    /// The address already belongs to an account.
    EmailTaken,
    /// The setup is done.
    SetupDone,
    /// The link opens, so nobody needs to be asked for a new one.
    LinkWorks,
}

impl Refusal {
    /// The stable code of the problem document; also the key of its sentence, after `error-`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFiles => "no_files",
            Self::UnfinishedUploads { .. } => "unfinished_uploads",
            Self::StillDraft => "still_draft",
            Self::NotDraft => "not_draft",
            Self::Revoked => "revoked",
            Self::Ended => "ended",
            Self::Erased => "erased",
            Self::LastFile => "last_file",
            Self::Downloading { .. } => "downloading",
            Self::TooLateToUndo => "too_late_to_undo",
            Self::NotARequest => "not_a_request",
            Self::WrongKind => "wrong_kind",
            Self::OffsetMismatch { .. } => "offset_mismatch",
            Self::UploadFinished => "upload_finished",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::EmailTaken => "email_taken",
            Self::SetupDone => "setup_done",
            Self::LinkWorks => "link_works",
        }
    }
}

/// One field that cannot be taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field as the API names it, e.g. `recipients[0].email`.
    pub field: String,
    pub problem: FieldProblem,
}

/// Why a field cannot be taken. Each has its own sentence (`invalid-...` in the locales).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldProblem {
    Required,
    TooLong {
        max: u64,
    },
    TooShort {
        min: u64,
    },
    TooMany {
        max: u64,
    },
    OutOfRange {
        min: u64,
        max: u64,
    },
    NotAnEmail,
    /// It cannot be a file's name or path; the inner error has its own sentence.
    NotAName(NameError),
    Unknown,
    NotAllowed,
}

impl FieldProblem {
    /// The key of its sentence, after `invalid-`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooLong { .. } => "too-long",
            Self::TooShort { .. } => "too-short",
            Self::TooMany { .. } => "too-many",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NotAnEmail => "not-an-email",
            Self::NotAName(_) => "not-a-name",
            Self::Unknown => "unknown",
            Self::NotAllowed => "not-allowed",
        }
    }
}

/// Why a known link does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkEnd {
    /// No link has this token, or nothing may be said of it.
    Unknown,
    Expired {
        at: Timestamp,
    },
    Completed {
        at: Timestamp,
    },
    Revoked {
        at: Timestamp,
    },
}

impl LinkEnd {
    /// The reason as audit entries and problem codes name it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired { .. } => "expired",
            Self::Completed { .. } => "completed",
            Self::Revoked { .. } => "revoked",
        }
    }
}

/// Why a link that is protected by a password stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    /// No password came, and no proof that it was given before.
    PasswordNeeded,
    /// Another password than the package's.
    PasswordWrong,
}

impl Locked {
    /// The stable code of the problem document; also the key of its sentence, after `error-`.
    pub fn code(self) -> &'static str {
        match self {
            Self::PasswordNeeded => "password_needed",
            Self::PasswordWrong => "password_wrong",
        }
    }
}

/// Everything a use case can answer besides success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there, or not yours: both look the same.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in, or the credentials are wrong.
    #[error("not signed in")]
    Unauthenticated,
    /// The person is known and may not do this anywhere.
    #[error("not allowed")]
    Forbidden,
    /// The link works, for those who know its password.
    #[error("the link is locked: {}", .0.code())]
    Locked(Locked),
    /// The state forbids it.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// The input is wrong; the fields say where.
    #[error("invalid input in {} fields", .0.len())]
    Invalid(Vec<FieldError>),
    /// The bytes received do not have the digest or length that was announced.
    #[error("the content does not match what was announced")]
    ContentMismatch,
    /// The chunk does not have its checksum; the offset did not move.
    #[error("the chunk does not match its checksum")]
    ChunkMismatch,
    /// More than a limit allows.
    #[error("larger than the limit of {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
    /// Try again later.
    #[error("too many attempts; wait {retry_after_s} s")]
    TooMany { retry_after_s: u64 },
    /// The link has ended or never was.
    #[error("the link does not open: {}", .0.reason())]
    Gone(LinkEnd),
    /// The disk is full or promised to others.
    #[error("no space")]
    NoSpace,
    /// A part that this needs does not answer just now.
    #[error("temporarily unavailable: {0}")]
    Unavailable(String),
    /// Our fault.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// One wrong field.
    pub fn field(field: impl Into<String>, problem: FieldProblem) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), problem }])
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NoSpace => Self::NoSpace,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::Database(inner) => {
                let sqlite = inner.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some();
                let code = inner.code().unwrap_or_default();
                match if sqlite { sqlite_trouble(&code) } else { postgres_trouble(&code) } {
                    Trouble::Full => Self::NoSpace,
                    Trouble::Passing => Self::Unavailable(error.to_string()),
                    Trouble::Ours => Self::Internal(error.to_string()),
                }
            }
            _ => Self::Internal(error.to_string()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Trouble {
    Full,
    /// The machine's or the neighbours': a later try may work.
    Passing,
    /// A statement that cannot work.
    Ours,
}

/// Reads a SQLite result code; its low byte says what happened, the rest where (https://sqlite.org/rescode.html).
fn sqlite_trouble(code: &str) -> Trouble {
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(13) => Trouble::Full,
        // BUSY, LOCKED, NOMEM, READONLY (a disk that was remounted), IOERR, CANTOPEN.
        Ok(5 | 6 | 7 | 8 | 10 | 14) => Trouble::Passing,
        Ok(_) | Err(_) => Trouble::Ours,
    }
}

/// Reads a SQLSTATE by its class (https://www.postgresql.org/docs/current/errcodes-appendix.html).
fn postgres_trouble(code: &str) -> Trouble {
    match code {
        "53100" => Trouble::Full,
        // A standby that was promoted away, a lock that was not waited for.
        "25006" | "55P03" => Trouble::Passing,
        // Connection, serialization and deadlock, resources, the server's own shutdown, its disk.
        code if ["08", "40", "53", "57P", "58"].iter().any(|class| code.starts_with(class)) => Trouble::Passing,
        _ => Trouble::Ours,
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_database_says_becomes_what_the_caller_can_do() {
        let passing = ["5", "261", "517", "6", "262", "10", "266", "778", "1034", "8", "14"];
        assert!(passing.iter().all(|code| sqlite_trouble(code) == Trouble::Passing));
        assert!(["13"].iter().all(|code| sqlite_trouble(code) == Trouble::Full));
        assert!(["1", "11", "19", "1555", "2067", "787", ""].iter().all(|code| sqlite_trouble(code) == Trouble::Ours));
        let passing = ["40001", "40P01", "57P01", "57P03", "53300", "53200", "08006", "08003", "25006", "58030"];
        assert!(passing.iter().all(|code| postgres_trouble(code) == Trouble::Passing));
        assert_eq!(postgres_trouble("53100"), Trouble::Full);
        assert!(["23505", "42601", "22P05", "57014", ""].iter().all(|code| postgres_trouble(code) == Trouble::Ours));
    }
}
