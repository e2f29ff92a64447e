//! The page where a person signs in. It must never say whether an address has an account.
use askama::Template;
use waybill_core::text::Text;

use super::shell::Place;
use super::{Shell, name};

/// `GET /sign-in`, and the answer to a refused `POST /sign-in` (401 or 429).
/// The form sends `email`, `password` and `next`.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    pub shell: Shell,
    /// What was typed before; empty at first.
    pub email: String,
    /// Local path to go to afterwards; the handler has checked that it is one.
    pub next: Option<String>,
    pub problem: Option<SignInProblem>,
}

/// Why signing in was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInProblem {
    /// Address and password do not belong together, or the account is disabled.
    Refused,
    /// Too many attempts; the next one is heard after this many seconds.
    Wait { seconds: u64 },
    /// The session ended while the person was away.
    SessionOver,
}

impl SignInProblem {
    /// The refusal as a sentence.
    pub fn sentence(&self, t: Text) -> String {
        match self {
            Self::Refused => t.get("signin-refused"),
            Self::Wait { seconds } => t.with("signin-wait", &[("seconds", seconds.into())]),
            Self::SessionOver => t.get("signin-session-over"),
        }
    }
}
