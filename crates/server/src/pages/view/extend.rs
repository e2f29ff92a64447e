//! The page with one button that extends a package. It must say what the button does before it is pressed.
use askama::Template;

use super::name::{self, inert};
use super::shell::Place;
use super::{Moment, Shell, Stamp, Status};

/// `GET /packages/{id}/extend`. The form is sent to `POST` of the same address and has no fields.
#[derive(Debug, Clone, Template)]
#[template(path = "extend.html")]
pub struct ExtendPage {
    pub shell: Shell,
    pub id: String,
    pub reference: String,
    pub title: String,
    pub stamp: Stamp,
    /// Where the policy stands now.
    pub policy_sentence: String,
    /// Recipients who asked for a new link.
    pub asked_by: Vec<String>,
    pub extension: Extension,
}

/// What the button would do, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extension {
    Possible {
        /// The new end by time; nothing without such a rule.
        until: Option<Moment>,
        /// As many more downloads on each link, where the limit ended it.
        downloads: Option<u64>,
    },
    /// It works and has no end that could be moved.
    Needless,
    Revoked,
    Erased,
}

impl ExtendPage {
    fn asked(&self) -> Option<String> {
        let names: Vec<String> = self.asked_by.iter().map(|name| inert(name)).collect();
        (!names.is_empty()).then(|| self.shell.t.with("extend-asked", &[("who", names.join(", ").into())]))
    }

    /// What happens when the button is pressed, or why there is none.
    fn sentence(&self) -> String {
        let t = self.shell.t;
        match &self.extension {
            Extension::Possible { until: Some(until), downloads: None } => {
                t.with("extend-until", &[("until", until.text().into())])
            }
            Extension::Possible { until: Some(until), downloads: Some(count) } => {
                t.with("extend-until-and-downloads", &[("until", until.text().into()), ("count", (*count).into())])
            }
            Extension::Possible { until: None, downloads: Some(count) } => {
                t.with("extend-downloads", &[("count", (*count).into())])
            }
            Extension::Possible { until: None, downloads: None } => t.get("extend-again"),
            Extension::Needless => t.get("extend-needless"),
            Extension::Revoked => t.get("extend-revoked"),
            Extension::Erased => t.get("extend-erased"),
        }
    }

    fn is_possible(&self) -> bool {
        matches!(self.extension, Extension::Possible { .. })
    }
}
