//! The one-time page that makes the first administrator. Without the open token there is nothing here.
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use waybill_core::account::set_up::{FirstAdmin, set_up};
use waybill_core::error::{Error, Refusal};
use waybill_core::limits::PASSWORD_CHARS_MIN;
use waybill_core::secret::Token;

use super::fields::Fields;
use super::problems;
use super::view::{Problems, SetupPage};
use crate::extract::{RequestOrigin, is_same_origin, session_cookie};
use crate::respond::{Audience, Frame, PageFault, see_other};
use crate::web::Web;

/// `GET /setup/{token}`: 404 unless the token is the open one.
pub async fn show(
    State(web): State<Web>,
    frame: Frame,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, PageFault> {
    let text = path.map(|Path(text)| text).unwrap_or_default();
    match Token::parse(&text).filter(|token| web.app.setup.admits(token)) {
        Some(_) => Ok(page(&frame, StatusCode::OK, text, String::new(), String::new(), Problems::none())),
        None => Err(frame.fault(Error::NotFound)),
    }
}

/// `POST /setup/{token}` with `name`, `email` and `password`: makes the administrator and signs him in (303); 422 with
/// the page again; 404 when the token is not the open one, or somebody was faster.
pub async fn submit(
    State(web): State<Web>,
    frame: Frame,
    RequestOrigin(origin): RequestOrigin,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    fields: Fields,
) -> Result<Response, PageFault> {
    if !is_same_origin(&headers, &web) {
        return Err(frame.fault(Error::Forbidden));
    }
    let text = path.map(|Path(text)| text).unwrap_or_default();
    let token = Token::parse(&text).ok_or_else(|| frame.fault(Error::NotFound))?;
    let (name, email) = (fields.get("name").to_owned(), fields.get("email").to_owned());
    let new = FirstAdmin { email: email.clone(), name: name.clone(), password: fields.secret("password") };
    match set_up(&web.app, &token, &origin, new).await {
        Ok((_, session)) => {
            let mut response = see_other("/");
            response.headers_mut().insert(header::SET_COOKIE, session_cookie(&web.app.urls, &session));
            Ok(response)
        }
        Err(Error::Refused(Refusal::SetupDone)) => Err(frame.fault(Error::NotFound)),
        Err(error) => {
            let refused = problems::of(error, frame.text, str::to_owned).map_err(|e| frame.fault(e))?;
            Ok(page(&frame, refused.status, text, name, email, refused.problems))
        }
    }
}

fn page(frame: &Frame, status: StatusCode, token: String, name: String, email: String, problems: Problems) -> Response {
    let password_length_min = u64::try_from(PASSWORD_CHARS_MIN).expect("a small number fits");
    let page = SetupPage { shell: frame.shell(None), token, name, email, password_length_min, problems };
    frame.html(status, &page, Audience::Person)
}
