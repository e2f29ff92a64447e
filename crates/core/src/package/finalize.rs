//! A draft becomes a shipment: links are minted, one e-mail per recipient is queued.
use serde_json::json;

use super::{Kind, PackageView, all_good, show, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, FieldError, FieldProblem, Refusal, Result};
use crate::ids::PackageId;
use crate::policy::Status;
use crate::{link, mail, upload};

/// What to do with uploads that are not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// Refuse: a partial set is never sent by itself.
    Refuse,
    /// Drop them: the owner decided.
    Discard,
}

/// Finalizes the package. Repeating it answers the same and mails nobody twice.
///
/// Errors: [`Refusal::NoFiles`], [`Refusal::UnfinishedUploads`]; [`Error::Invalid`] without title or recipient.
pub async fn finalize(app: &App, actor: &Actor, id: PackageId, unfinished: Unfinished) -> Result<PackageView> {
    let now = app.now();
    let mut tx = app.db.begin_write().await?;
    let mut package = store::lock(&mut tx, id).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    if package.status(now) != Status::Draft {
        return match package.status(now) {
            Status::Revoked => Err(Refusal::Revoked.into()),
            _ => show::view(&mut tx, app, package).await,
        };
    }
    let recipients = store::recipients(&mut tx, id).await?;
    let mut wrong = Vec::new();
    if package.kind == Kind::Package {
        let required = |field: &str| FieldError { field: field.to_owned(), problem: FieldProblem::Required };
        if package.title.is_empty() {
            wrong.push(required("title"));
        }
        if recipients.is_empty() {
            wrong.push(required("recipients"));
        }
    }
    all_good(wrong)?;
    let open = upload::store::open_of_package(&mut tx, id).await?;
    if unfinished == Unfinished::Refuse && !open.is_empty() {
        return Err(Refusal::UnfinishedUploads { count: crate::account::count(open.len()) }.into());
    }
    if package.file_count == 0 {
        return Err(Refusal::NoFiles.into());
    }
    for upload in &open {
        upload::drop_upload::discard(&mut tx, app, upload).await?;
    }

    package.finalized_at = Some(now);
    package.policy_set_at = now;
    package.changed_at = now;
    store::save(&mut tx, &mut package, &app.site.retention).await?;
    let purpose = link::purpose_of(&package);
    if recipients.is_empty() {
        link::mint(&mut tx, app, id, None, purpose).await?;
    }
    for recipient in &recipients {
        let link = link::mint(&mut tx, app, id, Some(recipient.id), purpose).await?;
        mail::outbox::invite(&mut tx, app, &package, recipient, &link).await?;
    }
    let details = json!({
        "files": package.file_count, "bytes": package.total_bytes, "discarded_uploads": open.len(),
        "recipients": recipients.iter().map(|r| r.email.as_str()).collect::<Vec<_>>(),
    });
    let entry = Entry::new(now, Action::PackageFinalized, actor.author(), &actor.origin).package(id).details(details);
    audit::record(&mut tx, app, entry).await?;
    let view = show::view(&mut tx, app, package).await?;
    tx.commit().await?;
    app.writers.stop(open.iter().map(|upload| upload.id));
    Ok(view)
}
