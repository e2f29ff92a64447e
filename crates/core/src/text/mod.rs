//! The words of pages, mails and answers in the reader's language: Fluent messages from `locales/`, with dates, sizes
//! and durations as that language writes them. It must never panic over a message, and never put invisible direction
//! marks around values: subjects and file names are compared byte for byte; pages isolate values with `<bdi>` instead.
mod bundle;
mod format;
mod language;

use std::borrow::Cow;

pub use language::Language;

/// The messages of one language; small and copied freely.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Text {
    language: Language,
}

impl Text {
    /// The words of `language`.
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The language these words are in.
    pub fn language(self) -> Language {
        self.language
    }

    /// `ltr` or `rtl`, for HTML's `dir`.
    pub fn direction(self) -> &'static str {
        self.language.direction()
    }

    /// The message `key` without values. A key that does not exist is answered as itself and logged once.
    pub fn get(self, key: &str) -> String {
        bundle::format(self.language, key, &[])
    }

    /// The message `key` with its values; numbers choose the plural form and are grouped (`10,000`).
    /// A key that does not exist is answered as itself and logged once.
    ///
    /// Generic, because askama hands over a reference to what a template writes.
    pub fn with<'a>(self, key: &str, args: impl AsRef<[(&'a str, Arg)]>) -> String {
        bundle::format(self.language, key, args.as_ref())
    }
}

/// A value inside a message. Years, ports and other numbers that are names go in as text: they are not grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    Text(String),
    Number(i64),
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&&str> for Arg {
    fn from(value: &&str) -> Self {
        Self::Text((*value).to_owned())
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Cow<'_, str>> for Arg {
    fn from(value: Cow<'_, str>) -> Self {
        Self::Text(value.into_owned())
    }
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<u32> for Arg {
    fn from(value: u32) -> Self {
        Self::Number(i64::from(value))
    }
}

impl From<u64> for Arg {
    /// Values that do not fit are cut to the largest that does: nobody reads a count of 9 quintillion digit by digit.
    fn from(value: u64) -> Self {
        Self::Number(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Arg {
    fn from(value: usize) -> Self {
        Self::Number(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&i64> for Arg {
    fn from(value: &i64) -> Self {
        Self::from(*value)
    }
}

impl From<&u32> for Arg {
    fn from(value: &u32) -> Self {
        Self::from(*value)
    }
}

impl From<&u64> for Arg {
    fn from(value: &u64) -> Self {
        Self::from(*value)
    }
}

impl From<&usize> for Arg {
    fn from(value: &usize) -> Self {
        Self::from(*value)
    }
}

#[cfg(test)]
mod catalogue_tests;
#[cfg(test)]
mod tests;
