//! Makes the app out of the settings: database, key file, blobs, mail. The same for `serve` and for every command.
use std::net::IpAddr;
use std::sync::Arc;

use waybill_core::account::Email;
use waybill_core::account::password::Passwords;
use waybill_core::account::set_up::Setup;
use waybill_core::app::App;
use waybill_core::blob::LocalStore;
use waybill_core::clock::SystemClock;
use waybill_core::clock::trust::Trust;
use waybill_core::db::{Db, Durability, Location, OpenError};
use waybill_core::download::Deliveries;
use waybill_core::download::plans::ArchivePlans;
use waybill_core::guesses::{GuessLimits, Guesses};
use waybill_core::ids::SystemEntropy;
use waybill_core::instance::{self, Mismatch};
use waybill_core::mail::Mailer;
use waybill_core::mail::folder::Folder as MailFolder;
use waybill_core::mail::smtp::{Smtp, Timeouts};
use waybill_core::mail::transport::Transport;
use waybill_core::secret::Keys;
use waybill_core::upload::Writers;
use waybill_core::urls::Urls;

use super::failure::Failure;
use super::folder::Folder;
use crate::config::Config;

/// What a command does when there is nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// It makes the folder and everything in it.
    Make,
    /// It fails: making a new, empty instance would only hide that the folder is the wrong one.
    Refuse,
}

/// Opens the instance for a command that runs beside the server. It gives nobody a link, so where the server listens
/// does not matter.
pub(super) async fn open_beside(config: &Config, absent: Absent) -> Result<App, Failure> {
    let urls = match &config.public_url {
        Some(urls) => urls.clone(),
        None => urls_of_address(&config.listen.to_string()),
    };
    open(config, urls, absent).await
}

/// URLs at a listening address.
pub(super) fn urls_of_address(address: &str) -> Urls {
    Urls::parse(&format!("http://{address}")).expect("an address with a port makes a URL")
}

/// Opens the instance, and makes it when it may and there is none.
pub(super) async fn open(config: &Config, urls: Urls, absent: Absent) -> Result<App, Failure> {
    let folder = Folder::new(&config.data_dir);
    if absent == Absent::Refuse && config.database_url.is_none() && !folder.database().exists() {
        return Err(nothing_here(&folder));
    }
    folder.make()?;
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
    let db = Db::open(&location(config, &folder)).await.map_err(cannot_open)?;
    let keys = keys_of(&db, &folder, &entropy, absent).await?;
    let marked = folder.marked()?;
    let id = instance::join(&db, &keys, marked, &*clock, &*entropy).await.map_err(|error| foreign(&error, &folder))?;
    if marked.is_none() {
        folder.set_mark(id)?;
    }
    let blobs = LocalStore::open(folder.blobs()).await.map_err(|error| because(&error))?;
    Ok(App {
        db,
        blobs: Arc::new(blobs),
        keys,
        clock,
        trust: Trust::default(),
        passwords: Passwords::new(&*entropy),
        entropy,
        site: config.site.clone(),
        mailer: mailer(config, &urls, &folder)?,
        urls,
        guesses: Guesses::new(GuessLimits::default()),
        setup: Setup::default(),
        writers: Writers::default(),
        deliveries: Deliveries::default(),
        plans: ArchivePlans::default(),
    })
}

fn location(config: &Config, folder: &Folder) -> Location {
    match &config.database_url {
        Some(url) => Location::Postgres { url: url.clone() },
        None => Location::Sqlite { file: folder.database(), durability: Durability::Full },
    }
}

/// The keys of the key file, which is made only for a database that has never had one.
async fn keys_of(db: &Db, folder: &Folder, entropy: &SystemEntropy, absent: Absent) -> Result<Keys, Failure> {
    let known = instance::recorded(db).await?;
    if known.is_none() && absent == Absent::Refuse {
        return Err(nothing_here(folder));
    }
    if known.is_some() && !folder.key().exists() {
        return Err(Failure::new(format!("the key file {} is missing", folder.key().display())).hint(
            "restore it from the backup, or copy it from another machine of this instance: without it no link works",
        ));
    }
    Keys::load_or_create(&folder.key(), entropy).map_err(|error| because(&error))
}

fn nothing_here(folder: &Folder) -> Failure {
    Failure::new(format!("there is no Waybill in the data folder {}", folder.path().display())).hint(
        "name the folder with --data-dir or WAYBILL_DATA_DIR, and a PostgreSQL database with WAYBILL_DATABASE_URL",
    )
}

fn foreign(error: &Mismatch, folder: &Folder) -> Failure {
    match error {
        Mismatch::ForeignKey => Failure::new(format!("{error}: {}", folder.key().display()))
            .hint("restore the key file that belongs to this database"),
        Mismatch::ForeignFolder => Failure::new(format!("{error}: {}", folder.path().display())).hint(
            "is WAYBILL_DATABASE_URL set as it was before, or the database lost? then restore it from the backup",
        ),
        Mismatch::Unknown(_) => because(error),
    }
}

fn mailer(config: &Config, urls: &Urls, folder: &Folder) -> Result<Mailer, Failure> {
    let transport = match &config.smtp {
        Some(settings) => {
            let smtp = Smtp::new(settings.clone(), urls.host(), Timeouts::default());
            Transport::Smtp(smtp.map_err(|error| because(&error))?)
        }
        None => Transport::Folder(MailFolder::new(folder.mail())),
    };
    let from = config.mail_from.clone().unwrap_or_else(|| sender_at(urls.host()));
    Ok(Mailer { transport, from: from.as_str().to_owned(), abuse_contact: config.abuse_contact.clone() })
}

/// `waybill@` the public host. Addresses at an IP address or a bare name are refused by many servers as malformed, so
/// those get the name that every machine has for itself.
fn sender_at(host: &str) -> Email {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let named = bare.parse::<IpAddr>().is_err().then(|| Email::parse(&format!("waybill@{host}"))).flatten();
    named.unwrap_or_else(|| Email::parse("waybill@localhost.localdomain").expect("a plain address"))
}

fn cannot_open(error: OpenError) -> Failure {
    match &error {
        OpenError::Connect { .. } => {
            because(&error).hint("check the database URL, and that the data folder belongs to the user that runs this")
        }
        OpenError::Migrate(_) => because(&error),
    }
}

/// The error with its causes, as one sentence.
pub(super) fn because(error: &dyn std::error::Error) -> Failure {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Failure::new(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_come_from_the_public_host_or_where_it_has_no_name_from_one_that_servers_take() {
        for (host, sender) in [
            ("files.example.com", "waybill@files.example.com"),
            ("127.0.0.1", "waybill@localhost.localdomain"),
            ("[::1]", "waybill@localhost.localdomain"),
            ("localhost", "waybill@localhost.localdomain"),
            ("intranet", "waybill@localhost.localdomain"),
        ] {
            assert_eq!(sender_at(host).as_str(), sender);
            assert!(waybill_core::mail::message::address(sender).is_some());
        }
    }
}
