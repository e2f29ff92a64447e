//! What a link answers that does not open: why, and since when, to the holder of a known link; nothing to anybody else.
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use waybill_core::error::{Error, LinkEnd};
use waybill_core::link::open::{EndedView, ended_view};

use super::view::{Ask, EndedPage};
use crate::extract::{Medium, Reader};
use crate::respond::{Audience, Frame, Problem};
use crate::web::Web;

/// The answer to any refused request of a public route, as the reader asked for it: the page of an ended link (410), or a
/// page about what went wrong; a problem document for programs. `token` is the link's.
pub async fn answer(web: &Web, reader: &Reader, token: &str, error: Error) -> Response {
    match (reader.medium, error) {
        (Medium::Json, error) => Problem::from(error).into_response(),
        (Medium::Html, Error::Gone(end)) => page(web, reader, token, end).await,
        (Medium::Html, error) => {
            Frame::for_reader(web, reader).refusal(error, Audience::LinkHolder, None).into_response()
        }
    }
}

async fn page(web: &Web, reader: &Reader, token: &str, end: LinkEnd) -> Response {
    let frame = Frame::for_reader(web, reader);
    let known = match end {
        LinkEnd::Unknown => Ok(EndedView::default()),
        LinkEnd::Expired { .. } | LinkEnd::Completed { .. } | LinkEnd::Revoked { .. } => {
            ended_view(&web.app, token).await
        }
    };
    let EndedView { title, sender_name } = match known {
        Ok(view) => view,
        Err(failure) => return frame.refusal(failure, Audience::LinkHolder, None).into_response(),
    };
    let some = |text: String| (!text.is_empty()).then_some(text);
    let page = EndedPage {
        shell: frame.shell(None),
        ending: frame.ending(end),
        token: token.to_owned(),
        sender: some(sender_name),
        title: some(title),
        ask: Ask::NotPossible,
    };
    frame.html(StatusCode::GONE, &page, Audience::LinkHolder)
}
