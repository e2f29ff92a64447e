//! SQL of uploads.
use jiff::Timestamp;

use super::Upload;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{FileId, PackageId, UploadId};
use crate::secret::TokenHash;
use crate::sql;

pub async fn insert(tx: &mut Tx, upload: &Upload, token: TokenHash) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO uploads (id, package_id, link_id, blob_id, token_hash, token_sealed, relative_path, content_type,
         size, sha256, received, digest_state, reserved_bytes, wire_bytes, wire_ms, actor, created_at, updated_at,
         resumable, client_metadata)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, 0, 0, $13, $14, $15, $16, $17)",
        upload.id,
        upload.package_id,
        upload.link_id,
        upload.blob_id,
        token,
        upload.token_sealed,
        upload.relative_path,
        upload.content_type,
        upload.size,
        upload.sha256,
        upload.digest_state,
        upload.reserved_bytes,
        upload.actor,
        upload.created_at,
        upload.updated_at,
        upload.resumable,
        upload.client_metadata
    )?;
    Ok(())
}

/// The upload behind the token, while it may be written or looked at: revoking or deleting its package ends that.
pub async fn by_token(conn: &mut Conn, token: TokenHash) -> Result<Option<Upload>> {
    sql!(
        conn,
        maybe as Upload,
        "SELECT u.* FROM uploads u JOIN packages p ON p.id = u.package_id
         WHERE u.token_hash = $1 AND u.dropped_at IS NULL
         AND p.revoked_at IS NULL AND p.deleted_at IS NULL AND p.erased_at IS NULL",
        token
    )
}

pub async fn by_id(conn: &mut Conn, id: UploadId) -> Result<Option<Upload>> {
    sql!(conn, maybe as Upload, "SELECT * FROM uploads WHERE id = $1 AND dropped_at IS NULL", id)
}

/// Unfinished uploads into the package, oldest first.
pub async fn open_of_package(conn: &mut Conn, package: PackageId) -> Result<Vec<Upload>> {
    sql!(
        conn,
        all as Upload,
        "SELECT * FROM uploads WHERE package_id = $1 AND finished_at IS NULL AND dropped_at IS NULL ORDER BY id",
        package
    )
}

/// How many uploads into the package are unfinished.
pub async fn count_open(conn: &mut Conn, package: PackageId) -> Result<u64> {
    let (count,) = sql!(
        conn,
        one as (i64,),
        "SELECT count(*) FROM uploads WHERE package_id = $1 AND finished_at IS NULL AND dropped_at IS NULL",
        package
    )?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Bytes that unfinished uploads may still bring.
pub async fn promised_bytes(conn: &mut Conn) -> Result<u64> {
    let (sum,) = sql!(
        conn,
        one as (i64,),
        "SELECT CAST(coalesce(sum(reserved_bytes - received), 0) AS BIGINT) FROM uploads
         WHERE finished_at IS NULL AND dropped_at IS NULL AND reserved_bytes > received"
    )?;
    Ok(u64::try_from(sum).unwrap_or(0))
}

/// How many uploads are unfinished in all, and how many bytes are held for them.
pub async fn unfinished_totals(conn: &mut Conn) -> Result<(u64, u64)> {
    let (count, bytes) = sql!(
        conn,
        one as (i64, i64),
        "SELECT count(*), CAST(coalesce(sum(reserved_bytes), 0) AS BIGINT) FROM uploads
         WHERE finished_at IS NULL AND dropped_at IS NULL"
    )?;
    Ok((u64::try_from(count).unwrap_or(0), u64::try_from(bytes).unwrap_or(0)))
}

/// A deferred length becomes known. Answers `false` when another length was set before.
pub async fn set_size(tx: &mut Tx, id: UploadId, size: u64) -> Result<bool> {
    let set = sql!(
        tx,
        run,
        "UPDATE uploads SET size = $2, reserved_bytes = $2 WHERE id = $1 AND (size IS NULL OR size = $2)",
        id,
        size
    )?;
    Ok(set == 1)
}

/// Acknowledges durable bytes with the digest state of exactly that offset. Answers `false`, and changes nothing, when
/// the stored offset is not `from` any more: somebody else wrote meanwhile.
pub async fn advance(tx: &mut Tx, upload: &Upload, from: u64, now: Timestamp) -> Result<bool> {
    let moved = sql!(
        tx,
        run,
        "UPDATE uploads SET received = $3, digest_state = $4, wire_bytes = $5, wire_ms = $6, content_type = $7,
         updated_at = $8 WHERE id = $1 AND received = $2 AND finished_at IS NULL AND dropped_at IS NULL",
        upload.id,
        from,
        upload.received,
        upload.digest_state,
        upload.wire_bytes,
        upload.wire_ms,
        upload.content_type,
        now
    )?;
    Ok(moved == 1)
}

/// The upload became `file`. Answers `false`, and changes nothing, when it was finished or dropped before.
pub async fn finish(tx: &mut Tx, upload: &Upload, received: u64, file: FileId, now: Timestamp) -> Result<bool> {
    let finished = sql!(
        tx,
        run,
        "UPDATE uploads SET received = $2, size = $2, file_id = $3, finished_at = $4, updated_at = $4, wire_bytes = $5,
         wire_ms = $6 WHERE id = $1 AND finished_at IS NULL AND dropped_at IS NULL",
        upload.id,
        received,
        file,
        now,
        upload.wire_bytes,
        upload.wire_ms
    )?;
    Ok(finished == 1)
}

pub async fn set_dropped(tx: &mut Tx, id: UploadId, now: Timestamp) -> Result<bool> {
    let dropped = sql!(
        tx,
        run,
        "UPDATE uploads SET dropped_at = $2 WHERE id = $1 AND finished_at IS NULL AND dropped_at IS NULL",
        id,
        now
    )?;
    Ok(dropped == 1)
}

pub(crate) const STALE: &str = "SELECT * FROM uploads WHERE finished_at IS NULL AND dropped_at IS NULL
     AND updated_at >= $3 AND updated_at < $2 AND (updated_at > $3 OR id > $4)
     AND (updated_at < $1 OR resumable = FALSE) ORDER BY updated_at, id LIMIT $5";

/// Unfinished uploads that were last written to before `resumable_before`, or before the later `plain_before` if they
/// cannot be continued; in the order of that time, behind `after`.
pub async fn stale(
    conn: &mut Conn,
    resumable_before: Timestamp,
    plain_before: Timestamp,
    after: Option<&Upload>,
    limit: u64,
) -> Result<Vec<Upload>> {
    let (at, id) = after.map_or((Timestamp::MIN, UploadId(uuid::Uuid::nil())), |last| (last.updated_at, last.id));
    sql!(conn, all as Upload, STALE, resumable_before, plain_before, at, id, limit)
}
