//! The door behind a link. Whoever holds the link finds it; the package behind it is handed out by [`Door::unlock`] only,
//! so that no route to a package's words or bytes can forget its password.
use std::fmt;

use secrecy::SecretString;

use super::{limit, store as links};
use crate::access::Origin;
use crate::app::App;
use crate::audit::views;
use crate::db::Conn;
use crate::download::{Download, store as downloads};
use crate::error::{Error, LinkEnd, Locked, Result};
use crate::ids::{LinkId, PackageId};
use crate::package::{Link, LinkPurpose, Package, store as packages};
use crate::secret::{Token, Visit};

/// What the holder of a link brings along.
#[derive(Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// The visit id of a page that he was shown: says who he is, and proves a password that he gave before.
    pub visit: Option<&'a str>,
    pub password: Option<&'a SecretString>,
}

impl<'a> Credentials<'a> {
    /// A visit id, or nothing.
    pub fn visit(visit: Option<&'a str>) -> Self {
        Self { visit, password: None }
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(...)")
    }
}

/// A link that opens right now (or that has ended by a rule, for a visit whose download is still usable), before anybody
/// asked for the password.
pub(crate) struct Door {
    inside: Inside,
}

/// What is behind a door.
#[derive(Debug)]
pub(crate) struct Inside {
    pub link: Link,
    pub package: Package,
    /// Who the caller is; `None` for whoever brought no genuine visit id of this link.
    pub visit: Option<Visit>,
    /// That visit's download, while it is usable.
    pub download: Option<Download>,
    /// How the link has ended, where only that download is left.
    pub ended: Option<LinkEnd>,
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

/// Finds the door of a link. [`Error::Gone`] (counted as a refusal) when there is none.
pub(crate) async fn find(app: &App, origin: &Origin, token: &str, visit: Option<&str>) -> Result<Door> {
    let mut conn = app.db.read().await?;
    match look(&mut conn, app, token, visit).await {
        Ok(door) => Ok(door),
        Err(refused) => {
            drop(conn);
            Err(refuse(app, origin, refused).await)
        }
    }
}

/// As [`find`], and through the door, to fetch what is behind it. [`Error::Forbidden`] for a link that is for uploads,
/// [`Error::Locked`] without password or proof.
pub(crate) async fn enter_to_download(
    app: &App,
    origin: &Origin,
    token: &str,
    credentials: Credentials<'_>,
) -> Result<Inside> {
    let inside = find(app, origin, token, credentials.visit).await?.unlock(app, origin, credentials).await?;
    match inside.link.purpose {
        LinkPurpose::Download => Ok(inside),
        LinkPurpose::Upload => Err(Error::Forbidden),
    }
}

impl Door {
    pub fn link(&self) -> LinkId {
        self.inside.link.id
    }

    pub fn package(&self) -> PackageId {
        self.inside.package.id
    }

    /// Lets in whoever proves the password, by a visit id that was given for it or by the password itself; everybody where
    /// there is none. A wrong guess is logged and counts against its guesser at this link, never against the package:
    /// [`Error::Locked`], [`Error::TooMany`].
    pub async fn unlock(self, app: &App, origin: &Origin, credentials: Credentials<'_>) -> Result<Inside> {
        let inside = self.inside;
        let Some(stored) = inside.package.password_hash.as_deref() else { return Ok(inside) };
        if credentials.visit.is_some_and(|text| app.keys.is_unlocked(inside.link.id, text, stored)) {
            return Ok(inside);
        }
        let password = credentials.password.ok_or(Error::Locked(Locked::PasswordNeeded))?;
        let guess = app.guesses.guess_at_link(origin, inside.link.id, app.clock.monotonic())?;
        if app.passwords.opens_link(password, stored).await? {
            app.guesses.was_right(guess);
            return Ok(inside);
        }
        let mut tx = app.db.begin_write().await?;
        views::wrong_password(&mut tx, app, origin, inside.link.id, inside.package.id).await?;
        tx.commit().await?;
        Err(Error::Locked(Locked::PasswordWrong))
    }
}

impl Inside {
    /// Whether `package`, as it is now under its lock, still has the password that was proved: it may have been given one,
    /// or another one, since somebody looked.
    pub fn check_lock(&self, package: &Package) -> Result<()> {
        if package.password_hash == self.package.password_hash {
            Ok(())
        } else {
            Err(Error::Locked(Locked::PasswordNeeded))
        }
    }

    /// The text of a visit id that proves what was proved here.
    pub fn visit_text(&self, app: &App, visit: Visit) -> String {
        app.keys.visit_text(self.link.id, visit, self.package.password_hash.as_deref())
    }
}

async fn look(conn: &mut Conn, app: &App, token: &str, visit: Option<&str>) -> Result<Door, Refused> {
    let now = app.now();
    let unknown = || Refused { end: LinkEnd::Unknown, link: None, failure: None };
    let link = by_token(conn, token).await?.ok_or_else(unknown)?;
    let id = link.package_id.ok_or_else(unknown)?;
    let package = packages::any_by_id(conn, id).await?.ok_or_else(unknown)?;
    let visit = visit.and_then(|text| app.keys.read_visit(link.id, text));
    let download = match visit {
        Some(visit) => downloads::usable(conn, link.id, visit.hash(), now).await?,
        None => None,
    };
    let ended = limit::end(&package, &link, now);
    if let Some(end) = ended {
        // What a rule ended works on for a download that had begun; what somebody ended does not.
        let by_a_rule = matches!(end, LinkEnd::Expired { .. } | LinkEnd::Completed { .. });
        if !by_a_rule || download.is_none() || package.erased_at.is_some() {
            return Err(Refused::ended(end, link.id, id));
        }
    }
    Ok(Door { inside: Inside { link, package, visit, download, ended } })
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

pub(super) async fn by_token(conn: &mut Conn, token: &str) -> Result<Option<Link>> {
    match Token::parse(token) {
        Some(token) => links::by_token(conn, token.hash()).await,
        None => Ok(None),
    }
}
