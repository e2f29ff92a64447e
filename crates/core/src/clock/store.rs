//! SQL of the one row that remembers the clock.
use jiff::Timestamp;

use super::trust::Remembered;
use crate::db::{Conn, Json, Tx};
use crate::error::Result;
use crate::{row, sql};

const NAME: &str = "clock";

pub async fn remembered(conn: &mut Conn) -> Result<Option<Remembered>> {
    row! { struct Setting { value: Json<Remembered> } }
    let row = sql!(conn, maybe as Setting, "SELECT value FROM settings WHERE name = $1", NAME)?;
    Ok(row.map(|row| row.value.0))
}

pub async fn remember(tx: &mut Tx, what: Remembered, now: Timestamp) -> Result<()> {
    sql!(
        tx,
        run,
        "INSERT INTO settings (name, value, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at",
        NAME,
        Json(what),
        now
    )?;
    Ok(())
}
