//! The sentences the browser's part shows, as the JSON of a data block. `web/src/texts.ts` lists the same keys and says
//! what fills their holes; a test compares the two lists.
use std::fmt;

use askama::FastWritable;
use askama::filters::HtmlSafe;
use waybill_core::text::Text;

/// Names of holes; each is passed to every message as itself in braces, and the browser fills it in.
pub(super) const HOLES: [&str; 14] = [
    "count",
    "detail",
    "done",
    "file",
    "left",
    "limit",
    "percent",
    "rate",
    "recipient",
    "seconds",
    "size",
    "suggestion",
    "title",
    "total",
];

/// Keys that every page with a button to copy or undo needs.
pub(super) const FEW: [&str; 4] = ["copy-done", "copy-by-hand", "undo-left", "undo-over"];

/// Keys that only the uploader needs.
pub(super) const UPLOADER: [&str; 65] = [
    "state-waiting",
    "state-preparing",
    "state-uploading",
    "state-verifying",
    "state-offline",
    "state-retrying",
    "state-signed-out",
    "state-paused",
    "state-done",
    "state-failed",
    "state-choose-again",
    "problem-changed",
    "problem-proxy-limit",
    "problem-refused",
    "problem-too-large",
    "problem-too-many",
    "problem-folder-unreadable",
    "problem-draft",
    "problem-save",
    "pause",
    "pause-file",
    "resume",
    "resume-file",
    "retry-file",
    "remove-file",
    "pause-all",
    "resume-all",
    "size-of",
    "files-of",
    "rate-now",
    "time-left",
    "percent-done",
    "progress-of",
    "progress-all",
    "tab-title",
    "summary-added",
    "summary-progress",
    "summary-progress-left",
    "summary-done",
    "summary-failed",
    "summary-removed",
    "summary-offline",
    "summary-online",
    "summary-sends-when-done",
    "summary-sending",
    "summary-no-files",
    "summary-choose-again",
    "summary-fields",
    "recap-title",
    "recap-text",
    "recap-retry",
    "recap-send-without",
    "recap-elsewhere",
    "error-title",
    "error-recipient",
    "error-email",
    "recipient-name",
    "recipient-email",
    "recipient-add",
    "recipient-remove",
    "recipient-remove-label",
    "recipient-removed",
    "recipient-suggest",
    "recipient-merged",
    "recipient-pasted",
];

/// The JSON of a data block: key `x` holds the message `js-x`.
#[derive(Debug, Clone)]
pub struct ScriptTexts(String);

impl ScriptTexts {
    /// What pages without an uploader need.
    pub fn few(t: Text) -> Self {
        Self::of(t, FEW.into_iter())
    }

    /// Everything.
    pub fn all(t: Text) -> Self {
        Self::of(t, FEW.into_iter().chain(UPLOADER))
    }

    fn of(t: Text, keys: impl Iterator<Item = &'static str>) -> Self {
        let holes: Vec<_> = HOLES.iter().map(|hole| (*hole, format!("{{{hole}}}").into())).collect();
        let words: serde_json::Map<String, serde_json::Value> =
            keys.map(|key| (key.to_owned(), t.with(&format!("js-{key}"), &holes).into())).collect();
        // Inside a script element only `<` can end or open anything.
        Self(serde_json::Value::Object(words).to_string().replace('<', "\\u003c"))
    }
}

impl fmt::Display for ScriptTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FastWritable for ScriptTexts {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        dest.write_str(&self.0)?;
        Ok(())
    }
}

impl HtmlSafe for ScriptTexts {}
