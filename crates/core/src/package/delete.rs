//! An owner deletes a package, and may take that back for ten seconds.
use std::time::Duration;

use jiff::SignedDuration;

use super::{PackageView, show, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::download::store as downloads;
use crate::error::{Error, Refusal, Result};
use crate::ids::PackageId;
use crate::job::{self, Job};

/// Deletes the package: from now on it is not found, its links end, running transfers are cut; bytes go after the undo
/// time. [`Error::NotFound`] when it is already deleted.
pub async fn delete(app: &App, actor: &Actor, id: PackageId) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let mut package = store::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    package.deleted_at = Some(now);
    downloads::withdraw_package(&mut tx, id, now).await?;
    store::save(&mut tx, &mut package, &app.site.retention).await?;
    let undo = SignedDuration::try_from(app.site.retention.undo).unwrap_or(SignedDuration::ZERO);
    job::enqueue(&mut tx, app, Job::ErasePackage { id }, now + undo).await?;
    let entry = Entry::new(now, Action::PackageDeleted, actor.author(), &actor.origin).package(id);
    audit::record(&mut tx, app, entry).await?;
    tx.commit().await?;
    app.deliveries.cut_package(id);
    app.writers.stop_package(id);
    Ok(())
}

/// A deletion that can still be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    pub title: String,
    /// How long it can.
    pub left: Duration,
}

/// Whether the actor may still take the deletion of this package back; changes nothing.
pub async fn undoable(app: &App, actor: &Actor, id: PackageId) -> Result<Option<Undoable>> {
    let Some(package) = store::any_by_id(&mut app.db.read().await?, id).await? else { return Ok(None) };
    let Some(deleted_at) = package.deleted_at.filter(|_| package.erased_at.is_none()) else { return Ok(None) };
    require(actor, Wish::Change(&package))?;
    let passed = app.now().duration_since(deleted_at).unsigned_abs();
    let left = app.site.retention.undo.saturating_sub(passed);
    Ok((!left.is_zero()).then_some(Undoable { title: package.title, left }))
}

/// Takes a deletion back, as if it had not happened. [`Refusal::TooLateToUndo`] once the undo time is over.
pub async fn undelete(app: &App, actor: &Actor, id: PackageId) -> Result<PackageView> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let mut package = store::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    if let Some(deleted_at) = package.deleted_at {
        let gone = now.duration_since(deleted_at).unsigned_abs() >= app.site.retention.undo;
        if gone || package.erased_at.is_some() {
            return Err(Refusal::TooLateToUndo.into());
        }
        package.deleted_at = None;
        downloads::reinstate(&mut tx, id, deleted_at).await?;
        store::save(&mut tx, &mut package, &app.site.retention).await?;
        let entry = Entry::new(now, Action::PackageChanged, actor.author(), &actor.origin)
            .package(id)
            .details(serde_json::json!({"undeleted": true}));
        audit::record(&mut tx, app, entry).await?;
    }
    let view = show::view(&mut tx, app, package).await?;
    tx.commit().await?;
    Ok(view)
}
