//! Whoever collects a file in pieces, by whichever way, is counted when he has it; and who merely broke off is not.
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rstest::rstest;

use super::counting::SPARE_BYTES;
use super::limit_tests::{DAY, MINUTE, Response, SLICE, count, fetch, fetch_whole, limit, set_limit, text, visit};
use super::start::Target;
use super::tests::{Shipment, entries, press, ship, url};
use super::*;
use crate::audit::Action;
use crate::db::testing::Which;
use crate::error::LinkEnd;
use crate::limits::RANGE_INTERVALS_MAX;
use crate::policy::Status;
use crate::testing::TestApp;

/// Where in the archive of the package its file `n` lies.
fn place_in_archive(test: &TestApp, shipment: &Shipment, n: usize) -> std::ops::Range<u64> {
    let plan = test.app.plans.of(shipment.id(), &shipment.view.files).unwrap();
    plan.layout.file_range(n).unwrap()
}

#[rstest]
#[tokio::test]
async fn half_by_its_own_url_and_half_out_of_the_archive_is_a_whole_file(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let size = 8 * SLICE;
    let shipment = ship(&test, Some(limit(1)), &[("a.bin", text(size).as_str()), ("b.bin", text(size).as_str())]).await;
    let mine = visit(&test, &shipment).await;
    let file = press(&test.app, &shipment.token, Target::File(shipment.file(0).id), Some(&mine)).await.unwrap();
    let archive = press(&test.app, &shipment.token, Target::Archive, Some(&mine)).await.unwrap();
    let place = place_in_archive(&test, &shipment, 0);
    fetch(&test.app, &file, 0..size / 2).await.unwrap();
    fetch(&test.app, &archive, place.start + size / 2..place.end - 1).await.unwrap();
    assert_eq!(count(&test, &shipment).await.0, 0, "a byte is missing");
    fetch(&test.app, &archive, place.end - 1..place.end).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_file_that_is_cut_out_of_the_archive_counts_and_an_archive_that_breaks_off_does_not(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let files = [("a.bin", text(2 * SLICE)), ("b.bin", text(8 * SLICE))];
    let files: Vec<_> = files.iter().map(|(path, content)| (*path, content.as_str())).collect();
    let shipment = ship(&test, Some(limit(2)), &files).await;
    let place = place_in_archive(&test, &shipment, 0);
    let first = press(&test.app, &shipment.token, Target::Archive, None).await.unwrap();
    let mut response = Response::begin(&test.app, &first, 0..first.size).await.unwrap();
    response.send(&test.app, 5 * SLICE).await.unwrap();
    response.end(&test.app).await;
    assert_eq!(count(&test, &shipment).await.0, 0, "its first file came, but nobody has an archive");
    let second = press(&test.app, &shipment.token, Target::Archive, None).await.unwrap();
    fetch(&test.app, &second, place).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Active));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn however_three_urls_of_two_files_are_mixed_no_file_is_whole_uncounted(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let size = 3 * SLICE;
    let mut runner = TestRunner::deterministic();
    let requests = prop::collection::vec((0..3_usize, 0..100_u64, 1..60_u64), 4..10);
    let shipment =
        ship(&test, Some(limit(1_000)), &[("a.bin", text(size).as_str()), ("b.bin", text(size).as_str())]).await;
    let places = [place_in_archive(&test, &shipment, 0), place_in_archive(&test, &shipment, 1)];
    for _ in 0..12 {
        let before = count(&test, &shipment).await.0;
        let mine = visit(&test, &shipment).await;
        let mut urls = Vec::new();
        for target in [Target::File(shipment.file(0).id), Target::File(shipment.file(1).id), Target::Archive] {
            urls.push(press(&test.app, &shipment.token, target, Some(&mine)).await.unwrap());
        }
        let mut had = [ranges::RangeSet::new(), ranges::RangeSet::new()];
        for (n, from, percent) in requests.new_tree(&mut runner).unwrap().current() {
            let whole = urls[n].size;
            let range = whole * from / 100..(whole * (from + percent) / 100).min(whole);
            fetch(&test.app, &urls[n], range.clone()).await.unwrap();
            for (file, place) in places.iter().enumerate() {
                let part = match n {
                    2 => range.start.max(place.start)..range.end.min(place.end),
                    _ if n == file => place.start + range.start..place.start + range.end,
                    _ => continue,
                };
                if part.start < part.end {
                    had[file].insert(part.start - place.start..part.end - place.start).unwrap();
                }
            }
            let has_one = had.iter().any(|had| had.covers(0..size));
            let counted = count(&test, &shipment).await.0 - before;
            assert!(counted == 1 || !has_one, "a whole file uncounted");
            assert!(counted <= 1);
        }
    }
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_full_set_of_pieces_hides_nothing(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let size = 20 * SLICE;
    let shipment = ship(&test, Some(limit(1)), &[("a.bin", text(size).as_str())]).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let mut pieces = ranges::RangeSet::new();
    for n in 0..crate::account::count(RANGE_INTERVALS_MAX) - 1 {
        pieces.insert(2 * n + 1..2 * n + 2).unwrap();
    }
    pieces.insert(size - 1..size).unwrap();
    let mut conn = test.app.db.begin_write().await.unwrap();
    let object = super::tests::content(&test.app, &started).await.unwrap().counted.unwrap().object;
    store::set_delivered(&mut conn, object, &pieces.to_bytes(), None).await.unwrap();
    conn.commit().await.unwrap();
    // Reaches an interval only with its far end, and breaks off before.
    let mut response = Response::begin(&test.app, &started, 3_000..size).await.unwrap();
    response.send(&test.app, size - 3_000 - SLICE).await.unwrap();
    response.end(&test.app).await;
    fetch(&test.app, &started, size - SLICE..size).await.unwrap();
    fetch(&test.app, &started, 0..3_000).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn after_the_limit_was_lowered_nobody_new_begins_on_what_is_too_much(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, Some(limit(3)), &[("a.bin", text(4 * SLICE).as_str())]).await;
    for _ in 0..3 {
        let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
        fetch(&test.app, &started, 0..SLICE).await.unwrap();
    }
    test.clock.advance(MINUTE);
    set_limit(&test, &shipment, 1).await;
    let mut served = 0;
    let mut strangers = Vec::new();
    for _ in 0..3 {
        strangers.push(press(&test.app, &shipment.token, Target::Whole, None).await);
    }
    for stranger in strangers.into_iter().flatten() {
        served += u64::from(fetch_whole(&test.app, &stranger).await.is_ok());
    }
    assert_eq!((served, count(&test, &shipment).await), (1, (1, Status::Completed)));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_slot_that_has_served_all_it_serves_is_given_back(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let size = 40 * SLICE;
    let shipment = ship(&test, Some(limit(1)), &[("a.bin", text(size).as_str())]).await;
    let mine = visit(&test, &shipment).await;
    let started = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    // A client that always begins anew and never comes through.
    let part = size / 2;
    for _ in 0..(4 * size + SPARE_BYTES) / part {
        fetch(&test.app, &started, 0..part).await.unwrap();
    }
    let refused = fetch_whole(&test.app, &started).await;
    assert!(matches!(refused, Err(Error::Gone(LinkEnd::Completed { .. }))), "{refused:?}");
    test.clock.advance(MINUTE);
    // He and everybody else get a slot again; it was given back once.
    let again = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    assert_ne!(url(&again), url(&started));
    fetch_whole(&test.app, &again).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    let released = entries(&test, Action::DownloadAborted).await;
    assert!(released.iter().any(|entry| entry["released"] == true && entry["name"] == "a.bin"), "{released:?}");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_limit_that_is_set_prefers_whoever_has_come_furthest(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", text(4 * SLICE).as_str())]).await;
    press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    test.clock.advance(Duration::from_hours(5));
    let late = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    set_limit(&test, &shipment, 1).await;
    fetch_whole(&test.app, &late).await.expect("who only pressed hours ago holds nobody up");
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn after_a_limit_was_taken_away_nobody_holds_a_slot(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, Some(limit(1)), &[("a.bin", text(4 * SLICE).as_str())]).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    set_limit(&test, &shipment, 0).await;
    test.clock.advance(DAY.saturating_sub(Duration::from_secs(1)));
    assert_eq!(slots::sweep(&test.app).await.unwrap(), 0, "who only pressed is not dropped where nothing is limited");
    super::tests::content(&test.app, &started).await.unwrap();
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_takeover_is_written_down(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, Some(limit(1)), &[("a.bin", text(4 * SLICE).as_str())]).await;
    let first = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    fetch(&test.app, &first, 0..SLICE).await.unwrap();
    test.clock.advance(MINUTE);
    press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let started = entries(&test, Action::DownloadStarted).await;
    assert_eq!(
        started.iter().filter(|entry| entry["taken_over"] == true && entry["name"] == "a.bin").count(),
        1,
        "{started:?}"
    );
    test.finish().await;
}
