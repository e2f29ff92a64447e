//! Audit entries as the lines that a package's owner reads.
use std::time::Duration;

use serde_json::Value;
use waybill_core::audit::{Action, Recorded};
use waybill_core::package::PackageView;
use waybill_core::package::list::Listed;

use super::view::{Deed, Happening, More};
use crate::respond::Frame;

/// The people of a package, by what entries know of them.
#[derive(Debug, Default)]
pub(super) struct Names {
    people: Vec<Known>,
    /// Whose every unknown link must be.
    only: Option<String>,
}

#[derive(Debug)]
struct Known {
    id: String,
    link: Option<uuid::Uuid>,
    email: String,
    name: String,
}

impl Names {
    pub(super) fn of_view(view: &PackageView) -> Self {
        let known = view.recipients.iter().map(|one| Known {
            id: one.recipient.id.to_string(),
            link: one.link.as_ref().map(|link| link.link.id.0),
            email: one.recipient.email.clone(),
            name: one.recipient.name.clone(),
        });
        Self { people: known.collect(), only: None }
    }

    /// A list knows names only: with one recipient, every link is his.
    pub(super) fn of_list(listed: &Listed) -> Self {
        Self { people: Vec::new(), only: listed.with.first().filter(|_| listed.recipient_count == 1).cloned() }
    }

    fn find(&self, is_meant: impl Fn(&Known) -> bool) -> Option<String> {
        self.people.iter().find(|known| is_meant(known)).map(|known| known.name.clone()).or_else(|| self.only.clone())
    }
}

/// The entries as lines, in their order, without those that only repeat another one.
pub(super) fn happenings(frame: &Frame, entries: &[Recorded], names: &Names) -> Vec<Happening> {
    entries
        .iter()
        .filter(|entry| !is_said_otherwise(entry))
        .filter_map(|entry| {
            let told = happening(frame, entry, names)?;
            // Whoever downloaded from there was no scanner.
            let more = told.more.filter(|more| *more != More::MaybeScanner || !has_downloaded(entry, entries));
            Some(Happening { more, ..told })
        })
        .collect()
}

/// Whether a download was started through the same link from the same address.
fn has_downloaded(view: &Recorded, entries: &[Recorded]) -> bool {
    entries
        .iter()
        .any(|entry| entry.action == Action::DownloadStarted && entry.actor_id == view.actor_id && entry.ip == view.ip)
}

/// A file's arrival is told by `file.added`; that its upload began and ended says nothing more to its owner. That a notice
/// was sent is no part of the shipment: of what it tells there is a line, and only its failure is news.
fn is_said_otherwise(entry: &Recorded) -> bool {
    match entry.action {
        Action::UploadStarted => true,
        Action::MailSent => entry.details.0["recipient_id"].is_null(),
        Action::UploadCompleted => entry.details.0["already_there"] != true,
        _ => false,
    }
}

/// The entry as a line; nothing for what is not about a package.
pub(super) fn happening(frame: &Frame, entry: &Recorded, names: &Names) -> Option<Happening> {
    Some(Happening {
        deed: Deed::from_action(entry.action.name())?,
        at: frame.moment(entry.at),
        who: who(entry, names),
        what: what(entry),
        count: entry.details.0["count"].as_u64().unwrap_or(1),
        more: more(entry),
    })
}

fn more(entry: &Recorded) -> Option<More> {
    let details = &entry.details.0;
    let number = |key: &str| details[key].as_u64();
    match entry.action {
        Action::LinkViewed if details["scanner"] == true => Some(More::LikelyScanner),
        Action::LinkViewed => Some(More::MaybeScanner),
        Action::DownloadCompleted if details["timed_out"] == true => Some(More::TimedOut),
        Action::DownloadCompleted => {
            let duration = Duration::from_millis(number("duration_ms")?);
            Some(More::Delivered { bytes: number("bytes")?, duration })
        }
        Action::DownloadStarted if details["taken_over"] == true => Some(More::TakenOver),
        Action::DownloadAborted if details["released"] == true => Some(More::Released),
        Action::DownloadAborted => Some(More::BrokeOff { percent: number("percent")? }),
        _ => None,
    }
}

fn who(entry: &Recorded, names: &Names) -> String {
    let details = &entry.details.0;
    let text = |key: &str| details[key].as_str().unwrap_or_default().to_owned();
    match entry.action {
        Action::MailSent | Action::MailFailed | Action::MailUnknown => {
            let met = details["recipient_id"].as_str();
            met.and_then(|id| names.find(|known| known.id == id)).unwrap_or_else(|| text("to"))
        }
        Action::LinkRevoked => {
            let email = text("recipient");
            names.find(|known| known.email == email).unwrap_or(email)
        }
        _ if entry.actor_kind == "link" && entry.actor_name.is_empty() => {
            names.find(|known| known.link.is_some() && known.link == entry.actor_id).unwrap_or_default()
        }
        _ => entry.actor_name.clone(),
    }
}

/// The file it was about; nothing for a whole package.
fn what(entry: &Recorded) -> String {
    let details = &entry.details.0;
    if details["archive"] == true {
        return String::new();
    }
    let name = details.get("path").or_else(|| details.get("name")).and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}
