//! A download counts: on its link and its package, in their clocks and ends, in the audit log, and for whoever is to be
//! told. One transaction, once per download.
use jiff::Timestamp;
use serde_json::json;

use super::start::link_author;
use super::{Download, Object, store};
use crate::access::Origin;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::link::{limit, store as links};
use crate::notice;
use crate::package::{Package, store as packages};
use crate::policy::Status;

/// Why a download counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// A whole file, or the archive, was delivered (or is about to be, with its last bytes).
    Delivered,
    /// Its time is over, and it had delivered nearly everything, or too many before it had not.
    TimedOut,
}

/// Counts the download unless it was counted before; the object is the one that came furthest.
pub(super) async fn count(
    tx: &mut Tx,
    app: &App,
    origin: &Origin,
    package: &mut Package,
    download: &Download,
    object: &Object,
    cause: Cause,
) -> Result<()> {
    let now = app.now();
    if !store::confirm(tx, download.id, now).await? {
        return Ok(());
    }
    // Counted after its end, a download moves no clock any more.
    let was_active = package.status(now) == Status::Active;
    links::count_download(tx, download.link_id, now).await?;
    package.downloads += 1;
    if was_active {
        package.last_download_at = Some(now);
    }
    if package.max_downloads > 0 {
        limit::observe(tx, app, package).await?;
    }
    packages::save(tx, package, &app.site.retention).await?;
    let link = links::by_id(tx, download.link_id).await?.ok_or(Error::NotFound)?;
    let author = link_author(tx, &link).await?;
    let details = json!({
        "download_id": download.id, "name": object.name, "archive": object.file_id.is_none(),
        "bytes": object.size, "duration_ms": elapsed_ms(download.started_at, now),
        "timed_out": cause == Cause::TimedOut,
    });
    let entry = Entry::new(now, Action::DownloadCompleted, author, origin).package(package.id).details(details);
    audit::record(tx, app, entry).await?;
    notice::download_counted(tx, app, package, download.id).await
}

fn elapsed_ms(since: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(since).as_millis()).unwrap_or(0)
}
