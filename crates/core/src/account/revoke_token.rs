//! A person takes one of his API tokens back.
use serde_json::json;

use super::store;
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, Result};
use crate::ids::ApiTokenId;

/// Revokes one of the actor's own tokens; the next request with it is refused. [`Error::NotFound`] for others'.
pub async fn revoke_token(app: &App, actor: &Actor, id: ApiTokenId) -> Result<()> {
    require(actor, Wish::OwnAccount)?;
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let name = store::revoke_token(&mut tx, actor.id(), id, now).await?.ok_or(Error::NotFound)?;
    let entry = Entry::new(now, Action::TokenRevoked, actor.author(), &actor.origin)
        .account(actor.id())
        .details(json!({"token_id": id, "name": name}));
    audit::record(&mut tx, app, entry).await?;
    tx.commit().await
}
