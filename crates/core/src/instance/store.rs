//! SQL of the instance's one row.
use jiff::Timestamp;

use super::Instance;
use crate::db::{Conn, Json, Tx};
use crate::error::Result;
use crate::{row, sql};

const NAME: &str = "instance";

pub async fn instance(conn: &mut Conn) -> Result<Option<Instance>> {
    row! { struct Setting { value: Json<Instance> } }
    let row = sql!(conn, maybe as Setting, "SELECT value FROM settings WHERE name = $1", NAME)?;
    Ok(row.map(|row| row.value.0))
}

/// Stores it unless one is there.
pub async fn insert(tx: &mut Tx, instance: &Instance, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO settings (name, value, changed_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        NAME,
        Json(instance.clone()),
        now
    )?;
    Ok(())
}
