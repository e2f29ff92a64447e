//! What the holder of a link finds: the package, or the reason why it does not open.
use super::{limit, purpose_of};
use crate::access::Origin;
use crate::account;
use crate::app::App;
use crate::audit::views;
use crate::db::Conn;
use crate::error::{Error, LinkEnd, Result};
use crate::file::store as files;
use crate::ids::{LinkId, PackageId};
use crate::link::store as links;
use crate::package::{File, Link, LinkPurpose, Package, Recipient, store};
use crate::secret::{Keys, Token};

/// A link that opens, with its package.
#[derive(Debug, Clone)]
pub struct Opened {
    pub link: Link,
    pub package: Package,
    pub sender_name: String,
    pub sender_email: String,
    pub recipient: Option<Recipient>,
    pub files: Vec<File>,
    /// A fresh visit id for the page, in its text form.
    pub visit: String,
}

/// What an ended page may say to the holder of a known link.
#[derive(Debug, Clone, Default)]
pub struct EndedView {
    pub title: String,
    pub sender_name: String,
}

/// Somebody looks at the link. Counts a view, or a refusal with [`Error::Gone`]; never a download.
pub async fn open(app: &App, origin: &Origin, token: &str) -> Result<Opened> {
    let mut conn = app.db.read().await?;
    let found = find(&mut conn, app, token).await;
    let (link, package) = match found {
        Ok(found) => found,
        Err(refused) => {
            drop(conn);
            return Err(refuse(app, origin, refused).await);
        }
    };
    let sender = account::store::by_id(&mut conn, package.owner_id).await?;
    let (sender_name, sender_email) = sender.map(|a| (a.name, a.email)).unwrap_or_default();
    let people = store::recipients(&mut conn, package.id).await?;
    let recipient = people.into_iter().find(|person| Some(person.id) == link.recipient_id);
    let files = files::of_package(&mut conn, package.id).await?;
    drop(conn);
    let mut tx = app.db.begin_write().await?;
    // The package's row first, as everywhere: whoever revokes it holds it while he ends its links.
    store::touch(&mut tx, package.id, package.owner_id).await?;
    links::mark_opened(&mut tx, link.id, app.now()).await?;
    views::viewed(&mut tx, app, origin, link.id, package.id).await?;
    tx.commit().await?;
    let visit = app.keys.visit_text(link.id, Keys::new_visit(&*app.entropy));
    Ok(Opened { link, package, sender_name, sender_email, recipient, files, visit })
}

/// What the ended page of a known link shows besides the reason; nothing for unknown ones.
pub async fn ended_view(app: &App, token: &str) -> Result<EndedView> {
    let mut conn = app.db.read().await?;
    let Some(link) = by_token(&mut conn, token).await? else { return Ok(EndedView::default()) };
    let Some(id) = link.package_id else { return Ok(EndedView::default()) };
    // A deleted package keeps no secrets from those who had its link, but says no more than they knew.
    let Some(package) = store::by_id(&mut conn, id).await? else { return Ok(EndedView::default()) };
    let sender_name = account::store::by_id(&mut conn, package.owner_id).await?.map(|a| a.name).unwrap_or_default();
    Ok(EndedView { title: package.title, sender_name })
}

/// Why a link was refused, and whose it was.
#[derive(Debug)]
pub(crate) struct Refused {
    pub end: LinkEnd,
    pub link: Option<(LinkId, PackageId)>,
    /// A failure of ours instead of a refusal.
    pub failure: Option<Error>,
}

impl Refused {
    /// The known link does not open.
    pub fn ended(end: LinkEnd, link: LinkId, package: PackageId) -> Self {
        Self { end, link: Some((link, package)), failure: None }
    }
}

impl From<Error> for Refused {
    fn from(failure: Error) -> Self {
        Self { end: LinkEnd::Unknown, link: None, failure: Some(failure) }
    }
}

/// Finds a link that opens right now.
pub(crate) async fn find(conn: &mut Conn, app: &App, token: &str) -> Result<(Link, Package), Refused> {
    let unknown = || Refused { end: LinkEnd::Unknown, link: None, failure: None };
    let link = by_token(conn, token).await?.ok_or_else(unknown)?;
    let id = link.package_id.ok_or_else(unknown)?;
    let package = store::any_by_id(conn, id).await?.ok_or_else(unknown)?;
    if let Some(end) = limit::end(&package, &link, app.now()) {
        return Err(Refused::ended(end, link.id, id));
    }
    Ok((link, package))
}

/// As [`find`], for downloads: a link that is for uploads refuses.
pub(crate) async fn find_for_download(conn: &mut Conn, app: &App, token: &str) -> Result<(Link, Package), Refused> {
    let (link, package) = find(conn, app, token).await?;
    match purpose_of(&package) {
        LinkPurpose::Download => Ok((link, package)),
        LinkPurpose::Upload => Err(Error::Forbidden.into()),
    }
}

/// Counts the refusal and turns it into what the caller answers.
pub(crate) async fn refuse(app: &App, origin: &Origin, refused: Refused) -> Error {
    if let Some(failure) = refused.failure {
        return failure;
    }
    if refused.link.is_none()
        && let Err(too_many) = app.guesses.check_link(origin)
    {
        return too_many;
    }
    let counted = async {
        let mut tx = app.db.begin_write().await?;
        views::refused(&mut tx, app, origin, refused.link, refused.end.reason()).await?;
        tx.commit().await
    }
    .await;
    match counted {
        Ok(()) => Error::Gone(refused.end),
        Err(error) => error,
    }
}

async fn by_token(conn: &mut Conn, token: &str) -> Result<Option<Link>> {
    match Token::parse(token) {
        Some(token) => links::by_token(conn, token.hash()).await,
        None => Ok(None),
    }
}
