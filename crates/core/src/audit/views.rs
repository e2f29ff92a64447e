//! Views and refusals of links: counted at once, written as one entry per link, address and agent a minute. A view is
//! the only thing that opening a link leaves behind.
use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Action, Entry, record, store};
use crate::access::{Author, Origin};
use crate::app::App;
use crate::db::Tx;
use crate::download::start::link_author;
use crate::error::Result;
use crate::ids::{LinkId, PackageId};
use crate::link::store as links;
use crate::mail::outbox::store as mails;

const MINUTE_MS: i64 = 60_000;
const BATCH: u64 = 500;

/// Counts a view of a link.
pub(crate) async fn viewed(tx: &mut Tx, app: &App, origin: &Origin, link: LinkId, package: PackageId) -> Result<()> {
    count(tx, app, origin, Action::LinkViewed, Some(link), Some(package), "").await
}

/// Counts a refusal; `link` and `package` are known unless the token was unknown.
pub(crate) async fn refused(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    link: Option<(LinkId, PackageId)>,
    reason: &str,
) -> Result<()> {
    count(tx, app, origin, Action::LinkRefused, link.map(|l| l.0), link.map(|l| l.1), reason).await
}

/// Counts a wrong password at a link. It is no refusal of the link, whose reasons are others, but a login that failed:
/// whoever looks for guessed passwords in the log finds it there, with the link as its actor.
pub(crate) async fn wrong_password(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    link: LinkId,
    package: PackageId,
) -> Result<()> {
    count(tx, app, origin, Action::LoginFailed, Some(link), Some(package), "").await
}

async fn count(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    action: Action,
    link: Option<LinkId>,
    package: Option<PackageId>,
    reason: &str,
) -> Result<()> {
    let now = app.now();
    let minute = minute_of(now);
    let ip = origin.ip.map(|ip| ip.to_string()).unwrap_or_default();
    let user_agent = origin.user_agent.clone().unwrap_or_default();
    // The key is made of what is counted together, so that counting is one statement without a look first.
    let key = json!([action, link, reason, ip, user_agent, minute]).to_string();
    let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    let id = uuid::Uuid::from_bytes(digest[..16].try_into().expect("a digest has more than 16 bytes"));
    let view = store::PendingView {
        id,
        action,
        link_id: link,
        package_id: package,
        reason: reason.to_owned(),
        ip,
        user_agent,
        minute,
        first_at: now,
        count: 1,
    };
    store::count_view(tx, &view).await
}

/// Writes the entries of minutes that are over; answers how many.
pub async fn flush(app: &App) -> Result<u64> {
    let mut written = 0;
    loop {
        // A look first: an idle server must not take the writer again and again.
        if !store::views_before(&mut app.db.read().await?, minute_of(app.now())).await? {
            return Ok(written);
        }
        let mut tx = app.db.begin_write().await?;
        let views = store::take_views_before(&mut tx, minute_of(app.now()), BATCH).await?;
        if views.is_empty() {
            return Ok(written);
        }
        for view in &views {
            let origin = Origin {
                ip: view.ip.parse().ok(),
                user_agent: Some(view.user_agent.clone()).filter(|agent| !agent.is_empty()),
            };
            let author = author_of(&mut tx, view.link_id).await?;
            let mut details = json!({"count": view.count});
            if view.action == Action::LinkViewed && is_likely_scanner(&mut tx, view, &views).await? {
                details["scanner"] = true.into();
            }
            if view.action == Action::LinkRefused {
                details["reason"] = view.reason.as_str().into();
            }
            let mut entry = Entry::new(view.first_at, view.action, author, &origin).details(details);
            if let Some(package) = view.package_id {
                entry = entry.package(package);
            }
            record(&mut tx, app, entry).await?;
        }
        tx.commit().await?;
        written += u64::try_from(views.len()).unwrap_or(0);
    }
}

/// The holder of the link, by the recipient it was made for.
async fn author_of(tx: &mut Tx, link: Option<LinkId>) -> Result<Author> {
    let Some(id) = link else { return Ok(Author::Nobody) };
    match links::by_id(tx, id).await? {
        Some(link) => link_author(tx, &link).await,
        None => Ok(Author::Link { id, name: String::new() }),
    }
}

fn minute_of(now: Timestamp) -> u64 {
    u64::try_from(now.as_millisecond().div_euclid(MINUTE_MS)).unwrap_or(0)
}

/// What link checkers of mail providers call themselves, in lower case.
const SCANNERS: [&str; 10] =
    ["barracuda", "bot", "cloudmark", "crawler", "mimecast", "preview", "proofpoint", "safelinks", "scan", "spider"];
/// Nobody reads a mail so soon after the server took it.
const TOO_SOON: SignedDuration = SignedDuration::from_secs(15);
/// Links of so many people opened from one address within a minute.
const TOO_MANY: usize = 3;

/// Whether there are signs that a program opened the link: it says so or says nothing, the e-mail had only just been sent,
/// or it opened other people's links as well. No sign proves it, and none is needed to be one.
async fn is_likely_scanner(tx: &mut Tx, view: &store::PendingView, batch: &[store::PendingView]) -> Result<bool> {
    let agent = view.user_agent.to_lowercase();
    if agent.is_empty() || SCANNERS.iter().any(|name| agent.contains(name)) {
        return Ok(true);
    }
    let is_same = |other: &&store::PendingView| {
        other.action == view.action
            && other.ip == view.ip
            && other.user_agent == view.user_agent
            && other.minute == view.minute
    };
    let links: HashSet<Option<LinkId>> = batch.iter().filter(is_same).map(|other| other.link_id).collect();
    if links.len() >= TOO_MANY {
        return Ok(true);
    }
    let Some(link) = view.link_id else { return Ok(false) };
    let sent_at = mails::last_sent(tx, link, view.first_at).await?;
    Ok(sent_at.is_some_and(|sent_at| view.first_at.duration_since(sent_at) < TOO_SOON))
}
