//! Looks at the clock, remembers what it saw, and says when the clock cannot be believed.
use std::time::Duration;

use jiff::SignedDuration;

use super::store;
use super::trust::DISTRUST;
use crate::app::App;
use crate::error::Result;
use crate::job;

/// Looks at the clock. The worker calls it before every sweep, and a server before it begins: until the first look nothing
/// is ended or erased by a rule.
///
/// Jobs keep their waits over a jump: what was to run in a minute still runs in a minute, and not 400 days later because
/// the clock was 400 days ahead when it was enqueued.
pub async fn watch(app: &App) -> Result<()> {
    let mut tx = app.db.begin_write().await?;
    // Two nodes that look at once: the second sees what the first remembered.
    tx.lock_alone("clock").await?;
    let stored = store::remembered(&mut tx).await?;
    let (look, pending) = app.trust.look(&*app.clock, stored);
    store::remember(&mut tx, look.remember, look.remember.seen_at).await?;
    if let Some(moved) = look.jumped.filter(SignedDuration::is_negative) {
        job::store::shift(&mut tx, look.remember.seen_at, moved).await?;
        tx.announce_jobs();
    }
    tx.commit().await?;
    app.trust.keep(pending, &*app.clock);
    if let Some(moved) = look.jumped {
        let hours = DISTRUST.as_secs() / 3_600;
        tracing::error!(
            moved_s = moved.as_secs(),
            "the clock jumped; for {hours} hours of running nothing is recorded as ended and nothing is erased by a rule"
        );
    }
    Ok(())
}

/// Whether the wall clock shows a time before the one that was last remembered. For commands that run beside the server,
/// which may look a moment after them: a minute does not count.
pub async fn shows_the_past(app: &App) -> Result<bool> {
    let stored = store::remembered(&mut app.db.read().await?).await?;
    let minute = SignedDuration::from_mins(1);
    Ok(stored.is_some_and(|stored| stored.seen_at.duration_since(app.now()) > minute))
}

/// How much longer the server has to run until the clock is believed again, as remembered; 0 while it is. For commands
/// that run beside the server, and for figures.
pub async fn distrust_left(app: &App) -> Result<Duration> {
    let stored = store::remembered(&mut app.db.read().await?).await?;
    Ok(stored.map(|stored| stored.distrust_left()).unwrap_or_default())
}
