//! Background work: enqueued in the transaction that causes it, run at least once, small and repeatable.
pub mod run;
pub mod store;
#[cfg(test)]
mod tests;
pub mod worker;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::db::{Json, Tx};
use crate::error::Result;
use crate::ids::{DownloadId, JobId, MailId, PackageId};
use crate::row;

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Sends one e-mail of the outbox.
    DeliverMail { id: MailId },
    /// Removes bytes that no row promises any more.
    EraseBlob { id: uuid::Uuid },
    /// Erases a package whose time has come.
    ErasePackage { id: PackageId },
    /// Tells of a download that was counted, once its responses have ended.
    TellDownload {
        id: DownloadId,
        /// Which download of its package it was.
        number: u64,
        /// Whether it was the first of its link.
        is_first: bool,
    },
    /// Sends the notices that were collected for an address, given in its form for comparison.
    SendDigest { address: String },
}

impl Job {
    fn kind(&self) -> &'static str {
        match self {
            Self::DeliverMail { .. } => "deliver_mail",
            Self::EraseBlob { .. } => "erase_blob",
            Self::ErasePackage { .. } => "erase_package",
            Self::TellDownload { .. } => "tell_download",
            Self::SendDigest { .. } => "send_digest",
        }
    }
}

/// What running a job came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Again after this long.
    RetryLater {
        after: Duration,
        why: String,
    },
    /// It will never work; an operator sees it.
    GiveUp {
        why: String,
    },
}

row! {
    /// A job as it is stored.
    pub struct Stored {
        pub id: JobId,
        pub payload: Json<Job>,
        pub run_at: Timestamp,
        pub attempts: u64,
    }
}

/// Puts work into the caller's transaction; the worker is woken by its commit.
pub(crate) async fn enqueue(tx: &mut Tx, app: &App, job: Job, run_at: Timestamp) -> Result<JobId> {
    let now = app.now();
    let id = JobId::new(now, &*app.entropy);
    store::insert(tx, id, &job, run_at, now).await?;
    tx.announce_jobs();
    Ok(id)
}

/// Waits between attempts: 10 s, doubling, at most an hour.
pub fn backoff(attempts: u64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(9);
    Duration::from_secs(10 * 2_u64.pow(doublings)).min(Duration::from_hours(1))
}

/// `now` and so much later.
pub(crate) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO)
}
