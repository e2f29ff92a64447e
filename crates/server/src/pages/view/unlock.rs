//! The page before a link that is protected by a password. It must say nothing of the package but who sent it.
use askama::Template;
use waybill_core::text::Text;

use super::Shell;
use super::name::inert;
use super::shell::Place;

/// `GET /p/{token}` of a protected link (200), and the answer to a request without its password (401, 429). The form
/// sends `password` to `POST /p/{token}/unlock`.
#[derive(Debug, Clone, Template)]
#[template(path = "unlock.html")]
pub struct UnlockPage {
    pub shell: Shell,
    /// The secret of the link, for the form.
    pub token: String,
    pub sender: String,
    pub problem: Option<UnlockProblem>,
}

/// Why it did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockProblem {
    Wrong,
    /// Too many wrong passwords; the next one is heard after this many seconds.
    Wait {
        seconds: u64,
    },
}

impl UnlockProblem {
    /// The refusal as a sentence.
    pub fn sentence(&self, t: Text) -> String {
        match self {
            Self::Wrong => t.get("unlock-wrong"),
            Self::Wait { seconds } => t.with("unlock-wait", &[("seconds", seconds.into())]),
        }
    }
}

impl UnlockPage {
    fn lead(&self) -> String {
        self.shell.t.with("unlock-lead", &[("sender", inert(&self.sender).into())])
    }
}
