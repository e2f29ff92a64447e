//! What is behind a recipient's link. Looking counts a view and nothing else: no cookie is set, no download begins, no
//! clock moves, whoever looks and however often.
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use secrecy::SecretString;
use waybill_core::error::{self, Error, Locked};
use waybill_core::link::door::Credentials;
use waybill_core::link::open::{Opened, open, unlock as unlock_link};
use waybill_core::package::LinkPurpose;
use waybill_core::policy::Rule;
use waybill_core::policy::sentence::PolicyState;
use waybill_wire::{landing as wire, package};

use super::view::{LandingNotice, LandingPage, Party, UnlockProblem};
use super::{ended, file_row, reference};
use crate::extract::{LinkHolder, Medium, Reader, RequestOrigin, body_field};
use crate::respond::{Audience, Frame, see_other};
use crate::web::Web;

/// `GET` and `HEAD /p/{token}`: the recipient's page, or the same as JSON; 410 when the link does not open, 403 when it is
/// for uploads. Where a password protects it, people get the form that asks for it (200), programs 401; either is let in by
/// `Authorization: Basic`, or by the cookie of a visit that gave it.
pub async fn show(
    State(web): State<Web>,
    reader: Reader,
    holder: LinkHolder,
    RequestOrigin(origin): RequestOrigin,
    path: Result<Path<String>, PathRejection>,
) -> Response {
    let token = path.map(|Path(token)| token).unwrap_or_default();
    let shown = match open(&web.app, &origin, &token, holder.credentials(None)).await {
        Ok(opened) => answer(&web, reader, &token, opened),
        Err(error) => Err(error),
    };
    match shown {
        Ok(response) => response,
        // Nothing is wrong with a person who opens a link.
        Err(Error::Locked(Locked::PasswordNeeded)) if reader.medium == Medium::Html => {
            ended::locked_page(&web, &reader, &token, StatusCode::OK, None).await
        }
        Err(error) => ended::answer_holder(&web, &reader, &holder, &token, error).await,
    }
}

/// `POST /p/{token}/unlock` with `password`, as a form or as JSON: what [`show`] answers, with a visit id that proves the
/// password. 401 with the form again for a wrong one, 429 when there were too many of them.
pub async fn unlock(
    State(web): State<Web>,
    reader: Reader,
    holder: LinkHolder,
    RequestOrigin(origin): RequestOrigin,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = path.map(|Path(token)| token).unwrap_or_default();
    let typed = body_field(&headers, &body, "password").filter(|typed| !typed.is_empty()).map(SecretString::from);
    let known = holder.credentials(None);
    // What is typed now is what he means; a proof of before does not stand for it.
    let credentials = Credentials { password: typed.as_ref().or(known.password), ..known };
    let opened = unlock_link(&web.app, &origin, &token, credentials).await;
    match opened.and_then(|opened| answer(&web, reader, &token, opened)) {
        Ok(response) => response,
        Err(Error::TooMany { retry_after_s: seconds }) if reader.medium == Medium::Html => {
            let (status, problem) = (StatusCode::TOO_MANY_REQUESTS, Some(UnlockProblem::Wait { seconds }));
            let mut response = ended::locked_page(&web, &reader, &token, status, problem).await;
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            response
        }
        Err(error) => ended::answer_holder(&web, &reader, &holder, &token, error).await,
    }
}

/// `GET /p/{token}/unlock`: somebody reloads, or comes back to, the page that his password opened.
pub async fn unlocked(path: Result<Path<String>, PathRejection>) -> Response {
    let token = path.map(|Path(token)| token).unwrap_or_default();
    let segment = form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>();
    ended::secret(see_other(&format!("/p/{segment}")))
}

/// 409 while every download of the link is in use: the page again, which says when to try, with its button to do so.
pub async fn busy(
    web: &Web,
    reader: &Reader,
    RequestOrigin(origin): &RequestOrigin,
    token: &str,
    credentials: Credentials<'_>,
    retry_after_s: u64,
) -> Response {
    let frame = Frame::for_reader(web, reader);
    let opened = unlock_link(&web.app, origin, token, credentials).await;
    match opened.and_then(|opened| page(&frame, token, opened)) {
        Ok(page) => {
            let page = LandingPage { notice: Some(LandingNotice::Busy { retry_after_s }), ..page };
            let mut response = frame.html(StatusCode::CONFLICT, &page, Audience::LinkHolder);
            response.headers_mut().insert(header::RETRY_AFTER, retry_after_s.into());
            response
        }
        Err(error) => ended::answer(web, reader, token, error).await,
    }
}

fn answer(web: &Web, reader: Reader, token: &str, opened: Opened) -> error::Result<Response> {
    match opened.link.purpose {
        LinkPurpose::Download => {}
        LinkPurpose::Upload => return Err(Error::Forbidden),
    }
    let frame = Frame::for_reader(web, &reader);
    match reader.medium {
        Medium::Html => Ok(frame.html(StatusCode::OK, &page(&frame, token, opened)?, Audience::LinkHolder)),
        Medium::Json => Ok(ended::secret(Json(document(&frame, opened)?).into_response())),
    }
}

fn page(frame: &Frame, token: &str, opened: Opened) -> error::Result<LandingPage> {
    let downloads_left = downloads_left(&opened);
    let policy = frame.policy(&opened.package, downloads_left);
    let usable_until = opened.usable_until;
    let notice = usable_until.map(|until| LandingNotice::StillUsable { until: frame.moment(until) });
    let Opened { package, files, .. } = opened;
    // A link that was made for one person tells him whom to write to; one that anybody may pass around does not.
    let detail = if opened.recipient.is_some() { opened.sender_email } else { String::new() };
    Ok(LandingPage {
        shell: frame.shell(None),
        token: token.to_owned(),
        url: format!("{}/p/{token}", frame.web.app.urls.base()),
        visit: opened.visit,
        reference: reference::of(package.id),
        title: package.title,
        note: package.note,
        sender: Party { name: opened.sender_name, detail },
        recipient: opened.recipient.map(|person| Party { name: person.name, detail: String::new() }),
        sent_at: frame.moment(package.finalized_at.unwrap_or(package.created_at)),
        // What has ended is there for the one who is still fetching it, and for as long as that.
        ends_at: usable_until.or(policy.at).map(|at| frame.moment(at)),
        policy_sentence: policy.sentence,
        downloads_left: downloads_left.filter(|_| usable_until.is_none()),
        archive_bytes: if files.len() > 1 { frame.web.app.plans.of(package.id, &files)?.layout.len() } else { 0 },
        files: files.iter().map(file_row).collect(),
        notice,
    })
}

fn document(frame: &Frame, opened: Opened) -> error::Result<wire::Landing> {
    let downloads_left = downloads_left(&opened);
    let policy = frame.policy(&opened.package, downloads_left);
    let files = opened.files;
    Ok(wire::Landing {
        title: opened.package.title,
        note: opened.package.note,
        sender: wire::Party { name: opened.sender_name },
        recipient: opened.recipient.map(|person| wire::Party { name: person.name }),
        policy_state: policy_state(policy),
        total_bytes: files.iter().map(|file| file.size).sum(),
        archive_bytes: frame.web.app.plans.of(opened.package.id, &files)?.layout.len(),
        downloads_left,
        visit: opened.visit,
        files: files
            .into_iter()
            .map(|file| wire::LandingFile {
                id: file.id.0,
                name: file.name().to_owned(),
                size: file.size,
                sha256: hex::encode(file.sha256),
                content_type: file.content_type,
                relative_path: file.relative_path,
            })
            .collect(),
    })
}

fn policy_state(state: PolicyState) -> package::PolicyState {
    let rule = |rule| match rule {
        Rule::Total => package::Rule::Total,
        Rule::Idle => package::Rule::Idle,
        Rule::Limit => package::Rule::Limit,
        Rule::Closed => package::Rule::Closed,
    };
    package::PolicyState {
        rule: state.rule.map(rule),
        at: state.at.map(Into::into),
        ended: state.ended,
        erased_at: state.erased_at.map(Into::into),
        sentence: state.sentence,
    }
}

/// What is left of the link's limit; nothing without one.
fn downloads_left(opened: &Opened) -> Option<u64> {
    opened.link.downloads_left(opened.package.max_downloads)
}
