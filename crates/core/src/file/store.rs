//! SQL of complete files.
use std::collections::HashSet;

use jiff::Timestamp;

use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{FileId, LinkId, PackageId};
use crate::package::File;
use crate::sql;

pub struct NewFile<'a> {
    pub file: &'a File,
    pub path_key: String,
    pub link: Option<LinkId>,
}

pub async fn insert(tx: &mut Tx, new: NewFile<'_>) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO files (id, package_id, blob_id, relative_path, path_key, size, sha256, crc32, content_type,
         uploaded_at, wire_bytes, wire_ms, link_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        new.file.id,
        new.file.package_id,
        new.file.blob_id,
        new.file.relative_path,
        new.path_key,
        new.file.size,
        new.file.sha256,
        new.file.crc32,
        new.file.content_type,
        new.file.uploaded_at,
        new.file.wire_bytes,
        new.file.wire_ms,
        new.link
    )?;
    Ok(())
}

/// The package's files, in the order of their arrival.
pub async fn of_package(conn: &mut Conn, id: PackageId) -> Result<Vec<File>> {
    sql!(conn, all as File, "SELECT * FROM files WHERE package_id = $1 AND removed_at IS NULL ORDER BY id", id)
}

/// As [`of_package`], with those that were taken out.
pub async fn with_removed(conn: &mut Conn, id: PackageId) -> Result<Vec<File>> {
    sql!(conn, all as File, "SELECT * FROM files WHERE package_id = $1 ORDER BY id", id)
}

pub async fn by_id(conn: &mut Conn, package: PackageId, id: FileId) -> Result<Option<File>> {
    sql!(
        conn,
        maybe as File,
        "SELECT * FROM files WHERE id = $1 AND package_id = $2 AND removed_at IS NULL",
        id,
        package
    )
}

pub async fn by_path(conn: &mut Conn, package: PackageId, path_key: &str) -> Result<Option<File>> {
    sql!(
        conn,
        maybe as File,
        "SELECT * FROM files WHERE package_id = $1 AND path_key = $2 AND removed_at IS NULL",
        package,
        path_key
    )
}

/// Files that were taken out of the package.
pub async fn removed(conn: &mut Conn, package: PackageId) -> Result<Vec<FileId>> {
    let rows = sql!(
        conn,
        all as (uuid::Uuid,),
        "SELECT id FROM files WHERE package_id = $1 AND removed_at IS NOT NULL",
        package
    )?;
    Ok(rows.into_iter().map(|(id,)| FileId(id)).collect())
}

/// The keys of all paths in the package.
pub async fn path_keys(conn: &mut Conn, package: PackageId) -> Result<HashSet<String>> {
    let rows = sql!(
        conn,
        all as (String,),
        "SELECT path_key FROM files WHERE package_id = $1 AND removed_at IS NULL",
        package
    )?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// The package's files with exactly this content, oldest first.
pub async fn with_content(conn: &mut Conn, package: PackageId, sha256: [u8; 32], size: u64) -> Result<Vec<File>> {
    sql!(
        conn,
        all as File,
        "SELECT * FROM files WHERE package_id = $1 AND sha256 = $2 AND size = $3 AND removed_at IS NULL ORDER BY id",
        package,
        sha256,
        size
    )
}

/// Takes the file out of the package; its blob is the caller's to erase.
pub async fn remove(tx: &mut Tx, id: FileId, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE files SET removed_at = $2 WHERE id = $1", id, now)?;
    Ok(())
}

/// Ids of blobs that rows still promise.
pub async fn blob_is_promised(conn: &mut Conn, blob: uuid::Uuid) -> Result<bool> {
    let found = sql!(
        conn,
        maybe as (i64,),
        "SELECT CAST(1 AS BIGINT) FROM files f JOIN packages p ON p.id = f.package_id
         WHERE f.blob_id = $1 AND f.removed_at IS NULL AND p.erased_at IS NULL
         UNION ALL SELECT CAST(1 AS BIGINT) FROM uploads WHERE blob_id = $1 AND finished_at IS NULL AND dropped_at IS NULL",
        blob
    );
    Ok(found?.is_some())
}
