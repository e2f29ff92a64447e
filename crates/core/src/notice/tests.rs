//! Notices: once per event and address, when it is true, and never a flood.
use std::time::Duration;

use rstest::rstest;

use super::choose::choose;
use super::*;
use crate::access::{Actor, Origin};
use crate::account::Role;
use crate::db::testing::Which;
use crate::download::record::record;
use crate::download::start::{Target, start};
use crate::download::{Delivered, Whose, serve};
use crate::ids::PackageId;
use crate::job::{self, Job};
use crate::link::door::Credentials;
use crate::mail::message::Message;
use crate::package::PackageView;
use crate::package::change::{Changes, change};
use crate::package::create::{NewPackage, create};
use crate::package::finalize::{Unfinished, finalize};
use crate::package::revoke::revoke;
use crate::package::tests::new_package;
use crate::package::{delete, store as packages};
use crate::policy::{Policy, PolicyChange};
use crate::sql;
use crate::testing::TestApp;

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_hours(1);

fn days(n: u64) -> Duration {
    Duration::from_hours(24 * n)
}

/// A package of Anna's with these people and addresses to notify.
async fn ship(test: &TestApp, actor: &Actor, people: &[&str], notify: &[&str]) -> PackageView {
    let notify = notify.iter().map(|address| (*address).to_owned()).collect();
    let new = NewPackage { notify, ..new_package("Plans", people) };
    let draft = create(&test.app, actor, new).await.unwrap();
    test.file(actor, draft.package.id, "a.txt", b"alpha").await;
    let view = finalize(&test.app, actor, draft.package.id, Unfinished::Refuse).await.unwrap();
    // The e-mails to recipients are not what these tests count.
    test.settle().await;
    view
}

async fn anna(test: &TestApp, on: &[Switch]) -> Actor {
    let account = test.person("Anna Müller", Role::Regular).await;
    let actor = test.actor(&account).await;
    let choices: Vec<Choice> = on.iter().map(|switch| Choice { switch: *switch, is_on: true }).collect();
    choose(&test.app, &actor, &choices).await.unwrap();
    actor
}

fn token(view: &PackageView, n: usize) -> String {
    view.recipients[n].link.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned()
}

/// Somebody fetches everything through the link of the n-th recipient.
async fn fetch(test: &TestApp, view: &PackageView, n: usize) {
    let origin = Origin { ip: Some([198, 51, 100, 7].into()), user_agent: Some("Browser".into()) };
    let started = start(&test.app, &origin, &token(view, n), Target::Whole, Credentials::default()).await.unwrap();
    let content = serve::by_token(&test.app, started.path.split('/').nth(2).unwrap()).await.unwrap();
    let object = content.counted.as_ref().unwrap().object;
    test.clock.advance(Duration::from_secs(2));
    let took = Duration::from_secs(2);
    let delivered = Delivered { object, claim: None, range: 0..5, whole: true, took, origin };
    record(&test.app, &delivered).await.unwrap();
}

/// Lets pass what a notice waits for at least, and sends what is due.
async fn send(test: &TestApp) {
    test.clock.advance(completed::QUIET);
    test.settle().await;
}

/// The mails to the address from the n-th on, as one text each.
fn mails_to(test: &TestApp, address: &str) -> Vec<String> {
    test.mails().iter().filter(|mail| mail.to.to_string() == address).map(words).collect()
}

/// Head and text part, the encoding undone as far as these tests need it.
fn words(mail: &Message) -> String {
    let text = String::from_utf8_lossy(&mail.bytes).into_owned();
    let text = text.replace("=\r\n", "").replace("=3D", "=").replace("\r\n ", " ").replace("\r\n", "\n");
    text.split("Content-Type: text/html").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn sweep(test: &TestApp) {
    job::worker::sweep(&test.app).await;
    test.settle().await;
}

#[rstest]
#[tokio::test]
async fn each_completed_download_is_told_once_to_each_address_and_the_first_to_the_owner(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[Switch::FirstDownload]).await;
    let view = ship(&test, &actor, &["ben@example.com", "cem@example.com"], &["desk@example.org"]).await;
    fetch(&test, &view, 0).await;
    test.settle().await;
    let told = mails_to(&test, "desk@example.org");
    assert_eq!(told.len(), 1);
    for part in ["Subject: Downloaded: Plans", "Ben", "Delivered: 5 B in 2 seconds", "Downloads so far: 1", "ask Anna"]
    {
        assert!(told[0].contains(part) || part == "Ben" && told[0].contains("ben"), "{part} in {}", told[0]);
    }
    fetch(&test, &view, 0).await;
    fetch(&test, &view, 1).await;
    send(&test).await;
    assert_eq!(mails_to(&test, "desk@example.org").len(), 3);
    let owner = mails_to(&test, "anna@example.com");
    assert_eq!(owner.len(), 2, "the first of each link");
    assert!(owner[0].contains("http://files.example.com/account"), "where to switch it off: {}", owner[0]);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_notice_goes_when_the_responses_of_the_download_have_ended(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &["desk@example.org"]).await;
    let origin = Origin::default();
    let started = start(&test.app, &origin, &token(&view, 0), Target::Whole, Credentials::default()).await.unwrap();
    let content = serve::by_token(&test.app, started.path.split('/').nth(2).unwrap()).await.unwrap();
    let counted = content.counted.clone().unwrap();
    let whose = Some(Whose::from(&counted));
    let running = test.app.deliveries.begin(view.package.id, whose, content.files());
    let (claim, took) = (None, Duration::from_secs(2));
    let delivered = Delivered { object: counted.object, claim, range: 0..5, whole: true, took, origin };
    record(&test.app, &delivered).await.unwrap();
    send(&test).await;
    assert!(mails_to(&test, "desk@example.org").is_empty(), "another response of it still runs");
    drop(running);
    send(&test).await;
    assert_eq!(mails_to(&test, "desk@example.org").len(), 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_job_that_runs_twice_tells_once(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[Switch::FirstDownload]).await;
    // The owner's own address among those to notify is one address.
    let view = ship(&test, &actor, &["ben@example.com"], &["Anna@Example.com", "desk@example.org"]).await;
    fetch(&test, &view, 0).await;
    test.clock.advance(completed::QUIET);
    let claimed = job::run::claim(&test.app, 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let Job::TellDownload { id, number, is_first } = claimed[0].payload.0.clone() else { panic!("{claimed:?}") };
    let counted = completed::Counted { id, number, is_first };
    for _ in 0..3 {
        assert_eq!(completed::tell_download(&test.app, counted).await.unwrap(), job::Outcome::Done);
    }
    test.clock.advance(job::run::CLAIM);
    test.settle().await;
    assert_eq!(mails_to(&test, "desk@example.org").len(), 1);
    assert_eq!(mails_to(&test, "Anna@Example.com").len() + mails_to(&test, "anna@example.com").len(), 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_notice_waits_until_the_response_has_ended(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &["desk@example.org"]).await;
    let link = view.recipients[0].link.as_ref().unwrap().link.id;
    fetch(&test, &view, 0).await;
    let (download,) = sql!(
        test.app.db.read().await.unwrap(),
        one as (uuid::Uuid,),
        "SELECT id FROM downloads WHERE confirmed_at IS NOT NULL"
    )
    .unwrap();
    let counted = Some(Whose { link, download: crate::ids::DownloadId(download), limited: false });
    let running = test.app.deliveries.begin(view.package.id, counted, Vec::new());
    for _ in 0..3 {
        send(&test).await;
    }
    assert!(mails_to(&test, "desk@example.org").is_empty());
    drop(running);
    send(&test).await;
    assert_eq!(mails_to(&test, "desk@example.org").len(), 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn nobody_is_told_of_a_download_who_did_not_ask(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &[]).await;
    fetch(&test, &view, 0).await;
    send(&test).await;
    assert!(mails_to(&test, "anna@example.com").is_empty(), "the first download is switched off unless chosen");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn five_thousand_downloads_are_no_mail_bomb_and_none_is_lost(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    const DOWNLOADS: u64 = 5_000;
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &["desk@example.org"]).await;
    let package = view.package.id;
    let reader = tell::of_address(
        &mut test.app.db.read().await.unwrap(),
        &test.app,
        &crate::account::Email::parse("desk@example.org").unwrap(),
    )
    .await
    .unwrap();
    for n in 0..DOWNLOADS {
        let mut tx = test.app.db.begin_write().await.unwrap();
        let package = packages::lock(&mut tx, package).await.unwrap().unwrap();
        let content = MailContent::CompletedDownload {
            owner: None,
            who: None,
            title: "Plans".into(),
            at: test.now(),
            downloads: n + 1,
            bytes: 5,
            duration_ms: 1,
            ends: String::new(),
        };
        tell::tell(&mut tx, &test.app, &package, &format!("download:{n}"), vec![(reader.clone(), content)])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    test.settle().await;
    assert_eq!(mails_to(&test, "desk@example.org").len(), 5, "the first few by themselves");
    test.clock.advance(HOUR.saturating_sub(MS));
    test.settle().await;
    assert_eq!(mails_to(&test, "desk@example.org").len(), 5);
    test.clock.advance(MS);
    test.settle().await;
    let told = mails_to(&test, "desk@example.org");
    assert_eq!(told.len(), 6, "and one digest");
    assert!(told[5].contains("Subject: 4,995 notices from Files Example"), "{}", told[5]);
    assert!(told[5].contains("Somebody: 4,995 completed downloads"), "{}", told[5]);
    let mut conn = test.app.db.read().await.unwrap();
    let (untold,) = sql!(conn, one as (i64,), "SELECT count(*) FROM notices WHERE mail_id IS NULL").unwrap();
    assert_eq!(untold, 0);
    drop(conn);
    test.clock.advance(Duration::from_hours(2));
    fetch(&test, &view, 0).await;
    send(&test).await;
    assert_eq!(mails_to(&test, "desk@example.org").len(), 7, "after the flood a notice stands by itself again");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_digest_names_every_different_event_in_as_many_mails_as_it_takes(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &[]).await;
    let lines = u64::try_from(crate::limits::DIGEST_LINES_MAX).unwrap();
    let total = SINGLE_NOTICES + lines + 1;
    for n in 0..total {
        let mut tx = test.app.db.begin_write().await.unwrap();
        let package = packages::lock(&mut tx, view.package.id).await.unwrap().unwrap();
        let who = Some(Party { name: format!("Person <{n}>"), email: "x@example.org".into() });
        let asked = MailContent::Asked { who, title: "Plans".into(), message: String::new(), status: "Over.".into() };
        tell_owner(&mut tx, &test.app, &package, asked).await.unwrap();
        tx.commit().await.unwrap();
    }
    test.settle().await;
    test.clock.advance(DIGEST_EVERY);
    test.settle().await;
    let told = mails_to(&test, "anna@example.com");
    assert_eq!(told.len(), 7, "five, a full digest and one more line");
    let all = told.join("\n");
    for n in 0..total {
        assert!(all.contains(&format!("Person <{n}>")), "{n}");
    }
    test.finish().await;
}

#[rstest]
#[case::expired("Expired on")]
#[case::revoked("Withdrawn on")]
#[case::deleted("Deleted by its owner")]
#[tokio::test]
async fn removal_is_told_once_with_its_cause_when_the_bytes_go(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
    #[case] cause: &str,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &["desk@example.org"]).await;
    let id = view.package.id;
    match cause {
        "Expired on" => {
            test.clock.advance(days(7));
            sweep(&test).await;
            assert!(mails_to(&test, "desk@example.org").is_empty(), "it can still be extended");
            test.clock.advance(days(3));
        }
        "Withdrawn on" => {
            revoke(&test.app, &actor, id).await.unwrap();
        }
        _ => {
            delete::delete(&test.app, &actor, id).await.unwrap();
            test.clock.advance(Duration::from_millis(9_999));
            sweep(&test).await;
            assert!(mails_to(&test, "desk@example.org").is_empty(), "it can still be taken back");
            test.clock.advance(MS);
        }
    }
    for _ in 0..3 {
        sweep(&test).await;
    }
    let told = mails_to(&test, "desk@example.org");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("Subject: Removed: Plans"), "{}", told[0]);
    assert!(told[0].contains(cause) && told[0].contains("were erased on"), "{cause} in {}", told[0]);
    assert!(mails_to(&test, "anna@example.com").is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_deletion_that_was_taken_back_and_a_draft_are_removed_without_a_word(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &["desk@example.org"]).await;
    delete::delete(&test.app, &actor, view.package.id).await.unwrap();
    delete::undelete(&test.app, &actor, view.package.id).await.unwrap();
    let new = NewPackage { notify: vec!["desk@example.org".into()], ..new_package("Never sent", &[]) };
    let draft = create(&test.app, &actor, new).await.unwrap();
    delete::delete(&test.app, &actor, draft.package.id).await.unwrap();
    test.clock.advance(Duration::from_mins(1));
    sweep(&test).await;
    assert!(mails_to(&test, "desk@example.org").is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn reminders_go_at_their_moment_once_per_end(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[Switch::NotDownloaded, Switch::EndingSoon]).await;
    let view = ship(&test, &actor, &["ben@example.com", "cem@example.com"], &[]).await;
    fetch(&test, &view, 1).await;
    let end = view.package.ends_at.unwrap();
    let subjects = || -> Vec<String> {
        let told = mails_to(&test, "anna@example.com");
        told.iter().map(|mail| mail.split("Subject: ").nth(1).unwrap()[..14].to_owned()).collect()
    };
    let until = |lead: Duration| {
        let at = end - jiff::SignedDuration::try_from(lead).unwrap();
        Duration::try_from(at.duration_since(test.now())).unwrap()
    };
    test.clock.advance(until(remind::NOT_DOWNLOADED_BEFORE).saturating_sub(MS));
    sweep(&test).await;
    assert!(subjects().is_empty(), "1 ms too early");
    test.clock.advance(MS);
    sweep(&test).await;
    assert_eq!(subjects(), ["Not downloaded"]);
    let told = mails_to(&test, "anna@example.com").remove(0);
    assert!(told.contains("ben has not completed") && !told.contains("cem"), "{told}");
    test.clock.advance(MS);
    sweep(&test).await;
    test.clock.advance(until(remind::ENDING_SOON_BEFORE).saturating_sub(MS));
    sweep(&test).await;
    assert_eq!(subjects().len(), 1);
    test.clock.advance(MS);
    sweep(&test).await;
    test.clock.advance(MS);
    sweep(&test).await;
    assert_eq!(subjects(), ["Not downloaded", "Ending soon: P"]);

    // More time: the new end has reminders of its own.
    let policy = Some(PolicyChange { expires_in_hours: Some(14 * 24), ..PolicyChange::default() });
    change(&test.app, &actor, view.package.id, Changes { policy, ..Changes::default() }).await.unwrap();
    test.clock.advance(days(11));
    sweep(&test).await;
    assert_eq!(subjects().len(), 2);
    test.clock.advance(days(2));
    sweep(&test).await;
    assert_eq!(subjects().len(), 4);
    test.clock.advance(days(30));
    sweep(&test).await;
    assert_eq!(subjects().len(), 4, "an ended package is not reminded of");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_ended_went_or_was_switched_off_is_not_reminded_of(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[Switch::NotDownloaded]).await;
    let gone = ship(&test, &actor, &["ben@example.com"], &[]).await;
    let deleted = ship(&test, &actor, &["ben@example.com"], &[]).await;
    let fetched = ship(&test, &actor, &["ben@example.com"], &[]).await;
    fetch(&test, &fetched, 0).await;
    test.clock.advance(days(4));
    revoke(&test.app, &actor, gone.package.id).await.unwrap();
    delete::delete(&test.app, &actor, deleted.package.id).await.unwrap();
    test.clock.advance(days(2));
    sweep(&test).await;
    assert!(mails_to(&test, "anna@example.com").is_empty(), "also not ending soon, which is off");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_server_that_was_off_all_the_time_does_not_remind_of_what_is_over(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[Switch::NotDownloaded, Switch::EndingSoon]).await;
    ship(&test, &actor, &["ben@example.com"], &[]).await;
    test.clock.advance(days(7));
    remind::sweep(&test.app).await.unwrap();
    test.settle().await;
    assert!(mails_to(&test, "anna@example.com").is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_reminder_that_became_untrue_before_it_was_sent_is_cancelled(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[Switch::EndingSoon]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &[]).await;
    test.clock.advance(days(6));
    remind::sweep(&test.app).await.unwrap();
    revoke(&test.app, &actor, view.package.id).await.unwrap();
    test.settle().await;
    assert!(mails_to(&test, "anna@example.com").is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_draft_is_warned_about_three_days_before_it_goes(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    create(&test.app, &actor, new_package("Forgotten", &[])).await.unwrap();
    test.clock.advance(days(27).saturating_sub(MS));
    sweep(&test).await;
    assert!(mails_to(&test, "anna@example.com").is_empty());
    for _ in 0..3 {
        test.clock.advance(MS);
        sweep(&test).await;
    }
    let told = mails_to(&test, "anna@example.com");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("Draft will be erased soon: Forgotten"), "{}", told[0]);
    assert!(told[0].contains("erased on 22 December 2026, 09:00 UTC"), "{}", told[0]);
    test.clock.advance(days(4));
    sweep(&test).await;
    assert_eq!(mails_to(&test, "anna@example.com").len(), 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_arrived_is_announced_three_days_before_it_goes(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &[]).await;
    // Requests cannot be made here yet; what is stored of one can.
    let mut tx = test.app.db.begin_write().await.unwrap();
    let id: PackageId = view.package.id;
    sql!(tx, run, "UPDATE packages SET direction = 'inbound' WHERE id = $1", id).unwrap();
    let mut package = packages::lock(&mut tx, id).await.unwrap().unwrap();
    packages::save(&mut tx, &mut package, &test.app.site.retention).await.unwrap();
    tx.commit().await.unwrap();
    test.clock.advance(days(7));
    sweep(&test).await;
    test.clock.advance(days(27).saturating_sub(MS));
    sweep(&test).await;
    assert!(mails_to(&test, "anna@example.com").is_empty());
    for _ in 0..3 {
        test.clock.advance(MS);
        sweep(&test).await;
    }
    let told = mails_to(&test, "anna@example.com");
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("Files will be erased soon: Plans"), "{}", told[0]);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_was_told_is_remembered_for_ninety_days(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let view = ship(&test, &actor, &["ben@example.com"], &["desk@example.org"]).await;
    fetch(&test, &view, 0).await;
    send(&test).await;
    test.clock.advance(days(90));
    assert_eq!(remind::forget_old(&test.app).await.unwrap(), 0);
    test.clock.advance(MS);
    assert_eq!(remind::forget_old(&test.app).await.unwrap(), 1);
    assert_eq!(remind::forget_old(&test.app).await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn a_disabled_account_is_told_nothing(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[Switch::EndingSoon]).await;
    ship(&test, &actor, &["ben@example.com"], &[]).await;
    test.disable(&actor.account).await;
    test.clock.advance(days(6));
    sweep(&test).await;
    assert!(mails_to(&test, "anna@example.com").is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_choice_is_kept_logged_and_repeated_without_a_trace(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let actor = anna(&test, &[]).await;
    let off = Choice { switch: Switch::Arrived, is_on: false };
    let switches = choose(&test.app, &actor, &[off]).await.unwrap();
    assert!(!switches.is_on(Switch::Arrived) && switches.is_on(Switch::Rejected));
    choose(&test.app, &actor, &[off]).await.unwrap();
    let mut conn = test.app.db.read().await.unwrap();
    let (entries,) =
        sql!(conn, one as (i64,), "SELECT count(*) FROM audit_entries WHERE action = 'user.changed'").unwrap();
    assert_eq!(entries, 1);
    let stored = crate::account::store::by_id(&mut conn, actor.id()).await.unwrap().unwrap();
    assert_eq!(stored.defaults.0.notices, switches);
    drop(conn);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_sweep_looks_only_at_what_is_due(#[values(Which::Sqlite)] which: Which) {
    let test = TestApp::new(which).await;
    let mut conn = test.app.db.read().await.unwrap();
    let plan = sql!(
        conn,
        all as (i64, i64, i64, String),
        "EXPLAIN QUERY PLAN SELECT id, remind_at AS at FROM packages WHERE remind_at <= 5
         AND (remind_at > 1 OR (remind_at = 1 AND id > x'00')) ORDER BY remind_at, id LIMIT 200"
    );
    let Ok(plan) = plan else { panic!("{plan:?}") };
    assert!(plan.iter().all(|(.., step)| step.contains("packages_by_reminder")), "{plan:?}");
    drop(conn);
    test.finish().await;
}

#[test]
fn a_short_life_has_no_reminder_that_only_repeats_what_was_just_set() {
    use crate::policy::{Facts, Retention};
    let now = crate::testing::START.parse().unwrap();
    let facts = |hours| Facts {
        direction: crate::package::Direction::Outbound,
        kind: crate::package::Kind::Ticket,
        policy: Policy { expires_in_hours: hours, ..Policy::default() },
        policy_set_at: now,
        changed_at: now,
        finalized_at: Some(now),
        last_download_at: None,
        ended: None,
        usable_until: None,
        revoked_at: None,
        deleted_at: None,
        erased_at: None,
    };
    let kinds = |hours| -> Vec<NoticeKind> {
        remind::reminders(&facts(hours), &Retention::default()).iter().map(|reminder| reminder.kind).collect()
    };
    assert_eq!(kinds(0), []);
    assert_eq!(kinds(35), []);
    assert_eq!(kinds(36), [NoticeKind::EndingSoon]);
    assert_eq!(kinds(59), [NoticeKind::EndingSoon]);
    assert_eq!(kinds(60), [NoticeKind::NotDownloaded, NoticeKind::EndingSoon]);
}
