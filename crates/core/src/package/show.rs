//! One package with everything its owner (or an administrator) may see.
use super::{Kind, LinkView, MailView, Package, PackageView, RecipientView, UploadView, store};
use crate::access::{Actor, Wish, require};
use crate::account;
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::file::store as files;
use crate::ids::PackageId;
use crate::link::{limit, store as links};
use crate::package::Link;
use crate::policy::Status;
use crate::secret::Purpose;
use crate::{mail, upload};

/// Shows the package. [`Error::NotFound`] when it is not there, deleted, or somebody else's.
pub async fn show(app: &App, actor: &Actor, id: PackageId) -> Result<PackageView> {
    let mut conn = app.db.read().await?;
    let package = store::by_id(&mut conn, id).await?.ok_or(Error::NotFound)?;
    require(actor, Wish::LookAt(&package))?;
    let may_write = require(actor, Wish::Change(&package)).is_ok();
    let mut view = view(&mut conn, app, package).await?;
    if !may_write {
        view.uploads.iter_mut().for_each(|upload| upload.path = None);
    }
    Ok(view)
}

/// Gathers the view inside a caller's transaction, so that it answers with what it just did.
pub(crate) async fn view(conn: &mut Conn, app: &App, package: Package) -> Result<PackageView> {
    let now = app.now();
    let status = package.status(now);
    let owner = account::store::by_id(conn, package.owner_id).await?;
    let links = links::of_package(conn, package.id).await?;
    let mails = mail::outbox::store::newest_of_package(conn, package.id).await?;
    let mut recipients = Vec::new();
    for recipient in store::recipients(conn, package.id).await? {
        let newest = links.iter().rev().find(|link| link.recipient_id == Some(recipient.id));
        let link = newest.map(|link| link_view(app, link, &package, status)).transpose()?;
        let mail = mails.iter().find(|mail| mail.recipient_id == Some(recipient.id)).map(|mail| MailView {
            state: mail.state,
            answer: mail.answer.clone(),
            state_at: mail.state_at,
        });
        recipients.push(RecipientView { recipient, link, mail });
    }
    let own = links.iter().rev().find(|link| link.recipient_id.is_none());
    let link = own.map(|link| link_view(app, link, &package, status)).transpose()?;
    let files = files::of_package(conn, package.id).await?;
    let uploads = upload::store::open_of_package(conn, package.id)
        .await?
        .into_iter()
        .map(|upload| {
            let token = app.keys.open_token(Purpose::UploadToken, &upload.token_sealed);
            let token = token.map_err(|e| Error::Internal(format!("upload {}: {e}", upload.id)))?;
            Ok(UploadView {
                id: upload.id,
                relative_path: upload.relative_path,
                size: upload.size,
                received: upload.received,
                updated_at: upload.updated_at,
                path: Some(format!("/uploads/{}", token.reveal())),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let owner_name = owner.map(|owner| owner.name).unwrap_or_default();
    Ok(PackageView { package, owner_name, status, recipients, link, files, uploads })
}

fn link_view(app: &App, link: &Link, package: &Package, status: Status) -> Result<LinkView> {
    let token = app.keys.open_token(Purpose::LinkToken, &link.token_sealed);
    let token = token.map_err(|e| Error::Internal(format!("link {}: {e}", link.id)))?;
    let status = match (link.revoked_at, link.used_up_at(package.max_downloads)) {
        (Some(_), _) => Status::Revoked,
        (None, Some(_)) if status == Status::Active => Status::Completed,
        (None, _) => status,
    };
    Ok(LinkView { link: link.clone(), url: app.urls.link(&token), status })
}

impl PackageView {
    /// Downloads that are left on all living links together; `None` without a limit.
    pub fn downloads_left(&self) -> Option<u64> {
        let links = self.recipients.iter().filter_map(|one| one.link.as_ref()).chain(&self.link);
        limit::downloads_left(&self.package, links.map(|link| &link.link))
    }

    /// Whether it is a shipment to named people (and not a ticket, which is a link first).
    pub fn has_recipients(&self) -> bool {
        self.package.kind == Kind::Package
    }
}
