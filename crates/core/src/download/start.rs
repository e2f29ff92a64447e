//! A person presses Download: his visit's download begins or goes on, and he gets the secret URL of the bytes.
use serde_json::json;

use super::ranges::RangeSet;
use super::{Download, Object, slots, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::{Json, Tx};
use crate::error::{Error, LinkEnd, Refusal, Result};
use crate::file::rendering::url_segment;
use crate::file::store as files;
use crate::ids::{DownloadObjectId, FileId};
use crate::link::door::{self, Credentials, Inside, Refused};
use crate::link::limit;
use crate::link::store as links;
use crate::package::{File, Link, Package, store as packages};
use crate::secret::{Keys, Purpose, Token, Visit};

/// What was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    File(FileId),
    Archive,
    /// The only file, otherwise the archive.
    Whole,
}

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// `/d/{token}/{file name}`; the name is decoration.
    pub path: String,
    pub size: u64,
    /// The visit id that goes on with this download, and proves the password where there is one.
    pub visit: String,
}

/// Starts, or continues, the download of the visit behind the link. Without a (genuine) visit id it is a visit of its
/// own. Errors: [`Error::Gone`], unless this visit's download is still usable; [`Error::NotFound`] for a file that is
/// not in the package; [`Refusal::Downloading`] while every slot of a limit is in use.
pub async fn start(
    app: &App,
    origin: &Origin,
    link_token: &str,
    target: Target,
    credentials: Credentials<'_>,
) -> Result<Started> {
    let inside = door::enter_to_download(app, origin, link_token, credentials).await?;
    match begin(app, origin, &inside, target).await {
        // A rule, or somebody else's start, was quicker than this one.
        Err(Error::Gone(end)) => {
            let refused = Refused::ended(end, inside.link.id, inside.package.id);
            Err(door::refuse(app, origin, refused).await)
        }
        started => started,
    }
}

async fn begin(app: &App, origin: &Origin, inside: &Inside, target: Target) -> Result<Started> {
    let visit = inside.visit.unwrap_or_else(|| Keys::new_visit(&*app.entropy));
    let mut tx = app.db.begin_write().await?;
    // The package's row decides between this start and whatever ends the package or the link at the same time.
    let mut package = packages::lock(&mut tx, inside.package.id).await?.ok_or(Error::NotFound)?;
    let link = links::by_id(&mut tx, inside.link.id).await?.ok_or(Error::NotFound)?;
    inside.check_lock(&package)?;
    if let Some(at) = link.revoked_at.or(package.revoked_at).or(package.deleted_at).or(package.erased_at) {
        return Err(Error::Gone(LinkEnd::Revoked { at }));
    }
    let files = files::of_package(&mut tx, package.id).await?;
    let download = match download_of(&mut tx, app, origin, &mut package, &link, &files, visit).await {
        // What was over has ended all the same, and may be why he is refused.
        Err(refused @ (Error::Gone(_) | Error::Refused(_))) => {
            tx.commit().await?;
            return Err(refused);
        }
        download => download?,
    };
    let (path, size) = object_of(&mut tx, app, origin, &link, &download, &files, target).await?;
    tx.commit().await?;
    Ok(Started { path, size, visit: inside.visit_text(app, visit) })
}

/// The visit's download: the one that goes on, or a new one, under a limit with a slot of its own.
async fn download_of(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    package: &mut Package,
    link: &Link,
    files: &[File],
    visit: Visit,
) -> Result<Download> {
    let now = app.now();
    let content_bytes = files.iter().map(|file| file.size).sum::<u64>() + app.plans.of(package.id, files)?.layout.len();
    if let Some(running) = store::usable(tx, link.id, visit.hash(), now).await? {
        if content_bytes > running.content_bytes {
            store::set_content(tx, running.id, content_bytes).await?;
        }
        if !slots::ended_because_spent(tx, app, package, &running).await? {
            return Ok(running);
        }
    }
    // A rule may have ended it, or the visit's day may be over, since somebody looked.
    if let Some(end) = limit::end(package, link, now) {
        return Err(Error::Gone(end));
    }
    let limited = package.max_downloads > 0;
    let wanted = Download { limited, ..slots::wanted(app, origin, link, visit.hash(), content_bytes) };
    let download = if limited {
        slots::reserve(tx, app, origin, package, link, wanted).await?
    } else {
        store::insert(tx, &wanted).await?;
        wanted
    };
    package.usable_until = Some(slots::usable_until(package, &download));
    packages::save(tx, package, &app.site.retention).await?;
    Ok(download)
}

/// The path and size of what was pressed.
async fn object_of(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    link: &Link,
    download: &Download,
    files: &[File],
    target: Target,
) -> Result<(String, u64)> {
    let now = app.now();
    let single = match target {
        Target::File(id) => Some(files.iter().find(|file| file.id == id).ok_or(Error::NotFound)?),
        Target::Archive => None,
        Target::Whole => files.first().filter(|_| files.len() == 1),
    };
    if files.is_empty() {
        return Err(Refusal::NoFiles.into());
    }
    let frozen = match single {
        Some(_) => None,
        None => Some(Json(files.iter().map(|file| file.id).collect::<Vec<_>>())),
    };
    let known = store::objects(tx, download.id).await?;
    let same = known.into_iter().find(|o| o.file_id == single.map(|f| f.id) && o.archive_files == frozen);
    if let Some(object) = same {
        let token = app.keys.open_token(Purpose::DownloadToken, &object.token_sealed);
        let token = token.map_err(|e| Error::Internal(format!("download object {}: {e}", object.id)))?;
        return Ok((path(&token, &object.name), object.size));
    }
    let (name, size, etag) = if let Some(file) = single {
        (file.name().to_owned(), file.size, file.etag())
    } else {
        let plan = app.plans.of(download.package_id, files)?;
        let package = packages::any_by_id(tx, download.package_id).await?.ok_or(Error::NotFound)?;
        (archive_name(&package), plan.layout.len(), plan.layout.etag().to_owned())
    };
    let token = Token::new(&*app.entropy);
    let object = Object {
        id: DownloadObjectId::new(now, &*app.entropy),
        download_id: download.id,
        token_sealed: app.keys.seal_token(Purpose::DownloadToken, &token, &*app.entropy),
        file_id: single.map(|file| file.id),
        archive_files: frozen,
        name,
        size,
        etag,
        created_at: now,
        in_pieces: false,
        delivered: RangeSet::new().to_bytes(),
        completed_at: None,
        ended_at: None,
    };
    store::insert_object(tx, &object, token.hash()).await?;
    let details = json!({
        "download_id": download.id, "file_id": object.file_id, "archive": single.is_none(), "name": object.name,
        "size": size,
    });
    let author = link_author(tx, link).await?;
    let entry = Entry::new(now, Action::DownloadStarted, author, origin).package(download.package_id).details(details);
    audit::record(tx, app, entry).await?;
    Ok((path(&token, &object.name), size))
}

/// The holder of a link, as the log names him: by the recipient it was made for.
pub(crate) async fn link_author(conn: &mut crate::db::Conn, link: &Link) -> Result<Author> {
    let mut name = String::new();
    if let (Some(package), Some(recipient)) = (link.package_id, link.recipient_id) {
        let people = packages::recipients(conn, package).await?;
        name = people.into_iter().find(|p| p.id == recipient).map(|p| p.name).unwrap_or_default();
    }
    Ok(Author::Link { id: link.id, name })
}

fn path(token: &Token, name: &str) -> String {
    format!("/d/{}/{}", token.reveal(), url_segment(name))
}

/// The archive's name for the person who saves it.
pub fn archive_name(package: &Package) -> String {
    let title = crate::file::rendering::save_name(&package.title);
    if package.title.is_empty() { "files.zip".to_owned() } else { format!("{title}.zip") }
}
