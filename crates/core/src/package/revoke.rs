//! An owner takes a package, or one recipient's link, back. Running transfers end at once.
use serde_json::json;

use super::{PackageView, show, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::download::store as downloads;
use crate::error::{Error, Refusal, Result};
use crate::ids::{PackageId, RecipientId};
use crate::job::{self, Job};
use crate::link::{limit, store as links};
use crate::package::Direction;

/// Ends the package for good; outbound bytes are erased at once. Repeatable. [`Refusal::StillDraft`] for drafts.
pub async fn revoke(app: &App, actor: &Actor, id: PackageId) -> Result<PackageView> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let mut package = store::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    if package.finalized_at.is_none() {
        return Err(Refusal::StillDraft.into());
    }
    if package.revoked_at.is_none() {
        package.revoked_at = Some(now);
        package.changed_at = now;
        store::save(&mut tx, &mut package, &app.site.retention).await?;
        for link in links::of_package(&mut tx, id).await? {
            links::revoke(&mut tx, link.id, now).await?;
        }
        downloads::withdraw_package(&mut tx, id, now).await?;
        if package.direction == Direction::Outbound {
            job::enqueue(&mut tx, app, Job::ErasePackage { id }, now).await?;
        }
        let entry = Entry::new(now, Action::PackageRevoked, actor.author(), &actor.origin).package(id);
        audit::record(&mut tx, app, entry).await?;
    }
    let view = show::view(&mut tx, app, package).await?;
    tx.commit().await?;
    app.deliveries.cut_package(id);
    app.writers.stop_package(id);
    Ok(view)
}

/// Ends one recipient's link; the others go on. Repeatable.
pub async fn revoke_recipient(app: &App, actor: &Actor, id: PackageId, recipient: RecipientId) -> Result<PackageView> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let mut package = store::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    let people = store::recipients(&mut tx, id).await?;
    let person = people.iter().find(|person| person.id == recipient).ok_or(Error::NotFound)?;
    if package.finalized_at.is_none() {
        return Err(Refusal::StillDraft.into());
    }
    let mut revoked = Vec::new();
    for link in links::of_package(&mut tx, id).await?.iter().filter(|link| link.recipient_id == Some(recipient)) {
        if links::revoke(&mut tx, link.id, now).await? {
            downloads::withdraw_link(&mut tx, link.id, now).await?;
            revoked.push(link.id);
        }
    }
    if !revoked.is_empty() {
        // The others may have used up theirs.
        limit::observe(&mut tx, app, &mut package).await?;
        store::save(&mut tx, &mut package, &app.site.retention).await?;
        let entry = Entry::new(now, Action::LinkRevoked, actor.author(), &actor.origin)
            .package(id)
            .details(json!({"recipient": person.email, "link_ids": revoked}));
        audit::record(&mut tx, app, entry).await?;
    }
    let view = show::view(&mut tx, app, package).await?;
    tx.commit().await?;
    app.deliveries.cut_links(&revoked);
    Ok(view)
}
