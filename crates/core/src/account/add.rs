//! An operator adds a person from the command line.
use secrecy::SecretString;
use serde_json::json;

use super::{Account, Email, Role, check_new_password, parse_name, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, FieldProblem, Refusal, Result};
use crate::ids::AccountId;

/// Whom to add.
#[derive(Debug)]
pub struct NewPerson {
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Without one the person cannot sign in until a password is set.
    pub password: Option<SecretString>,
}

/// Adds an account. [`Refusal::EmailTaken`] when the address has one.
pub async fn add(app: &App, author: Author, origin: &Origin, new: NewPerson) -> Result<Account> {
    let email = Email::parse(&new.email).ok_or_else(|| Error::field("email", FieldProblem::NotAnEmail))?;
    let name = parse_name("name", &new.name)?;
    let password_hash = match &new.password {
        Some(password) => {
            check_new_password("password", password)?;
            Some(app.passwords.hash(password, &*app.entropy).await?)
        }
        None => None,
    };
    let now = app.now();
    let id = AccountId::new(now, &*app.entropy);
    let mut tx = app.db.begin_write().await?;
    let account = store::NewAccount { id, email: &email, name: &name, role: new.role, password_hash, created_at: now };
    if !store::insert(&mut tx, account).await? {
        return Err(Refusal::EmailTaken.into());
    }
    let details = json!({"email": email.as_str(), "name": name, "role": new.role});
    audit::record(&mut tx, app, Entry::new(now, Action::UserCreated, author, origin).account(id).details(details))
        .await?;
    let account = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(account)
}
