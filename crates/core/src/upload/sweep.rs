//! Uploads that nobody continues are dropped, each on its own. What somebody writes right now is never touched: every
//! checkpoint renews its date.
use std::time::Duration;

use jiff::SignedDuration;

use super::{drop_upload, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::error::Result;

/// A plain PUT writes or is cut within seconds; without a checkpoint for this long its connection is gone.
const PLAIN_STALE: Duration = Duration::from_mins(5);
const BATCH: u64 = 200;

/// Drops stale uploads; answers how many.
pub async fn sweep(app: &App) -> Result<u64> {
    let now = app.now();
    let before = |age: Duration| now - SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    let resumable_before = before(app.site.retention.unfinished_upload);
    let stale = store::stale(&mut app.db.read().await?, resumable_before, before(PLAIN_STALE), BATCH).await?;
    let mut dropped = 0;
    for upload in stale {
        let done = drop_upload::drop_one(app, &upload, Author::System, &Origin::default(), "not continued").await;
        match done {
            Ok(()) => dropped += 1,
            Err(error) => tracing::error!(upload = %upload.id, %error, "a stale upload could not be dropped"),
        }
    }
    Ok(dropped)
}
