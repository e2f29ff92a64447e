//! What goes on in the background of downloads: cutting what has ended elsewhere, telling what runs, storing reports,
//! withdrawing and erasing, and that none of it looks at every row.
use std::time::Duration;

use futures_util::FutureExt as _;
use rstest::rstest;
use sqlx::AssertSqlSafe;
use tokio_util::sync::CancellationToken;

use super::limit_tests::{DAY, MINUTE, Response, SLICE, count, fetch, set_limit, ticket, visit};
use super::record::record;
use super::start::{Started, Target};
use super::tests::{Shipment, content, counted, deliver, entries, press, response, ship, url};
use super::*;
use crate::audit::Action;
use crate::db::testing::{Which, plan};
use crate::limits::REPORTS_PER_LINK_MAX;
use crate::package::delete::{delete, undelete};
use crate::package::remove_file::remove_file;
use crate::package::revoke::{revoke, revoke_recipient};
use crate::package::show::show;
use crate::package::{Package, store as packages, sweep};
use crate::policy::{Policy, Rule, Status};
use crate::sql;
use crate::testing::TestApp;

/// What goes by itself within seconds has this long on a busy machine.
const LONG: Duration = Duration::from_mins(1);

async fn stored(test: &TestApp, shipment: &Shipment) -> Package {
    packages::any_by_id(&mut test.app.db.read().await.unwrap(), shipment.id()).await.unwrap().unwrap()
}

/// What another node does to the database, without a word to this process.
async fn elsewhere(test: &TestApp, text: &'static str) {
    let mut tx = test.app.db.begin_write().await.unwrap();
    sql!(tx, run, text).unwrap();
    tx.commit().await.unwrap();
}

async fn limit_elsewhere(test: &TestApp, shipment: &Shipment, max_downloads: u64) {
    let mut tx = test.app.db.begin_write().await.unwrap();
    let mut package = packages::lock(&mut tx, shipment.id()).await.unwrap().unwrap();
    package.max_downloads = max_downloads;
    slots::enrol(&mut tx, &test.app, &package).await.unwrap();
    packages::save(&mut tx, &mut package, &test.app.site.retention).await.unwrap();
    tx.commit().await.unwrap();
}

async fn running(test: &TestApp, started: &Started) -> Registration {
    let content = content(&test.app, started).await.unwrap();
    let whose = content.counted.as_ref().map(Whose::from);
    test.app.deliveries.begin(content.package, whose, content.files())
}

async fn active_at(test: &TestApp) -> Vec<Option<i64>> {
    let mut conn = test.app.db.read().await.unwrap();
    let rows = sql!(conn, all as (Option<i64>,), "SELECT active_at FROM downloads ORDER BY id").unwrap();
    rows.into_iter().map(|(at,)| at).collect()
}

#[rstest]
#[tokio::test]
async fn a_limit_that_another_node_sets_cuts_what_runs_without_a_ledger(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", "alpha")]).await;
    let mut begun = Vec::new();
    for _ in 0..3 {
        let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
        begun.push(running(&test, &started).await);
        test.clock.advance(Duration::from_millis(1));
    }
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(begun.iter().all(|one| !one.cut.is_cancelled()));
    limit_elsewhere(&test, &shipment, 1).await;
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(begun.iter().all(|one| one.cut.is_cancelled()), "the one with the slot goes on with a ledger");
    drop(begun);
    // What keeps one runs on, and so does what began after the limit was taken away.
    let mut conn = test.app.db.read().await.unwrap();
    let link = shipment.view.recipients[0].link.as_ref().unwrap().link.id;
    let slot = store::reservations(&mut conn, link).await.unwrap().remove(0).id;
    drop(conn);
    let whose = Whose { link, download: slot, limited: true };
    let with_ledger = test.app.deliveries.begin(shipment.id(), Some(whose), Vec::new());
    watch::cut_what_ended(&test.app).await.unwrap();
    assert!(!with_ledger.cut.is_cancelled());
    drop(with_ledger);
    test.finish().await;
}

#[rstest]
#[case::a_limit_was_set("limit")]
#[case::the_link_was_revoked("link")]
#[case::the_package_was_revoked("package")]
#[case::the_package_was_deleted("delete")]
#[case::the_file_was_removed("file")]
#[tokio::test]
async fn what_changed_between_looking_it_up_and_sending_is_noticed(
    #[case] what: &str,
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", "alpha"), ("b.bin", "beta")]).await;
    let (actor, id) = (&shipment.actor, shipment.id());
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let looked_up = content(&test.app, &started).await.unwrap().counted.unwrap();
    let is_still_so = async || watch::is_still_so(&test.app, &url(&started), &looked_up).await.unwrap();
    assert!(is_still_so().await);
    match what {
        "limit" => drop(set_limit(&test, &shipment, 1).await),
        "link" => {
            let ben = shipment.view.recipients[0].recipient.id;
            drop(revoke_recipient(&test.app, actor, id, ben).await.unwrap());
        }
        "package" => drop(revoke(&test.app, actor, id).await.unwrap()),
        "delete" => delete(&test.app, actor, id).await.unwrap(),
        "file" => remove_file(&test.app, actor, id, shipment.file(0).id).await.unwrap(),
        other => panic!("{other}"),
    }
    assert!(!is_still_so().await);
    test.clock.advance(MINUTE);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn whose_slot_was_taken_over_while_his_request_was_looked_up_sends_nothing(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 4 * SLICE).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    fetch(&test.app, &started, 0..SLICE).await.unwrap();
    let looked_up = content(&test.app, &started).await.unwrap().counted.unwrap();
    test.clock.advance(MINUTE);
    press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    assert!(!watch::is_still_so(&test.app, &url(&started), &looked_up).await.unwrap());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn running_downloads_are_told_where_somebody_asks(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", "alpha")]).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let unlimited = running(&test, &started).await;
    watch::tell_what_runs(&test.app).await.unwrap();
    assert_eq!(active_at(&test).await, [None], "nobody asks, and telling costs everybody's writes");
    test.clock.advance(DAY.saturating_sub(MINUTE));
    watch::tell_what_runs(&test.app).await.unwrap();
    assert_eq!(active_at(&test).await, [Some(test.now().as_millisecond())], "its day ends, but it goes on");
    for _ in 0..5 {
        test.clock.advance(MINUTE.saturating_sub(Duration::from_secs(1)));
        watch::tell_what_runs(&test.app).await.unwrap();
        slots::sweep(&test.app).await.unwrap();
    }
    drop(unlimited);
    let mut conn = test.app.db.read().await.unwrap();
    let open = sql!(conn, one as (i64,), "SELECT count(*) FROM downloads WHERE ended_at IS NULL").unwrap();
    assert_eq!(open, (1,));
    drop(conn);
    test.clock.advance(MINUTE);
    slots::sweep(&test.app).await.unwrap();
    assert!(content(&test.app, &started).await.is_err());
    // Under a limit it is always asked.
    set_limit(&test, &shipment, 1).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let limited = running(&test, &started).await;
    watch::tell_what_runs(&test.app).await.unwrap();
    assert_eq!(active_at(&test).await[1], Some(test.now().as_millisecond()));
    drop(limited);
    test.finish().await;
}

#[rstest]
#[case::of_this_process(true)]
#[case::of_another_node(false)]
#[tokio::test]
async fn erasing_by_a_rule_waits_for_a_response_that_began_in_time(
    #[case] is_here: bool,
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(
        &test,
        Some(Policy { expires_in_hours: 24 * 30, idle_hours: 0, max_downloads: 1 }),
        &[("a.bin", "alpha"), ("b.bin", "x".repeat(200_000).as_str())],
    )
    .await;
    let mine = visit(&test, &shipment).await;
    let small = press(&test.app, &shipment.token, Target::File(shipment.file(0).id), Some(&mine)).await.unwrap();
    fetch(&test.app, &small, 0..5).await.unwrap();
    test.clock.advance(DAY.saturating_sub(Duration::from_secs(30)));
    let large = press(&test.app, &shipment.token, Target::File(shipment.file(1).id), Some(&mine)).await.unwrap();
    let mut response = Response::begin(&test.app, &large, 0..large.size).await.unwrap();
    let registration = running(&test, &large).await;
    if is_here {
        elsewhere(&test, "UPDATE downloads SET active_at = NULL").await;
        test.clock.advance(DAY);
    } else {
        drop(running(&test, &large).await);
        test.clock.advance(Duration::from_secs(40));
    }
    // Of another node's response this process knows nothing but the row.
    let registration = is_here.then_some(registration);
    sweep::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert_eq!(stored(&test, &shipment).await.erased_at, None);
    assert!(registration.as_ref().is_none_or(|one| !one.cut.is_cancelled()));
    if !is_here {
        response.send(&test.app, large.size).await.expect("it runs");
    }
    response.end(&test.app).await;
    drop(registration);
    test.clock.advance(MINUTE);
    sweep::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert!(stored(&test, &shipment).await.erased_at.is_some());
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_completed_package_stays_so_when_its_last_link_is_revoked(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let limited = Policy { expires_in_hours: 24 * 30, idle_hours: 0, max_downloads: 1 };
    let shipment = ship(&test, Some(limited), &[("a.bin", "alpha")]).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    fetch(&test.app, &started, 0..5).await.unwrap();
    let before = stored(&test, &shipment).await;
    assert_eq!(before.ended_by, Some(Rule::Limit));
    test.clock.advance(MINUTE);
    let ben = shipment.view.recipients[0].recipient.id;
    let after = revoke_recipient(&test.app, &shipment.actor, shipment.id(), ben).await.unwrap();
    assert_eq!(after.status, Status::Completed);
    let package = after.package;
    assert_eq!((package.ended_by, package.ended_at), (before.ended_by, before.ended_at));
    assert_eq!(package.erase_at, before.erase_at);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_graceful_stop_loses_no_report(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", "alpha")]).await;
    let link = shipment.view.recipients[0].link.as_ref().unwrap().link.id;
    let stop = CancellationToken::new();
    for n in 0..100 {
        let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
        let delivered = response(&content(&test.app, &started).await.unwrap(), 0..5, true);
        // Most are over when the server is asked to stop, some a moment later.
        let stop = stop.clone();
        let delivering = async move {
            if n % 3 == 0 {
                stop.cancelled().await;
            }
            delivered
        };
        test.app.deliveries.expect(link, delivering.boxed());
    }
    let stopping = async {
        tokio::task::yield_now().await;
        stop.cancel();
    };
    tokio::join!(recorder::run(&test.app, stop.clone()), stopping);
    assert_eq!(counted(&test, &shipment).await, (100, 100));
    assert!(test.app.deliveries.room(link).now_or_never().is_some());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn transfers_are_cut_and_reports_kept_while_the_database_takes_no_writes(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", "alpha")]).await;
    let other = shipment.view.recipients[0].link.as_ref().unwrap().link.id;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let delivered = response(&content(&test.app, &started).await.unwrap(), 0..5, true);
    let stop = CancellationToken::new();
    let (app, stopped) = (test.app.clone(), stop.clone());
    let recorder = tokio::spawn(async move { recorder::run(&app, stopped).await });
    let held = {
        let mut tx = test.app.db.begin_write().await.unwrap();
        packages::lock(&mut tx, shipment.id()).await.unwrap();
        tx
    };
    test.app.deliveries.expect(other, async { delivered }.boxed());
    // Two looks go by, the second one certainly while the report waits.
    for _ in 0..2 {
        let nowhere = PackageId::new(test.now(), &*test.app.entropy);
        let gone = test.app.deliveries.begin(nowhere, None, Vec::new());
        tokio::time::timeout(LONG, gone.cut.cancelled()).await.expect("it is looked after");
    }
    assert_eq!(counted(&test, &shipment).await.0, 0);
    drop(held);
    stop.cancel();
    recorder.await.unwrap();
    assert_eq!(counted(&test, &shipment).await.0, 1);
    test.finish().await;
}

#[tokio::test]
async fn a_link_with_too_many_reports_waits_for_them_and_others_do_not() {
    let test = TestApp::new(Which::Sqlite).await;
    let [one, other] = [(); 2].map(|()| LinkId::new(test.now(), &*test.app.entropy));
    let deliveries = &test.app.deliveries;
    for _ in 0..REPORTS_PER_LINK_MAX {
        deliveries.room(one).await.unwrap();
        deliveries.report_waits(one);
    }
    tokio::task::yield_now().await;
    let mut waiting = Box::pin(deliveries.room(one));
    assert!(waiting.as_mut().now_or_never().is_none());
    deliveries.room(other).await.expect("another's are his own");
    deliveries.report_is_stored(one);
    waiting.await.unwrap();
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_download_broke_off_when_nothing_of_it_runs_and_is_logged_so_once_a_minute(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", "x".repeat(100).as_str())]).await;
    let link = shipment.view.recipients[0].link.as_ref().unwrap().link.id;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let fetched = content(&test.app, &started).await.unwrap();
    let break_off = async |range| record(&test.app, &response(&fetched, range, false)).await.unwrap();
    let percents = async || {
        let logged = entries(&test, Action::DownloadAborted).await;
        logged.iter().map(|entry| entry["percent"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let going_on = running(&test, &started).await;
    break_off(0..3).await;
    assert!(percents().await.is_empty(), "another response of it runs");
    drop(going_on);
    for end in 4..8 {
        break_off(0..end).await;
    }
    assert_eq!(percents().await, [4]);
    let mut conn = test.app.db.read().await.unwrap();
    let link = crate::link::store::by_id(&mut conn, link).await.unwrap().unwrap();
    assert_eq!(link.broke_off_percent, Some(7), "the page says how far it came");
    drop(conn);
    test.clock.advance(MINUTE);
    break_off(0..9).await;
    assert_eq!(percents().await, [4, 9]);
    deliver(&test.app, &started, 9..100).await;
    test.clock.advance(MINUTE);
    // Fetched once more and broken off: it has arrived all the same.
    break_off(0..50).await;
    assert_eq!((percents().await.len(), counted(&test, &shipment).await.0), (2, 1));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn under_a_limit_what_is_written_ahead_elsewhere_goes_on_too(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 4 * SLICE).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let one = Response::begin(&test.app, &started, 0..2 * SLICE).await.unwrap();
    let other = Response::begin(&test.app, &started, 2 * SLICE..3 * SLICE).await.unwrap();
    one.end(&test.app).await;
    assert!(entries(&test, Action::DownloadAborted).await.is_empty());
    other.end(&test.app).await;
    assert_eq!(entries(&test, Action::DownloadAborted).await.len(), 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_report_that_is_repeated_counts_and_logs_nothing_twice(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", "alpha")]).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let fetched = content(&test.app, &started).await.unwrap();
    for (range, whole) in [(0..3, false), (3..5, true)] {
        let report = response(&fetched, range, whole);
        record(&test.app, &report).await.unwrap();
        record(&test.app, &report).await.unwrap();
    }
    assert_eq!(counted(&test, &shipment).await, (1, 1));
    for action in [Action::DownloadAborted, Action::DownloadCompleted] {
        assert_eq!(entries(&test, action).await.len(), 1, "{action}");
    }
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn not_one_more_step_is_granted_on_a_link_that_another_node_revoked(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 4 * SLICE).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let mut response = Response::begin(&test.app, &started, 0..started.size).await.unwrap();
    elsewhere(&test, "UPDATE links SET revoked_at = 1").await;
    let refused = response.send(&test.app, started.size).await;
    assert!(matches!(refused, Err(Error::Gone(crate::error::LinkEnd::Revoked { .. }))), "{refused:?}");
    response.end(&test.app).await;
    assert_eq!(count(&test, &shipment).await.0, 0);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_reservation_does_not_count_once_its_link_or_package_was_taken_away(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(
        &test,
        Some(Policy { expires_in_hours: 24 * 30, idle_hours: 0, max_downloads: 1 }),
        &[("a.bin", "x".repeat(100 << 10).as_str())],
    )
    .await;
    let (actor, id) = (&shipment.actor, shipment.id());
    let mine = visit(&test, &shipment).await;
    let started = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    let nearly = started.size / 100 * 95;
    fetch(&test.app, &started, 0..nearly).await.unwrap();
    // Taken back within its ten seconds, a deletion leaves everything as it was.
    delete(&test.app, actor, id).await.unwrap();
    test.clock.advance(Duration::from_secs(5));
    undelete(&test.app, actor, id).await.unwrap();
    content(&test.app, &started).await.expect("his download goes on");
    let ben = shipment.view.recipients[0].recipient.id;
    revoke_recipient(&test.app, actor, id, ben).await.unwrap();
    let refused = content(&test.app, &started).await;
    assert!(matches!(refused, Err(Error::Gone(crate::error::LinkEnd::Revoked { .. }))), "{refused:?}");
    delete(&test.app, actor, id).await.unwrap();
    undelete(&test.app, actor, id).await.unwrap();
    test.clock.advance(DAY);
    slots::sweep(&test.app).await.unwrap();
    assert!(content(&test.app, &started).await.is_err());
    assert_eq!(show(&test.app, actor, id).await.unwrap().package.downloads, 0);
    assert!(entries(&test, Action::DownloadCompleted).await.is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_sweep_of_downloads_does_not_look_at_every_one_ever_made(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 5).await;
    press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let mut tx = test.app.db.begin_write().await.unwrap();
    let is_postgres = tx.is_postgres();
    let id = if is_postgres { "gen_random_uuid()" } else { "randomblob(16)" };
    // As after years: all but one are over.
    let many = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO downloads (id, link_id, package_id, visit_hash, state, limited, started_at, usable_until,
           confirmed_at, ended_at)
         SELECT {id}, d.link_id, d.package_id, d.visit_hash, 'confirmed', d.limited, d.started_at, d.usable_until,
           d.started_at, d.usable_until FROM downloads d CROSS JOIN n"
    );
    assert_eq!(sql!(tx, run, AssertSqlSafe(many.clone())).unwrap(), 20_000);
    tx.commit().await.unwrap();
    let mut tx = test.app.db.begin_write().await.unwrap();
    sql!(tx, run, "ANALYZE").unwrap();
    tx.commit().await.unwrap();

    let nil = if is_postgres { "'00000000-0000-0000-0000-000000000000'" } else { "zeroblob(16)" };
    let now = test.now().as_millisecond().to_string();
    let mut conn = test.app.db.read().await.unwrap();
    for (text, values, index) in [
        (store::PERHAPS_OVER, vec![now.as_str(), &now, nil, "200"], "downloads_reserved"),
        (store::WITH_CLAIMS, vec![&now, nil, "200"], "download"),
        (store::END_UNUSABLE, vec![&now, &now], "downloads_open"),
    ] {
        let plan = plan(&mut conn, text, &values).await;
        let scans = plan.lines().any(|line| {
            line.contains("Seq Scan on downloads")
                || line == "SCAN downloads"
                || line.contains("autoindex_downloads_1 (id>?)")
        });
        assert!(!scans && plan.contains(index), "{text}\n{plan}");
    }
    drop(conn);
    test.finish().await;
}
