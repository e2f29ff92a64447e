//! Reading the log: a package's entries for those who may see it, everything for administrators.
pub use super::store::Filter;
use super::{Recorded, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{AuditEntryId, PackageId};
use crate::package::{self, Package};

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

/// The newest entry of each of these packages, in their order.
pub async fn newest_of(app: &App, actor: &Actor, packages: &[&Package]) -> Result<Vec<Option<Recorded>>> {
    let mut conn = app.db.read().await?;
    let mut newest = Vec::with_capacity(packages.len());
    for package in packages {
        require(actor, Wish::LookAt(package))?;
        let filter = Filter { package: Some(package.id), ..Filter::default() };
        newest.push(store::list(&mut conn, &filter, None, 1).await?.pop());
    }
    Ok(newest)
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
