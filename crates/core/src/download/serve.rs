//! What a download URL (or an owner's fetch) serves: a file's bytes, or an archive laid out over several files.
use std::sync::Arc;

use super::plans::ArchivePlan;
use super::ranges::RangeSet;
use super::start::archive_name;
use super::{Object, ledger, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::blob::BlobId;
use crate::db::Conn;
use crate::error::{Error, LinkEnd, Result};
use crate::file::store as files;
use crate::ids::{DownloadId, FileId, LinkId, PackageId};
use crate::link::store as links;
use crate::package::{File, store as packages};
use crate::secret::Token;

const ARCHIVE_TYPE: &str = "application/zip";

/// Bytes that can be sent.
#[derive(Debug)]
pub struct Content {
    pub body: Body,
    /// The name to save it under.
    pub name: String,
    pub size: u64,
    /// Strong, with its quotes.
    pub etag: String,
    pub content_type: String,
    pub package: PackageId,
    /// Counted and cut by these; `None` for the owner's own fetch.
    pub counted: Option<Counted>,
}

/// Where the bytes come from.
#[derive(Debug)]
pub enum Body {
    File(File),
    Archive(Arc<ArchivePlan>),
}

/// Whose download these bytes belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub object: crate::ids::DownloadObjectId,
    pub download: DownloadId,
    pub link: LinkId,
    /// Whose it was when it was looked at: a reservation may be taken over.
    pub(super) visit_hash: [u8; 32],
    /// Whether it takes a slot of its link: then every response keeps a [`ledger`](super::ledger).
    pub limited: bool,
    /// What was delivered or written ahead when it was looked at.
    pub covered: RangeSet,
}

impl Content {
    /// Whether the range can be kept apart from what was delivered before; an owner's fetch is not kept at all.
    pub fn has_room_for(&self, range: &std::ops::Range<u64>) -> bool {
        self.counted.as_ref().is_none_or(|counted| counted.covered.has_room_for(range))
    }

    /// The files whose bytes it is made of.
    pub fn files(&self) -> Vec<FileId> {
        match &self.body {
            Body::File(file) => vec![file.id],
            Body::Archive(plan) => plan.files.iter().map(|file| file.id).collect(),
        }
    }
}

impl File {
    /// The blob that holds its bytes.
    pub fn blob(&self) -> BlobId {
        BlobId(self.blob_id)
    }
}

/// What the download URL with this token serves right now. [`Error::Gone`] once its day is over, the package was revoked
/// or deleted, or a file in it was removed. Looking (HEAD) changes nothing.
pub async fn by_token(app: &App, token: &str) -> Result<Content> {
    let gone = || Error::Gone(LinkEnd::Unknown);
    let now = app.now();
    let token = Token::parse(token).ok_or_else(gone)?;
    let mut conn = app.db.read().await?;
    let object = store::object_by_token(&mut conn, token.hash()).await?.ok_or_else(gone)?;
    let download = store::by_id(&mut conn, object.download_id).await?.ok_or_else(gone)?;
    let link = links::by_id(&mut conn, download.link_id).await?.ok_or_else(gone)?;
    let package = packages::any_by_id(&mut conn, download.package_id).await?.ok_or_else(gone)?;
    // First, because it ends the download as well.
    if let Some(at) = link.revoked_at.or(package.revoked_at).or(package.deleted_at) {
        return Err(Error::Gone(LinkEnd::Revoked { at }));
    }
    if download.ended_at.is_some() || download.usable_until <= now {
        let at = download.ended_at.map_or(download.usable_until, |at| at.min(download.usable_until));
        return Err(Error::Gone(LinkEnd::Expired { at }));
    }
    if let Some(at) = package.erased_at {
        return Err(Error::Gone(LinkEnd::Revoked { at }));
    }
    let body = body_of(&mut conn, app, &object, package.id).await?.ok_or_else(gone)?;
    let covered = ledger::covered(&mut conn, &object).await?;
    let counted = Some(Counted {
        object: object.id,
        download: download.id,
        link: link.id,
        visit_hash: download.visit_hash,
        limited: download.limited,
        covered,
    });
    let content_type = match &body {
        Body::File(file) => file.content_type.clone(),
        Body::Archive(_) => ARCHIVE_TYPE.to_owned(),
    };
    let Object { name, size, etag, .. } = object;
    Ok(Content { body, name, size, etag, content_type, package: package.id, counted })
}

/// What the object is made of; `None` when a file of it is gone.
async fn body_of(conn: &mut Conn, app: &App, object: &Object, package: PackageId) -> Result<Option<Body>> {
    if let Some(id) = object.file_id {
        return Ok(files::by_id(conn, package, id).await?.map(Body::File));
    }
    // Removing a file ends the archives that contain it, so a living one has all of its files.
    let Some(frozen) = &object.archive_files else { return Ok(None) };
    let plan = app.plans.frozen(conn, package, &frozen.0).await?;
    // The URL was made for exactly these bytes; should a newer version lay archives out otherwise, it ends.
    Ok(plan.filter(|p| p.layout.len() == object.size && p.layout.etag() == object.etag).map(Body::Archive))
}

/// What an owner fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    File(FileId),
    Archive,
}

/// The owner's (or an administrator's) own look at a package's bytes: never counted.
pub async fn for_owner(app: &App, actor: &Actor, id: PackageId, what: Fetch) -> Result<Content> {
    let mut conn = app.db.read().await?;
    let package = packages::by_id(&mut conn, id).await?.ok_or(Error::NotFound)?;
    require(actor, Wish::LookAt(&package))?;
    if package.erased_at.is_some() {
        return Err(crate::error::Refusal::Erased.into());
    }
    let files = files::of_package(&mut conn, id).await?;
    match what {
        Fetch::File(wanted) => {
            let file = files.into_iter().find(|file| file.id == wanted).ok_or(Error::NotFound)?;
            Ok(Content {
                name: file.name().to_owned(),
                size: file.size,
                etag: file.etag(),
                content_type: file.content_type.clone(),
                package: id,
                counted: None,
                body: Body::File(file),
            })
        }
        Fetch::Archive => {
            let plan = app.plans.of(id, &files)?;
            Ok(Content {
                name: archive_name(&package),
                size: plan.layout.len(),
                etag: plan.layout.etag().to_owned(),
                content_type: ARCHIVE_TYPE.to_owned(),
                package: id,
                counted: None,
                body: Body::Archive(plan),
            })
        }
    }
}

/// Writes down that the owner (or an administrator) fetched bytes; called when a GET really serves them.
pub async fn record_fetch(app: &App, actor: &Actor, content: &Content) -> Result<()> {
    let details = match &content.body {
        Body::File(file) => serde_json::json!({"file_id": file.id, "path": file.relative_path}),
        Body::Archive(plan) => serde_json::json!({"archive": true, "files": plan.files.len()}),
    };
    let mut tx = app.db.begin_write().await?;
    let entry = Entry::new(app.now(), Action::FileFetched, actor.author(), &actor.origin)
        .package(content.package)
        .details(details);
    audit::record(&mut tx, app, entry).await?;
    tx.commit().await
}
