//! Whether the parts that everything needs answer right now.
use crate::app::App;
use crate::error::Result;
use crate::sql;

/// Asks the database and the blob store. The caller sets the time limit.
pub async fn probe(app: &App) -> Result<()> {
    let mut conn = app.db.read().await?;
    sql!(conn, one as (i64,), "SELECT count(*) FROM settings")?;
    drop(conn);
    app.blobs.probe().await?;
    Ok(())
}
