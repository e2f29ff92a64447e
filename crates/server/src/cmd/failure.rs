//! Why a command ends without success, and how that is said: what happened, then what to do. Never a secret.
use std::fmt;
use std::io;
use std::process::ExitCode;

use waybill_core::error::Error;
use waybill_core::text::Text;

use super::say;
use crate::config::ConfigError;
use crate::respond::{field_sentence, sentence};

/// What went wrong.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    hint: Option<String>,
    code: u8,
}

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, code: FAILED }
    }

    /// What to do about it.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Writing to stdout failed. A reader that went away is success, and nothing is said.
    pub(super) fn from_output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { message: String::new(), hint: None, code: 0 };
        }
        Self::new(format!("the output could not be written: {error}"))
    }

    /// Says it on stderr, and with which code the program ends.
    pub(super) fn tell(&self) -> ExitCode {
        if !self.message.is_empty() {
            say(format_args!("error: {}", self.message));
        }
        if let Some(hint) = &self.hint {
            say(format_args!("hint: {hint}"));
        }
        ExitCode::from(self.code)
    }
}

/// On one line, with what to do.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let code = if error.on_command_line { WRONG_USAGE } else { FAILED };
        Self { message: error.message, hint: error.hint, code }
    }
}

/// Operators read what engineers read: the sentence, and for what is our fault its cause.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = Text::default();
        match &error {
            Error::Invalid(fields) => {
                let said = fields.iter().map(|wrong| {
                    let name = wrong.field.replace('_', "-");
                    format!("--{name}: {}", field_sentence(&wrong.problem, text))
                });
                Self::new(said.collect::<Vec<_>>().join("; "))
            }
            Error::Unavailable(_) | Error::Internal(_) => Self::new(error.to_string()),
            _ => Self::new(sentence(&error, text, None)),
        }
    }
}
