//! The page behind `+ Request upload` until requests can be made.
use askama::Template;

use super::Shell;
use super::shell::Place;

/// `GET /request`.
#[derive(Debug, Clone, Template)]
#[template(path = "request.html")]
pub struct RequestPage {
    pub shell: Shell,
}
