//! The send page: one sheet being filled in, new or continued.
use askama::Template;
use waybill_core::limits::LINK_PASSWORD_CHARS_MIN;

use super::bars::Bars;
use super::policy_form::{DOWNLOADS_MAX, HOURS_MAX};
use super::script_texts::ScriptTexts;
use super::shell::Place;
use super::{FileRow, Moment, Problems, Shell, UnfinishedUpload, name};

/// `GET /send`, `GET /packages/{id}` of a draft, and the answers to their refused forms. Without a script the form is
/// sent as `multipart/form-data` to `POST /send` (new) or `POST /packages/{id}/finalize` (continued) with `title`,
/// `recipients` (one per line), `expires_in_days`, `note`, `idle_hours`, `max_downloads`, `password` and `files`.
#[derive(Debug, Clone, Template)]
#[template(path = "send.html")]
pub struct SendPage {
    pub shell: Shell,
    /// Nothing until the draft exists.
    pub package_id: Option<String>,
    /// The short number of the draft.
    pub reference: Option<String>,
    pub title: String,
    /// As typed: one `Name <address>` a line.
    pub recipients: String,
    pub expires_in_days: u64,
    pub expires_in_days_max: u64,
    pub note: String,
    /// As typed; empty if the rule is off.
    pub idle_hours: String,
    /// As typed, for each link; empty if the rule is off.
    pub max_downloads: String,
    /// Whether the draft has a password already; it is never shown.
    pub has_password: bool,
    /// What has arrived already.
    pub files: Vec<FileRow>,
    /// What has arrived in part.
    pub unfinished: Vec<UnfinishedUpload>,
    /// The largest file that is taken, if there is a limit.
    pub file_bytes_max: Option<u64>,
    /// The largest sum of sizes that is taken, if there is a limit.
    pub package_bytes_max: Option<u64>,
    /// Other drafts that can be continued; shown on a new page only.
    pub drafts: Vec<DraftRow>,
    /// Fields `title`, `recipients`, `expires_in_days`, `note`, `idle_hours`, `max_downloads`, `password`, `files`.
    pub problems: Problems,
}

/// A draft that can be continued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    pub id: String,
    /// Empty if it has none yet.
    pub title: String,
    pub files: u64,
    pub changed_at: Moment,
}

impl SendPage {
    fn bars(&self) -> Option<Bars> {
        self.reference.as_deref().map(Bars::new)
    }

    fn form_url(&self) -> String {
        self.package_id.as_ref().map_or_else(|| "/send".to_owned(), |id| format!("/packages/{id}/finalize"))
    }

    /// Whether something below "Options" is set or needs another look.
    fn has_options(&self) -> bool {
        let is_wrong = |field| self.problems.about(field).is_some();
        !self.idle_hours.is_empty()
            || !self.max_downloads.is_empty()
            || self.has_password
            || ["idle_hours", "max_downloads", "password"].into_iter().any(is_wrong)
    }

    fn limits(&self) -> Option<String> {
        let t = self.shell.t;
        match (self.file_bytes_max, self.package_bytes_max) {
            (None, None) => None,
            (Some(file), None) => Some(t.with("send-limit-file", &[("file", t.bytes(file).into())])),
            (None, Some(all)) => Some(t.with("send-limit-package", &[("all", t.bytes(all).into())])),
            (Some(file), Some(all)) => {
                Some(t.with("send-limit-both", &[("file", t.bytes(file).into()), ("all", t.bytes(all).into())]))
            }
        }
    }

    fn summary(&self) -> String {
        let t = self.shell.t;
        let bytes = t.bytes(super::contents::total_bytes(&self.files));
        t.with("send-summary", &[("files", self.files.len().into()), ("size", bytes.into())])
    }
}
