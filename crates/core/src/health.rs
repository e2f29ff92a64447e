//! Whether the parts that everything needs answer right now.
use crate::app::App;
use crate::error::Result;

/// Asks the database and the blob store. The caller sets the time limit.
pub async fn probe(app: &App) -> Result<()> {
    app.db.probe().await?;
    app.blobs.probe().await?;
    Ok(())
}
