//! An API token is made; its secret is shown this once.
use secrecy::SecretString;
use serde_json::json;

use super::{API_TOKEN_PREFIX, Account, ApiToken, Scope, Scopes, count, parse_name, store};
use crate::access::{Actor, Author, Origin, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::Json;
use crate::error::{Error, FieldProblem, Result};
use crate::ids::ApiTokenId;
use crate::limits;
use crate::secret::Token;

/// What the token is for.
#[derive(Debug)]
pub struct NewToken {
    pub name: String,
    /// None: all of the account's rights.
    pub scopes: Vec<Scope>,
    /// None: it does not expire. 1 to 3,650.
    pub expires_in_days: Option<u64>,
}

const DAYS_MAX: u64 = 3_650;

/// Makes a token for the actor himself. A token with scopes cannot make others.
pub async fn make_token(app: &App, actor: &Actor, new: NewToken) -> Result<(ApiToken, SecretString)> {
    require(actor, Wish::OwnAccount)?;
    make_for(app, &actor.account, actor.author(), &actor.origin, new).await
}

/// An operator makes a token for the account with this address.
pub async fn make_token_for_email(app: &App, email: &str, new: NewToken) -> Result<(ApiToken, SecretString)> {
    let key = super::Email::parse(email).ok_or_else(|| Error::field("email", FieldProblem::NotAnEmail))?.key();
    let account = store::by_email_key(&mut app.db.read().await?, &key).await?.ok_or(Error::NotFound)?;
    make_for(app, &account, Author::Operator, &Origin::default(), new).await
}

async fn make_for(
    app: &App,
    account: &Account,
    author: Author,
    origin: &Origin,
    new: NewToken,
) -> Result<(ApiToken, SecretString)> {
    let name = parse_name("name", &new.name)?;
    if new.expires_in_days.is_some_and(|days| days == 0 || days > DAYS_MAX) {
        return Err(Error::field("expires_in_days", FieldProblem::OutOfRange { min: 1, max: DAYS_MAX }));
    }
    let now = app.now();
    let hours = new.expires_in_days.map(|days| i64::try_from(days * 24).expect("checked against DAYS_MAX"));
    let mut scopes = new.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    let token = ApiToken {
        id: ApiTokenId::new(now, &*app.entropy),
        account_id: account.id,
        name,
        scopes: Json(Scopes(scopes)),
        created_at: now,
        expires_at: hours.map(|hours| now + jiff::SignedDuration::from_hours(hours)),
        used_at: None,
        revoked_at: None,
    };
    let secret = Token::new(&*app.entropy);
    let mut tx = app.db.begin_write().await?;
    if count(store::tokens(&mut tx, account.id).await?.len()) >= limits::API_TOKENS_MAX {
        return Err(Error::field("name", FieldProblem::TooMany { max: limits::API_TOKENS_MAX }));
    }
    store::insert_token(&mut tx, &token, secret.hash()).await?;
    let details =
        json!({"token_id": token.id, "name": token.name, "scopes": token.scopes.0, "expires_at": token.expires_at});
    let entry = Entry::new(now, Action::TokenCreated, author, origin).account(account.id).details(details);
    audit::record(&mut tx, app, entry).await?;
    tx.commit().await?;
    Ok((token, format!("{API_TOKEN_PREFIX}{}", secret.reveal()).into()))
}
