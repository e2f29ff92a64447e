//! The page behind `+ Request upload`.
use axum::response::Response;

use super::view::RequestPage;
use crate::extract::Person;

/// `GET /request`: says that requests are coming.
pub async fn show(person: Person) -> Response {
    person.frame.page(&RequestPage { shell: person.frame.shell(None) })
}
