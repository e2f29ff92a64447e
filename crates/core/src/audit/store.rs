//! SQL of the audit log. There is no statement here that changes what a sealed entry says.
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::{Action, Recorded};
use crate::db::{Bytes, Conn, Json, Tx};
use crate::error::Result;
use crate::ids::{AccountId, AuditEntryId, LinkId, PackageId};
use crate::{row, sql};

pub async fn insert(tx: &mut Tx, entry: &Recorded) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO audit_entries (id, at, action, actor_kind, actor_id, actor_name, package_id, account_id, ip,
         user_agent, details, details_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        entry.id,
        entry.at,
        entry.action,
        entry.actor_kind,
        entry.actor_id,
        entry.actor_name,
        entry.package_id,
        entry.account_id,
        entry.ip,
        entry.user_agent,
        entry.details,
        entry.details_hash
    )?;
    Ok(())
}

pub async fn unsealed(tx: &mut Tx, limit: u64) -> Result<Vec<Recorded>> {
    sql!(tx, all as Recorded, "SELECT * FROM audit_entries WHERE sequence IS NULL ORDER BY id LIMIT $1", limit)
}

pub async fn count_unsealed(conn: &mut Conn) -> Result<u64> {
    let (count,) = sql!(conn, one as (i64,), "SELECT count(*) FROM audit_entries WHERE sequence IS NULL")?;
    Ok(u64::try_from(count).unwrap_or(0))
}

pub async fn set_seal(tx: &mut Tx, id: AuditEntryId, sequence: u64, hash: Bytes<32>) -> Result<()> {
    sql!(tx, run, "UPDATE audit_entries SET sequence = $2, hash = $3 WHERE id = $1", id, sequence, hash)?;
    Ok(())
}

/// Where the chain ends, with a MAC by the key file, so that cutting its end off shows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    pub sequence: u64,
    pub hash: String,
    pub mac: String,
}

const HEAD: &str = "audit.head";

pub async fn head(conn: &mut Conn) -> Result<Option<Head>> {
    row! { struct Setting { value: Json<Head> } }
    let row = sql!(conn, maybe as Setting, "SELECT value FROM settings WHERE name = $1", HEAD)?;
    Ok(row.map(|row| row.value.0))
}

pub async fn set_head(tx: &mut Tx, head: &Head, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO settings (name, value, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at",
        HEAD,
        Json(head.clone()),
        now
    )?;
    Ok(())
}

/// Sealed entries behind `after`, in the order of the chain.
pub async fn sealed_after(conn: &mut Conn, after: u64, limit: u64) -> Result<Vec<Recorded>> {
    sql!(
        conn,
        all as Recorded,
        "SELECT * FROM audit_entries WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        after,
        limit
    )
}

/// What a list of entries is narrowed to; all conditions together.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub action: Option<Action>,
    pub package: Option<PackageId>,
    pub account: Option<AccountId>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub text: Option<String>,
}

/// Entries that one list holds in memory, whatever was asked for.
const ENTRIES_AT_ONCE_MAX: u64 = 10_000;

/// Which way a list goes, and where it goes on.
#[derive(Debug, Clone, Copy)]
pub enum Order {
    NewestFirst { before: Option<AuditEntryId> },
    OldestFirst { after: Option<AuditEntryId> },
}

/// Entries that match, from where `order` goes on.
pub async fn list(conn: &mut Conn, filter: &Filter, order: Order, limit: u64) -> Result<Vec<Recorded>> {
    let (compare, sort, from) = match order {
        Order::NewestFirst { before } => ("<", "DESC", before.map_or(uuid::Uuid::max(), |id| id.0)),
        Order::OldestFirst { after } => (">", "ASC", after.map_or(uuid::Uuid::nil(), |id| id.0)),
    };
    let mut text = format!("SELECT * FROM audit_entries WHERE id {compare} $1 AND at >= $2 AND at < $3");
    // Only what is asked for is compared, so that the planner takes the index of the narrowest.
    text.push_str(if filter.package.is_some() { " AND package_id = $4" } else { " AND $4 IS NULL" });
    text.push_str(if filter.account.is_some() { " AND account_id = $5" } else { " AND $5 IS NULL" });
    text.push_str(if filter.action.is_some() { " AND action = $6" } else { " AND $6 IS NULL" });
    text.push_str(match filter.text {
        Some(_) => {
            " AND (lower(actor_name) LIKE $7 ESCAPE '!' OR lower(CAST(details AS TEXT)) LIKE $7 ESCAPE '!' OR ip LIKE $7 ESCAPE '!')"
        }
        None => " AND $7 IS NULL",
    });
    let text = cast_for(conn, format!("{text} ORDER BY id {sort} LIMIT $8"));
    let pattern = filter.text.as_ref().map(|text| {
        let plain = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        format!("%{plain}%")
    });
    sql!(
        conn,
        all as Recorded,
        AssertSqlSafe(text.clone()),
        from,
        filter.from.unwrap_or(Timestamp::UNIX_EPOCH),
        filter.to.unwrap_or(Timestamp::MAX),
        filter.package,
        filter.account,
        filter.action,
        pattern,
        limit.min(ENTRIES_AT_ONCE_MAX)
    )
}

/// PostgreSQL wants to know the type of a placeholder that is only compared with NULL.
fn cast_for(conn: &Conn, text: String) -> String {
    if conn.is_postgres() {
        text.replace("$4 IS NULL", "$4::uuid IS NULL")
            .replace("$5 IS NULL", "$5::uuid IS NULL")
            .replace("$6 IS NULL", "$6::text IS NULL")
            .replace("$7 IS NULL", "$7::text IS NULL")
    } else {
        text
    }
}

row! {
    /// Views or refusals of one link, address and agent within one minute.
    pub struct PendingView {
        pub id: uuid::Uuid,
        pub action: Action,
        pub link_id: Option<LinkId>,
        pub package_id: Option<PackageId>,
        pub reason: String,
        pub ip: String,
        pub user_agent: String,
        pub minute: u64,
        pub first_at: Timestamp,
        pub count: u64,
    }
}

/// Counts one more, making the row when it is the first of its minute.
pub async fn count_view(tx: &mut Tx, view: &PendingView) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO pending_views (id, action, link_id, package_id, reason, ip, user_agent, minute, first_at, count)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) ON CONFLICT (id) DO UPDATE SET count = pending_views.count + 1",
        view.id,
        view.action,
        view.link_id,
        view.package_id,
        view.reason,
        view.ip,
        view.user_agent,
        view.minute,
        view.first_at
    )?;
    Ok(())
}

/// Whether views of minutes before `minute` wait.
pub async fn views_before(conn: &mut Conn, minute: u64) -> Result<bool> {
    let found =
        sql!(conn, maybe as (i64,), "SELECT CAST(1 AS BIGINT) FROM pending_views WHERE minute < $1 LIMIT 1", minute)?;
    Ok(found.is_some())
}

/// Takes out the rows of minutes before `minute`.
pub async fn take_views_before(tx: &mut Tx, minute: u64, limit: u64) -> Result<Vec<PendingView>> {
    sql!(
        tx,
        all as PendingView,
        "DELETE FROM pending_views WHERE id IN (SELECT id FROM pending_views WHERE minute < $1 ORDER BY minute LIMIT $2)
         RETURNING *",
        minute,
        limit
    )
}
