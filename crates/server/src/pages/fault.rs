//! Addresses where nothing is.
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse, Response};
use waybill_core::error::Error;

use crate::extract::{Medium, Person, Reader};
use crate::respond::{Frame, Problem};
use crate::web::Web;

/// Answers every path without a route: 404, as a page for people and as a problem for programs.
pub async fn nothing_here(State(web): State<Web>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let Ok(reader) = Reader::from_request_parts(&mut parts, &web).await;
    if reader.medium == Medium::Json || parts.uri.path().starts_with("/api/") {
        return Problem::from(Error::NotFound).into_response();
    }
    // Somebody who is signed in is led back to his packages.
    let person = Person::from_request_parts(&mut parts, &web).await;
    let frame = person.map_or_else(|_| Frame::for_reader(&web, &reader), |person| person.frame);
    frame.fault(Error::NotFound).into_response()
}
