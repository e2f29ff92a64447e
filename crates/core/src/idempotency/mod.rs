//! A creation that is repeated under the same key, because its first answer got lost, creates nothing again. What is kept
//! is which thing was made, in the transaction that made it; never an answer, which may hold secrets.
pub(crate) mod store;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::ids::AccountId;
use crate::limits::IDEMPOTENCY_KEY_BYTES_MAX;

/// A key is remembered this long.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// The key that a client made up for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    text: String,
    request_hash: [u8; 32],
}

impl Key {
    /// Reads a key: 1 to 255 printable ASCII characters. `request` is what the key stands for, in parts; another request
    /// under the same key is refused.
    pub fn parse(text: &str, request: &[&[u8]]) -> Option<Self> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if text.is_empty() || text.len() > IDEMPOTENCY_KEY_BYTES_MAX || !printable {
            return None;
        }
        let mut hash = Sha256::new();
        for part in request {
            // With its length in front, so that parts cannot run into each other.
            hash.update(crate::account::count(part.len()).to_be_bytes());
            hash.update(part);
        }
        Some(Self { text: text.to_owned(), request_hash: hash.finalize().into() })
    }
}

/// Whether a creation is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// For the first time: the caller creates what it named, in this transaction.
    First,
    /// It happened: this was made.
    Repeated { made: uuid::Uuid },
}

/// Claims the key for `made`, which the caller is about to create. Two that come at once: the second waits for the first
/// one's transaction. [`Refusal::IdempotencyKeyReused`] when the key stood for another request.
pub(crate) async fn claim(
    tx: &mut Tx,
    account: AccountId,
    key: &Key,
    made: uuid::Uuid,
    now: Timestamp,
) -> Result<Claim> {
    store::forget(tx, account, &key.text, now - REMEMBERED).await?;
    if store::insert(tx, account, key, made, now).await? {
        return Ok(Claim::First);
    }
    match store::find(tx, account, &key.text).await? {
        Some(found) if found.request_hash == key.request_hash => Ok(Claim::Repeated { made: found.made_id }),
        _ => Err(Refusal::IdempotencyKeyReused.into()),
    }
}

/// Forgets keys whose time is over; answers how many.
pub async fn sweep(app: &App) -> Result<u64> {
    let mut tx = app.db.begin_write().await?;
    let swept = store::forget_old(&mut tx, app.now() - REMEMBERED).await?;
    tx.commit().await?;
    Ok(swept)
}
