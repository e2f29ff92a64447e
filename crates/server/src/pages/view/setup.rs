//! The page behind the one-time address of a new instance, where the first administrator is made.
use askama::Template;

use super::shell::Place;
use super::{Problems, Shell};

/// `GET /setup/{token}`, and the answer to a refused `POST` of it. The form sends `name`, `email` and `password`.
#[derive(Debug, Clone, Template)]
#[template(path = "setup.html")]
pub struct SetupPage {
    pub shell: Shell,
    pub token: String,
    pub name: String,
    pub email: String,
    /// The shortest password that is taken, in characters.
    pub password_length_min: u64,
    /// Fields `name`, `email`, `password`.
    pub problems: Problems,
}
