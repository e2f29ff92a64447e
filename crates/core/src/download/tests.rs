//! Downloads: one per visit, counted once, usable for a day, cut by revoking.
use std::time::Duration;

use rstest::rstest;

use super::record::record;
use super::serve::{self, Body, Content, by_token};
use super::start::{Started, Target, start};
use super::*;
use crate::access::{Actor, Origin};
use crate::account::Role;
use crate::app::App;
use crate::audit::Action;
use crate::audit::store::Order;
use crate::db::testing::Which;
use crate::error::{Error, LinkEnd, Result};
use crate::link::door::Credentials;
use crate::link::open::open;
use crate::package::change::{Changes, change};
use crate::package::create::{NewPackage, create};
use crate::package::finalize::{Unfinished, finalize};
use crate::package::revoke::revoke_recipient;
use crate::package::show::show;
use crate::package::tests::new_package;
use crate::package::{File, PackageView};
use crate::policy::{Policy, Status};
use crate::secret::Keys;
use crate::sql;
use crate::testing::TestApp;

pub(super) struct Shipment {
    pub(super) actor: Actor,
    pub(super) view: PackageView,
    pub(super) token: String,
}

impl Shipment {
    pub(super) fn file(&self, n: usize) -> &File {
        &self.view.files[n]
    }

    pub(super) fn id(&self) -> PackageId {
        self.view.package.id
    }
}

pub(super) async fn ship(test: &TestApp, policy: Option<Policy>, files: &[(&str, &str)]) -> Shipment {
    let account = test.person("Anna", Role::Regular).await;
    let actor = test.actor(&account).await;
    let new = NewPackage { policy, ..new_package("Plans", &["ben@example.com"]) };
    let draft = create(&test.app, &actor, new).await.unwrap();
    for (path, content) in files {
        test.file(&actor, draft.package.id, path, content.as_bytes()).await;
    }
    let view = finalize(&test.app, &actor, draft.package.id, Unfinished::Refuse).await.unwrap();
    let token = view.recipients[0].link.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned();
    Shipment { actor, view, token }
}

pub(super) fn origin() -> Origin {
    Origin { ip: Some([198, 51, 100, 7].into()), user_agent: Some("Browser".into()) }
}

pub(super) async fn press(app: &App, token: &str, target: Target, visit: Option<&str>) -> Result<Started> {
    start(app, &origin(), token, target, Credentials::visit(visit)).await
}

pub(super) fn url(started: &Started) -> String {
    started.path.split('/').nth(2).unwrap().to_owned()
}

pub(super) async fn content(app: &App, started: &Started) -> Result<Content> {
    by_token(app, &url(started)).await
}

/// A response that delivered these bytes of what `content` is.
pub(super) fn response(content: &Content, range: std::ops::Range<u64>, whole: bool) -> Delivered {
    let object = content.counted.as_ref().expect("a visitor's download").object;
    Delivered { object, claim: None, range, whole, took: Duration::from_millis(5), origin: origin() }
}

pub(super) async fn deliver(app: &App, started: &Started, range: std::ops::Range<u64>) {
    let content = content(app, started).await.unwrap();
    record(app, &response(&content, range, true)).await.unwrap();
}

pub(super) async fn counted(test: &TestApp, shipment: &Shipment) -> (u64, u64) {
    let shown = show(&test.app, &shipment.actor, shipment.id()).await.unwrap();
    (shown.package.downloads, shown.recipients[0].link.as_ref().unwrap().link.downloads)
}

pub(super) async fn entries(test: &TestApp, action: Action) -> Vec<serde_json::Value> {
    let mut conn = test.app.db.read().await.unwrap();
    let filter = crate::audit::store::Filter { action: Some(action), ..Default::default() };
    let found = crate::audit::store::list(&mut conn, &filter, Order::OldestFirst { after: None }, 1_000).await.unwrap();
    found.into_iter().map(|entry| entry.details.0).collect()
}

#[rstest]
#[tokio::test]
async fn all_starts_of_one_visit_are_one_download(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.txt", "alpha"), ("b.txt", "beta")]).await;
    let visit = open(&test.app, &origin(), &shipment.token, Credentials::default()).await.unwrap().visit;
    let go = |target| press(&test.app, &shipment.token, target, Some(&visit));
    let (all, again, a) = tokio::join!(go(Target::Whole), go(Target::Archive), go(Target::File(shipment.file(0).id)));
    let (all, again, a) = (all.unwrap(), again.unwrap(), a.unwrap());
    assert_eq!(all, again, "the same thing has the same URL");
    assert_ne!(url(&all), url(&a));
    assert!(all.path.ends_with("/Plans.zip") && a.path.ends_with("/a.txt"), "{} {}", all.path, a.path);
    let mut conn = test.app.db.read().await.unwrap();
    let count =
        async |conn: &mut crate::db::Conn| sql!(conn, one as (i64,), "SELECT count(*) FROM downloads").unwrap().0;
    assert_eq!(count(&mut conn).await, 1);
    // Without a visit id, with one of another link, and with nonsense: each a visit of its own.
    let foreign = test.app.keys.visit_text(
        crate::ids::LinkId::new(test.now(), &*test.app.entropy),
        Keys::new_visit(&*test.app.entropy),
        None,
    );
    for visit in [None, None, Some(foreign.as_str()), Some("nonsense"), Some("")] {
        press(&test.app, &shipment.token, Target::Whole, visit).await.unwrap();
    }
    assert_eq!(count(&mut conn).await, 6);
    drop(conn);
    let missing = crate::ids::FileId::new(test.now(), &*test.app.entropy);
    assert!(matches!(go(Target::File(missing)).await, Err(Error::NotFound)));
    assert_eq!(counted(&test, &shipment).await, (0, 0), "starting does not count");
    assert_eq!(entries(&test, Action::DownloadStarted).await.len(), 7);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_download_counts_once_when_the_union_of_its_ranges_covers_a_file(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.txt", "0123456789"), ("b.txt", "beta")]).await;
    let visit = open(&test.app, &origin(), &shipment.token, Credentials::default()).await.unwrap().visit;
    let a = press(&test.app, &shipment.token, Target::File(shipment.file(0).id), Some(&visit)).await.unwrap();
    let b = press(&test.app, &shipment.token, Target::File(shipment.file(1).id), Some(&visit)).await.unwrap();
    for part in [0..4, 6..10, 2..4] {
        deliver(&test.app, &a, part).await;
        assert_eq!(counted(&test, &shipment).await, (0, 0));
    }
    deliver(&test.app, &a, 3..7).await;
    assert_eq!(counted(&test, &shipment).await, (1, 1));
    deliver(&test.app, &a, 0..10).await;
    deliver(&test.app, &b, 0..4).await;
    assert_eq!(counted(&test, &shipment).await, (1, 1), "another file of the same visit is the same download");
    let other = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    deliver(&test.app, &other, 0..other.size).await;
    assert_eq!(counted(&test, &shipment).await, (2, 2));
    let completed = entries(&test, Action::DownloadCompleted).await;
    assert_eq!(completed.len(), 2);
    assert_eq!(completed[0]["name"], "a.txt");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn responses_that_end_together_make_one_union(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let text = "x".repeat(64);
    let shipment = ship(&test, None, &[("a.txt", text.as_str())]).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let content = content(&test.app, &started).await.unwrap();
    let parts: Vec<_> = (0..32_u64).map(|n| response(&content, 2 * n..2 * n + 2, true)).collect();
    let done = futures_util::future::join_all(parts.iter().map(|part| record(&test.app, part))).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!(counted(&test, &shipment).await, (1, 1));
    let mut conn = test.app.db.read().await.unwrap();
    let (bytes, responses) = sql!(conn, one as (i64, i64), "SELECT delivered_bytes, responses FROM downloads").unwrap();
    assert_eq!((bytes, responses), (64, 32));
    drop(conn);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_aborted_response_says_how_far_it_came(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.txt", "0123456789")]).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let content = content(&test.app, &started).await.unwrap();
    record(&test.app, &response(&content, 0..4, false)).await.unwrap();
    record(&test.app, &response(&content, 4..4, false)).await.unwrap();
    test.clock.advance(Duration::from_mins(1));
    record(&test.app, &response(&content, 4..4, false)).await.unwrap();
    record(&test.app, &response(&content, 2..5, true)).await.expect("a range that was asked for and came");
    let aborted = entries(&test, Action::DownloadAborted).await;
    assert_eq!(aborted.iter().map(|e| e["percent"].as_u64().unwrap()).collect::<Vec<_>>(), [40, 40]);
    record(&test.app, &response(&content, 5..10, false)).await.unwrap();
    assert_eq!(counted(&test, &shipment).await, (1, 1), "cut at its last byte it is complete all the same");
    assert_eq!(entries(&test, Action::DownloadAborted).await.len(), 2);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_visit_goes_on_for_a_day_after_the_end_and_nobody_else_begins(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let policy = Policy { expires_in_hours: 24, idle_hours: 0, max_downloads: 0 };
    let shipment = ship(&test, Some(policy), &[("a.txt", "alpha"), ("b.txt", "beta")]).await;
    let end = shipment.view.package.ends_at.unwrap();
    test.clock.advance(Duration::from_hours(23));
    let visit = open(&test.app, &origin(), &shipment.token, Credentials::default()).await.unwrap().visit;
    let idle = open(&test.app, &origin(), &shipment.token, Credentials::default()).await.unwrap().visit;
    let a = press(&test.app, &shipment.token, Target::File(shipment.file(0).id), Some(&visit)).await.unwrap();
    test.clock.advance(Duration::from_hours(1));
    let go = |target, visit| press(&test.app, &shipment.token, target, visit);
    for stranger in [None, Some(idle.as_str())] {
        let refused = go(Target::Whole, stranger).await;
        assert!(matches!(refused, Err(Error::Gone(LinkEnd::Expired { at })) if at == end), "{refused:?}");
    }
    let b = go(Target::File(shipment.file(1).id), Some(&visit)).await.expect("files not fetched yet");
    deliver(&test.app, &a, 0..5).await;
    let shown = show(&test.app, &shipment.actor, shipment.id()).await.unwrap();
    assert_eq!((shown.status, shown.package.downloads, shown.package.last_download_at), (Status::Expired, 1, None));
    test.clock.advance(Duration::from_hours(23).saturating_sub(Duration::from_millis(1)));
    content(&test.app, &b).await.unwrap();
    go(Target::Archive, Some(&visit)).await.unwrap();
    test.clock.advance(Duration::from_millis(1));
    assert!(matches!(content(&test.app, &b).await, Err(Error::Gone(LinkEnd::Expired { .. }))));
    assert!(matches!(go(Target::Archive, Some(&visit)).await, Err(Error::Gone(LinkEnd::Expired { .. }))));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_completed_download_moves_the_idle_clock(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let policy = Policy { expires_in_hours: 24 * 30, idle_hours: 2, max_downloads: 0 };
    let shipment = ship(&test, Some(policy), &[("a.txt", "alpha")]).await;
    test.clock.advance(Duration::from_hours(100));
    for _ in 0..2 {
        test.clock.advance(Duration::from_hours(1));
        let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
        deliver(&test.app, &started, 0..5).await;
        let ends_at = show(&test.app, &shipment.actor, shipment.id()).await.unwrap().package.ends_at;
        assert_eq!(ends_at, Some(test.now() + jiff::SignedDuration::from_hours(2)));
    }
    test.clock.advance(Duration::from_hours(2));
    assert!(matches!(press(&test.app, &shipment.token, Target::Whole, None).await, Err(Error::Gone(_))));
    // The same hours again: the policy was set anew, so they begin anew.
    let policy = Some(Policy { idle_hours: 3, ..policy }.into());
    let changed =
        change(&test.app, &shipment.actor, shipment.id(), Changes { policy, ..Changes::default() }).await.unwrap();
    assert_eq!(changed.status, Status::Active);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_archive_is_frozen_at_its_start(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.txt", "alpha"), ("b.txt", "beta")]).await;
    let visit = open(&test.app, &origin(), &shipment.token, Credentials::default()).await.unwrap().visit;
    let go = || press(&test.app, &shipment.token, Target::Archive, Some(&visit));
    let before = go().await.unwrap();
    let first = content(&test.app, &before).await.unwrap();
    test.file(&shipment.actor, shipment.id(), "c.txt", b"gamma").await;
    let after = go().await.unwrap();
    let (old, new) = (content(&test.app, &before).await.unwrap(), content(&test.app, &after).await.unwrap());
    assert_eq!((old.etag.as_str(), old.size, old.files().len()), (first.etag.as_str(), first.size, 2));
    assert_ne!((old.etag, url(&before)), (new.etag.clone(), url(&after)));
    assert_eq!(new.files().len(), 3);
    let Body::Archive(plan) = &new.body else { panic!("an archive") };
    assert_eq!(plan.layout.len(), new.size);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_empty_file_counts_only_where_there_is_nothing_else(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    for (files, expected) in [(&[("empty", ""), ("full", "x")][..], 0), (&[("empty", ""), ("empty too", "")][..], 1)] {
        let test = TestApp::new(which).await;
        let shipment = ship(&test, None, files).await;
        let started = press(&test.app, &shipment.token, Target::File(shipment.file(0).id), None).await.unwrap();
        deliver(&test.app, &started, 0..0).await;
        assert_eq!(counted(&test, &shipment).await.0, expected);
        test.finish().await;
    }
}

#[rstest]
#[tokio::test]
async fn a_revoked_link_ends_its_downloads_and_no_others(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.txt", "alpha")]).await;
    let visit = open(&test.app, &origin(), &shipment.token, Credentials::default()).await.unwrap().visit;
    let started = press(&test.app, &shipment.token, Target::Whole, Some(&visit)).await.unwrap();
    let ben = shipment.view.recipients[0].recipient.id;
    revoke_recipient(&test.app, &shipment.actor, shipment.id(), ben).await.unwrap();
    assert!(matches!(content(&test.app, &started).await, Err(Error::Gone(LinkEnd::Revoked { .. }))));
    for visit in [None, Some(visit.as_str())] {
        let refused = press(&test.app, &shipment.token, Target::Whole, visit).await;
        assert!(matches!(refused, Err(Error::Gone(LinkEnd::Revoked { .. }))), "{refused:?}");
    }
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_was_revoked_elsewhere_is_cut_here_too(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.txt", "alpha"), ("b.txt", "beta")]).await;
    let (id, link) = (shipment.id(), shipment.view.recipients[0].link.as_ref().unwrap().link.id);
    let download = DownloadId::new(test.now(), &*test.app.entropy);
    let begin =
        |file: &File| test.app.deliveries.begin(id, Some(Whose { link, download, limited: false }), vec![file.id]);
    let (a, b) = (begin(shipment.file(0)), begin(shipment.file(1)));
    let other_node = async |text: &'static str| {
        let mut tx = test.app.db.begin_write().await.unwrap();
        sql!(tx, run, text).unwrap();
        tx.commit().await.unwrap();
    };
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(!a.cut.is_cancelled() && !b.cut.is_cancelled());
    other_node("UPDATE files SET removed_at = 1 WHERE relative_path = 'a.txt'").await;
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(a.cut.is_cancelled() && !b.cut.is_cancelled());
    other_node("UPDATE links SET revoked_at = 1").await;
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(b.cut.is_cancelled());
    let owner = test.app.deliveries.begin(id, None, vec![shipment.file(1).id]);
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(!owner.cut.is_cancelled(), "the owner's own fetch needs no link");
    let path = crate::file::name::RelativePath::parse("c").unwrap();
    let new = crate::upload::begin::NewUpload {
        path,
        size: Some(3),
        sha256: None,
        resumable: true,
        client_metadata: String::new(),
    };
    let begun = crate::upload::begin::begin(&test.app, &shipment.actor, id, new).await.unwrap();
    let token = begun.token.reveal();
    let plain = crate::upload::receive::Chunk::Plain;
    let writer = crate::upload::receive::open(&test.app, &token, 0, None, plain).await.unwrap();
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(!writer.stop().is_cancelled());
    other_node("UPDATE packages SET revoked_at = 1").await;
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(owner.cut.is_cancelled() && writer.stop().is_cancelled());
    drop((a, b, owner, writer));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_owners_own_fetch_is_audited_and_never_counted(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.txt", "alpha")]).await;
    for what in [serve::Fetch::Archive, serve::Fetch::File(shipment.file(0).id)] {
        let content = serve::for_owner(&test.app, &shipment.actor, shipment.id(), what).await.unwrap();
        assert!(content.counted.is_none());
        serve::record_fetch(&test.app, &shipment.actor, &content).await.unwrap();
    }
    assert_eq!((counted(&test, &shipment).await, entries(&test, Action::FileFetched).await.len()), ((0, 0), 2));
    test.finish().await;
}
