//! What the holder of a link finds: the package, or the reason why it does not open.
use jiff::Timestamp;

use super::door::{self, Credentials, Inside};
use super::{limit, store as links};
use crate::access::Origin;
use crate::account;
use crate::app::App;
use crate::audit::views;
use crate::db::Conn;
use crate::error::Result;
use crate::file::store as files;
use crate::package::{File, Link, Package, Recipient, store};
use crate::policy::{self, Rule};
use crate::secret::{Keys, Visit};

/// A link that opens, with its package.
#[derive(Debug, Clone)]
pub struct Opened {
    pub link: Link,
    pub package: Package,
    pub sender_name: String,
    pub sender_email: String,
    pub recipient: Option<Recipient>,
    pub files: Vec<File>,
    /// A visit id for the page, in its text form: a fresh one, or that of the download which goes on.
    pub visit: String,
    /// The package has ended, and only what this visit has begun can still be fetched, until then.
    pub usable_until: Option<Timestamp>,
}

/// What a page about a link that does not open may say to the holder of a known link.
#[derive(Debug, Clone, Default)]
pub struct DoorView {
    /// Empty where nothing is to be said: the package was deleted, or a password protects what it holds.
    pub title: String,
    pub sender_name: String,
    /// When the owner was last asked for a new link.
    pub asked_at: Option<Timestamp>,
    /// Whether it has ended, so that there is something to ask for.
    pub has_ended: bool,
    /// Where the rule about the last download ended it: its hours.
    pub idle_hours: Option<u64>,
}

/// Somebody looks at the link. Counts a view, or a refusal with [`Error::Gone`](crate::error::Error::Gone); never a
/// download. What a password protects is looked at from outside: the view counts, then
/// [`Error::Locked`](crate::error::Error::Locked) without password or proof.
pub async fn open(app: &App, origin: &Origin, token: &str, credentials: Credentials<'_>) -> Result<Opened> {
    let door = door::find(app, origin, token, credentials.visit).await?;
    let mut tx = app.db.begin_write().await?;
    // The package's row first, as everywhere: whoever revokes it holds it while he ends its links.
    store::touch_by_id(&mut tx, door.package()).await?;
    links::mark_opened(&mut tx, door.link(), app.now()).await?;
    views::viewed(&mut tx, app, origin, door.link(), door.package()).await?;
    tx.commit().await?;
    let inside = door.unlock(app, origin, credentials).await?;
    show(app, inside).await
}

/// Somebody at a locked link gives its password, and gets what [`open`] shows, with a visit id that proves it. No view is
/// counted: he has looked before.
pub async fn unlock(app: &App, origin: &Origin, token: &str, credentials: Credentials<'_>) -> Result<Opened> {
    let door = door::find(app, origin, token, credentials.visit).await?;
    let inside = door.unlock(app, origin, credentials).await?;
    show(app, inside).await
}

/// What a page about a link that does not open shows besides the reason; nothing for unknown ones.
pub async fn door_view(app: &App, token: &str) -> Result<DoorView> {
    let mut conn = app.db.read().await?;
    let Some(link) = door::by_token(&mut conn, token).await? else { return Ok(DoorView::default()) };
    let Some(id) = link.package_id else { return Ok(DoorView::default()) };
    // A deleted package keeps no secrets from those who had its link, but says no more than they knew.
    let Some(package) = store::by_id(&mut conn, id).await? else { return Ok(DoorView::default()) };
    let has_ended = package.finalized_at.is_some() && limit::end(&package, &link, app.now()).is_some();
    let idle = policy::end(&package.facts(), app.now()).is_some_and(|(rule, _)| rule == Rule::Idle);
    let idle_hours = idle.then_some(package.idle_hours);
    let sender_name = sender(&mut conn, &package).await?.0;
    let title = if package.password_hash.is_some() { String::new() } else { package.title };
    Ok(DoorView { title, sender_name, asked_at: link.asked_at, has_ended, idle_hours })
}

async fn show(app: &App, inside: Inside) -> Result<Opened> {
    let mut conn = app.db.read().await?;
    let (sender_name, sender_email) = sender(&mut conn, &inside.package).await?;
    let people = store::recipients(&mut conn, inside.package.id).await?;
    let recipient = people.into_iter().find(|person| Some(person.id) == inside.link.recipient_id);
    let files = files::of_package(&mut conn, inside.package.id).await?;
    drop(conn);
    let visit = inside.visit_text(app, visit_of_page(app, &inside));
    let usable_until = inside.ended.and(inside.download.as_ref()).map(|download| download.usable_until);
    let Inside { link, package, .. } = inside;
    Ok(Opened { link, package, sender_name, sender_email, recipient, files, visit, usable_until })
}

/// The visit whose download goes on; otherwise each page is a visit of its own.
fn visit_of_page(app: &App, inside: &Inside) -> Visit {
    let running = inside.visit.filter(|_| inside.download.is_some());
    running.unwrap_or_else(|| Keys::new_visit(&*app.entropy))
}

async fn sender(conn: &mut Conn, package: &Package) -> Result<(String, String)> {
    let owner = account::store::by_id(conn, package.owner_id).await?;
    Ok(owner.map(|owner| (owner.name, owner.email)).unwrap_or_default())
}
