//! SQL of idempotency keys.
use jiff::Timestamp;
use uuid::Uuid;

use super::Key;
use crate::db::{Bytes, Tx};
use crate::error::Result;
use crate::ids::AccountId;
use crate::{row, sql};

row! {
    pub struct Known {
        pub request_hash: Bytes<32>,
        pub made_id: Uuid,
    }
}

/// Answers `false` when the account has used the key.
pub async fn insert(tx: &mut Tx, account: AccountId, key: &Key, made: Uuid, now: Timestamp) -> Result<bool> {
    let inserted = sql!(
        tx,
        run,
        "INSERT INTO idempotency_keys (account_id, key, request_hash, made_id, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id, key) DO NOTHING",
        account,
        key.text.as_str(),
        key.request_hash,
        made,
        now
    )?;
    Ok(inserted == 1)
}

pub async fn find(tx: &mut Tx, account: AccountId, key: &str) -> Result<Option<Known>> {
    sql!(
        tx,
        maybe as Known,
        "SELECT request_hash, made_id FROM idempotency_keys WHERE account_id = $1 AND key = $2",
        account,
        key
    )
}

/// Forgets one key if it is as old as `until`.
pub async fn forget(tx: &mut Tx, account: AccountId, key: &str, until: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "DELETE FROM idempotency_keys WHERE account_id = $1 AND key = $2 AND created_at <= $3",
        account,
        key,
        until
    )?;
    Ok(())
}

pub(crate) const FORGET_OLD: &str = "DELETE FROM idempotency_keys WHERE created_at <= $1";

pub async fn forget_old(tx: &mut Tx, until: Timestamp) -> Result<u64> {
    sql!(tx, run, FORGET_OLD, until)
}
