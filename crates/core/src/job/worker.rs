//! The worker: runs due jobs a few at a time, and the regular sweeps.
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{run, store};
use crate::account::SESSION_IDLE;
use crate::app::App;
use crate::error::Result;
use crate::{account, audit, clock, download, idempotency, notice, package, upload};

/// Jobs that run at the same time in this process.
const AT_ONCE: usize = 8;
/// Looks for work at least this often: other processes enqueue too.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// A minute's views become entries this soon after its end.
const VIEWS_EVERY: Duration = Duration::from_secs(5);

/// Runs until `shutdown`; jobs under way are finished first.
pub async fn run_until(app: Arc<App>, shutdown: CancellationToken) {
    let mut running = JoinSet::new();
    let (mut swept_at, mut flushed_at) = (None::<Duration>, Duration::ZERO);
    while !shutdown.is_cancelled() {
        while running.try_join_next().is_some() {}
        if swept_at.is_none_or(|at| app.clock.monotonic().saturating_sub(at) >= SWEEP_EVERY) {
            swept_at = Some(app.clock.monotonic());
            sweep(&app).await;
        }
        if app.clock.monotonic().saturating_sub(flushed_at) >= VIEWS_EVERY {
            flushed_at = app.clock.monotonic();
            report("views", audit::views::flush(&app).await);
        }
        let room = AT_ONCE.saturating_sub(running.len());
        let claimed = match room {
            0 => Vec::new(),
            room => claim_due(&app, room).await,
        };
        let idle = claimed.is_empty();
        for job in claimed {
            let app = app.clone();
            running.spawn(async move {
                if let Err(error) = run::run(&app, &job).await {
                    tracing::error!(job = %job.id, %error, "a job's outcome could not be stored; it will run again");
                }
            });
        }
        if idle {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = app.db.signals().jobs.notified() => {}
                () = tokio::time::sleep(until_due(&app).await) => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
            }
        }
    }
    while running.join_next().await.is_some() {}
}

async fn claim_due(app: &App, room: usize) -> Vec<super::Stored> {
    // A look first: an idle server must not take the writer twice a second.
    let due = match app.db.read().await {
        Ok(mut conn) => store::next_due(&mut conn).await,
        Err(error) => Err(error),
    };
    let claimed = match due {
        Ok(Some(at)) if at <= app.now() => run::claim(app, account::count(room)).await,
        Ok(_) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    claimed.unwrap_or_else(|error| {
        tracing::error!(%error, "jobs cannot be read; trying again");
        Vec::new()
    })
}

async fn until_due(app: &App) -> Duration {
    let next = match app.db.read().await {
        Ok(mut conn) => store::next_due(&mut conn).await.ok().flatten(),
        Err(_) => None,
    };
    let wait = next
        .map_or(LOOK_EVERY, |at| Duration::try_from(at.duration_since(app.now())).unwrap_or(Duration::from_millis(50)));
    wait.clamp(Duration::from_millis(50), LOOK_EVERY)
}

/// Everything that happens by the clock. Each part on its own: one that fails does not stall the others.
pub async fn sweep(app: &App) {
    if let Err(error) = clock::watch::watch(app).await {
        tracing::error!(%error, "the clock could not be looked after; nothing ends or goes by a rule without that");
    }
    report("views", audit::views::flush(app).await);
    report("downloads", download::slots::sweep(app).await);
    report("packages", package::sweep::sweep(app).await);
    report("reminders", notice::remind::sweep(app).await);
    report("told notices", notice::remind::forget_old(app).await);
    report("uploads", upload::sweep::sweep(app).await);
    report("idempotency keys", idempotency::sweep(app).await);
    report("sessions", end_stale_sessions(app).await);
    app.guesses.forget_old(app.clock.monotonic());
}

async fn end_stale_sessions(app: &App) -> Result<u64> {
    let now = app.now();
    let idle = jiff::SignedDuration::try_from(SESSION_IDLE).unwrap_or(jiff::SignedDuration::MAX);
    let mut tx = app.db.begin_write().await?;
    let ended = account::store::end_stale_sessions(&mut tx, now, now - idle).await?;
    tx.commit().await?;
    Ok(ended)
}

fn report(what: &str, swept: Result<u64>) {
    match swept {
        Ok(0) => {}
        Ok(count) => tracing::debug!(what, count, "swept"),
        Err(error) => tracing::error!(what, %error, "a sweep failed; trying again"),
    }
}
