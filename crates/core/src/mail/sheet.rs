//! Which words of a mail go where: every kind becomes one sheet of paper, which the HTML and the text part both show.
//! Other people's words are made single lines here (or lines of a quote); they must never reach a header with a line
//! break in them.
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::content::{FileList, Letter, MailContent, Party};
use super::render::Site;
use crate::text::Text;

/// One mail as labelled parts, in the reader's language and not yet escaped for anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    pub subject: String,
    /// The title of the package, or the subject where there is none.
    pub heading: String,
    /// From and to, where a person writes to a person.
    pub parties: Option<Parties>,
    pub lead: String,
    pub quote: Option<Quote>,
    pub contents: Option<Contents>,
    pub facts: Vec<Fact>,
    /// What a digest tells, package by package.
    pub groups: Vec<Group>,
    pub button: String,
    pub hint: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parties {
    pub from: Party,
    pub to: Party,
}

/// Somebody's own words, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quote {
    pub label: String,
    pub lines: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contents {
    /// `12 files, 1.2 GB`
    pub summary: String,
    pub rows: Vec<Row>,
    /// `and 2 more`, or empty.
    pub more: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub name: String,
    pub size: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub title: String,
    pub lines: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub label: String,
    pub value: String,
}

/// Writes the sheet of `letter` for `to`.
pub(super) fn sheet(letter: &Letter, to: &Party, site: &Site<'_>) -> Sheet {
    let writer = Writer {
        t: Text::new(letter.language),
        zone: zone(&letter.zone),
        site: one_line(site.name),
        account_url: site.account_url.to_owned(),
    };
    let mut sheet = match &letter.content {
        MailContent::Shared { sender, title, note, files, ends }
        | MailContent::TicketLink { sender, title, message: note, files, ends } => {
            writer.shared(sender, title, note, files, ends)
        }
        MailContent::Request { sender, title, note, ends } => writer.request(sender, title, note, ends),
        MailContent::GrantLink { sender, comment, message, ends } => writer.grant_link(sender, comment, message, ends),
        MailContent::Arrived { who, title, message, files } => writer.arrived(who.as_ref(), title, message, files),
        MailContent::Received { owner, who, title, comment, files, ends } => Sheet {
            reason: writer.reason_notify(owner.as_ref()),
            ..writer.received(who.as_ref(), title, comment, files, ends)
        },
        MailContent::Rejected { recipient, title, answer } => writer.rejected(recipient, title, answer),
        MailContent::Asked { who, title, message, status } => writer.asked(who.as_ref(), title, message, status),
        MailContent::FirstDownload { who, title, at, ends } => writer.first_download(who.as_ref(), title, *at, ends),
        MailContent::NotDownloaded { who, title, ends } => writer.not_downloaded(who, title, ends),
        MailContent::EndingSoon { title, ends } => writer.ending_soon(title, ends),
        MailContent::ErasingReceived { title, status } => writer.erasing_received(title, status),
        MailContent::ErasingDraft { title, status } => writer.erasing_draft(title, status),
        MailContent::Removed { owner, title, status } => writer.removed(owner.as_ref(), title, status),
        MailContent::CompletedDownload { owner, .. } => {
            Sheet { reason: writer.reason_notify(owner.as_ref()), ..writer.completed_download(&letter.content) }
        }
        MailContent::Digest { groups, notices, has_account } => writer.digest(groups, *notices, *has_account),
        MailContent::Invite { sender, until } => writer.invite(sender, *until),
        MailContent::PasswordReset { until } => writer.password_reset(*until),
        MailContent::Test { by, at } => writer.test(by, *at),
    };
    if let (Some(sender), true) = (letter.content.sender(), sheet.parties.is_some()) {
        sheet.parties = Some(Parties { from: clean(sender), to: clean(to) });
    }
    if sheet.heading.is_empty() {
        sheet.heading.clone_from(&sheet.subject);
    }
    sheet
}

/// Makes the words of one mail; the kinds' own sentences are in `sentences.rs`.
pub(super) struct Writer {
    pub t: Text,
    pub zone: TimeZone,
    pub site: String,
    pub account_url: String,
}

impl Writer {
    /// A sheet under the package's title.
    pub fn titled(title: &str) -> Sheet {
        Sheet { heading: one_line(title), ..Sheet::default() }
    }

    pub fn name(&self, who: Option<&Party>) -> String {
        who.map_or_else(|| self.t.get("mail-somebody"), |who| one_line(who.display()))
    }

    pub fn at(&self, at: Timestamp) -> String {
        self.t.date_time(at, &self.zone)
    }

    pub fn quote(&self, words: &str) -> Option<Quote> {
        let lines: Vec<String> = words.trim().lines().map(one_line).collect();
        (!lines.is_empty()).then(|| Quote { label: self.t.get("mail-label-note"), lines })
    }

    pub fn files_count(&self, files: &FileList) -> String {
        self.t.with("files-count", &[("count", files.count.into())])
    }

    /// The table of files; none for none.
    pub fn contents(&self, files: &FileList) -> Option<Contents> {
        let t = self.t;
        if files.count == 0 {
            return None;
        }
        let shown = u64::try_from(files.first.len()).unwrap_or(u64::MAX);
        let hidden = files.count.saturating_sub(shown);
        let (count, size) = (self.files_count(files), t.bytes(files.total_bytes));
        Some(Contents {
            summary: t.with("mail-contents-summary", &[("files", count.into()), ("size", size.into())]),
            rows: files
                .first
                .iter()
                .map(|file| Row { name: one_line(&file.path), size: t.bytes(file.size_bytes) })
                .collect(),
            more: if hidden == 0 { String::new() } else { t.with("and-more", &[("count", hidden.into())]) },
        })
    }

    /// A labelled line; none for an empty value.
    pub fn fact(&self, label: &str, value: &str) -> Vec<Fact> {
        let value = one_line(value);
        if value.is_empty() { Vec::new() } else { vec![Fact { label: self.t.get(label), value }] }
    }
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn clean(party: &Party) -> Party {
    Party { name: one_line(&party.name), email: one_line(&party.email) }
}

/// `words` as one line that no terminal, header or list can be fooled with: every control character and line separator
/// becomes a space, characters that turn the writing direction of what follows are left out, ends are trimmed.
/// Anything else stays byte for byte.
pub(super) fn one_line(words: &str) -> String {
    let line: String = words
        .chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    line.trim().to_owned()
}
