//! Uploads that nobody continues are dropped, each on its own. What somebody writes right now is never touched: on this
//! node the writer is known, and for the other nodes every checkpoint renews its date.
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Upload, drop_upload, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::error::Result;

/// A plain PUT writes or is cut within seconds; without a checkpoint for this long its connection is gone.
const PLAIN_STALE: Duration = Duration::from_mins(5);
const BATCH: u64 = 200;

/// Whether an unfinished upload still has time, so that nothing may be taken away from under it.
pub(crate) fn may_be_continued(app: &App, upload: &Upload, now: Timestamp) -> bool {
    let time = if upload.resumable { app.site.retention.unfinished_upload } else { PLAIN_STALE };
    app.writers.is_writing(upload.id) || now.duration_since(upload.updated_at).unsigned_abs() < time
}

/// Drops stale uploads; answers how many. None while the clock cannot be believed.
pub async fn sweep(app: &App) -> Result<u64> {
    let now = app.now();
    if !app.trusts_clock() {
        return Ok(0);
    }
    let before = |age: Duration| now - SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    let resumable_before = before(app.site.retention.unfinished_upload);
    let plain_before = before(PLAIN_STALE);
    let mut dropped = 0;
    let mut after: Option<Upload> = None;
    // Page by page to the end: uploads that fail or are being written must not hide those behind them.
    loop {
        let mut conn = app.db.read().await?;
        let stale = store::stale(&mut conn, resumable_before, plain_before, after.as_ref(), BATCH).await?;
        drop(conn);
        for upload in &stale {
            // A chunk with a checksum is not stored before its end, however long that takes.
            if app.writers.is_writing(upload.id) {
                continue;
            }
            let done = drop_upload::drop_one(app, upload, Author::System, &Origin::default(), "not continued").await;
            match done {
                Ok(()) => dropped += 1,
                Err(error) => tracing::error!(upload = %upload.id, %error, "a stale upload could not be dropped"),
            }
        }
        if crate::account::count(stale.len()) < BATCH {
            return Ok(dropped);
        }
        after = stale.into_iter().next_back();
    }
}
