//! SQL of downloads and of the objects that their URLs serve.
use jiff::Timestamp;

use super::{Download, DownloadState, Object};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{DownloadId, DownloadObjectId, FileId, LinkId, PackageId};
use crate::secret::TokenHash;
use crate::sql;

pub async fn insert(tx: &mut Tx, download: &Download) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO downloads (id, link_id, package_id, visit_hash, state, started_at, usable_until, content_bytes, ip,
         user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        download.id,
        download.link_id,
        download.package_id,
        download.visit_hash,
        download.state,
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

/// Whether any download of the package can still be used at `now`.
pub async fn any_usable(conn: &mut Conn, package: PackageId, now: Timestamp) -> Result<bool> {
    let found = sql!(
        conn,
        maybe as (i64,),
        "SELECT CAST(1 AS BIGINT) FROM downloads WHERE package_id = $1 AND usable_until > $2 AND ended_at IS NULL LIMIT 1",
        package,
        now
    );
    Ok(found?.is_some())
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
        "UPDATE downloads SET delivered_bytes = delivered_bytes + $2, responses = responses + 1, last_byte_at = $3
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

pub async fn count_on_link(tx: &mut Tx, link: LinkId, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE links SET downloads = downloads + 1, last_download_at = $2 WHERE id = $1", link, now)?;
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
