//! A person chooses which notices he wants.
use serde_json::json;

use super::{Choice, Switches};
use crate::access::{Actor, Wish, require};
use crate::account::store;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, Result};

/// Sets these switches and leaves the others as they are; answers how all of them stand now. What changes nothing leaves
/// no trace.
pub async fn choose(app: &App, actor: &Actor, choices: &[Choice]) -> Result<Switches> {
    require(actor, Wish::OwnAccount)?;
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let account = store::lock(&mut tx, actor.id()).await?.ok_or(Error::NotFound)?;
    let mut defaults = account.defaults.0;
    let mut changed = serde_json::Map::new();
    for choice in choices {
        if defaults.notices.is_on(choice.switch) != choice.is_on {
            changed.insert(choice.switch.name().to_owned(), choice.is_on.into());
        }
        defaults.notices.set(*choice);
    }
    if !changed.is_empty() {
        store::set_defaults(&mut tx, actor.id(), &defaults).await?;
        let entry = Entry::new(now, Action::UserChanged, actor.author(), &actor.origin)
            .account(actor.id())
            .details(json!({"notices": changed}));
        audit::record(&mut tx, app, entry).await?;
        tx.commit().await?;
    }
    Ok(defaults.notices)
}
