//! What live pages wait for: "something that you show has changed". Looks at the database, so that changes made on another
//! node are seen too; a change made in this process is seen at once.
use std::time::Duration;

use tokio::sync::broadcast;

use super::store;
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{AccountId, PackageId};

/// Changes of other processes are looked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// One page's wait for changes.
#[derive(Debug)]
pub struct Watch {
    what: What,
    seen: i64,
    changes: broadcast::Receiver<(AccountId, PackageId)>,
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
    Ok(Watch { what: What::Package(id), seen: signed(package.revision), changes })
}

/// Watches all packages of the actor.
pub async fn watch_all(app: &App, actor: &Actor) -> Result<Watch> {
    require(actor, Wish::Look)?;
    let changes = app.db.signals().packages.subscribe();
    let seen = store::revisions(&mut app.db.read().await?, actor.id()).await?;
    Ok(Watch { what: What::AllOf(actor.id()), seen, changes })
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
