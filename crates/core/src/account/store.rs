//! SQL of accounts, sessions and API tokens.
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::{Account, ApiToken, Defaults, Role};
use crate::access::Origin;
use crate::db::{Conn, Json, Tx};
use crate::error::Result;
use crate::ids::{AccountId, ApiTokenId};
use crate::secret::TokenHash;
use crate::{row, sql};

pub struct NewAccount<'a> {
    pub id: AccountId,
    pub email: &'a super::Email,
    pub name: &'a str,
    pub role: Role,
    pub password_hash: Option<String>,
    pub created_at: Timestamp,
}

/// Answers `false` when the address already belongs to somebody.
pub async fn insert(tx: &mut Tx, new: NewAccount<'_>) -> Result<bool> {
    let inserted = sql!(
        tx,
        run,
        "INSERT INTO accounts (id, email, email_key, name, role, password_hash, defaults, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email_key) DO NOTHING",
        new.id,
        new.email.as_str(),
        new.email.key(),
        new.name,
        new.role,
        new.password_hash,
        Json(Defaults::default()),
        new.created_at
    )?;
    Ok(inserted == 1)
}

pub async fn by_id(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    sql!(conn, maybe as Account, "SELECT * FROM accounts WHERE id = $1", id)
}

/// As [`by_id`], and held against other writers until the commit.
pub async fn lock(tx: &mut Tx, id: AccountId) -> Result<Option<Account>> {
    let text = format!("SELECT * FROM accounts WHERE id = $1{}", tx.for_update());
    sql!(tx, maybe as Account, AssertSqlSafe(text.clone()), id)
}

pub async fn set_defaults(tx: &mut Tx, id: AccountId, defaults: &Defaults) -> Result<()> {
    sql!(tx, run, "UPDATE accounts SET defaults = $2 WHERE id = $1", id, Json(defaults.clone()))?;
    Ok(())
}

pub async fn by_email_key(conn: &mut Conn, key: &str) -> Result<Option<Account>> {
    sql!(conn, maybe as Account, "SELECT * FROM accounts WHERE email_key = $1", key)
}

pub async fn admin_exists(conn: &mut Conn) -> Result<bool> {
    let found = sql!(
        conn,
        maybe as (i64,),
        "SELECT CAST(1 AS BIGINT) FROM accounts WHERE role = $1 AND disabled_at IS NULL LIMIT 1",
        Role::Admin
    );
    Ok(found?.is_some())
}

pub async fn set_password(tx: &mut Tx, id: AccountId, hash: &str) -> Result<()> {
    sql!(tx, run, "UPDATE accounts SET password_hash = $2 WHERE id = $1", id, hash)?;
    Ok(())
}

pub async fn insert_session(
    tx: &mut Tx,
    token: TokenHash,
    account: AccountId,
    now: Timestamp,
    expires_at: Timestamp,
    origin: &Origin,
) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO sessions (token_hash, account_id, created_at, seen_at, expires_at, ip, user_agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        token,
        account,
        now,
        now,
        expires_at,
        origin.ip.map(|ip| ip.to_string()),
        origin.user_agent.clone()
    )?;
    Ok(())
}

row! {
    pub struct Session {
        pub account_id: AccountId,
        pub seen_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

pub async fn session(conn: &mut Conn, token: TokenHash) -> Result<Option<Session>> {
    sql!(conn, maybe as Session, "SELECT account_id, seen_at, expires_at FROM sessions WHERE token_hash = $1", token)
}

pub async fn session_seen(tx: &mut Tx, token: TokenHash, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE sessions SET seen_at = $2 WHERE token_hash = $1", token, now)?;
    Ok(())
}

/// Answers whether there was one.
pub async fn end_session(tx: &mut Tx, token: TokenHash) -> Result<bool> {
    Ok(sql!(tx, run, "DELETE FROM sessions WHERE token_hash = $1", token)? == 1)
}

/// Ends the account's sessions except `keep`.
pub async fn end_other_sessions(tx: &mut Tx, account: AccountId, keep: Option<TokenHash>) -> Result<()> {
    let keep = keep.map_or_else(Vec::new, |hash| hash.to_vec());
    sql!(tx, run, "DELETE FROM sessions WHERE account_id = $1 AND token_hash <> $2", account, keep)?;
    Ok(())
}

pub(crate) const END_STALE_SESSIONS: &str = "DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2";

pub async fn end_stale_sessions(tx: &mut Tx, now: Timestamp, idle_since: Timestamp) -> Result<u64> {
    sql!(tx, run, END_STALE_SESSIONS, now, idle_since)
}

/// Answers whether there was an account to disable.
#[cfg(any(test, feature = "testing"))]
pub async fn disable(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<bool> {
    Ok(sql!(tx, run, "UPDATE accounts SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL", id, now)? == 1)
}

pub async fn insert_token(tx: &mut Tx, token: &ApiToken, hash: TokenHash) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO api_tokens (id, account_id, name, token_hash, scopes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        token.id,
        token.account_id,
        token.name,
        hash,
        token.scopes,
        token.created_at,
        token.expires_at
    )?;
    Ok(())
}

pub async fn token_by_hash(conn: &mut Conn, hash: TokenHash) -> Result<Option<ApiToken>> {
    sql!(conn, maybe as ApiToken, "SELECT * FROM api_tokens WHERE token_hash = $1", hash)
}

pub async fn token_by_id(conn: &mut Conn, id: ApiTokenId) -> Result<Option<ApiToken>> {
    sql!(conn, maybe as ApiToken, "SELECT * FROM api_tokens WHERE id = $1", id)
}

pub async fn token_used(tx: &mut Tx, id: ApiTokenId, now: Timestamp) -> Result<()> {
    sql!(tx, run, "UPDATE api_tokens SET used_at = $2 WHERE id = $1", id, now)?;
    Ok(())
}

/// Tokens that are not revoked, newest first.
pub async fn tokens(conn: &mut Conn, account: AccountId) -> Result<Vec<ApiToken>> {
    sql!(
        conn,
        all as ApiToken,
        "SELECT * FROM api_tokens WHERE account_id = $1 AND revoked_at IS NULL ORDER BY id DESC",
        account
    )
}

/// Answers the token's name when it was the account's and not yet revoked.
pub async fn revoke_token(tx: &mut Tx, account: AccountId, id: ApiTokenId, now: Timestamp) -> Result<Option<String>> {
    let revoked = sql!(
        tx,
        maybe as (String,),
        "UPDATE api_tokens SET revoked_at = $3 WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL RETURNING name",
        id,
        account,
        now
    );
    Ok(revoked?.map(|row| row.0))
}
