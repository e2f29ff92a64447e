//! A person's own page: notices, API tokens and password.
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use waybill_core::account::make_token::{NewToken, make_token};
use waybill_core::account::{ApiToken, Role, Scope, change_password, list_tokens, revoke_token};
use waybill_core::error::{Error, FieldError, FieldProblem};
use waybill_core::ids::ApiTokenId;
use waybill_core::limits::PASSWORD_CHARS_MIN;
use waybill_core::notice::choose::choose;
use waybill_core::notice::{Choice, Switch};

use super::fields::Fields;
use super::problems::{self, Refused};
use super::view::{AccountPage, FreshToken, Place, Problems, TokenRow};
use crate::extract::{Id, Person};
use crate::respond::{Audience, PageFault, Problem, see_other};

#[derive(Debug, Deserialize)]
pub struct Asked {
    done: Option<String>,
}

const PASSWORD_CHANGED: &str = "password";
const NOTICES_SAVED: &str = "notices";

/// `GET /account`
pub async fn show(person: Person, asked: Result<Query<Asked>, QueryRejection>) -> Result<Response, PageFault> {
    let done = asked.ok().and_then(|Query(asked)| asked.done);
    let is_done = |what: &str| done.as_deref() == Some(what);
    let news =
        News { password_changed: is_done(PASSWORD_CHANGED), notices_saved: is_done(NOTICES_SAVED), ..News::default() };
    answer(&person, StatusCode::OK, news).await
}

/// `POST /account/notices` with `notices` (repeated): those that are named are on, the others off.
pub async fn choose_notices(person: Person, fields: Fields) -> Result<Response, PageFault> {
    let choice = |switch: &Switch| {
        let is_on = fields.all("notices").any(|name| name == switch.name());
        Choice { switch: *switch, is_on }
    };
    let choices: Vec<Choice> = Switch::ALL.iter().map(choice).collect();
    choose(&person.frame.web.app, &person.actor, &choices).await.map_err(|e| person.frame.fault(e))?;
    Ok(see_other(&format!("/account?done={NOTICES_SAVED}")))
}

/// `POST /account/tokens` with `name`, `scopes` (repeated) and `expires_in_days` (or empty): answers the page itself
/// with the new secret, because nothing shows it a second time.
pub async fn create_token(person: Person, fields: Fields) -> Result<Response, PageFault> {
    let made = match new_token(&fields) {
        Ok(new) => make_token(&person.frame.web.app, &person.actor, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok((token, secret)) => {
            let fresh_token = Some(FreshToken { name: token.name, secret: secret.expose_secret().to_owned() });
            answer(&person, StatusCode::CREATED, News { fresh_token, ..News::default() }).await
        }
        Err(error) => {
            let Refused { status, problems } =
                problems::of(error, person.frame.text, str::to_owned).map_err(|e| person.frame.fault(e))?;
            answer(&person, status, News { token_problems: problems, ..News::default() }).await
        }
    }
}

/// `POST /account/tokens/{id}/revoke`; a token that is already revoked stays so.
pub async fn revoke_token(person: Person, id: Result<Id<(ApiTokenId,)>, Problem>) -> Result<Response, PageFault> {
    let Id((id,)) = id.map_err(|problem| person.frame.fault(problem.error))?;
    revoke_token::revoke_token(&person.frame.web.app, &person.actor, id).await.map_err(|e| person.frame.fault(e))?;
    Ok(see_other("/account"))
}

/// `POST /account/password` with `current_password` and `new_password`; other browsers are signed out.
pub async fn change_password(person: Person, fields: Fields) -> Result<Response, PageFault> {
    let (old, new) = (fields.secret("current_password"), fields.secret("new_password"));
    match change_password::change_password(&person.frame.web.app, &person.actor, &old, &new).await {
        Ok(()) => Ok(see_other(&format!("/account?done={PASSWORD_CHANGED}"))),
        Err(error) => {
            let place = |field: &str| match field {
                "old_password" => "current_password".to_owned(),
                other => other.to_owned(),
            };
            let Refused { status, problems } =
                problems::of(error, person.frame.text, place).map_err(|e| person.frame.fault(e))?;
            answer(&person, status, News { password_problems: problems, ..News::default() }).await
        }
    }
}

/// What the page says besides what is always there.
#[derive(Default)]
struct News {
    notices_saved: bool,
    fresh_token: Option<FreshToken>,
    token_problems: Problems,
    password_changed: bool,
    password_problems: Problems,
}

async fn answer(person: &Person, status: StatusCode, news: News) -> Result<Response, PageFault> {
    let frame = &person.frame;
    let tokens = list_tokens::list_tokens(&frame.web.app, &person.actor).await.map_err(|e| frame.fault(e))?;
    let account = &person.actor.account;
    let page = AccountPage {
        shell: frame.shell(Some(Place::Account)),
        name: account.name.clone(),
        email: account.email.clone(),
        is_admin: account.role == Role::Admin,
        notices: Switch::ALL.iter().map(|switch| (*switch, account.defaults.0.notices.is_on(*switch))).collect(),
        notices_saved: news.notices_saved,
        tokens: tokens.into_iter().map(|token| row(person, token)).collect(),
        fresh_token: news.fresh_token,
        token_problems: news.token_problems,
        password_length_min: u64::try_from(PASSWORD_CHARS_MIN).expect("a small number fits"),
        password_changed: news.password_changed,
        password_problems: news.password_problems,
    };
    Ok(frame.html(status, &page, Audience::Person))
}

fn row(person: &Person, token: ApiToken) -> TokenRow {
    let moment = |at| person.frame.moment(at);
    TokenRow {
        id: token.id.to_string(),
        name: token.name,
        scopes: token.scopes.0.0.iter().map(|scope| scope.name().to_owned()).collect(),
        created_at: moment(token.created_at),
        last_used_at: token.used_at.map(moment),
        expires_at: token.expires_at.map(moment),
    }
}

fn new_token(fields: &Fields) -> Result<NewToken, Error> {
    let unknown = |field: &str| FieldError { field: field.to_owned(), problem: FieldProblem::Unknown };
    let scopes: Option<Vec<Scope>> = fields.all("scopes").map(Scope::parse).collect();
    let scopes = scopes.ok_or_else(|| Error::Invalid(vec![unknown("scopes")]))?;
    let expires_in_days = match fields.get("expires_in_days").trim() {
        "" => None,
        // What is no number at all is as far outside the range as 0 is.
        days => Some(days.parse().unwrap_or(0)),
    };
    Ok(NewToken { name: fields.get("name").to_owned(), scopes, expires_in_days })
}
