//! A person signs out of this browser.
use super::store;
use crate::access::{Actor, Proof};
use crate::app::App;
use crate::error::Result;

/// Ends the session behind `actor`; an API token is not touched. Repeatable.
pub async fn sign_out(app: &App, actor: &Actor) -> Result<()> {
    if let Proof::Session(token) = actor.proof {
        let mut tx = app.db.begin_write().await?;
        store::end_session(&mut tx, token).await?;
        tx.commit().await?;
    }
    Ok(())
}
