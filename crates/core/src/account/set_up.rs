//! The first administrator: whoever opens the one-time setup URL from the terminal creates himself.
use std::sync::Mutex;

use secrecy::SecretString;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::sign_in::start_session;
use super::{Account, Email, Role, check_new_password, parse_name, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, FieldProblem, Refusal, Result};
use crate::ids::AccountId;
use crate::secret::{Token, TokenHash};

/// The setup token of this process; it ends with its first use or the process.
#[derive(Debug, Default)]
pub struct Setup {
    open: Mutex<Option<TokenHash>>,
}

impl Setup {
    /// Whether `token` opens the setup page just now.
    pub fn admits(&self, token: &Token) -> bool {
        let open = self.open.lock().expect("no holder of this lock panics");
        open.as_ref().is_some_and(|hash| hash.ct_eq(&token.hash()).into())
    }

    fn set(&self, hash: Option<TokenHash>) {
        *self.open.lock().expect("no holder of this lock panics") = hash;
    }
}

/// While no administrator exists: makes the setup token that the terminal shows.
pub async fn offer(app: &App) -> Result<Option<Token>> {
    let mut conn = app.db.read().await?;
    if store::admin_exists(&mut conn).await? {
        return Ok(None);
    }
    let token = Token::new(&*app.entropy);
    app.setup.set(Some(token.hash()));
    Ok(Some(token))
}

/// What the setup page asks for.
#[derive(Debug)]
pub struct FirstAdmin {
    pub email: String,
    pub name: String,
    pub password: SecretString,
}

/// Creates the first administrator and signs him in. A wrong or used token is [`Error::NotFound`].
pub async fn set_up(app: &App, token: &Token, origin: &Origin, new: FirstAdmin) -> Result<(Account, Token)> {
    if !app.setup.admits(token) {
        return Err(Error::NotFound);
    }
    let email = Email::parse(&new.email).ok_or_else(|| Error::field("email", FieldProblem::NotAnEmail))?;
    let name = parse_name("name", &new.name)?;
    check_new_password("password", &new.password)?;
    let hash = app.passwords.hash(&new.password, &*app.entropy).await?;
    let now = app.now();
    let id = AccountId::new(now, &*app.entropy);
    let mut tx = app.db.begin_write().await?;
    // Two people with the URL: the transaction decides who was first.
    tx.lock_alone("setup").await?;
    if store::admin_exists(&mut tx).await? {
        return Err(Refusal::SetupDone.into());
    }
    let account = store::NewAccount {
        id,
        email: &email,
        name: &name,
        role: Role::Admin,
        password_hash: Some(hash),
        created_at: now,
    };
    if !store::insert(&mut tx, account).await? {
        return Err(Refusal::EmailTaken.into());
    }
    let author = Author::User { id, name: name.clone() };
    let details = json!({"email": email.as_str(), "name": name});
    audit::record(&mut tx, app, Entry::new(now, Action::SetupCompleted, author, origin).account(id).details(details))
        .await?;
    let account = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let session = start_session(&mut tx, app, &account, origin).await?;
    tx.commit().await?;
    app.setup.set(None);
    Ok((account, session))
}
