//! An owner sends the e-mail with the link again.
use serde_json::json;

use super::{PackageView, show, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, Refusal, Result};
use crate::ids::{PackageId, RecipientId};
use crate::link::store as links;
use crate::mail;
use crate::policy::Status;

/// Mails the link again to everybody on the package, or to one recipient. Revoked links stay revoked and are left out.
///
/// Errors: [`Refusal::StillDraft`], [`Refusal::Revoked`], [`Refusal::Ended`].
pub async fn resend(app: &App, actor: &Actor, id: PackageId, only: Option<RecipientId>) -> Result<PackageView> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let package = store::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    match package.status(now) {
        Status::Draft => return Err(Refusal::StillDraft.into()),
        Status::Revoked => return Err(Refusal::Revoked.into()),
        Status::Expired | Status::Completed => return Err(Refusal::Ended.into()),
        Status::Active => {}
    }
    let people = store::recipients(&mut tx, id).await?;
    if let Some(only) = only
        && people.iter().all(|person| person.id != only)
    {
        return Err(Error::NotFound);
    }
    let links = links::of_package(&mut tx, id).await?;
    let mut mailed = Vec::new();
    for person in people.iter().filter(|person| only.is_none_or(|only| only == person.id)) {
        let living = links.iter().rev().find(|l| l.recipient_id == Some(person.id) && l.revoked_at.is_none());
        match living {
            Some(link) => {
                mail::outbox::invite(&mut tx, app, &package, person, link).await?;
                mailed.push(person.email.as_str());
            }
            None if only.is_some() => return Err(Refusal::Revoked.into()),
            None => {}
        }
    }
    store::touch(&mut tx, id, package.owner_id).await?;
    let entry = Entry::new(now, Action::PackageChanged, actor.author(), &actor.origin)
        .package(id)
        .details(json!({"sent_again": mailed}));
    audit::record(&mut tx, app, entry).await?;
    let view = show::view(&mut tx, app, package).await?;
    tx.commit().await?;
    Ok(view)
}
