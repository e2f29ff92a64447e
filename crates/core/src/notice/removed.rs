//! A package's bytes are gone: the addresses to notify are told, once, and by what.
use super::{Reader, tell};
use crate::account;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::mail::{MailContent, Party};
use crate::package::Package;

/// Tells the addresses to notify that the files are gone; called in the transaction that erases the package, when its
/// `erased_at` is set. What was never sent was never announced to anybody: a draft goes without a word.
pub(crate) async fn package_erased(tx: &mut Tx, app: &App, package: &Package) -> Result<()> {
    if package.finalized_at.is_none() || package.notify.0.is_empty() {
        return Ok(());
    }
    let owner = account::store::by_id(tx, package.owner_id).await?;
    let owner = owner.map(|owner| Party { name: owner.name, email: owner.email });
    let mut told = Vec::new();
    for reader in tell::notified(tx, app, package).await? {
        let status = cause(tx, app, package, &reader).await?;
        told.push((reader, MailContent::Removed { owner: owner.clone(), title: package.title.clone(), status }));
    }
    tell::tell(tx, app, package, &format!("removed:{}", package.id), told).await
}

/// By what the package went, in the reader's words: a deletion is nobody's policy and has its own sentence.
async fn cause(tx: &mut Tx, app: &App, package: &Package, reader: &Reader) -> Result<String> {
    let Some(at) = package.deleted_at else { return tell::policy_sentence(tx, app, package, reader).await };
    let (text, zone) = (reader.text(), reader.time_zone());
    let deleted = text.with("notice-deleted", &[("at", text.date_time(at, &zone).into())]);
    let erased_at = package.erased_at.unwrap_or(at);
    let erased = text.with("policy-erased", &[("at", text.date_time(erased_at, &zone).into())]);
    Ok(format!("{deleted} {erased}"))
}
