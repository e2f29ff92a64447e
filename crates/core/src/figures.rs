//! What an operator's monitoring watches: how much is under way, waiting, or stuck. Cheap enough to be asked every few
//! seconds; it never counts whole tables.
use std::time::Duration;

use crate::app::App;
use crate::error::Result;
use crate::mail::MailState;
use crate::{audit, clock, job, mail, upload};

/// One look at a running instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Since this process began.
    pub uptime: Duration,
    /// Uploads that this process is writing.
    pub uploads_running: u64,
    /// Responses with file content that this process is sending.
    pub downloads_running: u64,
    /// Uploads that were begun and not finished, running or not.
    pub uploads_unfinished: u64,
    /// Bytes held on the disk for them.
    pub reserved_bytes: u64,
    pub jobs_waiting: u64,
    /// Jobs that were given up.
    pub jobs_failed: u64,
    /// Mails that are not sent yet, by state.
    pub mails_waiting: Vec<(MailState, u64)>,
    /// Audit entries that wait for their seal.
    pub audit_unsealed: u64,
    /// Running time until the clock is believed again after a jump; 0 while it is.
    pub clock_distrust_left: Duration,
    pub free_bytes: Option<u64>,
    pub free_inodes: Option<u64>,
}

/// Takes the figures.
pub async fn figures(app: &App) -> Result<Figures> {
    let space = app.blobs.space().await?;
    let mut conn = app.db.read().await?;
    let (jobs_waiting, jobs_failed) = job::store::counts(&mut conn).await?;
    let (uploads_unfinished, reserved_bytes) = upload::store::unfinished_totals(&mut conn).await?;
    Ok(Figures {
        uptime: app.clock.monotonic(),
        uploads_running: count(app.writers.count()),
        downloads_running: count(app.deliveries.count()),
        uploads_unfinished,
        reserved_bytes,
        jobs_waiting,
        jobs_failed,
        mails_waiting: mail::outbox::store::count_waiting(&mut conn).await?,
        audit_unsealed: audit::store::count_unsealed(&mut conn).await?,
        clock_distrust_left: clock::store::remembered(&mut conn).await?.map(|r| r.distrust_left()).unwrap_or_default(),
        free_bytes: space.free_bytes,
        free_inodes: space.free_inodes,
    })
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
