//! The packages of one person, newest first, narrowed by status, direction, kind and words.
use super::{Direction, Kind, Package, search_words, store};
use crate::access::{Actor, Wish, require};
use crate::app::App;
use crate::error::Result;
use crate::ids::PackageId;
use crate::limits;
use crate::link::{limit, store as links};
use crate::policy::Status;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub status: Option<Status>,
    /// Only packages that have ended in whatever way: expired, completed or revoked.
    pub ended: bool,
    pub direction: Option<Direction>,
    pub kind: Option<Kind>,
    /// Words or beginnings of words of titles, names and addresses; all must be found.
    pub search: String,
    /// Everybody's packages; administrators only.
    pub everybody: bool,
    /// Only packages made before this one.
    pub before: Option<PackageId>,
    /// 1 to [`limits::PAGE_ITEMS_MAX`].
    pub limit: u64,
}

/// One line of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    pub package: Package,
    pub status: Status,
    /// Names of its recipients, at most three, and how many there are.
    pub with: Vec<String>,
    pub recipient_count: u64,
    /// On all its living links together; `None` without a limit.
    pub downloads_left: Option<u64>,
}

/// A page of the list, and whether more follows behind its last package.
#[derive(Debug, Clone)]
pub struct Page {
    pub items: Vec<Listed>,
    pub more: bool,
}

/// Lists the actor's packages.
pub async fn list(app: &App, actor: &Actor, query: &Query) -> Result<Page> {
    require(actor, if query.everybody { Wish::Administer } else { Wish::Look })?;
    let now = app.now();
    let mut words = search_words(query.search.split_whitespace());
    words.truncate(limits::SEARCH_WORDS_MAX);
    let filter = store::Filter {
        owner: (!query.everybody).then(|| actor.id()),
        status: query.status,
        ended: query.ended,
        direction: query.direction,
        kind: query.kind,
        words,
    };
    let limit = query.limit.clamp(1, limits::PAGE_ITEMS_MAX);
    let mut conn = app.db.read().await?;
    let mut packages = store::list(&mut conn, &filter, query.before, now, limit + 1).await?;
    let more = crate::account::count(packages.len()) > limit;
    packages.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut items = Vec::with_capacity(packages.len());
    for package in packages {
        let people = store::recipients(&mut conn, package.id).await?;
        let downloads_left = match package.max_downloads {
            0 => None,
            _ => limit::downloads_left(&package, &links::of_package(&mut conn, package.id).await?),
        };
        items.push(Listed {
            downloads_left,
            status: package.status(now),
            recipient_count: crate::account::count(people.len()),
            with: people.into_iter().take(3).map(|person| person.name).collect(),
            package,
        });
    }
    Ok(Page { items, more })
}

/// How many of the actor's packages have each status and direction, for the filters' counts.
pub async fn counts(app: &App, actor: &Actor) -> Result<Vec<(Status, Direction, u64)>> {
    require(actor, Wish::Look)?;
    store::counts(&mut app.db.read().await?, actor.id(), app.now()).await
}
