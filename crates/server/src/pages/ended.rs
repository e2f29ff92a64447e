//! What a link answers that does not open: why, and since when, to the holder of a known link; the question for its
//! password; nothing to anybody else. And the button by which the sender is asked for a new link.
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use waybill_core::error::{Error, LinkEnd, Locked, Refusal};
use waybill_core::link::ask::{ask as ask_sender, is_asked};
use waybill_core::link::open::{DoorView, door_view};

use super::view::{Ask, EndedPage, Ending, UnlockPage, UnlockProblem};
use crate::extract::{LinkHolder, Medium, Reader, RequestOrigin};
use crate::respond::{Audience, BASIC_CHALLENGE, Frame, Problem, see_other};
use crate::web::Web;

/// The answer to any refused request of a public route, as the reader asked for it: the page of an ended link (410), the
/// form for a password, or a page about what went wrong; a problem document for programs. `token` is the link's.
pub async fn answer(web: &Web, reader: &Reader, token: &str, error: Error) -> Response {
    match (reader.medium, error) {
        (Medium::Json, error) => secret(Problem::from(error).into_response()),
        (Medium::Html, Error::Gone(end)) => ended(web, reader, token, end).await,
        (Medium::Html, Error::Locked(locked)) => {
            let problem = match locked {
                Locked::PasswordNeeded => None,
                Locked::PasswordWrong => Some(UnlockProblem::Wrong),
            };
            locked_page(web, reader, token, StatusCode::UNAUTHORIZED, problem).await
        }
        (Medium::Html, error) => {
            Frame::for_reader(web, reader).refusal(error, Audience::LinkHolder, None).into_response()
        }
    }
}

/// As [`answer`], to somebody who may know HTTP authentication: he is told of a wrong password in its terms. Nobody else is:
/// the challenge would make a browser open a window of its own over the form.
pub async fn answer_holder(web: &Web, reader: &Reader, holder: &LinkHolder, token: &str, error: Error) -> Response {
    let mut response = answer(web, reader, token, error).await;
    if response.status() == StatusCode::UNAUTHORIZED && holder.is_tool() {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(BASIC_CHALLENGE));
    }
    response
}

/// The form that asks for a link's password, with this status.
pub async fn locked_page(
    web: &Web,
    reader: &Reader,
    token: &str,
    status: StatusCode,
    problem: Option<UnlockProblem>,
) -> Response {
    let frame = Frame::for_reader(web, reader);
    let sender = match door_view(&web.app, token).await {
        Ok(view) => view.sender_name,
        Err(failure) => return frame.refusal(failure, Audience::LinkHolder, None).into_response(),
    };
    let page = UnlockPage { shell: frame.shell(None), token: token.to_owned(), sender, problem };
    frame.html(status, &page, Audience::LinkHolder)
}

/// `POST /p/{token}/ask`: mails the sender, at most once a day. 303 to the link's page, which says so; 204 for programs.
/// 410 where nobody can be asked; a link that works is shown (409 for programs).
pub async fn ask(
    State(web): State<Web>,
    reader: Reader,
    RequestOrigin(origin): RequestOrigin,
    path: Result<Path<String>, PathRejection>,
) -> Response {
    let token = path.map(|Path(token)| token).unwrap_or_default();
    match (ask_sender(&web.app, &origin, &token).await, reader.medium) {
        (Ok(()), Medium::Json) => secret(StatusCode::NO_CONTENT.into_response()),
        (Ok(()) | Err(Error::Refused(Refusal::LinkWorks)), Medium::Html) => secret(see_other(&format!("/p/{token}"))),
        (Err(error), _) => answer(&web, &reader, &token, error).await,
    }
}

async fn ended(web: &Web, reader: &Reader, token: &str, end: LinkEnd) -> Response {
    let frame = Frame::for_reader(web, reader);
    let known = match end {
        LinkEnd::Unknown => Ok(DoorView::default()),
        LinkEnd::Expired { .. } | LinkEnd::Completed { .. } | LinkEnd::Revoked { .. } => {
            door_view(&web.app, token).await
        }
    };
    let view = match known {
        Ok(view) => view,
        Err(failure) => return frame.refusal(failure, Audience::LinkHolder, None).into_response(),
    };
    let ask = match view.has_ended {
        false => Ask::NotPossible,
        true if is_asked(view.asked_at, web.app.now()) => Ask::Asked,
        true => Ask::Offered,
    };
    let ending = match (frame.ending(end), view.idle_hours) {
        (Ending::Expired { at }, Some(hours)) => {
            Ending::Idle { at, idle: frame.text.duration(std::time::Duration::from_hours(hours)) }
        }
        (ending, _) => ending,
    };
    let some = |text: String| (!text.is_empty()).then_some(text);
    let page = EndedPage {
        shell: frame.shell(None),
        ending,
        token: token.to_owned(),
        sender: some(view.sender_name),
        title: some(view.title),
        ask,
    };
    frame.html(StatusCode::GONE, &page, Audience::LinkHolder)
}

/// The headers of answers that are no pages: nobody keeps, finds or is told the address of a link.
pub(super) fn secret(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(http::HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    response
}
