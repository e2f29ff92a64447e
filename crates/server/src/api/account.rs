//! `/me`: who somebody is, and his API tokens.
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use waybill_core::access::{Actor, Proof};
use waybill_core::account::make_token::{self, NewToken};
use waybill_core::account::{ApiToken, Role, Scope, list_tokens as core_list, revoke_token as core_revoke};
use waybill_core::error::{Error, FieldProblem};
use waybill_core::ids::ApiTokenId;
use waybill_core::notice::choose::choose;
use waybill_core::notice::{Choice, Switch, Switches};
use waybill_wire::{Page, Secret, account as wire};

use super::created;
use crate::extract::{Caller, Id, JsonBody, JsonCreation};
use crate::respond::Problem;
use crate::web::Web;

/// Who am I
///
/// The person behind the credential, and what the credential may do right now. Any living credential may ask.
#[utoipa::path(get, path = "/me", tag = "account", operation_id = "me", responses((status = 200, body = wire::Me)))]
pub async fn me(Caller(actor): Caller) -> Json<wire::Me> {
    let notices = &actor.account.defaults.0.notices;
    Json(me_body(&actor, notices))
}

/// Change my settings
///
/// Which notices come by e-mail. Needs a credential with all rights.
#[utoipa::path(patch, path = "/me", tag = "account", operation_id = "change_me", request_body = wire::MeChanges,
    responses((status = 200, body = wire::Me)))]
pub async fn change_me(
    State(web): State<Web>,
    Caller(actor): Caller,
    JsonBody(changes): JsonBody<wire::MeChanges>,
) -> Result<Json<wire::Me>, Problem> {
    let choices = changes.notices.map(read_choices).unwrap_or_default();
    let notices = choose(&web.app, &actor, &choices).await?;
    Ok(Json(me_body(&actor, &notices)))
}

fn me_body(actor: &Actor, notices: &Switches) -> wire::Me {
    wire::Me {
        id: actor.account.id.0,
        email: actor.account.email.clone(),
        name: actor.account.name.clone(),
        role: match actor.account.role {
            Role::Admin => wire::Role::Admin,
            Role::Regular => wire::Role::Regular,
        },
        scopes: Scope::ALL.iter().filter(|scope| may(actor, **scope)).map(|scope| scope_body(*scope)).collect(),
        token_id: match &actor.proof {
            Proof::ApiToken { id, .. } => Some(id.0),
            Proof::Session(_) => None,
        },
        notices: wire::Notices {
            arrived: notices.is_on(Switch::Arrived),
            rejected: notices.is_on(Switch::Rejected),
            asked: notices.is_on(Switch::Asked),
            first_download: notices.is_on(Switch::FirstDownload),
            not_downloaded: notices.is_on(Switch::NotDownloaded),
            ending_soon: notices.is_on(Switch::EndingSoon),
        },
        created_at: actor.account.created_at.into(),
    }
}

fn read_choices(changes: wire::NoticeChanges) -> Vec<Choice> {
    let wishes = [
        (Switch::Arrived, changes.arrived),
        (Switch::Rejected, changes.rejected),
        (Switch::Asked, changes.asked),
        (Switch::FirstDownload, changes.first_download),
        (Switch::NotDownloaded, changes.not_downloaded),
        (Switch::EndingSoon, changes.ending_soon),
    ];
    wishes.into_iter().filter_map(|(switch, wish)| wish.map(|is_on| Choice { switch, is_on })).collect()
}

fn may(actor: &Actor, scope: Scope) -> bool {
    let of_credential = match &actor.proof {
        Proof::Session(_) => true,
        Proof::ApiToken { scopes, .. } => scopes.allow(scope),
    };
    match scope {
        Scope::Admin => actor.is_admin(),
        Scope::Read | Scope::Send | Scope::Receive => of_credential,
    }
}

/// List my API tokens
///
/// Those that are not revoked, newest first, without their secrets. There are at most 100, so there is one page.
#[utoipa::path(get, path = "/me/tokens", tag = "account", operation_id = "list_tokens",
    responses((status = 200, body = Page<wire::ApiToken>)))]
pub async fn list_tokens(State(web): State<Web>, Caller(actor): Caller) -> Result<Json<Page<wire::ApiToken>>, Problem> {
    let tokens = core_list::list_tokens(&web.app, &actor).await?;
    Ok(Json(Page { items: tokens.iter().map(token_body).collect(), next_cursor: None }))
}

/// Make an API token
///
/// The secret is in this answer and nowhere else; so this creation cannot be repeated under an `Idempotency-Key`, and one
/// is refused. Needs a credential with all rights.
#[utoipa::path(post, path = "/me/tokens", tag = "account", operation_id = "make_token",
    request_body = wire::NewApiToken, responses((status = 201, body = wire::MadeApiToken)))]
pub async fn make_token(
    State(web): State<Web>,
    Caller(actor): Caller,
    JsonCreation { body, key }: JsonCreation<wire::NewApiToken>,
) -> Result<Response, Problem> {
    if key.is_some() {
        return Err(Error::field("Idempotency-Key", FieldProblem::NotAllowed).into());
    }
    let new = NewToken {
        name: body.name,
        scopes: body.scopes.into_iter().map(read_scope).collect(),
        expires_in_days: body.expires_in_days,
    };
    let (token, secret) = make_token::make_token(&web.app, &actor, new).await?;
    let made = wire::MadeApiToken { about: token_body(&token), token: Secret::new(secret.expose_secret()) };
    Ok(created(&format!("/me/tokens/{}", token.id), made))
}

/// Revoke an API token
///
/// The next request with it is refused.
#[utoipa::path(delete, path = "/me/tokens/{id}", tag = "account", operation_id = "revoke_token",
    params(("id" = uuid::Uuid, Path)), responses((status = 204, description = "Revoked")))]
pub async fn revoke_token(
    State(web): State<Web>,
    Caller(actor): Caller,
    Id((id,)): Id<(ApiTokenId,)>,
) -> Result<StatusCode, Problem> {
    core_revoke::revoke_token(&web.app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn token_body(token: &ApiToken) -> wire::ApiToken {
    wire::ApiToken {
        id: token.id.0,
        name: token.name.clone(),
        scopes: token.scopes.0.0.iter().map(|scope| scope_body(*scope)).collect(),
        created_at: token.created_at.into(),
        expires_at: token.expires_at.map(Into::into),
        last_used_at: token.used_at.map(Into::into),
    }
}

fn scope_body(scope: Scope) -> wire::Scope {
    match scope {
        Scope::Read => wire::Scope::Read,
        Scope::Send => wire::Scope::Send,
        Scope::Receive => wire::Scope::Receive,
        Scope::Admin => wire::Scope::Admin,
    }
}

fn read_scope(scope: wire::Scope) -> Scope {
    match scope {
        wire::Scope::Read => Scope::Read,
        wire::Scope::Send => Scope::Send,
        wire::Scope::Receive => Scope::Receive,
        wire::Scope::Admin => Scope::Admin,
    }
}
