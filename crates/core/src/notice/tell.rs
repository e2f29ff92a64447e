//! The one door through which notices become e-mails: each event once per address, the first few at once and each by
//! itself, what comes beyond collected for a digest. The package's row is held by the caller, addresses are then taken in
//! their order, so that two events never wait for each other in a circle.
use jiff::tz::TimeZone;

use super::{DIGEST_EVERY, Gist, Reader, SINGLE_NOTICES, digest, store};
use crate::account::{self, Account, Email};
use crate::app::App;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::ids::new_uuid;
use crate::job::{self, Job};
use crate::link::{limit, store as links};
use crate::mail::{MailContent, outbox};
use crate::package::Package;
use crate::policy::sentence;
use crate::text::{Language, Text};

/// Tells a package's owner, unless he has switched this off. What may happen to a package twice (a refusal, a question)
/// is an event of its own each time; whoever calls does it in the transaction of that event.
pub(crate) async fn tell_owner(tx: &mut Tx, app: &App, package: &Package, content: MailContent) -> Result<()> {
    let event = format!("{}:{}", content.kind(), new_uuid(app.now(), &*app.entropy));
    tell_owner_of(tx, app, package, &event, content).await
}

/// As [`tell_owner`], in sentences of the reader's language and zone.
pub(crate) async fn tell_owner_in_words(
    tx: &mut Tx,
    app: &App,
    package: &Package,
    content: impl FnOnce(Text, &TimeZone) -> MailContent,
) -> Result<()> {
    let Some(owner) = account::store::by_id(tx, package.owner_id).await? else { return Ok(()) };
    let reader = of_account(app, &owner);
    let content = content(reader.text(), &reader.time_zone());
    tell_owner(tx, app, package, content).await
}

/// As [`tell_owner`], once per `event`.
pub(crate) async fn tell_owner_of(
    tx: &mut Tx,
    app: &App,
    package: &Package,
    event: &str,
    content: MailContent,
) -> Result<()> {
    let Some(owner) = account::store::by_id(tx, package.owner_id).await? else { return Ok(()) };
    if !wants(app, &owner, &content) {
        return Ok(());
    }
    tell(tx, app, package, event, vec![(of_account(app, &owner), content)]).await
}

/// Whether the owner wants to be told of this.
pub(super) fn wants(app: &App, owner: &Account, content: &MailContent) -> bool {
    let switch = Gist::of(content, crate::text::Text::new(app.site.language)).and_then(|gist| gist.kind.switch());
    // Nobody reads for an account that was disabled.
    owner.disabled_at.is_none() && switch.is_none_or(|switch| owner.defaults.0.notices.is_on(switch))
}

/// Tells each of these of one event. An address that was told of it before is left out, and so is the second of two equal
/// addresses.
pub(super) async fn tell(
    tx: &mut Tx,
    app: &App,
    package: &Package,
    event: &str,
    mut told: Vec<(Reader, MailContent)>,
) -> Result<()> {
    let now = app.now();
    told.sort_by(|(a, _), (b, _)| a.email_key.cmp(&b.email_key));
    for (reader, content) in told {
        digest::lock_address(tx, &reader.email_key).await?;
        if store::was_told(tx, &reader.email_key, event).await? {
            continue;
        }
        let gist = Gist::of(&content, reader.text())
            .ok_or_else(|| Error::Internal(format!("a mail of kind {} is no notice", content.kind())))?;
        let since = now - jiff::SignedDuration::try_from(DIGEST_EVERY).unwrap_or(jiff::SignedDuration::ZERO);
        let is_waiting = store::is_waiting(tx, &reader.email_key).await?;
        let is_flood = is_waiting || store::count_since(tx, &reader.email_key, since).await? >= SINGLE_NOTICES;
        let mail = if is_flood {
            None
        } else {
            Some(outbox::queue_notice(tx, app, Some(package.id), &reader, content).await?)
        };
        let email_key = reader.email_key.clone();
        let notice = store::New { event, reader: &reader, package: package.id, gist, mail, now };
        store::insert(tx, app, notice).await?;
        if is_flood && !is_waiting {
            job::enqueue(tx, app, Job::SendDigest { address: email_key }, job::later(now, DIGEST_EVERY)).await?;
        }
    }
    Ok(())
}

/// An account as a reader.
pub(super) fn of_account(app: &App, account: &Account) -> Reader {
    let language = account.language.as_deref().and_then(Language::parse).unwrap_or(app.site.language);
    let email_key = Email::parse(&account.email).map_or_else(|| account.email.to_lowercase(), |email| email.key());
    Reader {
        party: crate::mail::Party { name: account.name.clone(), email: account.email.clone() },
        email_key,
        language,
        zone: account.time_zone.clone().unwrap_or_else(|| zone_name(app)),
        has_account: account.disabled_at.is_none(),
    }
}

/// The readers behind a package's addresses to notify: in their own words where an account has the address.
pub(super) async fn notified(conn: &mut Conn, app: &App, package: &Package) -> Result<Vec<Reader>> {
    let mut readers = Vec::new();
    for text in &package.notify.0 {
        let Some(email) = Email::parse(text) else { continue };
        readers.push(of_address(conn, app, &email).await?);
    }
    Ok(readers)
}

/// Whoever reads at this address.
pub(super) async fn of_address(conn: &mut Conn, app: &App, email: &Email) -> Result<Reader> {
    let account = account::store::by_email_key(conn, &email.key()).await?;
    Ok(account.map_or_else(
        || Reader {
            party: crate::mail::Party { name: String::new(), email: email.as_str().to_owned() },
            email_key: email.key(),
            language: app.site.language,
            zone: zone_name(app),
            has_account: false,
        },
        |account| of_account(app, &account),
    ))
}

/// The package's policy sentence in the reader's words and zone.
pub(super) async fn policy_sentence(conn: &mut Conn, app: &App, package: &Package, reader: &Reader) -> Result<String> {
    let left = limit::downloads_left(package, &links::of_package(conn, package.id).await?);
    let zone: TimeZone = reader.time_zone();
    let state = sentence::state(&package.facts(), &app.site.retention, left, app.now(), reader.text(), &zone);
    Ok(state.sentence)
}

fn zone_name(app: &App) -> String {
    app.site.time_zone.iana_name().unwrap_or("UTC").to_owned()
}
