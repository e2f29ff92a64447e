//! What is behind a recipient's link. Looking counts a view and nothing else: no cookie is set, no download begins, no
//! clock moves, whoever looks and however often.
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use waybill_core::download::start::archive_bytes;
use waybill_core::error::{self, Error};
use waybill_core::link::open::{Opened, open};
use waybill_core::package::LinkPurpose;
use waybill_core::policy::Rule;
use waybill_core::policy::sentence::PolicyState;
use waybill_wire::{landing as wire, package};

use super::view::{LandingPage, Party};
use super::{ended, file_row, reference};
use crate::extract::{Medium, Reader, RequestOrigin};
use crate::respond::{Audience, Frame};
use crate::web::Web;

/// `GET` and `HEAD /p/{token}`: the recipient's page, or the same as JSON; 410 when the link does not open, 403 when it is
/// for uploads.
pub async fn show(
    State(web): State<Web>,
    reader: Reader,
    RequestOrigin(origin): RequestOrigin,
    path: Result<Path<String>, PathRejection>,
) -> Response {
    let token = path.map(|Path(token)| token).unwrap_or_default();
    let shown = match open(&web.app, &origin, &token).await {
        Ok(opened) => answer(&web, reader, &token, opened),
        Err(error) => Err(error),
    };
    match shown {
        Ok(response) => response,
        Err(error) => ended::answer(&web, &reader, &token, error).await,
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
        Medium::Json => {
            let mut response = Json(document(&frame, opened)?).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
            Ok(response)
        }
    }
}

fn page(frame: &Frame, token: &str, opened: Opened) -> error::Result<LandingPage> {
    let downloads_left = downloads_left(&opened);
    let policy = frame.policy(&opened.package, downloads_left);
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
        ends_at: policy.at.map(|at| frame.moment(at)),
        policy_sentence: policy.sentence,
        downloads_left,
        archive_bytes: if files.len() > 1 { archive_bytes(&files)? } else { 0 },
        files: files.iter().map(file_row).collect(),
        notice: None,
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
        archive_bytes: archive_bytes(&files)?,
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
