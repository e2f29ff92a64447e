//! Downloads under a limit, on real databases: never more than the limit, never a lost slot, whatever breaks off, crashes,
//! overlaps or comes too late.
use std::ops::Range;
use std::time::Duration;

use futures_util::future::join_all;
use rstest::rstest;

use super::counting::{LAST_SLICE_BYTES, SPARE_BYTES, STEP_BYTES_MIN};
use super::ledger::{self, Grant};
use super::record::record;
use super::serve::Content;
use super::start::{Started, Target};
use super::tests::{Shipment, content, entries, origin, press, ship, url};
use super::*;
use crate::account::Role;
use crate::app::App;
use crate::audit::Action;
use crate::db::testing::Which;
use crate::error::{LinkEnd, Refusal};
use crate::link::door::Credentials;
use crate::link::open::open;
use crate::package::change::{Changes, change};
use crate::package::create::{NewPackage, create};
use crate::package::finalize::{Unfinished, finalize};
use crate::package::show::show;
use crate::package::sweep;
use crate::package::tests::new_package;
use crate::package::{Addressee, Kind, PackageView};
use crate::policy::{Policy, PolicyChange, Rule, Status};
use crate::sql;
use crate::testing::TestApp;

pub(super) const SLICE: u64 = LAST_SLICE_BYTES;
pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

pub(super) fn limit(max_downloads: u64) -> Policy {
    Policy { expires_in_hours: 24 * 30, idle_hours: 0, max_downloads }
}

pub(super) fn text(bytes: u64) -> String {
    "x".repeat(usize::try_from(bytes).unwrap())
}

pub(super) async fn ticket(test: &TestApp, max_downloads: u64, bytes: u64) -> Shipment {
    ship(test, Some(limit(max_downloads)), &[("a.bin", text(bytes).as_str())]).await
}

/// A response, as the gate between the bytes and the socket drives it.
pub(super) struct Response {
    pub(super) content: Content,
    range: Range<u64>,
    grant: Grant,
    pub(super) sent: u64,
}

impl Response {
    pub(super) async fn begin(app: &App, started: &Started, range: Range<u64>) -> Result<Self> {
        let content = content(app, started).await?;
        let claim = DownloadClaimId::new(app.now(), &*app.entropy);
        let counted = content.counted.as_ref().expect("a visitor's download");
        let grant = ledger::open(app, &origin(), counted, claim, range.clone()).await?;
        Ok(Self { content, range, grant, sent: 0 })
    }

    /// Sends so many bytes in all, as far as the response goes.
    pub(super) async fn send(&mut self, app: &App, bytes: u64) -> Result<()> {
        let wanted = self.range.end.min(self.range.start + bytes);
        while self.grant.to < wanted {
            let object = self.content.counted.as_ref().unwrap().object;
            self.grant = ledger::advance(app, &origin(), object, self.grant).await?;
        }
        self.sent = wanted - self.range.start;
        Ok(())
    }

    pub(super) async fn end(self, app: &App) {
        let delivered = Delivered {
            object: self.content.counted.as_ref().unwrap().object,
            claim: Some(self.grant.claim),
            range: self.range.start..self.range.start + self.sent,
            whole: self.range.start + self.sent == self.range.end,
            took: Duration::from_millis(5),
            origin: origin(),
        };
        record(app, &delivered).await.unwrap();
        record(app, &delivered).await.expect("a report that is repeated changes nothing");
    }
}

pub(super) async fn fetch(app: &App, started: &Started, range: Range<u64>) -> Result<()> {
    let mut response = Response::begin(app, started, range.clone()).await?;
    response.send(app, range.end - range.start).await?;
    response.end(app).await;
    Ok(())
}

pub(super) async fn fetch_whole(app: &App, started: &Started) -> Result<()> {
    fetch(app, started, 0..started.size).await
}

async fn shown(test: &TestApp, shipment: &Shipment) -> PackageView {
    show(&test.app, &shipment.actor, shipment.id()).await.unwrap()
}

pub(super) async fn count(test: &TestApp, shipment: &Shipment) -> (u64, Status) {
    let view = shown(test, shipment).await;
    (view.package.downloads, view.status)
}

pub(super) async fn visit(test: &TestApp, shipment: &Shipment) -> String {
    open(&test.app, &origin(), &shipment.token, Credentials::default()).await.unwrap().visit
}

fn is_busy<T: std::fmt::Debug>(answer: &Result<T>, retry_after_s: u64) -> bool {
    matches!(answer, Err(Error::Refused(Refusal::Downloading { retry_after_s: s })) if *s == retry_after_s)
}

fn is_completed<T: std::fmt::Debug>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::Gone(LinkEnd::Completed { .. })))
}

/// Puts more tickets into the same house, for repetitions.
pub(super) async fn another(test: &TestApp, like: &Shipment, max_downloads: u64, bytes: u64) -> Shipment {
    let new = NewPackage { kind: Kind::Ticket, policy: Some(limit(max_downloads)), ..new_package("T", &[]) };
    let draft = create(&test.app, &like.actor, new).await.unwrap();
    test.file(&like.actor, draft.package.id, "a.bin", text(bytes).as_bytes()).await;
    let view = finalize(&test.app, &like.actor, draft.package.id, Unfinished::Refuse).await.unwrap();
    let token = view.link.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned();
    Shipment { actor: like.actor.clone(), view, token }
}

#[rstest]
#[case::one_of_two_hundred(1, 200)]
#[case::five_of_fifty(5, 50)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_press_at_once_as_many_as_the_limit_allows_get_the_bytes(
    #[case] max: u64,
    #[case] people: usize,
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let first = ticket(&test, max, 5).await;
    for _ in 0..20 {
        let shipment = another(&test, &first, max, SLICE + 5).await;
        let everybody = join_all((0..people).map(async |_| {
            // On a busy machine some wait too long for one of the few connections; they press again, as after any 503.
            let started = loop {
                match press(&test.app, &shipment.token, Target::Whole, None).await {
                    Err(Error::Unavailable(_)) => {}
                    started => break started?,
                }
            };
            fetch_whole(&test.app, &started).await
        }))
        .await;
        let (served, refused): (Vec<_>, Vec<_>) = everybody.into_iter().partition(Result::is_ok);
        assert_eq!(crate::account::count(served.len()), max);
        assert!(refused.iter().all(|r| is_busy(r, 60) || is_completed(r)), "{refused:?}");
        assert_eq!(count(&test, &shipment).await, (max, Status::Completed));
    }
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_used_up_link_serves_its_visit_for_the_rest_of_the_day_and_nobody_else(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, Some(limit(1)), &[("a.bin", text(2 * SLICE).as_str()), ("b.bin", "beta")]).await;
    let mine = visit(&test, &shipment).await;
    let a = press(&test.app, &shipment.token, Target::File(shipment.file(0).id), Some(&mine)).await.unwrap();
    test.clock.advance(Duration::from_hours(1));
    fetch_whole(&test.app, &a).await.unwrap();
    let view = shown(&test, &shipment).await;
    assert_eq!((view.package.downloads, view.status), (1, Status::Completed));
    assert_eq!((view.package.ended_by, view.package.ended_at), (Some(Rule::Limit), Some(test.now())));
    assert_eq!(view.package.erase_at, view.package.usable_until, "erased when nothing is usable any more");
    assert!(is_completed(&press(&test.app, &shipment.token, Target::Whole, None).await));
    assert!(is_completed(&open(&test.app, &origin(), &shipment.token, Credentials::default()).await));
    // The visit goes on: the rest, once more, everything as an archive; and it stays one download.
    for target in [Target::File(shipment.file(1).id), Target::File(shipment.file(0).id), Target::Archive] {
        let more = press(&test.app, &shipment.token, target, Some(&mine)).await.unwrap();
        fetch_whole(&test.app, &more).await.unwrap();
    }
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.clock.advance(Duration::from_hours(23).saturating_sub(Duration::from_millis(1)));
    sweep::sweep(&test.app).await.unwrap();
    content(&test.app, &a).await.unwrap();
    test.clock.advance(Duration::from_millis(1));
    assert!(content(&test.app, &a).await.is_err());
    sweep::sweep(&test.app).await.unwrap();
    assert!(shown(&test, &shipment).await.package.erased_at.is_some());
    assert_eq!(entries(&test, Action::DownloadCompleted).await.len(), 1);
    assert_eq!(entries(&test, Action::PackageCompleted).await.len(), 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn who_breaks_off_keeps_his_slot_and_a_stranger_takes_it_over_after_a_minute(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 4 * SLICE).await;
    let mine = visit(&test, &shipment).await;
    let first = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    let mut response = Response::begin(&test.app, &first, 0..first.size).await.unwrap();
    response.send(&test.app, SLICE).await.unwrap();
    assert!(is_busy(&press(&test.app, &shipment.token, Target::Whole, None).await, 60));
    response.end(&test.app).await;
    test.clock.advance(Duration::from_secs(59));
    assert!(is_busy(&press(&test.app, &shipment.token, Target::Whole, None).await, 1));
    assert_eq!(press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap(), first, "his own, at once");
    test.clock.advance(Duration::from_secs(1));
    let taken = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    assert_ne!(url(&taken), url(&first));
    assert!(content(&test.app, &first).await.is_err(), "the old URL ends");
    assert!(is_busy(&press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await, 60), "it is another's now");
    // The ledger goes on: what is missing makes it whole.
    fetch(&test.app, &taken, SLICE..taken.size).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    assert!(is_completed(&press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await));
    test.clock.advance(DAY.saturating_sub(Duration::from_millis(1)));
    content(&test.app, &taken).await.expect("its day began with the takeover");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn ranges_in_any_order_and_at_once_count_once(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let size = 8 * SLICE;
    let shipment =
        ship(&test, Some(limit(2)), &[("a.bin", text(size).as_str()), ("b.bin", text(SLICE).as_str())]).await;
    let mine = visit(&test, &shipment).await;
    let a = press(&test.app, &shipment.token, Target::File(shipment.file(0).id), Some(&mine)).await.unwrap();
    let parts: Vec<_> = [5, 1, 7, 0, 3, 2, 6, 4].map(|n| n * SLICE..(n + 1) * SLICE).into();
    let all = join_all(parts.iter().map(|part| fetch(&test.app, &a, part.clone()))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(count(&test, &shipment).await, (1, Status::Active));
    for target in [Target::Archive, Target::File(shipment.file(1).id)] {
        let started = press(&test.app, &shipment.token, target, Some(&mine)).await.unwrap();
        fetch_whole(&test.app, &started).await.unwrap();
    }
    assert_eq!(count(&test, &shipment).await, (1, Status::Active), "archive and files of one visit are one download");
    assert_eq!(shown(&test, &shipment).await.recipients[0].link.as_ref().unwrap().link.downloads_left(2), Some(1));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn two_responses_over_the_same_bytes_hide_nothing_from_the_ledger(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 4 * SLICE).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    // Both claim the same; the second delivers, then the first gives its own claim back unsent.
    let first = Response::begin(&test.app, &started, 0..3 * SLICE).await.unwrap();
    fetch(&test.app, &started, 0..3 * SLICE).await.unwrap();
    first.end(&test.app).await;
    assert_eq!(count(&test, &shipment).await.0, 0);
    fetch(&test.app, &started, 3 * SLICE..4 * SLICE).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed), "what the second delivered still counts");
    test.finish().await;
}

/// Where a response stands when the server is killed: bytes sent, and whether that was counted.
#[rstest]
#[case::before_a_byte_was_sent(0, false)]
#[case::in_the_middle(2 * SLICE, false)]
#[case::with_only_the_last_slice_missing(3 * SLICE, false)]
#[case::settling(4 * SLICE, true)]
#[tokio::test]
async fn after_a_crash_nothing_is_given_back_and_no_slot_is_lost(
    #[case] sent: u64,
    #[case] is_counted: bool,
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 4 * SLICE).await;
    let mine = visit(&test, &shipment).await;
    let started = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    let mut response = Response::begin(&test.app, &started, 0..started.size).await.unwrap();
    response.send(&test.app, sent).await.unwrap();
    drop(response); // Nobody reports its end.
    assert_eq!(count(&test, &shipment).await.0, u64::from(is_counted));
    // Its own visit goes on at once, as far as the rest of its budget goes, and is counted when it is whole.
    let again = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    fetch(&test.app, &again, 3 * SLICE..4 * SLICE).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.clock.advance(MINUTE);
    assert!(is_completed(&press(&test.app, &shipment.token, Target::Whole, None).await));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_end_right_behind_a_step_is_counted_only_after_that_was_delivered(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, STEP_BYTES_MIN + SLICE / 2).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let response = Response::begin(&test.app, &started, 0..started.size).await.unwrap();
    assert_eq!((response.grant.to, response.grant.settles_next), (STEP_BYTES_MIN, false));
    // Asked for while the step may still be on its way.
    let object = response.content.counted.as_ref().unwrap().object;
    let grant = ledger::advance(&test.app, &origin(), object, response.grant).await.unwrap();
    assert_eq!((grant.to, grant.settles_next), (STEP_BYTES_MIN, true));
    assert_eq!(count(&test, &shipment).await.0, 0);
    let grant = ledger::advance(&test.app, &origin(), object, grant).await.unwrap();
    assert_eq!((grant.to, grant.settles_next), (started.size, false));
    assert_eq!(count(&test, &shipment).await.0, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn crashes_do_not_use_up_what_a_slot_serves(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    // Much more than what is written ahead at a response's start.
    let size = 2 * STEP_BYTES_MIN;
    let shipment = ticket(&test, 2, size).await;
    let mine = visit(&test, &shipment).await;
    let other = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    for _ in 0..7 {
        let started = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
        drop(Response::begin(&test.app, &started, 0..size).await.unwrap());
        // A process that is alone knows at its start; others when nothing has happened for a minute.
        if lost::write_off_all(&test.app).await.unwrap() == 0 {
            test.clock.advance(MINUTE);
            slots::sweep(&test.app).await.unwrap();
        }
    }
    let started = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    // What was written ahead stays so: the first half may have been delivered.
    fetch(&test.app, &started, STEP_BYTES_MIN..size).await.unwrap();
    assert_eq!(count(&test, &shipment).await.0, 1);
    drop(other);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn who_takes_over_after_crashes_gets_what_never_left(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let size = 4 * STEP_BYTES_MIN;
    let shipment = ticket(&test, 1, size).await;
    let mine = visit(&test, &shipment).await;
    let started = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    while Response::begin(&test.app, &started, 0..size).await.is_ok() {}
    test.clock.advance(MINUTE);
    let taken = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    fetch_whole(&test.app, &taken).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_reservation_that_a_crash_left_is_taken_over(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 4 * SLICE).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let mut response = Response::begin(&test.app, &started, 0..started.size).await.unwrap();
    response.send(&test.app, SLICE).await.unwrap();
    drop(response);
    test.clock.advance(MINUTE);
    let taken = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    fetch_whole(&test.app, &taken).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_running_response_is_not_taken_over_however_slow_it_is(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 4 * SLICE).await;
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    let mut response = Response::begin(&test.app, &started, 0..started.size).await.unwrap();
    let counted = response.content.counted.clone().unwrap();
    let registration = test.app.deliveries.begin(shipment.id(), Some(Whose::from(&counted)), response.content.files());
    for _ in 0..20 {
        watch::tell_what_runs(&test.app).await.unwrap();
        test.clock.advance(Duration::from_secs(50));
        // What runs in this process is known to run, whatever the clocks say.
        assert!(is_busy(&press(&test.app, &shipment.token, Target::Whole, None).await, 60));
    }
    slots::sweep(&test.app).await.unwrap();
    response.send(&test.app, started.size).await.unwrap();
    response.end(&test.app).await;
    drop(registration);
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn who_only_presses_holds_a_slot_for_a_minute(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, SLICE).await;
    let dropped = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    test.clock.advance(MINUTE.saturating_sub(Duration::from_millis(1)));
    assert_eq!(slots::sweep(&test.app).await.unwrap(), 0);
    content(&test.app, &dropped).await.unwrap();
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(slots::sweep(&test.app).await.unwrap(), 1);
    assert!(content(&test.app, &dropped).await.is_err());
    let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    fetch_whole(&test.app, &started).await.unwrap();
    let mut conn = test.app.db.read().await.unwrap();
    let (releases,) = sql!(conn, one as (i64,), "SELECT releases FROM links").unwrap();
    assert_eq!(releases, 0);
    drop(conn);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn after_a_day_nine_tenths_count_and_less_is_released_five_times(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ticket(&test, 1, 100 * SLICE).await;
    for round in 0..5 {
        let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
        fetch(&test.app, &started, 0..89 * SLICE).await.unwrap();
        test.clock.advance(DAY.saturating_sub(Duration::from_millis(1)));
        assert_eq!(slots::sweep(&test.app).await.unwrap(), 0);
        test.clock.advance(Duration::from_millis(1));
        assert_eq!((slots::sweep(&test.app).await.unwrap(), count(&test, &shipment).await.0), (1, 0), "round {round}");
    }
    let sixth = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    fetch(&test.app, &sixth, 0..SLICE).await.unwrap();
    test.clock.advance(DAY);
    assert_eq!(slots::sweep(&test.app).await.unwrap(), 1);
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));

    let other = another(&test, &shipment, 1, 100 * SLICE).await;
    let started = press(&test.app, &other.token, Target::Whole, None).await.unwrap();
    fetch(&test.app, &started, 0..90 * SLICE).await.unwrap();
    test.clock.advance(DAY);
    // The next one who presses finds it out as well as the sweep does, and it stays found out.
    assert!(is_completed(&press(&test.app, &other.token, Target::Whole, None).await));
    assert_eq!(count(&test, &other).await, (1, Status::Completed));
    let completed = entries(&test, Action::DownloadCompleted).await;
    assert!(completed.len() == 2 && completed.iter().all(|entry| entry["timed_out"] == true), "{completed:?}");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_slot_serves_twice_the_content_and_no_more(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let size = 40 * SLICE;
    let shipment = ticket(&test, 1, size).await;
    let mine = visit(&test, &shipment).await;
    let started = press(&test.app, &shipment.token, Target::Whole, Some(&mine)).await.unwrap();
    let archive = press(&test.app, &shipment.token, Target::Archive, Some(&mine)).await.unwrap();
    let budget = 2 * (size + archive.size) + SPARE_BYTES;
    let mut served = 0;
    // Everything but the last byte, again and again.
    while served + size - 1 <= budget {
        fetch(&test.app, &started, 0..size - 1).await.unwrap();
        served += size - 1;
    }
    assert!(is_completed(&fetch(&test.app, &started, 0..size - 1).await), "it does not fit any more");
    let left = budget - served;
    let mut broken_off = Response::begin(&test.app, &started, 0..left).await.unwrap();
    assert!(is_completed(&fetch(&test.app, &started, 0..1).await), "all of the rest is booked");
    broken_off.send(&test.app, 10).await.unwrap();
    broken_off.end(&test.app).await;
    fetch(&test.app, &started, 0..left - 10).await.expect("what was not sent was given back");
    assert!(is_completed(&fetch(&test.app, &started, size - 1..size).await));
    assert_eq!(count(&test, &shipment).await.0, 0);
    test.clock.advance(DAY);
    slots::sweep(&test.app).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed), "but it counts");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn each_recipient_has_his_own_limit_and_the_package_ends_with_the_last(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let account = test.person("Anna", Role::Regular).await;
    let actor = test.actor(&account).await;
    let new = NewPackage { policy: Some(limit(1)), ..new_package("Plans", &["ben@example.com", "cem@example.com"]) };
    let draft = create(&test.app, &actor, new).await.unwrap();
    test.file(&actor, draft.package.id, "a.txt", b"alpha").await;
    let view = finalize(&test.app, &actor, draft.package.id, Unfinished::Refuse).await.unwrap();
    let id = view.package.id;
    let token = |view: &PackageView, n: usize| {
        view.recipients[n].link.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned()
    };
    let take = async |token: &str| {
        let started = press(&test.app, token, Target::Whole, None).await?;
        fetch_whole(&test.app, &started).await
    };
    take(&token(&view, 0)).await.unwrap();
    assert!(is_completed(&take(&token(&view, 0)).await));
    let half = show(&test.app, &actor, id).await.unwrap();
    let status = |view: &PackageView, n: usize| view.recipients[n].link.as_ref().unwrap().status;
    assert_eq!((half.status, status(&half, 0), status(&half, 1)), (Status::Active, Status::Completed, Status::Active));
    take(&token(&view, 1)).await.unwrap();
    let both = show(&test.app, &actor, id).await.unwrap();
    assert_eq!((both.status, both.package.downloads), (Status::Completed, 2));
    // Somebody new may fetch; the others may not.
    let people = ["ben@example.com", "cem@example.com", "dora@example.com"];
    let people = people.map(|email| Addressee { name: String::new(), email: email.into() }).to_vec();
    let changes = Changes { recipients: Some(people), ..Changes::default() };
    let more = change(&test.app, &actor, id, changes).await.unwrap();
    assert_eq!(more.status, Status::Active);
    assert!(is_completed(&take(&token(&more, 0)).await));
    // Whoever is left out no longer holds the end up.
    let gone = more.recipients[2].recipient.id;
    crate::package::revoke::revoke_recipient(&test.app, &actor, id, gone).await.unwrap();
    assert_eq!(show(&test.app, &actor, id).await.unwrap().status, Status::Completed);
    test.finish().await;
}

pub(super) async fn set_limit(test: &TestApp, shipment: &Shipment, max_downloads: u64) -> PackageView {
    let policy = Some(PolicyChange { max_downloads: Some(max_downloads), ..PolicyChange::default() });
    change(&test.app, &shipment.actor, shipment.id(), Changes { policy, ..Changes::default() }).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_limit_can_be_set_raised_lowered_and_taken_away(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", text(4 * SLICE).as_str())]).await;
    let mut started = Vec::new();
    for _ in 0..3 {
        started.push(press(&test.app, &shipment.token, Target::Whole, None).await.unwrap());
        test.clock.advance(Duration::from_secs(1));
    }
    // Of those who began without a limit, the first two get its slots.
    set_limit(&test, &shipment, 2).await;
    fetch_whole(&test.app, &started[0]).await.unwrap();
    assert!(content(&test.app, &started[2]).await.is_err());
    assert!(is_busy(&press(&test.app, &shipment.token, Target::Whole, None).await, 58));
    fetch_whole(&test.app, &started[1]).await.unwrap();
    assert_eq!(count(&test, &shipment).await, (2, Status::Completed));
    assert_eq!(set_limit(&test, &shipment, 3).await.status, Status::Active);
    let third = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    assert_eq!(set_limit(&test, &shipment, 1).await.status, Status::Completed);
    fetch_whole(&test.app, &third).await.expect("what was begun may finish");
    assert_eq!(set_limit(&test, &shipment, 0).await.status, Status::Active);
    press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_report_of_a_response_that_began_before_the_limit_counts_on_its_slot_only(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let shipment = ship(&test, None, &[("a.bin", "alpha")]).await;
    let mut contents = Vec::new();
    for _ in 0..2 {
        let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
        contents.push(content(&test.app, &started).await.unwrap());
    }
    set_limit(&test, &shipment, 1).await;
    for content in &contents {
        let object = content.counted.as_ref().unwrap().object;
        let took = Duration::from_millis(5);
        let late = Delivered { object, claim: None, range: 0..5, whole: true, took, origin: origin() };
        record(&test.app, &late).await.unwrap();
    }
    assert_eq!(count(&test, &shipment).await, (1, Status::Completed));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_download_that_ends_after_a_rule_counts_and_moves_nothing(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let policy = Policy { expires_in_hours: 24, idle_hours: 1, max_downloads: 1 };
    for (late, status, rule) in
        [(Duration::ZERO, Status::Completed, Rule::Limit), (Duration::from_millis(1), Status::Expired, Rule::Total)]
    {
        let new = NewPackage { kind: Kind::Ticket, policy: Some(policy), ..new_package("T", &[]) };
        let account = test.person(&format!("Anna{}", late.as_millis()), Role::Regular).await;
        let actor = test.actor(&account).await;
        let draft = create(&test.app, &actor, new).await.unwrap();
        test.file(&actor, draft.package.id, "a.bin", text(2 * SLICE).as_bytes()).await;
        let view = finalize(&test.app, &actor, draft.package.id, Unfinished::Refuse).await.unwrap();
        let token = view.link.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned();
        let shipment = Shipment { actor, view, token };
        let started = press(&test.app, &shipment.token, Target::Whole, None).await.unwrap();
        test.clock.advance(Duration::from_hours(24).saturating_sub(Duration::from_millis(1)));
        let mut response = Response::begin(&test.app, &started, 0..started.size).await.unwrap();
        test.clock.advance(Duration::from_millis(1) + late);
        response.send(&test.app, started.size).await.unwrap();
        response.end(&test.app).await;
        let after = shown(&test, &shipment).await;
        assert_eq!((after.package.downloads, after.status), (1, status));
        sweep::sweep(&test.app).await.unwrap();
        let after = shown(&test, &shipment).await.package;
        assert_eq!((after.ended_by, after.last_download_at), (Some(rule), None));
    }
    test.finish().await;
}
