//! An upload begins: checked, reserved and stored before its first byte.
use serde_json::json;

use super::{Upload, store};
use crate::access::{Actor, Author, Origin, Wish, require};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::blob::RunningDigest;
use crate::db::{Json, Tx};
use crate::error::{Error, FieldProblem, Refusal, Result};
use crate::file::name::RelativePath;
use crate::ids::{LinkId, PackageId, UploadId, new_uuid};
use crate::limits;
use crate::package::{Direction, Kind, Package, store as packages};
use crate::policy::Status;
use crate::secret::{Purpose, Token};

/// What is about to arrive.
#[derive(Debug, Clone)]
pub struct NewUpload {
    pub path: RelativePath,
    /// `None`: told later.
    pub size: Option<u64>,
    /// What its SHA-256 must be, if the client knows.
    pub sha256: Option<[u8; 32]>,
    /// Whether it may be continued after an interruption; a plain PUT starts anew.
    pub resumable: bool,
    /// Opaque text of the client's, at most [`limits::CLIENT_METADATA_BYTES_MAX`], kept for whoever continues the upload.
    pub client_metadata: String,
}

/// A stored upload and the token that is the authority to write it.
#[derive(Debug)]
pub struct Begun {
    pub upload: Upload,
    pub token: Token,
}

/// Begins an upload into a package of the actor's.
///
/// Errors: [`Error::NoSpace`] when the declared bytes do not fit beside what is promised to others;
/// [`Error::TooLarge`]; [`Error::Invalid`] when the package holds too many files; [`Error::Refused`] by its state.
pub async fn begin(app: &App, actor: &Actor, package: PackageId, new: NewUpload) -> Result<Begun> {
    let free = free_bytes(app).await?;
    let mut tx = app.db.begin_write().await?;
    let package = packages::lock(&mut tx, package).await?.filter(|p| p.deleted_at.is_none()).ok_or(Error::NotFound)?;
    require(actor, Wish::Change(&package))?;
    let begun = reserve(&mut tx, app, &package, new, Sender { author: actor.author(), link: None }, free).await?;
    record(&mut tx, app, &begun.upload, &actor.origin).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Who sends the bytes.
pub(crate) struct Sender {
    pub author: Author,
    pub link: Option<LinkId>,
}

/// Room for uploads on the disk, before what is promised to others; `None` where the store has no such limit.
pub(crate) async fn free_bytes(app: &App) -> Result<Option<u64>> {
    Ok(app.blobs.space().await?.free_bytes.map(|free| free.saturating_sub(limits::DISK_RESERVE_BYTES)))
}

/// Checks the package's state and the limits, reserves the declared bytes and stores the upload.
pub(crate) async fn reserve(
    tx: &mut Tx,
    app: &App,
    package: &Package,
    new: NewUpload,
    sender: Sender,
    free: Option<u64>,
) -> Result<Begun> {
    let now = app.now();
    check_state(package, now)?;
    if new.size.is_some_and(|size| size > limits::FILE_BYTES_MAX) {
        return Err(Error::TooLarge { limit_bytes: limits::FILE_BYTES_MAX });
    }
    if new.client_metadata.len() > limits::CLIENT_METADATA_BYTES_MAX {
        return Err(Error::TooLarge { limit_bytes: crate::account::count(limits::CLIENT_METADATA_BYTES_MAX) });
    }
    let open = store::count_open(tx, package.id).await?;
    if package.file_count + open >= limits::FILES_PER_PACKAGE_MAX {
        return Err(Error::field("files", FieldProblem::TooMany { max: limits::FILES_PER_PACKAGE_MAX }));
    }
    let wanted = new.size.unwrap_or(0);
    if let Some(free) = free {
        tx.lock_alone("space").await?;
        let promised = store::promised_bytes(tx).await?;
        if wanted.saturating_add(promised) > free {
            return Err(Error::NoSpace);
        }
    }
    let token = Token::new(&*app.entropy);
    let upload = Upload {
        id: UploadId::new(now, &*app.entropy),
        package_id: package.id,
        link_id: sender.link,
        blob_id: new_uuid(now, &*app.entropy),
        token_sealed: app.keys.seal_token(Purpose::UploadToken, &token, &*app.entropy),
        relative_path: new.path.as_str().to_owned(),
        content_type: None,
        size: new.size,
        sha256: new.sha256,
        received: 0,
        digest_state: RunningDigest::new().state(),
        reserved_bytes: wanted,
        wire_bytes: 0,
        wire_ms: 0,
        actor: Json(sender.author),
        client_metadata: new.client_metadata,
        created_at: now,
        updated_at: now,
        finished_at: None,
        file_id: None,
        dropped_at: None,
        resumable: new.resumable,
    };
    store::insert(tx, &upload, token.hash()).await?;
    packages::touch(tx, package.id, package.owner_id).await?;
    Ok(Begun { upload, token })
}

/// Whether files may be added to the package right now.
pub(crate) fn check_state(package: &Package, now: jiff::Timestamp) -> Result<()> {
    match (package.status(now), package.direction, package.kind) {
        (Status::Draft, _, _)
        | (Status::Active, Direction::Outbound, _)
        | (Status::Active, Direction::Inbound, Kind::Package) => Ok(()),
        (Status::Active, Direction::Inbound, Kind::Ticket | Kind::Received) => Err(Refusal::WrongKind.into()),
        (Status::Revoked, _, _) => Err(Refusal::Revoked.into()),
        (Status::Expired | Status::Completed, _, _) => Err(Refusal::Ended.into()),
    }
}

async fn record(tx: &mut Tx, app: &App, upload: &Upload, origin: &Origin) -> Result<()> {
    let details = json!({"upload_id": upload.id, "path": upload.relative_path, "size": upload.size});
    let entry = Entry::new(upload.created_at, Action::UploadStarted, upload.actor.0.clone(), origin)
        .package(upload.package_id)
        .details(details);
    audit::record(tx, app, entry).await
}
