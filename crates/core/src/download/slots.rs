//! Slots of a link under a limit, in the database: reserving one, taking one over, and ending reservations whose time has
//! come. The caller holds the package's row, so that nobody else moves a slot of it at the same time.
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::count::{Cause, count};
use super::counting::{self, Admission, Ending, Progress, Reservation, admit, ending, usable_from};
use super::start::link_author;
use super::wholes::Coverage;
use super::{Download, DownloadState, Object, lost, store};
use crate::access::Origin;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::{Conn, Tx};
use crate::error::{Error, LinkEnd, Refusal, Result};
use crate::ids::{DownloadId, LinkId, PackageId};
use crate::link::store as links;
use crate::package::{Link, Package, store as packages};
use crate::secret::{Purpose, Token};

const BATCH: u64 = 200;

/// Gives `wanted` (a new visit's download) a slot of the link: its own, or that of a reservation that nobody continues,
/// whose ledger goes on. Answers the download as it now stands in the database.
///
/// Errors: [`Refusal::Downloading`] while every slot is in use; [`Error::Gone`] when the limit is used up.
pub(super) async fn reserve(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    package: &mut Package,
    link: &Link,
    wanted: Download,
) -> Result<Download> {
    let now = app.now();
    let counted = |link: &Link, reserved| link.slots(package.max_downloads, reserved);
    // The usual case costs one count: what is over can wait for the sweep.
    if counted(link, store::count_reservations(tx, link.id).await?).free() > 0 {
        store::insert(tx, &wanted).await?;
        return Ok(wanted);
    }
    if app.trusts_clock() {
        end_what_is_over(tx, app, package, link.id).await?;
    }
    loop {
        let link = links::by_id(tx, link.id).await?.ok_or(Error::NotFound)?;
        let open = reservations(tx, app, link.id).await?;
        match admit(link.slots(package.max_downloads, crate::account::count(open.len())), &open, now) {
            Admission::Reserve => {
                store::insert(tx, &wanted).await?;
                return Ok(wanted);
            }
            Admission::TakeOver(id) => return take_over(tx, app, origin, &link, id, wanted).await,
            Admission::End(id) => store::end(tx, id, DownloadState::Dropped, now).await?,
            Admission::Busy { retry_after } => {
                return Err(Refusal::Downloading { retry_after_s: whole_seconds(retry_after) }.into());
            }
            Admission::UsedUp => {
                return Err(Error::Gone(LinkEnd::Completed { at: link.last_download_at.unwrap_or(now) }));
            }
        }
    }
}

/// The reservation gets a new visit, and new URLs for what it had started; the old ones end.
async fn take_over(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    link: &Link,
    id: DownloadId,
    wanted: Download,
) -> Result<Download> {
    let present = store::by_id(tx, id).await?.ok_or(Error::NotFound)?;
    let content_bytes = present.content_bytes.max(wanted.content_bytes);
    let taken = Download { id, content_bytes, booked_bytes: present.booked_bytes, ..wanted };
    store::take_over(tx, &taken).await?;
    // It was idle, so a response that never reported its end is gone.
    lost::write_off(tx, id).await?;
    for object in store::objects(tx, id).await? {
        let token = Token::new(&*app.entropy);
        let sealed = app.keys.seal_token(Purpose::DownloadToken, &token, &*app.entropy);
        store::renew_object(tx, object.id, token.hash(), sealed).await?;
    }
    let coverage = Coverage::of(tx, app, taken.package_id, id).await?;
    let mut details = json!({"download_id": id, "taken_over": true});
    describe(&mut details, coverage.furthest().map(|(object, _)| object));
    let entry = Entry::new(app.now(), Action::DownloadStarted, link_author(tx, link).await?, origin)
        .package(taken.package_id)
        .details(details);
    audit::record(tx, app, entry).await?;
    Ok(taken)
}

/// Says in an audit entry which file or archive a download is about.
fn describe(details: &mut serde_json::Value, object: Option<&Object>) {
    if let Some(object) = object {
        details["name"] = json!(object.name);
        details["archive"] = json!(object.file_id.is_none());
    }
}

/// Whether the visit's own reservation has just ended, because what is missing does not fit into its slot any more.
pub(super) async fn ended_because_spent(
    tx: &mut Tx,
    app: &App,
    package: &mut Package,
    download: &Download,
) -> Result<bool> {
    if !download.limited || download.confirmed_at.is_some() {
        return Ok(false);
    }
    let reservation = reservation(tx, app, download).await?;
    Ok(reservation.is_spent && end_if_over(tx, app, package, download.link_id, &reservation).await?)
}

/// Ends the link's reservations that are over.
async fn end_what_is_over(tx: &mut Tx, app: &App, package: &mut Package, link: LinkId) -> Result<()> {
    for reservation in reservations(tx, app, link).await? {
        end_if_over(tx, app, package, link, &reservation).await?;
    }
    Ok(())
}

async fn end_if_over(
    tx: &mut Tx,
    app: &App,
    package: &mut Package,
    link: LinkId,
    reservation: &Reservation<DownloadId>,
) -> Result<bool> {
    let now = app.now();
    // Each ending changes what the next one is judged by.
    let link = links::by_id(tx, link).await?.ok_or(Error::NotFound)?;
    let slots = link.slots(package.max_downloads, 0);
    let Some(ending) = ending(slots, reservation, now) else { return Ok(false) };
    match ending {
        Ending::Dropped => store::end(tx, reservation.id, DownloadState::Dropped, now).await?,
        Ending::Released => {
            links::count_release(tx, link.id).await?;
            store::end(tx, reservation.id, DownloadState::Released, now).await?;
            let (author, nowhere) = (link_author(tx, &link).await?, Origin::default());
            let coverage = Coverage::of(tx, app, package.id, reservation.id).await?;
            let mut details = json!({"download_id": reservation.id, "released": true});
            describe(&mut details, coverage.furthest().map(|(object, _)| object));
            let entry = Entry::new(now, Action::DownloadAborted, author, &nowhere).package(package.id).details(details);
            audit::record(tx, app, entry).await?;
        }
        Ending::Counted => {
            let download = store::by_id(tx, reservation.id).await?.ok_or(Error::NotFound)?;
            let coverage = Coverage::of(tx, app, package.id, download.id).await?;
            if let Some((object, _)) = coverage.furthest() {
                let origin = Origin { ip: None, user_agent: download.user_agent.clone() };
                count(tx, app, &origin, package, &download, object, Cause::TimedOut).await?;
            }
            store::end(tx, download.id, DownloadState::Confirmed, now).await?;
        }
    }
    packages::touch(tx, package.id, package.owner_id).await?;
    Ok(true)
}

/// The link's open reservations.
async fn reservations(conn: &mut Conn, app: &App, link: LinkId) -> Result<Vec<Reservation<DownloadId>>> {
    let mut open = Vec::new();
    for download in store::reservations(conn, link).await? {
        open.push(reservation(conn, app, &download).await?);
    }
    Ok(open)
}

async fn reservation(conn: &mut Conn, app: &App, download: &Download) -> Result<Reservation<DownloadId>> {
    let coverage = Coverage::of(conn, app, download.package_id, download.id).await?;
    let missing = coverage.missing_at_least();
    let is_spent = missing.is_some_and(|bytes| !counting::fits(download.booked_bytes, download.content_bytes, bytes));
    // What runs in this process is known to run, whatever the wall clock says.
    let runs_here = app.deliveries.runs(download.id);
    Ok(Reservation {
        id: download.id,
        started_at: download.started_at,
        usable_until: download.usable_until,
        active_at: if runs_here { Some(app.now()) } else { download.active_at },
        progress: coverage.furthest().map_or(Progress::Nothing, |(_, progress)| progress),
        is_spent,
    })
}

/// After a limit was set on a package that had none: what runs without a slot gets one as far as they go, what has come
/// furthest first; the rest ends. The caller cuts the package's responses, which were begun without a ledger; clients resume
/// where they stood. After a limit was taken away nothing holds a slot any more.
pub(crate) async fn enrol(tx: &mut Tx, app: &App, package: &Package) -> Result<()> {
    let now = app.now();
    if package.max_downloads == 0 {
        return store::unlimit(tx, package.id).await;
    }
    for link in links::of_package(tx, package.id).await? {
        let reserved = store::count_reservations(tx, link.id).await?;
        let mut slots = link.slots(package.max_downloads, reserved);
        let mut running = Vec::new();
        for download in store::unlimited(tx, link.id, now).await? {
            running.push(reservation(tx, app, &download).await?);
        }
        running.sort_by_key(|r| (std::cmp::Reverse(r.progress), r.started_at));
        for reservation in running {
            // Who only pressed, a while ago, is not preferred to anybody.
            let is_over = ending(slots, &reservation, now).is_some();
            if slots.free() > 0 && !is_over {
                slots.reserved += 1;
                store::enrol(tx, reservation.id).await?;
            } else {
                store::end(tx, reservation.id, DownloadState::Dropped, now).await?;
            }
        }
    }
    Ok(())
}

/// Ends what is over, on all links: reservations as the rules say, and what can no longer be continued. Answers how many
/// reservations ended. None while the clock cannot be believed: whoever is fetching goes on when it is set right.
pub async fn sweep(app: &App) -> Result<u64> {
    let now = app.now();
    if !app.trusts_clock() {
        return Ok(0);
    }
    let idle_since = lost::idle_since(now);
    lost::write_off_idle(app, idle_since).await?;
    let mut ended = 0;
    let mut after = None;
    loop {
        let over = store::perhaps_over(&mut app.db.read().await?, now, idle_since, after, BATCH).await?;
        for download in &over {
            match end_one(app, download.id, download.package_id).await {
                Ok(true) => ended += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(download = %download.id, %error, "a reservation could not be ended; trying again");
                }
            }
        }
        after = over.last().map(|download| download.id);
        if crate::account::count(over.len()) < BATCH {
            break;
        }
    }
    let mut tx = app.db.begin_write().await?;
    store::end_unusable(&mut tx, now, idle_since).await?;
    tx.commit().await?;
    Ok(ended)
}

async fn end_one(app: &App, id: DownloadId, package: PackageId) -> Result<bool> {
    let mut tx = app.db.begin_write().await?;
    let Some(mut package) = packages::lock(&mut tx, package).await? else { return Ok(false) };
    let Some(download) = store::by_id(&mut tx, id).await? else { return Ok(false) };
    if !download.limited || download.confirmed_at.is_some() || download.ended_at.is_some() {
        return Ok(false);
    }
    let reservation = reservation(&mut tx, app, &download).await?;
    let ended = end_if_over(&mut tx, app, &mut package, download.link_id, &reservation).await?;
    tx.commit().await?;
    Ok(ended)
}

/// A new visit's download of the link, not stored yet.
pub(super) fn wanted(app: &App, origin: &Origin, link: &Link, visit_hash: [u8; 32], content_bytes: u64) -> Download {
    let now = app.now();
    Download {
        id: DownloadId::new(now, &*app.entropy),
        link_id: link.id,
        package_id: link.package_id.unwrap_or(PackageId(uuid::Uuid::nil())),
        visit_hash,
        state: DownloadState::Open,
        limited: false,
        started_at: now,
        usable_until: usable_from(now),
        confirmed_at: None,
        ended_at: None,
        active_at: None,
        content_bytes,
        booked_bytes: 0,
        delivered_bytes: 0,
        ip: origin.ip.map(|ip| ip.to_string()),
        user_agent: origin.user_agent.clone(),
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Until when a package can be fetched from, once this download is started.
pub(super) fn usable_until(package: &Package, download: &Download) -> Timestamp {
    package.usable_until.map_or(download.usable_until, |until| until.max(download.usable_until))
}
