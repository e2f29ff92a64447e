//! SQL of downloads and of the objects that their URLs serve.
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::{Claim, Download, DownloadState, Object};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{DownloadClaimId, DownloadId, DownloadObjectId, FileId, LinkId, PackageId};
use crate::secret::TokenHash;
use crate::sql;

pub async fn insert(tx: &mut Tx, download: &Download) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO downloads (id, link_id, package_id, visit_hash, state, limited, started_at, usable_until,
         content_bytes, ip, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        download.id,
        download.link_id,
        download.package_id,
        download.visit_hash,
        download.state,
        download.limited,
        download.started_at,
        download.usable_until,
        download.content_bytes,
        download.ip,
        download.user_agent
    )?;
    Ok(())
}

/// The visit's download that can still be used at `now`.
pub async fn usable(conn: &mut Conn, link: LinkId, visit: [u8; 32], now: Timestamp) -> Result<Option<Download>> {
    sql!(
        conn,
        maybe as Download,
        "SELECT * FROM downloads WHERE link_id = $1 AND visit_hash = $2 AND usable_until > $3 AND ended_at IS NULL
         ORDER BY id DESC LIMIT 1",
        link,
        visit,
        now
    )
}

/// Whether any download of the package can still be used at `now`, or a response of it runs that began in time: at work
/// since `idle_since`, and under a limit with something written ahead.
pub async fn any_in_use(conn: &mut Conn, package: PackageId, now: Timestamp, idle_since: Timestamp) -> Result<bool> {
    let found = sql!(
        conn,
        maybe as (i64,),
        "SELECT CAST(1 AS BIGINT) FROM downloads d WHERE package_id = $1 AND ended_at IS NULL
         AND (usable_until > $2 OR (active_at > $3 AND (NOT limited OR EXISTS (SELECT 1 FROM download_claims c
           JOIN download_objects o ON o.id = c.object_id WHERE o.download_id = d.id)))) LIMIT 1",
        package,
        now,
        idle_since
    );
    Ok(found?.is_some())
}

/// The download that the token's object belongs to, unless it, its link or its package has ended, or it has come under a
/// limit, or is no longer under one.
pub async fn standing(conn: &mut Conn, token: TokenHash, limited: bool) -> Result<Option<Download>> {
    sql!(
        conn,
        maybe as Download,
        "SELECT d.* FROM download_objects o JOIN downloads d ON d.id = o.download_id JOIN links l ON l.id = d.link_id
         JOIN packages p ON p.id = d.package_id
         WHERE o.token_hash = $1 AND o.ended_at IS NULL AND d.ended_at IS NULL AND d.limited = $2
         AND l.revoked_at IS NULL AND p.revoked_at IS NULL AND p.deleted_at IS NULL AND p.erased_at IS NULL",
        token,
        limited
    )
}

/// Downloads without a limit whose day is over by `until`, and that nobody has ended yet.
pub async fn unlimited_until(conn: &mut Conn, until: Timestamp) -> Result<Vec<DownloadId>> {
    let rows = sql!(
        conn,
        all as (uuid::Uuid,),
        "SELECT id FROM downloads WHERE ended_at IS NULL AND usable_until <= $1 AND NOT limited",
        until
    )?;
    Ok(rows.into_iter().map(|(id,)| DownloadId(id)).collect())
}

pub async fn by_id(conn: &mut Conn, id: DownloadId) -> Result<Option<Download>> {
    sql!(conn, maybe as Download, "SELECT * FROM downloads WHERE id = $1", id)
}

pub async fn insert_object(tx: &mut Tx, object: &Object, token: TokenHash) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO download_objects (id, download_id, token_hash, token_sealed, file_id, archive_files, name, size,
         etag, created_at, delivered) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        object.id,
        object.download_id,
        token,
        object.token_sealed,
        object.file_id,
        object.archive_files,
        object.name,
        object.size,
        object.etag,
        object.created_at,
        object.delivered
    )?;
    Ok(())
}

pub async fn objects(conn: &mut Conn, download: DownloadId) -> Result<Vec<Object>> {
    sql!(
        conn,
        all as Object,
        "SELECT * FROM download_objects WHERE download_id = $1 AND ended_at IS NULL ORDER BY id",
        download
    )
}

/// As [`objects`], those that have ended too.
pub async fn all_objects(conn: &mut Conn, download: DownloadId) -> Result<Vec<Object>> {
    sql!(conn, all as Object, "SELECT * FROM download_objects WHERE download_id = $1 ORDER BY id", download)
}

/// Parts of the archive were asked for by range.
pub async fn mark_in_pieces(tx: &mut Tx, id: DownloadObjectId) -> Result<()> {
    sql!(tx, run, "UPDATE download_objects SET in_pieces = TRUE WHERE id = $1", id)?;
    Ok(())
}

pub async fn object_by_token(conn: &mut Conn, token: TokenHash) -> Result<Option<Object>> {
    sql!(conn, maybe as Object, "SELECT * FROM download_objects WHERE token_hash = $1 AND ended_at IS NULL", token)
}

pub async fn object_by_id(conn: &mut Conn, id: DownloadObjectId) -> Result<Option<Object>> {
    sql!(conn, maybe as Object, "SELECT * FROM download_objects WHERE id = $1", id)
}

pub async fn set_delivered(
    tx: &mut Tx,
    id: DownloadObjectId,
    delivered: &[u8],
    completed_at: Option<Timestamp>,
) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE download_objects SET delivered = $2, completed_at = coalesce(completed_at, $3) WHERE id = $1",
        id,
        delivered.to_vec(),
        completed_at
    )?;
    Ok(())
}

/// Adds a response to the download's totals.
pub async fn add_response(tx: &mut Tx, id: DownloadId, bytes: u64, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE downloads SET delivered_bytes = delivered_bytes + $2, responses = responses + 1, active_at = $3
         WHERE id = $1",
        id,
        bytes,
        now
    )?;
    Ok(())
}

/// Counts the download. Answers `false` when it was counted before.
pub async fn confirm(tx: &mut Tx, id: DownloadId, now: Timestamp) -> Result<bool> {
    let confirmed = sql!(
        tx,
        run,
        "UPDATE downloads SET state = $2, confirmed_at = $3 WHERE id = $1 AND confirmed_at IS NULL",
        id,
        DownloadState::Confirmed,
        now
    )?;
    Ok(confirmed == 1)
}

/// The link's downloads that hold a slot and are not counted yet, in the order of their starts.
pub async fn reservations(conn: &mut Conn, link: LinkId) -> Result<Vec<Download>> {
    sql!(
        conn,
        all as Download,
        "SELECT * FROM downloads WHERE link_id = $1 AND limited AND confirmed_at IS NULL AND ended_at IS NULL
         ORDER BY started_at, id",
        link
    )
}

/// How many of the link's downloads hold a slot and are not counted yet.
pub async fn count_reservations(conn: &mut Conn, link: LinkId) -> Result<u64> {
    let (count,) = sql!(
        conn,
        one as (i64,),
        "SELECT count(*) FROM downloads WHERE link_id = $1 AND limited AND confirmed_at IS NULL AND ended_at IS NULL",
        link
    )?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The package's downloads hold no slots any more: its limit was taken away.
pub async fn unlimit(tx: &mut Tx, package: PackageId) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE downloads SET limited = FALSE WHERE package_id = $1 AND limited AND ended_at IS NULL",
        package
    )?;
    Ok(())
}

/// The link's downloads that hold no slot, are not counted, and can still be used, in the order of their starts.
pub async fn unlimited(conn: &mut Conn, link: LinkId, now: Timestamp) -> Result<Vec<Download>> {
    sql!(
        conn,
        all as Download,
        "SELECT * FROM downloads WHERE link_id = $1 AND NOT limited AND confirmed_at IS NULL AND ended_at IS NULL
         AND usable_until > $2 ORDER BY started_at, id",
        link,
        now
    )
}

/// The download holds a slot from now on.
pub async fn enrol(tx: &mut Tx, id: DownloadId) -> Result<()> {
    sql!(tx, run, "UPDATE downloads SET limited = TRUE WHERE id = $1", id)?;
    Ok(())
}

/// The reservation belongs to another visit from now on.
pub async fn take_over(tx: &mut Tx, download: &Download) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE downloads SET visit_hash = $2, started_at = $3, usable_until = $4, active_at = NULL, content_bytes = $5,
         ip = $6, user_agent = $7 WHERE id = $1",
        download.id,
        download.visit_hash,
        download.started_at,
        download.usable_until,
        download.content_bytes,
        download.ip,
        download.user_agent
    )?;
    Ok(())
}

/// The content grew since the download was started.
pub async fn set_content(tx: &mut Tx, id: DownloadId, content_bytes: u64) -> Result<()> {
    sql!(tx, run, "UPDATE downloads SET content_bytes = $2 WHERE id = $1", id, content_bytes)?;
    Ok(())
}

/// The object gets another URL; the old one ends.
pub async fn renew_object(tx: &mut Tx, id: DownloadObjectId, token: TokenHash, sealed: Vec<u8>) -> Result<()> {
    sql!(tx, run, "UPDATE download_objects SET token_hash = $2, token_sealed = $3 WHERE id = $1", id, token, sealed)?;
    Ok(())
}

/// The download is over: its URLs answer no more.
pub async fn end(tx: &mut Tx, id: DownloadId, state: DownloadState, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE downloads SET state = $2, ended_at = $3 WHERE id = $1 AND ended_at IS NULL", id, state, now)?;
    Ok(())
}

/// A response of the download runs.
pub async fn mark_active(tx: &mut Tx, id: DownloadId, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE downloads SET active_at = $2 WHERE id = $1", id, now)?;
    Ok(())
}

/// As [`mark_active`], for many in one transaction: who holds the row at this moment is at work on it anyway, and is not
/// waited for.
pub async fn tell_active(tx: &mut Tx, id: DownloadId, now: Timestamp) -> Result<()> {
    let unheld = tx.skip_locked();
    let text =
        format!("UPDATE downloads SET active_at = $2 WHERE id = (SELECT id FROM downloads WHERE id = $1{unheld})");
    sql!(tx, run, AssertSqlSafe(text.clone()), id, now)?;
    Ok(())
}

/// Ends the link's reservations because it was revoked: their time must not count any of them later.
pub async fn withdraw_link(tx: &mut Tx, link: LinkId, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE downloads SET state = $2, ended_at = $3
         WHERE link_id = $1 AND limited AND confirmed_at IS NULL AND ended_at IS NULL",
        link,
        DownloadState::Withdrawn,
        now
    )?;
    Ok(())
}

/// As [`withdraw_link`], of a package that was revoked or deleted.
pub async fn withdraw_package(tx: &mut Tx, package: PackageId, now: Timestamp) -> Result<()> {
    for link in crate::link::store::of_package(tx, package).await? {
        withdraw_link(tx, link.id, now).await?;
    }
    Ok(())
}

/// The package's deletion of `deleted_at` is taken back: so are the ends of the reservations that came with it.
pub async fn reinstate(tx: &mut Tx, package: PackageId, deleted_at: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE downloads SET state = $4, ended_at = NULL WHERE package_id = $1 AND state = $2 AND ended_at = $3
         AND link_id IN (SELECT id FROM links WHERE package_id = $1 AND revoked_at IS NULL)",
        package,
        DownloadState::Withdrawn,
        deleted_at,
        DownloadState::Open
    )?;
    Ok(())
}

/// Whether a response of the download, on any node, has something written ahead.
pub async fn has_claims(conn: &mut Conn, id: DownloadId) -> Result<bool> {
    let found = sql!(
        conn,
        maybe as (i64,),
        "SELECT CAST(1 AS BIGINT) FROM download_claims c JOIN download_objects o ON o.id = c.object_id
         WHERE o.download_id = $1 LIMIT 1",
        id
    );
    Ok(found?.is_some())
}

/// Notes that the download broke off. `false`, and nothing changes, when it did so after `since` already.
pub async fn mark_broken_off(tx: &mut Tx, id: DownloadId, since: Timestamp, now: Timestamp) -> Result<bool> {
    let marked = sql!(
        tx,
        run,
        "UPDATE downloads SET broke_off_at = $3 WHERE id = $1
         AND (broke_off_at IS NULL OR broke_off_at <= $2 OR broke_off_at > $3)",
        id,
        since,
        now
    )?;
    Ok(marked == 1)
}

/// A response of the download begins that asks for so many bytes.
pub async fn book(tx: &mut Tx, id: DownloadId, bytes: u64, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE downloads SET booked_bytes = booked_bytes + $2, active_at = $3 WHERE id = $1",
        id,
        bytes,
        now
    )?;
    Ok(())
}

/// Bytes that were booked and not sent.
pub async fn give_back(tx: &mut Tx, id: DownloadId, bytes: u64) -> Result<()> {
    sql!(tx, run, "UPDATE downloads SET booked_bytes = booked_bytes - $2 WHERE id = $1", id, bytes)?;
    Ok(())
}

pub(super) const PERHAPS_OVER: &str = "SELECT * FROM downloads WHERE limited AND confirmed_at IS NULL
     AND ended_at IS NULL AND started_at <= $2 AND (active_at IS NULL OR active_at <= $2)
     AND (usable_until <= $1 OR delivered_bytes = 0) AND id > $3 ORDER BY id LIMIT $4";

/// Reservations behind `after` that may be over: never used, or past their day; and nothing has happened since
/// `idle_since`.
pub async fn perhaps_over(
    conn: &mut Conn,
    now: Timestamp,
    idle_since: Timestamp,
    after: Option<DownloadId>,
    limit: u64,
) -> Result<Vec<Download>> {
    let after = after.unwrap_or(DownloadId(uuid::Uuid::nil()));
    sql!(conn, all as Download, PERHAPS_OVER, now, idle_since, after, limit)
}

/// Ends downloads whose day is over and that hold no slot: counted, or never limited.
pub async fn end_unusable(tx: &mut Tx, now: Timestamp, idle_since: Timestamp) -> Result<u64> {
    // Two nodes would take the same rows in orders of their own, and wait for each other.
    tx.lock_alone("downloads").await?;
    sql!(tx, run, END_UNUSABLE, now, idle_since)
}

pub(super) const END_UNUSABLE: &str = "UPDATE downloads SET ended_at = $1 WHERE ended_at IS NULL AND usable_until <= $1
     AND (confirmed_at IS NOT NULL OR NOT limited) AND (active_at IS NULL OR active_at <= $2)";

pub async fn insert_claim(tx: &mut Tx, claim: &Claim) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO download_claims (id, object_id, claimed_from, claimed_to, range_end) VALUES ($1, $2, $3, $4, $5)",
        claim.id,
        claim.object_id,
        claim.claimed_from,
        claim.claimed_to,
        claim.range_end
    )?;
    Ok(())
}

pub async fn claim(conn: &mut Conn, id: DownloadClaimId) -> Result<Option<Claim>> {
    sql!(conn, maybe as Claim, "SELECT * FROM download_claims WHERE id = $1", id)
}

/// What running responses, and those that a crash ended, have claimed of the object.
pub async fn claims(conn: &mut Conn, object: DownloadObjectId) -> Result<Vec<Claim>> {
    sql!(conn, all as Claim, "SELECT * FROM download_claims WHERE object_id = $1", object)
}

/// Downloads behind `after` that responses have claims of, and at which nothing has happened since `idle_since` (if
/// given).
pub async fn with_claims(
    conn: &mut Conn,
    idle_since: Option<Timestamp>,
    after: Option<DownloadId>,
    limit: u64,
) -> Result<Vec<Download>> {
    let after = after.unwrap_or(DownloadId(uuid::Uuid::nil()));
    sql!(conn, all as Download, WITH_CLAIMS, idle_since.unwrap_or(Timestamp::MAX), after, limit)
}

pub(super) const WITH_CLAIMS: &str = "SELECT * FROM downloads WHERE id IN (SELECT o.download_id FROM download_objects o
     JOIN download_claims c ON c.object_id = o.id) AND (active_at IS NULL OR active_at <= $1) AND id > $2
     ORDER BY id LIMIT $3";

pub async fn move_claim(tx: &mut Tx, id: DownloadClaimId, to: u64) -> Result<()> {
    sql!(tx, run, "UPDATE download_claims SET claimed_to = $2 WHERE id = $1", id, to)?;
    Ok(())
}

pub async fn remove_claim(tx: &mut Tx, id: DownloadClaimId) -> Result<()> {
    sql!(tx, run, "DELETE FROM download_claims WHERE id = $1", id)?;
    Ok(())
}

/// Ends the URLs of the file, and of archives that contain it.
pub async fn end_objects_with_file(tx: &mut Tx, package: PackageId, file: FileId, now: Timestamp) -> Result<()> {
    let pattern = format!("%{file}%");
    sql!(
        tx,
        run,
        "UPDATE download_objects SET ended_at = $3 WHERE ended_at IS NULL
         AND download_id IN (SELECT id FROM downloads WHERE package_id = $1)
         AND (file_id = $2 OR CAST(archive_files AS TEXT) LIKE $4)",
        package,
        file,
        now,
        pattern
    )?;
    Ok(())
}
