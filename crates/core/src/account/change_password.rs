//! A person changes his password.
use secrecy::SecretString;

use super::{check_new_password, store};
use crate::access::{Actor, Proof, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, FieldProblem, Result};

/// Sets a new password after checking the old one; every other session of the account ends.
pub async fn change_password(app: &App, actor: &Actor, old: &SecretString, new: &SecretString) -> Result<()> {
    require(actor, Wish::OwnAccount)?;
    check_new_password("new_password", new)?;
    app.guesses.check_sign_in(&actor.origin, &actor.account.id.to_string())?;
    if !app.passwords.verify(old, actor.account.password_hash.as_deref()).await? {
        return Err(Error::field("old_password", FieldProblem::Unknown));
    }
    let hash = app.passwords.hash(new, &*app.entropy).await?;
    let keep = match actor.proof {
        Proof::Session(token) => Some(token),
        Proof::ApiToken { .. } => None,
    };
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    store::set_password(&mut tx, actor.id(), &hash).await?;
    store::end_other_sessions(&mut tx, actor.id(), keep).await?;
    let entry = Entry::new(now, Action::PasswordChanged, actor.author(), &actor.origin).account(actor.id());
    audit::record(&mut tx, app, entry).await?;
    tx.commit().await
}
