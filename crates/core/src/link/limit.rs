//! The download limit of a link, and what it means for its package: a link is over when its downloads are used up, a
//! package when all its links are. The stored end of a package is brought in line here and nowhere else.
use jiff::Timestamp;
use serde_json::json;

use super::store;
use crate::access::{Author, Origin};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::db::Tx;
use crate::download::counting::Slots;
use crate::error::{LinkEnd, Result};
use crate::package::{Link, Package};
use crate::policy::{self, Rule};

impl Link {
    /// The slots of this link under a limit of `max_downloads`, with `reserved` of them taken and not yet counted.
    pub(crate) fn slots(&self, max_downloads: u64, reserved: u64) -> Slots {
        let counted = self.downloads.saturating_sub(self.downloads_before);
        Slots { limit: max_downloads, counted, reserved, releases: self.releases }
    }

    /// How many downloads are left on this link; `None` without a limit.
    pub fn downloads_left(&self, max_downloads: u64) -> Option<u64> {
        let slots = self.slots(max_downloads, 0);
        (max_downloads > 0).then(|| slots.free())
    }

    /// When this link's own limit was used up.
    pub fn used_up_at(&self, max_downloads: u64) -> Option<Timestamp> {
        let used_up = max_downloads > 0 && self.slots(max_downloads, 0).is_used_up();
        used_up.then(|| self.last_download_at.unwrap_or(self.created_at))
    }
}

/// Why this link of the package does not open at `now`; `None` while it does.
pub fn end(package: &Package, link: &Link, now: Timestamp) -> Option<LinkEnd> {
    if let Some(at) = link.revoked_at {
        return Some(LinkEnd::Revoked { at });
    }
    let own = || link.used_up_at(package.max_downloads).map(|at| LinkEnd::Completed { at });
    policy::link_end(&package.facts(), now).or_else(own)
}

/// Downloads that are left on the package's living links together; `None` without a limit.
pub fn downloads_left<'l>(package: &Package, links: impl IntoIterator<Item = &'l Link>) -> Option<u64> {
    let living = links.into_iter().filter(|link| link.revoked_at.is_none());
    (package.max_downloads > 0)
        .then(|| living.filter_map(|link| link.downloads_left(package.max_downloads)).fold(0, u64::saturating_add))
}

/// Brings the package's end in line with its links: stored as completed once the limit of every living link is used up,
/// taken back when a link allows downloads again (a new recipient, a higher limit, an extension). What another rule has
/// ended stays so, and without a living link everything does. The caller saves the package.
pub(crate) async fn observe(tx: &mut Tx, app: &App, package: &mut Package) -> Result<()> {
    let now = app.now();
    if package.finalized_at.is_none() || package.revoked_at.is_some() {
        return Ok(());
    }
    let links = store::of_package(tx, package.id).await?;
    // Whoever took the last link away brings nothing back by that.
    if links.iter().all(|link| link.revoked_at.is_some()) {
        return Ok(());
    }
    match (are_used_up(package, &links), package.ended_by) {
        (false, Some(Rule::Limit)) => {
            package.ended_at = None;
            package.ended_by = None;
            return Ok(());
        }
        (false, _) | (true, Some(Rule::Limit | Rule::Closed)) => return Ok(()),
        (true, Some(Rule::Total | Rule::Idle) | None) => {}
    }
    // A rule that was reached before moves nothing any more; at the same instant, completed wins.
    if policy::end(&package.facts(), now).is_some_and(|(_, at)| at < now) {
        return Ok(());
    }
    package.ended_at = Some(now);
    package.ended_by = Some(Rule::Limit);
    let origin = Origin::default();
    let entry = Entry::new(now, Action::PackageCompleted, Author::System, &origin)
        .package(package.id)
        .account(package.owner_id)
        .details(json!({"rule": Rule::Limit, "ended_at": now}));
    audit::record(tx, app, entry).await
}

fn are_used_up(package: &Package, links: &[Link]) -> bool {
    links.iter().filter(|link| link.revoked_at.is_none()).all(|link| link.used_up_at(package.max_downloads).is_some())
}
