//! The holder of a link that has ended asks its sender for a new one. It mails the sender at most once per link and day,
//! and says nothing about the package that the holder did not know.
use jiff::{SignedDuration, Timestamp};

use super::{door, limit, store as links};
use crate::access::Origin;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::Tx;
use crate::download::start::link_author;
use crate::error::{LinkEnd, Refusal, Result};
use crate::mail::content::{MailContent, Party};
use crate::notice;
use crate::package::{Link, Package, store as packages};

/// An owner hears of a link once in this time, however often its holder presses the button.
pub const ONCE_IN: SignedDuration = SignedDuration::from_hours(24);

/// Whether the sender was asked at `asked_at` so lately that it still counts at `now`.
pub fn is_asked(asked_at: Option<Timestamp>, now: Timestamp) -> bool {
    asked_at.is_some_and(|at| at > now - ONCE_IN)
}

/// Mails the owner, with his audit entry in the same transaction; repeated within a day it changes nothing and answers the
/// same. The password of a protected link is not asked for: nothing is told, and whoever lost it may ask as well.
///
/// A link that was withdrawn may be asked for too: it cannot be extended any more, but its owner can send again.
///
/// Errors: [`Error::Gone`](crate::error::Error::Gone) for links that nobody has and for deleted packages; [`Refusal::LinkWorks`];
/// [`Error::TooMany`](crate::error::Error::TooMany) for an address that asks at many links.
pub async fn ask(app: &App, origin: &Origin, token: &str) -> Result<()> {
    let unknown = || door::Refused { end: LinkEnd::Unknown, link: None, failure: None };
    let mut conn = app.db.read().await?;
    let known = door::by_token(&mut conn, token).await?.and_then(|link| link.package_id.map(|id| (link, id)));
    drop(conn);
    let Some((link, id)) = known else { return Err(door::refuse(app, origin, unknown()).await) };
    let now = app.now();
    if is_asked(link.asked_at, now) {
        return Ok(());
    }
    app.guesses.check_ask(origin)?;
    let mut tx = app.db.begin_write().await?;
    let package = packages::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none() && p.finalized_at.is_some());
    let link = links::by_id(&mut tx, link.id).await?;
    let Some((package, link)) = package.zip(link) else {
        drop(tx);
        return Err(door::refuse(app, origin, unknown()).await);
    };
    let Some(end) = limit::end(&package, &link, now) else { return Err(Refusal::LinkWorks.into()) };
    if links::mark_asked(&mut tx, link.id, now - ONCE_IN, now).await? {
        tell(&mut tx, app, &package, &link, end).await?;
        let author = link_author(&mut tx, &link).await?;
        audit::record(&mut tx, app, Entry::new(now, Action::LinkAsked, author, origin).package(id)).await?;
        packages::touch(&mut tx, id, package.owner_id).await?;
    }
    tx.commit().await
}

async fn tell(tx: &mut Tx, app: &App, package: &Package, link: &Link, end: LinkEnd) -> Result<()> {
    let people = packages::recipients(tx, package.id).await?;
    let who = people.into_iter().find(|person| Some(person.id) == link.recipient_id);
    let who = who.map(|person| Party { name: person.name, email: person.email });
    notice::tell_owner_in_words(tx, app, package, |text, zone| {
        let at = |at: Timestamp| text.date_time(at, zone);
        let status = match end {
            LinkEnd::Expired { at: moment } => text.with("mail-asked-expired", &[("at", at(moment).into())]),
            LinkEnd::Completed { at: moment } => text.with("mail-asked-completed", &[("at", at(moment).into())]),
            LinkEnd::Revoked { at: moment } => text.with("mail-asked-revoked", &[("at", at(moment).into())]),
            LinkEnd::Unknown => String::new(),
        };
        MailContent::Asked { who: who.clone(), title: package.title.clone(), message: String::new(), status }
    })
    .await
}
