//! The outbox: every e-mail is a row that is written in the transaction of the event that owes it, and delivered by a
//! job. Per event and recipient at most one copy is accepted, unless a server's last answer was lost: then the state is
//! `unknown` and people decide.
pub mod deliver;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::content::{FileLine, Letter, MailContent, Party};
use super::transport::Transport;
use crate::app::App;
use crate::db::{Json, Tx};
use crate::error::{Error, Result};
use crate::file::store as files;
use crate::ids::{LinkId, MailId, PackageId, RecipientId};
use crate::job::{self, Job};
use crate::notice::Reader;
use crate::package::{Link, LinkPurpose, Package, Recipient};
use crate::policy::sentence;
use crate::text::{Language, Text};
use crate::{account, names, row};

names! {
    /// What is known about one e-mail.
    pub enum MailState {
        Queued = "queued",
        /// Committed before the content goes out.
        Sending = "sending",
        Sent = "sent",
        /// Refused for now; it will be tried again.
        Deferred = "deferred",
        /// Refused for good.
        Rejected = "rejected",
        /// The server's last answer was lost; it is not sent again by itself.
        Unknown = "unknown",
        /// Its reason went away before it was sent (the link was revoked, say).
        Cancelled = "cancelled",
    }
}

/// Where mails go, and whom they come from.
#[derive(Debug)]
pub struct Mailer {
    pub transport: Transport,
    /// The instance's address.
    pub from: String,
    /// Where complaints go, shown in every mail.
    pub abuse_contact: Option<String>,
}

row! {
    /// A mail as it is stored.
    pub struct Mail {
        pub id: MailId,
        pub package_id: Option<PackageId>,
        pub recipient_id: Option<RecipientId>,
        pub link_id: Option<LinkId>,
        pub to_name: String,
        pub to_email: String,
        pub(crate) content: Json<Letter>,
        pub state: MailState,
        pub on_hold: bool,
        pub attempts: u64,
        pub answer: Option<String>,
        pub created_at: Timestamp,
        pub state_at: Timestamp,
    }
}

/// Queues the mail that brings a recipient the link.
pub(crate) async fn invite(
    tx: &mut Tx,
    app: &App,
    package: &Package,
    recipient: &Recipient,
    link: &Link,
) -> Result<MailId> {
    let owner = account::store::by_id(tx, package.owner_id).await?.ok_or(Error::NotFound)?;
    let letter_in = |content| Letter { language: app.site.language, zone: zone_name(app), content };
    let sender = Party { name: owner.name, email: owner.email };
    let ends = ends(app, package, link, app.site.language);
    let (title, note) = (package.title.clone(), package.note.clone());
    let content = match link.purpose {
        LinkPurpose::Upload => MailContent::Request { sender, title, note, ends },
        LinkPurpose::Download => {
            let files = files::of_package(tx, package.id).await?;
            let files =
                files.into_iter().map(|file| FileLine { path: file.relative_path, size_bytes: file.size }).collect();
            MailContent::Shared { sender, title, note, files, ends }
        }
    };
    let now = app.now();
    let mail = Mail {
        id: MailId::new(now, &*app.entropy),
        package_id: Some(package.id),
        recipient_id: Some(recipient.id),
        link_id: Some(link.id),
        to_name: recipient.name.clone(),
        to_email: recipient.email.clone(),
        content: Json(letter_in(content)),
        state: MailState::Queued,
        on_hold: false,
        attempts: 0,
        answer: None,
        created_at: now,
        state_at: now,
    };
    queue(tx, app, &mail).await?;
    Ok(mail.id)
}

/// Queues a notice; whether it goes by itself, and whether it goes at all, was decided before.
pub(crate) async fn queue_notice(
    tx: &mut Tx,
    app: &App,
    package: Option<PackageId>,
    reader: &Reader,
    content: MailContent,
) -> Result<MailId> {
    let now = app.now();
    let mail = Mail {
        id: MailId::new(now, &*app.entropy),
        package_id: package,
        recipient_id: None,
        link_id: None,
        to_name: reader.party.name.clone(),
        to_email: reader.party.email.clone(),
        content: Json(Letter { language: reader.language, zone: reader.zone.clone(), content }),
        state: MailState::Queued,
        on_hold: false,
        attempts: 0,
        answer: None,
        created_at: now,
        state_at: now,
    };
    queue(tx, app, &mail).await?;
    Ok(mail.id)
}

async fn queue(tx: &mut Tx, app: &App, mail: &Mail) -> Result<()> {
    store::insert(tx, mail).await?;
    job::enqueue(tx, app, Job::DeliverMail { id: mail.id }, mail.created_at).await?;
    Ok(())
}

fn ends(app: &App, package: &Package, link: &Link, language: Language) -> String {
    let (text, site) = (Text::new(language), &app.site);
    let left = link.downloads_left(package.max_downloads);
    sentence::state(&package.facts(), &site.retention, left, app.now(), text, &site.time_zone).sentence
}

fn zone_name(app: &App) -> String {
    app.site.time_zone.iana_name().unwrap_or("UTC").to_owned()
}
