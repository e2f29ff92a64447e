//! A counted download is told to the addresses that want to know of each, and to the owner when it is a link's first.
//! What is owed is committed with the count; the mails go only when the download's responses have ended, because under a
//! limit it counts before its last bytes leave.
use std::time::Duration;

use super::{Gist, Reader, store, tell};
use crate::account;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::DownloadId;
use crate::job::{self, Job, Outcome};
use crate::link::store as links;
use crate::mail::{MailContent, Party};
use crate::package::{Package, store as packages};

/// A response on another node that has been silent for so long has ended: running ones say so more often
/// (`download::watch`).
pub(super) const QUIET: Duration = Duration::from_secs(40);

/// A response of this process is looked at again this soon; most end within a moment.
const SOON: Duration = Duration::from_secs(2);

/// A download was counted: what is owed for it becomes a job in the same transaction. Called once per download, when the
/// package's `downloads` and the link's have been raised.
pub(crate) async fn download_counted(tx: &mut Tx, app: &App, package: &Package, id: DownloadId) -> Result<()> {
    let Some(fetch) = store::fetch(tx, id).await? else { return Ok(()) };
    let is_first = links::by_id(tx, fetch.link_id).await?.is_some_and(|link| link.downloads <= 1);
    if package.notify.0.is_empty() && !is_first {
        return Ok(());
    }
    let job = Job::TellDownload { id, number: package.downloads, is_first };
    job::enqueue(tx, app, job, app.now()).await?;
    Ok(())
}

/// What is known of a counted download beside what is stored of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    pub id: DownloadId,
    /// Which download of its package it was.
    pub number: u64,
    /// Whether it was the first of its link.
    pub is_first: bool,
}

/// Queues the mails about a download whose responses have ended; waits while one is running.
pub(crate) async fn tell_download(app: &App, counted: Counted) -> Result<Outcome> {
    let Some(fetch) = store::fetch(&mut app.db.read().await?, counted.id).await? else { return Ok(Outcome::Done) };
    if let Some(after) = still_runs(app, counted.id, &fetch) {
        return Ok(Outcome::RetryLater { after, why: "the download is still being sent".into() });
    }
    let mut tx = app.db.begin_write().await?;
    let Some(package) = packages::lock(&mut tx, fetch.package_id).await? else { return Ok(Outcome::Done) };
    // Asked again: its last bytes are written down with their end.
    let Some(fetch) = store::fetch(&mut tx, counted.id).await? else { return Ok(Outcome::Done) };
    let owner = account::store::by_id(&mut tx, package.owner_id).await?;
    let mut told: Vec<(Reader, MailContent)> = Vec::new();
    for reader in tell::notified(&mut tx, app, &package).await? {
        let ends = tell::policy_sentence(&mut tx, app, &package, &reader).await?;
        let owner = owner.as_ref().map(|owner| Party { name: owner.name.clone(), email: owner.email.clone() });
        let content = MailContent::CompletedDownload {
            owner,
            who: fetch.who(),
            title: package.title.clone(),
            at: fetch.confirmed_at.unwrap_or_else(|| app.now()),
            downloads: counted.number,
            bytes: fetch.delivered_bytes,
            duration_ms: fetch.duration_ms(),
            ends,
        };
        told.push((reader, content));
    }
    if let Some(owner) = owner.filter(|_| counted.is_first) {
        let reader = tell::of_account(app, &owner);
        let content = MailContent::FirstDownload {
            who: fetch.who(),
            title: package.title.clone(),
            at: fetch.confirmed_at.unwrap_or_else(|| app.now()),
            ends: tell::policy_sentence(&mut tx, app, &package, &reader).await?,
        };
        // An owner who is told of each download has been told of the first.
        let is_told = told.iter().any(|(other, _)| other.email_key == reader.email_key);
        if !is_told && tell::wants(app, &owner, &content) {
            told.push((reader, content));
        }
    }
    debug_assert!(told.iter().all(|(reader, content)| Gist::of(content, reader.text()).is_some()), "they are notices");
    tell::tell(&mut tx, app, &package, &format!("download:{}", counted.id), told).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// How long to wait before it is asked again, while a response of the download runs here, or may run on another node.
fn still_runs(app: &App, id: DownloadId, fetch: &store::Fetch) -> Option<Duration> {
    if app.deliveries.runs(id) {
        return Some(SOON);
    }
    // Every response under a limit keeps a claim until its end is stored; without a limit the end is what counted.
    if !fetch.is_claimed {
        return None;
    }
    let silent = app.now().duration_since(fetch.active_at.unwrap_or(fetch.started_at));
    // A clock that was set back tells nothing: then it has been silent long enough.
    let silent = Duration::try_from(silent).unwrap_or(QUIET);
    QUIET.checked_sub(silent).filter(|rest| !rest.is_zero())
}
