//! A person signs in with e-mail address and password.
use secrecy::SecretString;
use serde_json::json;

use super::{Account, Email, SESSION_LIFETIME, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, Result};
use crate::secret::Token;

/// Checks the password and starts a session; the token goes into the cookie. Wrong guesses are limited by address and
/// by account, are logged, and take as long as right ones; an unknown person looks like a wrong password.
pub async fn sign_in(app: &App, origin: &Origin, email: &str, password: &SecretString) -> Result<(Account, Token)> {
    let key = Email::parse(email).map(|email| email.key());
    app.guesses.check_sign_in(origin, key.as_deref().unwrap_or_default())?;
    let account = match &key {
        Some(key) => store::by_email_key(&mut app.db.read().await?, key).await?,
        None => None,
    };
    let usable = account.as_ref().filter(|account| account.disabled_at.is_none());
    let stored = usable.and_then(|account| account.password_hash.as_deref());
    let right = app.passwords.verify(password, stored).await?;
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let Some(account) = account.filter(|_| right) else {
        let details = json!({"email": crate::account::one_line(email).chars().take(254).collect::<String>()});
        let entry = Entry::new(now, Action::LoginFailed, Author::Nobody, origin).details(details);
        audit::record(&mut tx, app, entry).await?;
        tx.commit().await?;
        return Err(Error::Unauthenticated);
    };
    let token = start_session(&mut tx, app, &account, origin).await?;
    let author = Author::User { id: account.id, name: account.name.clone() };
    audit::record(&mut tx, app, Entry::new(now, Action::LoginSucceeded, author, origin).account(account.id)).await?;
    tx.commit().await?;
    Ok((account, token))
}

/// Starts a session for somebody who has proved himself otherwise (setup, an invitation).
pub(crate) async fn start_session(
    tx: &mut crate::db::Tx,
    app: &App,
    account: &Account,
    origin: &Origin,
) -> Result<Token> {
    let now = app.now();
    let token = Token::new(&*app.entropy);
    let lifetime = jiff::SignedDuration::try_from(SESSION_LIFETIME).expect("thirty days fit");
    store::insert_session(tx, token.hash(), account.id, now, now + lifetime, origin).await?;
    Ok(token)
}
