//! Who is behind a session cookie or a bearer token, as things stand at this request.
use std::time::Duration;

use jiff::Timestamp;

use super::{API_TOKEN_PREFIX, Account, ApiToken, SESSION_IDLE, store};
use crate::access::{Actor, Origin, Proof};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::secret::Token;

/// "Last seen" is stored at most this often: reading must not cost a write each time.
const SEEN_EVERY: Duration = Duration::from_mins(5);

/// The person behind a session cookie's value. [`Error::Unauthenticated`] for anything that is no living session.
pub async fn by_session(app: &App, cookie: &str, origin: Origin) -> Result<Actor> {
    let token = Token::parse(cookie).ok_or(Error::Unauthenticated)?.hash();
    let now = app.now();
    let mut conn = app.db.read().await?;
    let session = store::session(&mut conn, token).await?.ok_or(Error::Unauthenticated)?;
    let idle = now.duration_since(session.seen_at).unsigned_abs();
    if session.expires_at <= now || idle >= SESSION_IDLE {
        return Err(Error::Unauthenticated);
    }
    let account = usable_account(&mut conn, session.account_id).await?;
    drop(conn);
    if idle >= SEEN_EVERY {
        let mut tx = app.db.begin_write().await?;
        store::session_seen(&mut tx, token, now).await?;
        tx.commit().await?;
    }
    Ok(Actor { account, proof: Proof::Session(token), origin })
}

/// The person behind `Authorization: Bearer wb_...`. Wrong guesses are limited by address.
pub async fn by_api_token(app: &App, bearer: &str, origin: Origin) -> Result<Actor> {
    let now = app.now();
    let mut conn = app.db.read().await?;
    let known = match bearer.strip_prefix(API_TOKEN_PREFIX).and_then(Token::parse) {
        Some(token) => store::token_by_hash(&mut conn, token.hash()).await?,
        None => None,
    };
    let Some(token) = known.filter(|token| is_living(token, now)) else {
        app.guesses.check_token(&origin)?;
        return Err(Error::Unauthenticated);
    };
    let account = usable_account(&mut conn, token.account_id).await?;
    drop(conn);
    if token.used_at.is_none_or(|at| now.duration_since(at).unsigned_abs() >= SEEN_EVERY) {
        let mut tx = app.db.begin_write().await?;
        store::token_used(&mut tx, token.id, now).await?;
        tx.commit().await?;
    }
    Ok(Actor { account, proof: Proof::ApiToken { id: token.id, scopes: token.scopes.0 }, origin })
}

/// The same person as things stand now, for requests that last (live streams). [`Error::Unauthenticated`] once his session
/// or token has ended or his account was disabled.
pub async fn again(app: &App, actor: &Actor) -> Result<Actor> {
    let now = app.now();
    let mut conn = app.db.read().await?;
    let (account_id, proof) = match &actor.proof {
        Proof::Session(hash) => {
            let session = store::session(&mut conn, *hash).await?.filter(|session| session.expires_at > now);
            (session.ok_or(Error::Unauthenticated)?.account_id, Proof::Session(*hash))
        }
        Proof::ApiToken { id, .. } => {
            let token = store::token_by_id(&mut conn, *id).await?.filter(|token| is_living(token, now));
            let token = token.ok_or(Error::Unauthenticated)?;
            (token.account_id, Proof::ApiToken { id: token.id, scopes: token.scopes.0 })
        }
    };
    let account = usable_account(&mut conn, account_id).await?;
    Ok(Actor { account, proof, origin: actor.origin.clone() })
}

fn is_living(token: &ApiToken, now: Timestamp) -> bool {
    token.revoked_at.is_none() && token.expires_at.is_none_or(|at| at > now)
}

async fn usable_account(conn: &mut crate::db::Conn, id: AccountId) -> Result<Account> {
    let account = store::by_id(conn, id).await?;
    account.filter(|account| account.disabled_at.is_none()).ok_or(Error::Unauthenticated)
}
