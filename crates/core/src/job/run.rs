//! Runs jobs: one batch, or everything that is due (for tests and operators' commands).
use std::time::Duration;

use super::{Job, Outcome, Stored, backoff, later, store};
use crate::app::App;
use crate::blob::BlobId;
use crate::error::{Error, Result};
use crate::file::store as files;
use crate::notice::completed::Counted;
use crate::{mail, notice, package};

/// A job that takes longer than this is run again by somebody else, so every job must be done well before.
pub const CLAIM: Duration = Duration::from_mins(20);

/// Takes up to `limit` due jobs.
pub async fn claim(app: &App, limit: u64) -> Result<Vec<Stored>> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let jobs = store::claim(&mut tx, now, later(now, CLAIM), limit).await?;
    tx.commit().await?;
    Ok(jobs)
}

/// Runs one claimed job and stores what it came to.
pub async fn run(app: &App, job: &Stored) -> Result<Outcome> {
    let outcome = match perform(app, job).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::RetryLater { after: backoff(job.attempts), why: error.to_string() },
    };
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    match &outcome {
        Outcome::Done => store::done(&mut tx, job.id).await?,
        Outcome::RetryLater { after, why } => {
            tracing::warn!(job = %job.id, kind = job.payload.0.kind(), why, "a job will be tried again");
            store::retry(&mut tx, job.id, later(now, *after), why).await?;
        }
        Outcome::GiveUp { why } => {
            tracing::error!(job = %job.id, kind = job.payload.0.kind(), why, "a job was given up");
            store::give_up(&mut tx, job.id, now, why).await?;
        }
    }
    tx.commit().await?;
    Ok(outcome)
}

/// Runs everything that is due right now, one after the other; answers how many jobs ran.
pub async fn run_due(app: &App) -> Result<u64> {
    let mut ran = 0;
    loop {
        let jobs = claim(app, 16).await?;
        if jobs.is_empty() {
            return Ok(ran);
        }
        for job in &jobs {
            run(app, job).await?;
            ran += 1;
        }
    }
}

async fn perform(app: &App, job: &Stored) -> Result<Outcome> {
    match &job.payload.0 {
        Job::DeliverMail { id } => mail::outbox::deliver::deliver(app, *id, job.attempts).await,
        Job::EraseBlob { id } => erase_blob(app, *id).await,
        Job::ErasePackage { id } => package::erase::erase(app, *id).await.map(|()| Outcome::Done),
        Job::TellDownload { id, number, is_first } => {
            notice::completed::tell_download(app, Counted { id: *id, number: *number, is_first: *is_first }).await
        }
        Job::SendDigest { address } => notice::digest::send(app, address).await,
    }
}

/// Removes a blob, unless a row promises it: then the job is wrong, and no byte goes.
async fn erase_blob(app: &App, id: uuid::Uuid) -> Result<Outcome> {
    if files::blob_is_promised(&mut app.db.read().await?, id).await? {
        return Ok(Outcome::GiveUp { why: format!("blob {id} is still promised by a row") });
    }
    app.blobs.delete(BlobId(id)).await.map_err(Error::from)?;
    Ok(Outcome::Done)
}
