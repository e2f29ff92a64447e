//! SQL of jobs.
use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;

use super::{Job, Stored};
use crate::db::{Conn, Json, Tx};
use crate::error::Result;
use crate::ids::JobId;
use crate::sql;

pub async fn insert(tx: &mut Tx, id: JobId, job: &Job, run_at: Timestamp, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO jobs (id, kind, payload, run_at, created_at) VALUES ($1, $2, $3, $4, $5)",
        id,
        job.kind(),
        Json(job.clone()),
        run_at,
        now
    )?;
    Ok(())
}

/// Takes up to `limit` due jobs until `until`: nobody else runs them before, and a crash gives them back after it.
pub async fn claim(tx: &mut Tx, now: Timestamp, until: Timestamp, limit: u64) -> Result<Vec<Stored>> {
    let text = format!(
        "UPDATE jobs SET claimed_until = $2, attempts = attempts + 1 WHERE id IN (
           SELECT id FROM jobs WHERE run_at <= $1 AND failed_at IS NULL AND (claimed_until IS NULL OR claimed_until <= $1)
           ORDER BY run_at, id LIMIT $3{}) RETURNING *",
        tx.skip_locked()
    );
    let mut jobs = sql!(tx, all as Stored, AssertSqlSafe(text.clone()), now, until, limit)?;
    // RETURNING knows no order.
    jobs.sort_by_key(|job| (job.run_at, job.id));
    Ok(jobs)
}

pub async fn done(tx: &mut Tx, id: JobId) -> Result<()> {
    sql!(tx, run, "DELETE FROM jobs WHERE id = $1", id)?;
    Ok(())
}

pub async fn retry(tx: &mut Tx, id: JobId, run_at: Timestamp, why: &str) -> Result<()> {
    sql!(tx, run, "UPDATE jobs SET run_at = $2, claimed_until = NULL, last_error = $3 WHERE id = $1", id, run_at, why)?;
    Ok(())
}

pub async fn give_up(tx: &mut Tx, id: JobId, now: Timestamp, why: &str) -> Result<()> {
    sql!(tx, run, "UPDATE jobs SET failed_at = $2, claimed_until = NULL, last_error = $3 WHERE id = $1", id, now, why)?;
    Ok(())
}

/// Moves everything that waits behind `now` by `by`, claims too.
pub async fn shift(tx: &mut Tx, now: Timestamp, by: SignedDuration) -> Result<()> {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MIN / 2);
    sql!(
        tx,
        run,
        "UPDATE jobs SET run_at = CASE WHEN run_at > $1 THEN run_at + $2 ELSE run_at END,
         claimed_until = CASE WHEN claimed_until > $1 THEN claimed_until + $2 ELSE claimed_until END
         WHERE failed_at IS NULL AND (run_at > $1 OR claimed_until > $1)",
        now,
        by
    )?;
    Ok(())
}

/// When the next job is due, claimed ones (at the end of their claim) included.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Timestamp>> {
    let (next,) = sql!(
        conn,
        one as (Option<i64>,),
        "SELECT min(CASE WHEN claimed_until > run_at THEN claimed_until ELSE run_at END) FROM jobs
         WHERE failed_at IS NULL"
    )?;
    Ok(next.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
}

/// Jobs that wait or run, and jobs that were given up.
pub async fn counts(conn: &mut Conn) -> Result<(u64, u64)> {
    let (open, failed) =
        sql!(conn, one as (i64, i64), "SELECT count(*) - count(failed_at), count(failed_at) FROM jobs")?;
    Ok((u64::try_from(open).unwrap_or(0), u64::try_from(failed).unwrap_or(0)))
}
