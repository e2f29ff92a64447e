//! A person looks at his API tokens.
use super::{ApiToken, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::error::Result;

/// The actor's tokens that are not revoked, newest first. Never their secrets.
pub async fn list_tokens(app: &App, actor: &Actor) -> Result<Vec<ApiToken>> {
    require(actor, Wish::OwnAccount)?;
    store::tokens(&mut app.db.read().await?, actor.id()).await
}
