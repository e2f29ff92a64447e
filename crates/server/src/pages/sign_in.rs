//! Signing in and out. It must never say whether an address has an account, nor lead anybody to another site.
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use waybill_core::account::{sign_in, sign_out};
use waybill_core::error::Error;

use super::fields::Fields;
use super::view::{SignInPage, SignInProblem};
use crate::extract::{Person, RequestOrigin, clear_cookie, is_same_origin, session_cookie};
use crate::respond::{Audience, Frame, PageFault, see_other};
use crate::web::Web;

/// Longer ways back are forgotten.
const NEXT_BYTES_MAX: usize = 1_024;

#[derive(Debug, Deserialize)]
pub struct Asked {
    next: Option<String>,
}

/// `GET /sign-in?next=`; whoever is signed in already goes on at once.
pub async fn show(
    frame: Frame,
    person: Result<Person, PageFault>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let next = asked.ok().and_then(|Query(asked)| asked.next).as_deref().and_then(safe_next);
    if person.is_ok() {
        return see_other(next.as_deref().unwrap_or("/"));
    }
    page(&frame, StatusCode::OK, String::new(), next, None)
}

/// `POST /sign-in` with `email`, `password` and `next`: 303 with the session's cookie; 401 when they do not belong
/// together; 429 when there were too many tries; 403 when another site sent the form.
pub async fn submit(
    State(web): State<Web>,
    frame: Frame,
    RequestOrigin(origin): RequestOrigin,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageFault> {
    if !is_same_origin(&headers, &web) {
        return Err(frame.fault(Error::Forbidden));
    }
    let (email, next) = (fields.get("email").to_owned(), safe_next(fields.get("next")));
    match sign_in::sign_in(&web.app, &origin, &email, &fields.secret("password")).await {
        Ok((_, token)) => {
            let mut response = see_other(next.as_deref().unwrap_or("/"));
            response.headers_mut().insert(header::SET_COOKIE, session_cookie(&web.app.urls, &token));
            Ok(response)
        }
        Err(Error::Unauthenticated) => {
            Ok(page(&frame, StatusCode::UNAUTHORIZED, email, next, Some(SignInProblem::Refused)))
        }
        Err(Error::TooMany { retry_after_s: seconds }) => {
            let problem = Some(SignInProblem::Wait { seconds });
            let mut response = page(&frame, StatusCode::TOO_MANY_REQUESTS, email, next, problem);
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            Ok(response)
        }
        Err(failure) => Err(frame.fault(failure)),
    }
}

/// `POST /sign-out`: the session ends on the server and in the browser.
pub async fn leave(person: Person) -> Result<Response, PageFault> {
    let app = &person.frame.web.app;
    sign_out::sign_out(app, &person.actor).await.map_err(|e| person.frame.fault(e))?;
    let mut response = see_other("/sign-in");
    response.headers_mut().insert(header::SET_COOKIE, clear_cookie(&app.urls));
    Ok(response)
}

/// The sign-in page that leads back to `here`.
pub(crate) fn url(here: &str) -> String {
    match safe_next(here).filter(|next| next != "/") {
        Some(next) => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
            format!("/sign-in?{query}")
        }
        None => "/sign-in".to_owned(),
    }
}

/// A way back, if it is a path of this site and of nothing else: browsers take `//host`, `/\host` and paths with tabs in
/// them for other sites.
pub(crate) fn safe_next(next: &str) -> Option<String> {
    let own = next.starts_with('/') && !next.starts_with("//") && next.len() <= NEXT_BYTES_MAX;
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    // Signing in must not lead back to signing in or out.
    let elsewhere = !next.starts_with("/sign-");
    (own && plain && elsewhere).then(|| next.to_owned())
}

fn page(
    frame: &Frame,
    status: StatusCode,
    email: String,
    next: Option<String>,
    problem: Option<SignInProblem>,
) -> Response {
    frame.html(status, &SignInPage { shell: frame.shell(None), email, next, problem }, Audience::Person)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/")]
    #[case("/send")]
    #[case("/?q=a%20b&show=sent")]
    #[case("/packages/01930000-0000-7000-8000-000000000001?x=//example.net")]
    fn a_path_of_ours_is_a_way_back(#[case] next: &str) {
        assert_eq!(safe_next(next).as_deref(), Some(next));
    }

    #[rstest]
    #[case("")]
    #[case("send")]
    #[case("//example.net")]
    #[case("/\\example.net")]
    #[case("/\t/example.net")]
    #[case("/\n/example.net")]
    #[case("\\\\example.net")]
    #[case("https://example.net/")]
    #[case("javascript:alert(1)")]
    #[case(" //example.net")]
    #[case("/a b")]
    #[case("/\u{e4}")]
    #[case("/sign-in?next=/")]
    #[case("/sign-out")]
    fn nothing_else_is(#[case] next: &str) {
        assert_eq!(safe_next(next), None);
    }
}
