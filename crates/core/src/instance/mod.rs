//! Do this database, this key file and this folder of files belong together? A wrong one of the three must be noticed
//! before anything is read or removed: with another key no link opens, and beside another database every file looks
//! like litter.
pub(crate) mod store;
#[cfg(test)]
mod tests;

use uuid::Uuid;

use crate::clock::Clock;
use crate::db::Db;
use crate::error::Error;
use crate::ids::{Entropy, new_uuid};
use crate::secret::Keys;

/// What the database remembers of the instance it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Instance {
    pub id: Uuid,
    /// A value that only the right key file makes; it opens nothing.
    key_check: String,
}

/// Why the three do not belong together.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    #[error("this key file was not made for this database")]
    ForeignKey,
    /// The folder was used with a database that had the id in it.
    #[error("this data folder belongs to another database")]
    ForeignFolder,
    #[error("the database cannot be asked which instance it belongs to: {0}")]
    Unknown(#[from] Error),
}

/// The instance that the database belongs to; none before its first start.
pub async fn recorded(db: &Db) -> Result<Option<Instance>, Error> {
    store::instance(&mut db.read().await?).await
}

/// Checks that key file and folder belong to the database, which on the first start takes them as its own. `folder` is
/// the id that the folder was marked with, if it was; the answer is the id to mark it with.
pub async fn join(
    db: &Db,
    keys: &Keys,
    folder: Option<Uuid>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Uuid, Mismatch> {
    let key_check = hex::encode(keys.check());
    let known = match recorded(db).await? {
        Some(known) => known,
        // A new database in a folder that had one: somebody lost it, or forgot to say where it is.
        None if folder.is_some() => return Err(Mismatch::ForeignFolder),
        None => {
            let now = clock.now();
            let new = Instance { id: new_uuid(now, entropy), key_check: key_check.clone() };
            let mut tx = db.begin_write().await?;
            // Two first starts at once: the first row stands, and both read it.
            store::insert(&mut tx, &new, now).await?;
            tx.commit().await?;
            recorded(db).await?.ok_or_else(|| Error::Internal("the instance's row is missing".into()))?
        }
    };
    if known.key_check != key_check {
        return Err(Mismatch::ForeignKey);
    }
    if folder.is_some_and(|id| id != known.id) {
        return Err(Mismatch::ForeignFolder);
    }
    Ok(known.id)
}
