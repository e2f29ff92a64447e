//! SQL of packages and their recipients.
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::{Direction, Kind, Package, Recipient};
use crate::db::{Conn, Json, Tx};
use crate::error::Result;
use crate::ids::{AccountId, PackageId, RecipientId};
use crate::notice::remind;
use crate::policy::{Retention, Status, erase_at, next_end};
use crate::{row, sql};

pub async fn by_id(conn: &mut Conn, id: PackageId) -> Result<Option<Package>> {
    sql!(conn, maybe as Package, "SELECT * FROM packages WHERE id = $1 AND deleted_at IS NULL", id)
}

/// As [`by_id`], deleted ones too.
pub async fn any_by_id(conn: &mut Conn, id: PackageId) -> Result<Option<Package>> {
    sql!(conn, maybe as Package, "SELECT * FROM packages WHERE id = $1", id)
}

/// As [`any_by_id`], and held against other writers until the commit.
pub async fn lock(tx: &mut Tx, id: PackageId) -> Result<Option<Package>> {
    let text = format!("SELECT * FROM packages WHERE id = $1{}", tx.for_update());
    sql!(tx, maybe as Package, AssertSqlSafe(text.clone()), id)
}

pub async fn insert(tx: &mut Tx, package: &Package) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO packages (id, owner_id, grant_id, direction, kind, title, note, notify, limits, password_hash,
         expires_in_hours, idle_hours, max_downloads, policy_set_at, ends_at, erase_at, created_at, changed_at,
         finalized_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        package.id,
        package.owner_id,
        package.grant_id,
        package.direction,
        package.kind,
        package.title,
        package.note,
        package.notify,
        Json(serde_json::json!({})),
        package.password_hash,
        package.expires_in_hours,
        package.idle_hours,
        package.max_downloads,
        package.policy_set_at,
        package.ends_at,
        package.erase_at,
        package.created_at,
        package.changed_at,
        package.finalized_at
    )?;
    Ok(())
}

/// Stores everything that use cases change, with the ends that the policy's rules derive from it, and tells live views.
pub async fn save(tx: &mut Tx, package: &mut Package, retention: &Retention) -> Result<()> {
    let facts = package.facts();
    let next = next_end(&facts);
    package.ends_at = next.map(|(_, at)| at);
    package.erase_at = erase_at(&facts, retention);
    package.revision += 1;
    sql!(
        tx,
        run,
        "UPDATE packages SET title = $2, note = $3, notify = $4, password_hash = $5, expires_in_hours = $6,
         idle_hours = $7, max_downloads = $8, policy_set_at = $9, ends_at = $10, ends_by = $11, ended_at = $12,
         ended_by = $13, erase_at = $14, changed_at = $15, finalized_at = $16, revoked_at = $17, deleted_at = $18,
         erased_at = $19, downloads = $20, last_download_at = $21, file_count = $22, total_bytes = $23, revision = $24,
         usable_until = $25, remind_at = $26 WHERE id = $1",
        package.id,
        package.title,
        package.note,
        package.notify,
        package.password_hash,
        package.expires_in_hours,
        package.idle_hours,
        package.max_downloads,
        package.policy_set_at,
        package.ends_at,
        next.map(|(rule, _)| rule),
        package.ended_at,
        package.ended_by,
        package.erase_at,
        package.changed_at,
        package.finalized_at,
        package.revoked_at,
        package.deleted_at,
        package.erased_at,
        package.downloads,
        package.last_download_at,
        package.file_count,
        package.total_bytes,
        package.revision,
        package.usable_until,
        remind::next(&facts, retention, package.reminded_to)
    )?;
    tx.announce_package(package.owner_id, package.id);
    Ok(())
}

/// Something beside the package's own row changed that a page would show (a view, a mail's state).
pub async fn touch(tx: &mut Tx, id: PackageId, owner: AccountId) -> Result<()> {
    sql!(tx, run, "UPDATE packages SET revision = revision + 1 WHERE id = $1", id)?;
    tx.announce_package(owner, id);
    Ok(())
}

/// As [`touch`], for callers that do not know the owner.
pub async fn touch_by_id(tx: &mut Tx, id: PackageId) -> Result<()> {
    let owner = sql!(
        tx,
        maybe as (uuid::Uuid,),
        "UPDATE packages SET revision = revision + 1 WHERE id = $1 RETURNING owner_id",
        id
    )?;
    if let Some((owner,)) = owner {
        tx.announce_package(AccountId(owner), id);
    }
    Ok(())
}

pub async fn set_words(tx: &mut Tx, owner: AccountId, id: PackageId, words: &[String]) -> Result<()> {
    sql!(tx, run, "DELETE FROM package_words WHERE package_id = $1", id)?;
    for word in words {
        sql!(
            tx,
            run,
            "INSERT INTO package_words (owner_id, word, package_id) VALUES ($1, $2, $3)",
            owner,
            word.as_str(),
            id
        )?;
    }
    Ok(())
}

/// What a list of packages is narrowed to; all conditions together.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `None`: everybody's.
    pub owner: Option<AccountId>,
    pub status: Option<Status>,
    /// Only those that are neither drafts nor active.
    pub ended: bool,
    pub direction: Option<Direction>,
    pub kind: Option<Kind>,
    /// Prefixes of words, folded; each must be found.
    pub words: Vec<String>,
}

/// Packages made before `before`, newest first. A search needs an owner, whose word index it walks.
pub async fn list(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<PackageId>,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Package>> {
    let text = format!(
        "SELECT p.* FROM packages p WHERE p.id < $1 AND p.deleted_at IS NULL{} ORDER BY p.id DESC LIMIT $6",
        conditions(filter)
    );
    let words = padded(&filter.words);
    sql!(
        conn,
        all as Package,
        AssertSqlSafe(text.clone()),
        before.map_or(uuid::Uuid::max(), |id| id.0),
        now,
        filter.owner.map_or(uuid::Uuid::nil(), |id| id.0),
        filter.direction.map_or("", Direction::name),
        filter.kind.map_or("", Kind::name),
        limit,
        words[0],
        words[1],
        words[2],
        words[3],
        words[4],
        words[5],
        words[6],
        words[7]
    )
}

/// Every placeholder is used in every text, so that one list of values serves all filters.
fn conditions(filter: &Filter) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    text.push_str(match filter.owner {
        Some(_) => " AND p.owner_id = $3",
        None => " AND p.owner_id <> $3",
    });
    text.push_str(match filter.direction {
        Some(_) => " AND p.direction = $4",
        None => " AND p.direction <> $4",
    });
    text.push_str(match filter.kind {
        Some(_) => " AND p.kind = $5",
        None => " AND p.kind <> $5",
    });
    // The same decision as policy::status, over the ends that it stored.
    text.push_str(match filter.status {
        None => " AND $2 >= 0",
        Some(Status::Revoked) => " AND p.revoked_at IS NOT NULL AND $2 >= 0",
        Some(Status::Draft) => " AND p.revoked_at IS NULL AND p.finalized_at IS NULL AND $2 >= 0",
        Some(Status::Active) => {
            " AND p.revoked_at IS NULL AND p.finalized_at IS NOT NULL AND p.ended_at IS NULL
              AND (p.ends_at IS NULL OR p.ends_at > $2)"
        }
        Some(Status::Completed) => {
            " AND p.revoked_at IS NULL AND p.finalized_at IS NOT NULL AND p.ended_by IN ('limit', 'closed') AND $2 >= 0"
        }
        Some(Status::Expired) => {
            " AND p.revoked_at IS NULL AND p.finalized_at IS NOT NULL AND (p.ended_by IN ('total', 'idle')
              OR (p.ended_at IS NULL AND p.ends_at <= $2))"
        }
    });
    if filter.ended {
        text.push_str(
            " AND (p.revoked_at IS NOT NULL
              OR (p.finalized_at IS NOT NULL AND (p.ended_at IS NOT NULL OR p.ends_at <= $2)))",
        );
    }
    for n in 0..crate::limits::SEARCH_WORDS_MAX {
        let place = n + 7;
        let _ = match filter.words.get(n) {
            Some(_) => write!(
                text,
                " AND EXISTS (SELECT 1 FROM package_words w WHERE w.owner_id = p.owner_id AND w.package_id = p.id
                  AND w.word >= ${place} AND w.word < ${place} || '\u{10FFFF}')"
            ),
            None => write!(text, " AND ${place} = ''"),
        };
    }
    text
}

fn padded(words: &[String]) -> [String; crate::limits::SEARCH_WORDS_MAX] {
    std::array::from_fn(|n| words.get(n).cloned().unwrap_or_default())
}

/// Grows with every change of the package that a page would show.
pub async fn revision(conn: &mut Conn, id: PackageId) -> Result<Option<u64>> {
    let found = sql!(conn, maybe as (i64,), "SELECT revision FROM packages WHERE id = $1 AND deleted_at IS NULL", id)?;
    Ok(found.and_then(|(revision,)| u64::try_from(revision).ok()))
}

/// Sum of all revisions of the owner's packages: changes whenever a page of his would.
pub async fn revisions(conn: &mut Conn, owner: AccountId) -> Result<i64> {
    let (sum,) = sql!(
        conn,
        one as (i64,),
        "SELECT CAST(coalesce(sum(revision), 0) + count(*) AS BIGINT) FROM packages
         WHERE owner_id = $1 AND deleted_at IS NULL",
        owner
    )?;
    Ok(sum)
}

// --- recipients ---

pub async fn insert_recipient(tx: &mut Tx, recipient: &Recipient) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO recipients (id, package_id, name, email, email_key, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        recipient.id,
        recipient.package_id,
        recipient.name,
        recipient.email,
        recipient.email_key,
        recipient.created_at
    )?;
    Ok(())
}

pub async fn recipients(conn: &mut Conn, id: PackageId) -> Result<Vec<Recipient>> {
    sql!(
        conn,
        all as Recipient,
        "SELECT * FROM recipients WHERE package_id = $1 AND removed_at IS NULL ORDER BY id",
        id
    )
}

pub async fn rename_recipient(tx: &mut Tx, id: RecipientId, name: &str) -> Result<()> {
    sql!(tx, run, "UPDATE recipients SET name = $2 WHERE id = $1", id, name)?;
    Ok(())
}

pub async fn remove_recipient(tx: &mut Tx, id: RecipientId, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE recipients SET removed_at = $2 WHERE id = $1", id, now)?;
    Ok(())
}

row! {
    /// A package that a sweep has to look after, and since when.
    pub struct Due {
        pub id: PackageId,
        pub at: Timestamp,
    }
}

/// Both walk an index from `$2` on, so that neither the packages before nor all the others cost anything.
pub(super) const ENDED_UNNOTICED: &str = "SELECT id, ends_at AS at FROM packages
     WHERE ends_at >= $2 AND ends_at <= $1 AND ended_at IS NULL AND revoked_at IS NULL AND deleted_at IS NULL
     AND (ends_at > $2 OR id > $3) ORDER BY ends_at, id LIMIT $4";
pub(super) const DUE_FOR_ERASURE: &str = "SELECT id, erase_at AS at FROM packages
     WHERE erase_at >= $2 AND erase_at <= $1 AND erased_at IS NULL AND (erase_at > $2 OR id > $3)
     ORDER BY erase_at, id LIMIT $4";

/// Active packages whose time is over, in the order of their ends, behind `after`.
pub async fn ended_unnoticed(conn: &mut Conn, now: Timestamp, after: Option<&Due>, limit: u64) -> Result<Vec<Due>> {
    let (id, at) = behind(after);
    sql!(conn, all as Due, ENDED_UNNOTICED, now, at, id, limit)
}

/// Packages whose bytes are due to go, in the order of that time, behind `after`.
pub async fn due_for_erasure(conn: &mut Conn, now: Timestamp, after: Option<&Due>, limit: u64) -> Result<Vec<Due>> {
    let (id, at) = behind(after);
    sql!(conn, all as Due, DUE_FOR_ERASURE, now, at, id, limit)
}

/// Where a walk that came to `after` goes on.
pub fn behind(after: Option<&Due>) -> (PackageId, Timestamp) {
    after.map_or((PackageId(uuid::Uuid::nil()), Timestamp::MIN), |due| (due.id, due.at))
}

/// How many packages of the owner have each status and direction (as `policy::status` decides, over the ends that it stored).
pub async fn counts(conn: &mut Conn, owner: AccountId, now: Timestamp) -> Result<Vec<(Status, Direction, u64)>> {
    let rows = sql!(
        conn,
        all as (String, String, i64),
        "SELECT CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN finalized_at IS NULL THEN 'draft'
                     WHEN ended_by IN ('limit', 'closed') THEN 'completed' WHEN ended_at IS NOT NULL THEN 'expired'
                     WHEN ends_at <= $2 THEN 'expired' ELSE 'active' END AS status, direction, count(*)
         FROM packages WHERE owner_id = $1 AND deleted_at IS NULL GROUP BY 1, 2",
        owner,
        now
    )?;
    let read = |(status, direction, count): (String, String, i64)| {
        Some((Status::parse(&status)?, Direction::parse(&direction)?, u64::try_from(count).ok()?))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}
