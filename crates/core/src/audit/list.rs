//! Reading the log: a package's entries for those who may see it, everything for administrators.
pub use super::store::Filter;
use super::store::Order;
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
    let filter = Filter { package: Some(id), ..Filter::default() };
    store::list(&mut conn, &filter, Order::NewestFirst { before }, limit).await
}

/// The newest entry of each of these packages, in their order.
pub async fn newest_of(app: &App, actor: &Actor, packages: &[&Package]) -> Result<Vec<Option<Recorded>>> {
    let mut conn = app.db.read().await?;
    let mut newest = Vec::with_capacity(packages.len());
    for package in packages {
        require(actor, Wish::LookAt(package))?;
        let filter = Filter { package: Some(package.id), ..Filter::default() };
        newest.push(store::list(&mut conn, &filter, Order::NewestFirst { before: None }, 1).await?.pop());
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
    store::list(&mut app.db.read().await?, filter, Order::NewestFirst { before }, limit).await
}

/// A batch of an export: matching entries behind `after`, oldest first, at most [`EXPORT_BATCH`]; empty at the end.
/// Administrators only, asked at each batch.
pub async fn export(app: &App, actor: &Actor, filter: &Filter, after: Option<AuditEntryId>) -> Result<Vec<Recorded>> {
    require(actor, Wish::Administer)?;
    export_batch(app, filter, after).await
}

/// As [`export`], for the operator's command.
pub async fn export_batch(app: &App, filter: &Filter, after: Option<AuditEntryId>) -> Result<Vec<Recorded>> {
    store::list(&mut app.db.read().await?, filter, Order::OldestFirst { after }, EXPORT_BATCH).await
}

/// Entries that an export holds in memory at a time.
pub const EXPORT_BATCH: u64 = 500;
