//! SQL of stocktaking: pages of what is promised, by id.
use uuid::Uuid;

use super::{Progress, Promise};
use crate::db::Conn;
use crate::error::Result;
use crate::ids::UploadId;
use crate::sql;

pub async fn promises_after(conn: &mut Conn, after: Uuid, limit: u64) -> Result<Vec<Promise>> {
    sql!(
        conn,
        all as Promise,
        "SELECT f.id, f.package_id, f.blob_id, f.relative_path, f.size, f.sha256, f.crc32
         FROM files f JOIN packages p ON p.id = f.package_id
         WHERE f.id > $1 AND f.removed_at IS NULL AND p.erased_at IS NULL ORDER BY f.id LIMIT $2",
        after,
        limit
    )
}

pub async fn unfinished_after(conn: &mut Conn, after: Uuid, limit: u64) -> Result<Vec<Progress>> {
    sql!(
        conn,
        all as Progress,
        "SELECT id, blob_id, received FROM uploads
         WHERE id > $1 AND finished_at IS NULL AND dropped_at IS NULL ORDER BY id LIMIT $2",
        after,
        limit
    )
}

/// The upload, if it is still unfinished.
pub async fn unfinished(conn: &mut Conn, id: UploadId) -> Result<Option<Progress>> {
    sql!(
        conn,
        maybe as Progress,
        "SELECT id, blob_id, received FROM uploads WHERE id = $1 AND finished_at IS NULL AND dropped_at IS NULL",
        id
    )
}
