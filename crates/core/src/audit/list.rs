//! Reading the log: a package's entries for those who may see it, everything for administrators.
pub use super::store::Filter;
use super::{Recorded, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{AuditEntryId, PackageId};
use crate::package;

/// The entries of one package older than `before`, newest first.
pub async fn of_package(
    app: &App,
    actor: &Actor,
    id: PackageId,
    before: Option<AuditEntryId>,
    limit: u64,
) -> Result<Vec<Recorded>> {
    let mut conn = app.db.read().await?;
    let package = package::store::by_id(&mut conn, id).await?.ok_or(Error::NotFound)?;
    require(actor, Wish::LookAt(&package))?;
    store::list(&mut conn, &Filter { package: Some(id), ..Filter::default() }, before, limit).await
}

/// All entries that match, newest first; administrators only.
pub async fn all(
    app: &App,
    actor: &Actor,
    filter: &Filter,
    before: Option<AuditEntryId>,
    limit: u64,
) -> Result<Vec<Recorded>> {
    require(actor, Wish::Administer)?;
    store::list(&mut app.db.read().await?, filter, before, limit).await
}
