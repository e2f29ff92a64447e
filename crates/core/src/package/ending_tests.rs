//! When packages end and when their bytes go: each rule to the millisecond, extended, changed, over restarts, and swept
//! without looking at every package.
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use sqlx::AssertSqlSafe;

use super::change::{Changes, change};
use super::create::{NewPackage, create};
use super::delete::delete;
use super::extend::extend;
use super::list::{Query, list};
use super::revoke::revoke;
use super::show::show;
use super::tests::{
    anna, count, fields, is_readable, link_of, new_package, new_ticket, opens, refusal, sent, token_of,
};
use super::{PackageView, store, sweep};
use crate::access::{Actor, Origin};
use crate::audit::Action;
use crate::db::testing::{Which, plan};
use crate::download::Delivered;
use crate::download::record::record;
use crate::download::serve::by_token;
use crate::download::start::{Target, start};
use crate::error::{Error, LinkEnd, Refusal};
use crate::ids::PackageId;
use crate::link::door::Credentials;
use crate::policy::{Policy, PolicyChange, Rule, Status};
use crate::testing::TestApp;
use crate::{account, idempotency, sql, upload};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_hours(1);

fn policy(expires_in_hours: u64, idle_hours: u64, max_downloads: u64) -> Policy {
    Policy { expires_in_hours, idle_hours, max_downloads }
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// Somebody fetches everything behind the link.
async fn fetch(test: &TestApp, token: &str) {
    let started = start(&test.app, &Origin::default(), token, Target::Whole, Credentials::default()).await.unwrap();
    let content = by_token(&test.app, started.path.split('/').nth(2).unwrap()).await.unwrap();
    let object = content.counted.as_ref().unwrap().object;
    let (range, took) = (0..started.size, Duration::from_millis(5));
    let delivered = Delivered { object, claim: None, range, whole: true, took, origin: Origin::default() };
    record(&test.app, &delivered).await.unwrap();
}

async fn listed(test: &TestApp, actor: &Actor, status: Status) -> Vec<PackageId> {
    let query = Query { status: Some(status), limit: 50, ..Query::default() };
    list(&test.app, actor, &query).await.unwrap().items.into_iter().map(|one| one.package.id).collect()
}

/// Checks what link, page, list and sweep say one millisecond before the end, at it and after it.
async fn ends_exactly_at(test: TestApp, actor: &Actor, sent: &PackageView, end: Timestamp, by: Rule, over: Status) {
    let (id, token) = (sent.package.id, token_of(sent.recipients[0].link.as_ref().unwrap()));
    let wait = Duration::try_from(end.duration_since(test.now())).unwrap().checked_sub(MS).unwrap();
    // The process that sees the end is not the one that promised it.
    let test = test.restarted(wait).await;
    opens(&test, &token).await.unwrap();
    sweep::sweep(&test.app).await.unwrap();
    let before = show(&test.app, actor, id).await.unwrap();
    assert_eq!((before.status, before.package.ended_at), (Status::Active, None));
    assert_eq!(listed(&test, actor, Status::Active).await, [id]);
    for _ in 0..2 {
        test.clock.advance(MS);
        let refused = opens(&test, &token).await;
        assert!(matches!(refused, Err(Error::Gone(LinkEnd::Expired { at })) if at == end), "{refused:?}");
        assert_eq!(show(&test.app, actor, id).await.unwrap().status, over, "before any sweep");
        assert_eq!((listed(&test, actor, over).await, listed(&test, actor, Status::Active).await), (vec![id], vec![]));
    }
    sweep::sweep(&test.app).await.unwrap();
    let after = show(&test.app, actor, id).await.unwrap().package;
    assert_eq!((after.ended_by, after.ended_at), (Some(by), Some(end)), "its own time, not the sweep's");
    assert_eq!(listed(&test, actor, over).await, [id]);
    assert_eq!(count(&test, id, Action::PackageExpired).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_total_ends_a_package_to_the_millisecond_also_after_a_restart(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let new = NewPackage { policy: Some(policy(24, 0, 0)), ..new_package("T", &["ben@example.com"]) };
    let sent = sent(&test, &actor, new, &["a.txt"]).await;
    let end = test.now() + hours(24);
    Box::pin(ends_exactly_at(test, &actor, &sent, end, Rule::Total, Status::Expired)).await;
}

#[rstest]
#[tokio::test]
async fn the_idle_hours_end_a_package_to_the_millisecond_after_its_last_download(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    // All three rules at once: the one that is reached first counts.
    let new = NewPackage { policy: Some(policy(240, 5, 3)), ..new_package("T", &["ben@example.com"]) };
    let sent = sent(&test, &actor, new, &["a.txt"]).await;
    let token = token_of(link_of(&sent, 0));
    for _ in 0..2 {
        test.clock.advance(4 * HOUR);
        fetch(&test, &token).await;
    }
    let end = test.now() + hours(5);
    Box::pin(ends_exactly_at(test, &actor, &sent, end, Rule::Idle, Status::Expired)).await;
}

#[rstest]
#[tokio::test]
async fn the_limit_completes_a_package_at_once_and_before_a_time_rule_of_the_same_instant(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let new = NewPackage { policy: Some(policy(24, 0, 2)), ..new_package("T", &["ben@example.com"]) };
    let sent = sent(&test, &actor, new, &["a.txt"]).await;
    let (id, token) = (sent.package.id, token_of(link_of(&sent, 0)));
    fetch(&test, &token).await;
    opens(&test, &token).await.unwrap();
    assert_eq!(show(&test.app, &actor, id).await.unwrap().downloads_left(), Some(1));
    // Started in time, completed at the very instant of the other rule.
    let started = start(&test.app, &Origin::default(), &token, Target::Whole, Credentials::default()).await.unwrap();
    let content = by_token(&test.app, started.path.split('/').nth(2).unwrap()).await.unwrap();
    test.clock.advance(24 * HOUR);
    let object = content.counted.as_ref().unwrap().object;
    let (range, took) = (0..started.size, MS);
    let delivered = Delivered { object, claim: None, range, whole: true, took, origin: Origin::default() };
    record(&test.app, &delivered).await.unwrap();
    let view = show(&test.app, &actor, id).await.unwrap();
    assert_eq!((view.status, view.package.ended_by), (Status::Completed, Some(Rule::Limit)));
    assert_eq!(listed(&test, &actor, Status::Completed).await, [id]);
    assert!(matches!(opens(&test, &token).await, Err(Error::Gone(LinkEnd::Completed { at })) if at == test.now()));
    sweep::sweep(&test.app).await.unwrap();
    let view = show(&test.app, &actor, id).await.unwrap();
    assert_eq!((view.status, count(&test, id, Action::PackageExpired).await), (Status::Completed, 0));
    test.settle().await;
    assert!(!is_readable(&test, &sent.files[0]).await, "nothing can be continued any more");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn extending_gives_the_same_hours_again_from_now_and_the_same_link(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let new = NewPackage { policy: Some(policy(24, 0, 0)), ..new_package("T", &["ben@example.com"]) };
    let sent = sent(&test, &actor, new, &["a.txt"]).await;
    let (id, token) = (sent.package.id, token_of(link_of(&sent, 0)));
    // While it is active, after its end, and after a sweep stored that end.
    for wait in [23, 25, 48] {
        test.clock.advance(wait * HOUR);
        if wait == 48 {
            sweep::sweep(&test.app).await.unwrap();
            assert_eq!(show(&test.app, &actor, id).await.unwrap().package.ended_by, Some(Rule::Total));
        }
        let view = extend(&test.app, &actor, id, None).await.unwrap();
        assert_eq!((view.status, view.package.ends_at), (Status::Active, Some(test.now() + hours(24))), "{wait}");
        assert_eq!(view.package.erase_at, Some(test.now() + hours(24 + 72)));
        opens(&test, &token).await.unwrap();
    }
    let view = extend(&test.app, &actor, id, Some(72)).await.unwrap();
    assert_eq!((view.package.ends_at, view.package.expires_in_hours), (Some(test.now() + hours(72)), 72));
    for wrong in [0, 91 * 24] {
        assert_eq!(fields(extend(&test.app, &actor, id, Some(wrong)).await), ["expires_in_hours"], "{wrong}");
    }
    assert_eq!(count(&test, id, Action::PackageChanged).await, 4);
    test.clock.advance(72 * HOUR);
    assert!(matches!(opens(&test, &token).await, Err(Error::Gone(LinkEnd::Expired { .. }))));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn extending_grants_as_many_downloads_again_where_the_limit_ended_it(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let new = NewPackage { policy: Some(policy(24, 0, 2)), ..new_package("T", &["ben@x.org", "eve@x.org"]) };
    let sent = sent(&test, &actor, new, &["a.txt"]).await;
    let (id, ben, eve) = (sent.package.id, token_of(link_of(&sent, 0)), token_of(link_of(&sent, 1)));
    fetch(&test, &eve).await;
    for _ in 0..2 {
        fetch(&test, &ben).await;
    }
    // Ben's link is over, the package is not: he asks, and she extends.
    assert!(opens(&test, &ben).await.is_err());
    let view = extend(&test.app, &actor, id, None).await.unwrap();
    assert_eq!((view.status, view.downloads_left()), (Status::Active, Some(2 + 1)), "Eve keeps what she had");
    opens(&test, &ben).await.unwrap();
    for token in [&ben, &ben, &eve] {
        fetch(&test, token).await;
    }
    assert_eq!(show(&test.app, &actor, id).await.unwrap().status, Status::Completed);
    let view = extend(&test.app, &actor, id, None).await.unwrap();
    assert_eq!((view.status, view.downloads_left(), view.package.downloads), (Status::Active, Some(4), 6));
    assert_eq!((view.package.ended_by, view.package.ends_at), (None, Some(test.now() + hours(24))));
    fetch(&test, &eve).await;
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_extended_says_why_and_what_is_permanent_stays_as_it_is(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let draft = create(&test.app, &actor, new_package("Draft", &[])).await.unwrap().package.id;
    assert_eq!(refusal(extend(&test.app, &actor, draft, None).await), Refusal::StillDraft);
    let revoked = sent(&test, &actor, new_ticket(policy(1, 0, 0)), &["a.txt"]).await.package.id;
    revoke(&test.app, &actor, revoked).await.unwrap();
    assert_eq!(refusal(extend(&test.app, &actor, revoked, None).await), Refusal::Revoked);
    let erased = sent(&test, &actor, new_ticket(policy(1, 0, 0)), &["b.txt"]).await.package.id;
    test.clock.advance(HOUR);
    sweep::sweep(&test.app).await.unwrap();
    assert_eq!(refusal(extend(&test.app, &actor, erased, None).await), Refusal::Erased);
    let deleted = sent(&test, &actor, new_ticket(policy(1, 0, 0)), &["c.txt"]).await.package.id;
    delete(&test.app, &actor, deleted).await.unwrap();
    assert!(matches!(extend(&test.app, &actor, deleted, None).await, Err(Error::NotFound)));

    for (rules, hours) in [(policy(0, 0, 0), None), (policy(0, 0, 0), Some(72)), (policy(0, 5, 2), Some(72))] {
        let before = sent(&test, &actor, new_ticket(rules), &["d.txt"]).await;
        test.clock.advance(HOUR);
        let after = extend(&test.app, &actor, before.package.id, hours).await.unwrap();
        assert_eq!((after.status, after.package.revision), (Status::Active, before.package.revision), "{rules:?}");
        assert_eq!((after.package.policy(), after.package.ends_at), (rules, None));
        assert_eq!(count(&test, before.package.id, Action::PackageChanged).await, 0);
    }
    test.clock.advance(Duration::from_secs(10));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_changed_policy_starts_its_clocks_anew_and_takes_back_an_end_it_does_not_reach(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let set = async |id, wish: PolicyChange| {
        change(&test.app, &actor, id, Changes { policy: Some(wish), ..Changes::default() }).await.unwrap()
    };
    let limit = |max| PolicyChange { max_downloads: Some(max), ..PolicyChange::default() };
    let one = sent(&test, &actor, new_ticket(policy(24, 5, 0)), &["a.txt"]).await;
    let (id, token) = (one.package.id, token_of(one.link.as_ref().unwrap()));
    fetch(&test, &token).await;
    fetch(&test, &token).await;
    test.clock.advance(4 * HOUR);
    let view = set(id, PolicyChange { idle_hours: Some(6), ..PolicyChange::default() }).await;
    assert_eq!(view.package.ends_at, Some(test.now() + hours(6)), "the idle hours run from the change");
    // A limit that is reached by the change completes it at once, and a higher one takes that back.
    let view = set(id, limit(2)).await;
    assert_eq!((view.status, view.package.ended_at), (Status::Completed, Some(test.now())));
    assert_eq!(count(&test, id, Action::PackageCompleted).await, 1);
    // Other rules do not bring back what the limit ended.
    let view = set(id, PolicyChange { expires_in_hours: Some(48), ..PolicyChange::default() }).await;
    assert_eq!((view.status, view.package.ended_by), (Status::Completed, Some(Rule::Limit)));
    let view = set(id, limit(3)).await;
    assert_eq!((view.status, view.downloads_left()), (Status::Active, Some(1)));
    opens(&test, &token).await.unwrap();
    assert_eq!(set(id, limit(2)).await.status, Status::Completed);
    let view = set(id, limit(0)).await;
    assert_eq!((view.status, view.downloads_left()), (Status::Active, None));
    test.clock.advance(6 * HOUR);
    assert_eq!(show(&test.app, &actor, id).await.unwrap().status, Status::Expired);
    let permanent = PolicyChange::from(policy(0, 0, 0));
    assert_eq!(set(id, permanent).await.package.erase_at, None, "switched off, it stays for good");
    sweep::sweep(&test.app).await.unwrap();
    opens(&test, &token).await.unwrap();
    test.finish().await;
}

/// Numbers that repeat themselves; good enough to mix things up.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

#[rstest]
#[tokio::test]
async fn only_what_has_ended_and_is_due_is_ever_erased(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
    #[values(1, 2, 3)] seed: u64,
) {
    let mut test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let mut dice = Dice(seed);
    let mut all: Vec<(PackageView, Policy)> = Vec::new();
    for step in 0..60_u64 {
        match dice.roll(6) {
            0 | 1 => {
                let rules =
                    policy([0, 1, 24, 100][usize::try_from(dice.roll(4)).unwrap()], dice.roll(3) * 7, dice.roll(3));
                let name = format!("{step}.txt");
                let made = sent(&test, &actor, new_ticket(rules), &[&name]).await;
                // At the very second of creation nothing goes.
                crate::job::worker::sweep(&test.app).await;
                test.settle().await;
                assert!(is_readable(&test, &made.files[0]).await, "{rules:?}");
                all.push((made, rules));
            }
            2 | 3 if !all.is_empty() => {
                let pick = usize::try_from(dice.roll(u64::try_from(all.len()).unwrap())).unwrap();
                let token = token_of(all[pick].0.link.as_ref().unwrap());
                if opens(&test, &token).await.is_ok() {
                    fetch(&test, &token).await;
                }
            }
            4 => test = test.restarted(Duration::from_hours(dice.roll(30))).await,
            _ => test.clock.advance(Duration::from_hours(dice.roll(40)) + MS),
        }
        crate::job::worker::sweep(&test.app).await;
        test.settle().await;
        for (made, rules) in &all {
            let package = show(&test.app, &actor, made.package.id).await.unwrap().package;
            if is_readable(&test, &made.files[0]).await {
                continue;
            }
            // By a model of its own: the last download, the hours, the limit; a ticket has no grace, a download its day.
            let last = package.last_download_at;
            let finalized = package.finalized_at.unwrap();
            let after = |from: Timestamp, count: u64| from + hours(i64::try_from(count).unwrap());
            let total = (rules.expires_in_hours > 0).then(|| after(finalized, rules.expires_in_hours));
            let idle = last.filter(|_| rules.idle_hours > 0).map(|last| after(last, rules.idle_hours));
            let used_up = (rules.max_downloads > 0 && package.downloads >= rules.max_downloads).then(|| last.unwrap());
            let end = [total, idle, used_up].into_iter().flatten().min().expect("without an end nothing goes");
            assert!(end <= test.now(), "{rules:?} ended at {end}, and it is {}", test.now());
            assert!(package.usable_until.is_none_or(|until| until <= test.now()), "somebody could still go on");
        }
    }
    test.clock.advance(Duration::from_hours(30 * 24));
    for _ in 0..2 {
        crate::job::worker::sweep(&test.app).await;
        test.settle().await;
    }
    for (made, rules) in &all {
        let is_there = is_readable(&test, &made.files[0]).await;
        assert!(rules.expires_in_hours == 0 || !is_there, "a month after everything, {rules:?} is still there");
        assert!(*rules != policy(0, 0, 0) || is_there, "what is permanent is gone");
    }
    assert!(!all.is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn no_sweep_looks_at_every_row(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test).await;
    let one = sent(&test, &actor, new_package("T", &["ben@example.com"]), &["a.txt"]).await.package.id;
    let now = test.now();
    let mut tx = test.app.db.begin_write().await.unwrap();
    let is_postgres = tx.is_postgres();
    let id = if is_postgres { "gen_random_uuid()" } else { "randomblob(16)" };
    // As after years: nine of ten are over and erased, the rest ends some day.
    let many = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO packages (id, owner_id, direction, kind, title, note, notify, limits, expires_in_hours, idle_hours,
           max_downloads, policy_set_at, created_at, changed_at, finalized_at, ends_at, erase_at, ended_at, erased_at)
         SELECT {id}, p.owner_id, p.direction, p.kind, p.title, p.note, p.notify, p.limits, 24, 0, 0, p.policy_set_at,
           p.created_at, p.changed_at, p.finalized_at, p.ends_at + n.i * 1000, p.erase_at + n.i * 1000,
           CASE WHEN n.i % 10 > 0 THEN p.ends_at END, CASE WHEN n.i % 10 > 0 THEN p.erase_at END
         FROM packages p CROSS JOIN n WHERE p.id = $1"
    );
    assert_eq!(sql!(tx, run, AssertSqlSafe(many.clone()), one).unwrap(), 20_000);
    tx.commit().await.unwrap();
    let mut tx = test.app.db.begin_write().await.unwrap();
    sql!(tx, run, "ANALYZE").unwrap();
    tx.commit().await.unwrap();

    let now = now.as_millisecond().to_string();
    let nil = if is_postgres { "'00000000-0000-0000-0000-000000000000'" } else { "zeroblob(16)" };
    let mut conn = test.app.db.read().await.unwrap();
    for (table, text, values) in [
        ("packages", store::ENDED_UNNOTICED, vec![now.as_str(), "0", nil, "200"]),
        ("packages", store::DUE_FOR_ERASURE, vec![&now, "0", nil, "200"]),
        ("uploads", upload::store::STALE, vec![&now, &now, "0", nil, "200"]),
        ("sessions", account::store::END_STALE_SESSIONS, vec![&now, &now]),
        ("idempotency_keys", idempotency::store::FORGET_OLD, vec![&now]),
    ] {
        if is_postgres {
            // Tables that are empty here are read as a whole in any case; what counts is that an index fits.
            let off = if table == "packages" { "on" } else { "off" };
            let set = format!("SET enable_seqscan = {off}");
            sql!(conn, run, AssertSqlSafe(set.clone())).unwrap();
        }
        let plan = plan(&mut conn, text, &values).await;
        let scans = plan.lines().any(|line| line.contains("Seq Scan") || line.trim_start().starts_with("SCAN"));
        assert!(!scans && plan.to_lowercase().contains("index"), "{text}\n{plan}");
    }
    drop(conn);
    test.finish().await;
}
