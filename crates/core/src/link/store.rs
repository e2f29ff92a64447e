//! SQL of links.
use jiff::Timestamp;

use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{LinkId, PackageId};
use crate::package::Link;
use crate::secret::TokenHash;
use crate::sql;

pub async fn insert(tx: &mut Tx, link: &Link, token: TokenHash) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO links (id, package_id, grant_id, recipient_id, purpose, token_hash, token_sealed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        link.id,
        link.package_id,
        link.grant_id,
        link.recipient_id,
        link.purpose,
        token,
        link.token_sealed,
        link.created_at
    )?;
    Ok(())
}

pub async fn by_token(conn: &mut Conn, token: TokenHash) -> Result<Option<Link>> {
    sql!(conn, maybe as Link, "SELECT * FROM links WHERE token_hash = $1", token)
}

pub async fn by_id(conn: &mut Conn, id: LinkId) -> Result<Option<Link>> {
    sql!(conn, maybe as Link, "SELECT * FROM links WHERE id = $1", id)
}

/// All links ever made for the package, oldest first.
pub async fn of_package(conn: &mut Conn, id: PackageId) -> Result<Vec<Link>> {
    sql!(conn, all as Link, "SELECT * FROM links WHERE package_id = $1 ORDER BY id", id)
}

pub async fn revoke(tx: &mut Tx, id: LinkId, now: Timestamp) -> Result<bool> {
    Ok(sql!(tx, run, "UPDATE links SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", id, now)? == 1)
}

/// Notes that the owner is asked for a new link. `false`, and nothing changes, when he was asked after `since`.
pub async fn mark_asked(tx: &mut Tx, id: LinkId, since: Timestamp, now: Timestamp) -> Result<bool> {
    let marked = sql!(
        tx,
        run,
        "UPDATE links SET asked_at = $3 WHERE id = $1 AND (asked_at IS NULL OR asked_at <= $2)",
        id,
        since,
        now
    )?;
    Ok(marked == 1)
}

pub async fn mark_opened(tx: &mut Tx, id: LinkId, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "UPDATE links SET opened_at = coalesce(opened_at, $2), uses = uses + 1, last_used_at = $2 WHERE id = $1",
        id,
        now
    )?;
    Ok(())
}

/// Counts a download on the link.
pub async fn count_download(tx: &mut Tx, id: LinkId, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE links SET downloads = downloads + 1, last_download_at = $2 WHERE id = $1", id, now)?;
    Ok(())
}

/// Counts a reservation that timed out without being counted.
pub async fn count_release(tx: &mut Tx, id: LinkId) -> Result<()> {
    sql!(tx, run, "UPDATE links SET releases = releases + 1 WHERE id = $1", id)?;
    Ok(())
}

/// What was counted and released so far counts no more.
pub async fn grant_anew(tx: &mut Tx, id: LinkId) -> Result<()> {
    sql!(tx, run, "UPDATE links SET downloads_before = downloads, releases = 0 WHERE id = $1", id)?;
    Ok(())
}

/// A download of the link broke off when so much of what it fetched had arrived.
pub async fn mark_broken_off(tx: &mut Tx, id: LinkId, percent: u64, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE links SET broke_off_at = $2, broke_off_percent = $3 WHERE id = $1", id, now, percent)?;
    Ok(())
}
