//! The start page: the person's packages, newest first.
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use serde::Deserialize;
use waybill_core::audit;
use waybill_core::error::Error;
use waybill_core::ids::PackageId;
use waybill_core::package::list::{self, Listed};
use waybill_core::package::{self, Direction, delete};
use waybill_core::policy::Status;

use super::history::{self, Names};
use super::status;
use super::view::dashboard::Direction as Way;
use super::view::{DashboardPage, Filter, FilterKind, PackageRow, Place, Stamp, Undo};
use crate::extract::Person;
use crate::respond::{Frame, PageFault};

/// What the address of the page asks for. Nonsense counts as nothing.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    show: String,
    /// The last package of the page before.
    #[serde(default)]
    cursor: String,
    /// A package that was deleted a moment ago.
    #[serde(default)]
    deleted: String,
}

/// Packages on one page.
const PAGE_ITEMS: u64 = 50;
/// Search words longer than this are cut; the core looks at a few of them only.
const QUERY_CHARS_MAX: usize = 200;
const KINDS: [FilterKind; 6] = [
    FilterKind::All,
    FilterKind::Sent,
    FilterKind::Requested,
    FilterKind::Active,
    FilterKind::Drafts,
    FilterKind::Ended,
];

/// `GET /` with `?q=`, `?show=` and `?cursor=`.
pub async fn show(person: Person, asked: Result<Query<Asked>, QueryRejection>) -> Result<Response, PageFault> {
    let mut asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    asked.q = asked.q.trim().chars().take(QUERY_CHARS_MAX).collect();
    let page = gather(&person, &asked).await.map_err(|e| person.frame.fault(e))?;
    Ok(person.frame.page(&page))
}

async fn gather(person: &Person, asked: &Asked) -> Result<DashboardPage, Error> {
    let Person { actor, frame } = person;
    let app = &frame.web.app;
    let current = KINDS.into_iter().find(|kind| kind.slug() == Some(&asked.show)).unwrap_or(FilterKind::All);
    let query = list::Query {
        search: asked.q.clone(),
        before: PackageId::parse(&asked.cursor).ok(),
        limit: PAGE_ITEMS,
        ..narrowed_to(current)
    };
    let found = list::list(app, actor, &query).await?;
    let counts = list::counts(app, actor).await?;
    let packages: Vec<_> = found.items.iter().map(|listed| &listed.package).collect();
    let newest = audit::list::newest_of(app, actor, &packages).await?;
    let last = found.items.last().filter(|_| found.more).map(|listed| listed.package.id.to_string());
    Ok(DashboardPage {
        shell: frame.shell(Some(Place::Packages)),
        filters: KINDS.into_iter().map(|kind| filter(kind, kind == current, asked, &counts)).collect(),
        rows: found.items.iter().zip(newest).map(|(listed, newest)| row(frame, listed, newest)).collect(),
        next_url: last.map(|cursor| url(current, &asked.q, &cursor)),
        first_url: query.before.map(|_| url(current, &asked.q, "")),
        query: asked.q.clone(),
        undo: undo(person, &asked.deleted).await?,
    })
}

fn narrowed_to(kind: FilterKind) -> list::Query {
    let all = list::Query::default();
    match kind {
        FilterKind::All => all,
        FilterKind::Sent => list::Query { direction: Some(Direction::Outbound), ..all },
        FilterKind::Requested => list::Query { direction: Some(Direction::Inbound), ..all },
        FilterKind::Active => list::Query { status: Some(Status::Active), ..all },
        FilterKind::Drafts => list::Query { status: Some(Status::Draft), ..all },
        FilterKind::Ended => list::Query { ended: true, ..all },
    }
}

fn filter(kind: FilterKind, is_current: bool, asked: &Asked, counts: &[(Status, Direction, u64)]) -> Filter {
    let fits = |status: Status, direction: Direction| match kind {
        FilterKind::All => true,
        FilterKind::Sent => direction == Direction::Outbound,
        FilterKind::Requested => direction == Direction::Inbound,
        FilterKind::Active => status == Status::Active,
        FilterKind::Drafts => status == Status::Draft,
        FilterKind::Ended => matches!(status, Status::Expired | Status::Completed | Status::Revoked),
    };
    let count = counts.iter().filter(|(status, direction, _)| fits(*status, *direction)).map(|(_, _, n)| n).sum();
    Filter { kind, url: url(kind, &asked.q, ""), count, is_current }
}

/// The address of the list, with only what it needs.
fn url(kind: FilterKind, query: &str, cursor: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("show", kind.slug().unwrap_or_default()), ("q", query), ("cursor", cursor)] {
        if !value.is_empty() {
            pairs.append_pair(name, value);
        }
    }
    let pairs = pairs.finish();
    if pairs.is_empty() { "/".to_owned() } else { format!("/?{pairs}") }
}

fn row(frame: &Frame, listed: &Listed, newest: Option<audit::Recorded>) -> PackageRow {
    let package = &listed.package;
    let policy = frame.policy(package, None);
    let is_active = listed.status == Status::Active;
    PackageRow {
        id: package.id.to_string(),
        title: package.title.clone(),
        direction: match package.direction {
            Direction::Outbound => Way::Outbound,
            Direction::Inbound => Way::Inbound,
        },
        with_whom: with_whom(frame, listed),
        files: package.file_count,
        total_bytes: package.total_bytes,
        stamp: stamp(frame, package, listed.status),
        ends_at: policy.at.filter(|_| is_active).map(|at| frame.moment(at)),
        latest: newest.and_then(|entry| history::happening(frame, &entry, &Names::of_list(listed))),
    }
}

/// The state of a package and, when it has ended, since when.
pub(super) fn stamp(frame: &Frame, package: &package::Package, now: Status) -> Stamp {
    let since = match now {
        Status::Draft | Status::Active => None,
        Status::Revoked => package.revoked_at,
        Status::Expired | Status::Completed => frame.policy(package, None).at,
    };
    Stamp { status: status(now), since: since.map(|at| frame.moment(at)) }
}

/// `Bob Brown`, `Bob and Eve`, `Bob and 11 other people`.
fn with_whom(frame: &Frame, listed: &Listed) -> String {
    let text = frame.text;
    match listed.with.as_slice() {
        [first, _, _, ..] => {
            let others = text.with("package-and-others", &[("count", (listed.recipient_count - 1).into())]);
            format!("{first} {others}")
        }
        few => text.list(few),
    }
}

/// What was just deleted, if that can still be taken back.
async fn undo(person: &Person, deleted: &str) -> Result<Option<Undo>, Error> {
    let Ok(id) = PackageId::parse(deleted) else { return Ok(None) };
    match delete::undoable(&person.frame.web.app, &person.actor, id).await {
        Ok(undoable) => Ok(undoable.map(|undoable| Undo {
            package_id: id.to_string(),
            title: undoable.title,
            // A begun second still counts: the button works until its end.
            seconds: u64::try_from(undoable.left.as_millis().div_ceil(1_000)).unwrap_or(0),
        })),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
