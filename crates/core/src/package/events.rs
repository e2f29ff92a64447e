//! What live pages wait for: "something that you show has changed". Looks at the database, so that changes made on another
//! node are seen too; a change made in this process is seen at once.
use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::broadcast;

use super::{Package, store};
use crate::access::{Actor, Wish, require};
use crate::account::count;
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::ids::{AccountId, PackageId};
use crate::policy::Status;

/// Changes of other processes are looked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Packages that a watch of all of them tells apart.
const GLANCES_MAX: u64 = 200;

/// One page's wait for changes.
#[derive(Debug)]
pub struct Watch {
    what: What,
    seen: i64,
    /// What was last known of the newest packages, when it watches all of somebody's.
    known: HashMap<PackageId, Glance>,
    changes: broadcast::Receiver<(AccountId, PackageId)>,
}

/// What a line of a list shows of a package, for telling what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    revision: u64,
    pub status: Status,
    pub file_count: u64,
    pub downloads: u64,
}

/// A package that changed among all of somebody's; `None` when it was not there before, or is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    pub id: PackageId,
    pub before: Option<Glance>,
    pub after: Option<Glance>,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Package(PackageId),
    AllOf(AccountId),
}

/// Watches one package. [`Error::NotFound`] as everywhere.
pub async fn watch_package(app: &App, actor: &Actor, id: PackageId) -> Result<Watch> {
    let changes = app.db.signals().packages.subscribe();
    let package = store::by_id(&mut app.db.read().await?, id).await?.ok_or(Error::NotFound)?;
    require(actor, Wish::LookAt(&package))?;
    Ok(Watch { what: What::Package(id), seen: signed(package.revision), known: HashMap::new(), changes })
}

/// Watches all packages of the actor.
pub async fn watch_all(app: &App, actor: &Actor) -> Result<Watch> {
    require(actor, Wish::Look)?;
    let changes = app.db.signals().packages.subscribe();
    // The sum first: what changes between the two is told once too often and never not at all.
    let mut conn = app.db.read().await?;
    let seen = store::revisions(&mut conn, actor.id()).await?;
    let known = glances(&mut conn, app, actor.id()).await?;
    Ok(Watch { what: What::AllOf(actor.id()), seen, known, changes })
}

async fn glances(conn: &mut Conn, app: &App, owner: AccountId) -> Result<HashMap<PackageId, Glance>> {
    let now = app.now();
    let filter = store::Filter { owner: Some(owner), ..store::Filter::default() };
    let newest = store::list(conn, &filter, None, now, GLANCES_MAX).await?;
    let glance = |package: &Package| Glance {
        revision: package.revision,
        status: package.status(now),
        file_count: package.file_count,
        downloads: package.downloads,
    };
    Ok(newest.iter().map(|package| (package.id, glance(package))).collect())
}

impl Watch {
    /// Waits until something changed; `None` when it is gone.
    pub async fn changed(&mut self, app: &App) -> Result<Option<()>> {
        loop {
            let mut conn = app.db.read().await?;
            let there = match self.what {
                What::Package(id) => store::revision(&mut conn, id).await?.map(signed),
                What::AllOf(owner) => Some(store::revisions(&mut conn, owner).await?),
            };
            drop(conn);
            match there {
                None => return Ok(None),
                Some(revision) if revision != self.seen => {
                    self.seen = revision;
                    return Ok(Some(()));
                }
                Some(_) => self.wait().await,
            }
        }
    }

    /// After a change of all of somebody's packages: which of the newest 200 differ from what was known, oldest first. Empty
    /// when it was an older one.
    pub async fn differences(&mut self, app: &App) -> Result<Vec<Difference>> {
        let What::AllOf(owner) = self.what else { return Ok(Vec::new()) };
        let present = glances(&mut app.db.read().await?, app, owner).await?;
        // A package that left the newest because others came was not changed by that.
        let oldest = if count(present.len()) < GLANCES_MAX { None } else { present.keys().min().copied() };
        let mut ids: Vec<PackageId> = present.keys().chain(self.known.keys()).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let found = ids
            .into_iter()
            .filter(|id| oldest.is_none_or(|oldest| *id >= oldest))
            .map(|id| Difference { id, before: self.known.get(&id).copied(), after: present.get(&id).copied() })
            .filter(|one| one.before != one.after)
            .collect();
        self.known = present;
        Ok(found)
    }

    /// Whether `actor` may still watch. Ask it again and again while a stream lasts, with an actor that was looked up anew.
    pub async fn require(&self, app: &App, actor: &Actor) -> Result<()> {
        match self.what {
            What::Package(id) => {
                let package = store::by_id(&mut app.db.read().await?, id).await?.ok_or(Error::NotFound)?;
                require(actor, Wish::LookAt(&package))
            }
            What::AllOf(account) if account == actor.id() => require(actor, Wish::Look),
            What::AllOf(_) => Err(Error::NotFound),
        }
    }

    async fn wait(&mut self) {
        let what = self.what;
        let concerned = async {
            loop {
                match self.changes.recv().await {
                    Ok((owner, package)) => match what {
                        What::Package(id) if id == package => return,
                        What::AllOf(account) if account == owner => return,
                        What::Package(_) | What::AllOf(_) => {}
                    },
                    Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(LOOK_EVERY, concerned).await;
    }
}

fn signed(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}
