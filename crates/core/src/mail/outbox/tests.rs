//! What becomes of e-mails: each state, crashes in between, reasons that go away.
use std::time::Duration;

use rstest::rstest;

use super::*;
use crate::access::Actor;
use crate::account::Role;
use crate::audit::Action;
use crate::db::testing::Which;
use crate::job::run;
use crate::mail::memory::Memory;
use crate::mail::transport::Delivery;
use crate::package::PackageView;
use crate::package::create::create;
use crate::package::finalize::{Unfinished, finalize};
use crate::package::revoke::revoke;
use crate::package::show::show;
use crate::package::tests::new_package;
use crate::sql;
use crate::testing::TestApp;

async fn sent(test: &TestApp) -> (Actor, PackageView) {
    let account = test.person("Anna", Role::Regular).await;
    let actor = test.actor(&account).await;
    let draft = create(&test.app, &actor, new_package("Plans", &["ben@example.com"])).await.unwrap();
    test.file(&actor, draft.package.id, "a.txt", b"alpha").await;
    let view = finalize(&test.app, &actor, draft.package.id, Unfinished::Refuse).await.unwrap();
    (actor, view)
}

fn server(test: &TestApp) -> &Memory {
    match &test.app.mailer.transport {
        Transport::Memory(memory) => memory,
        Transport::Smtp(_) | Transport::Folder(_) => unreachable!("tests send into memory"),
    }
}

async fn state(test: &TestApp, actor: &Actor, view: &PackageView) -> (MailState, Option<String>) {
    let shown = show(&test.app, actor, view.package.id).await.unwrap();
    let mail = shown.recipients[0].mail.clone().expect("there is a mail");
    (mail.state, mail.answer)
}

fn to(test: &TestApp) -> Vec<String> {
    test.mails().iter().map(|mail| mail.to.to_string()).collect()
}

async fn count(test: &TestApp, action: Action) -> i64 {
    let mut conn = test.app.db.read().await.unwrap();
    sql!(conn, one as (i64,), "SELECT count(*) FROM audit_entries WHERE action = $1", action).unwrap().0
}

#[rstest]
#[tokio::test]
async fn a_mail_is_sent_once_with_its_link(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = sent(&test).await;
    assert_eq!(state(&test, &actor, &view).await.0, MailState::Queued);
    assert_eq!(waiting(&test).await, 1);
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await, (MailState::Sent, Some("250 taken".into())));
    let mails = test.mails();
    assert_eq!(to(&test), ["ben@example.com"]);
    let text = String::from_utf8_lossy(&mails[0].bytes).replace("=\r\n", "").replace("=3D", "=");
    let url = &view.recipients[0].link.as_ref().unwrap().url;
    assert!(text.contains(url.as_str()), "{text}");
    assert_eq!((count(&test, Action::MailSent).await, count(&test, Action::MailFailed).await), (1, 0));
    assert_eq!(waiting(&test).await, 0);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_outage_only_delays_and_after_three_days_the_owner_learns_of_it(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = sent(&test).await;
    let busy = || Delivery::Deferred { answer: "451 come back later".into() };
    server(&test).refuse_next(busy());
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await, (MailState::Deferred, Some("451 come back later".into())));
    test.clock.advance(Duration::from_millis(9_999));
    test.settle().await;
    assert!(to(&test).is_empty(), "too early");
    test.clock.advance(Duration::from_millis(1));
    server(&test).answer_next(busy());
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await.0, MailState::Deferred);
    test.clock.advance(Duration::from_secs(20));
    test.settle().await;
    assert_eq!((state(&test, &actor, &view).await.0, to(&test)), (MailState::Sent, vec!["ben@example.com".into()]));

    let _ = crate::package::resend::resend(&test.app, &actor, view.package.id, None).await.unwrap();
    let mut tries = 0;
    while state(&test, &actor, &view).await.0 != MailState::Rejected {
        server(&test).refuse_next(busy());
        test.settle().await;
        test.clock.advance(Duration::from_hours(1));
        tries += 1;
        assert!(tries < 100, "it is tried for three days");
    }
    assert!((72..=74).contains(&tries), "{tries}");
    test.settle().await;
    assert_eq!(to(&test), ["ben@example.com", "anna@example.com"], "the owner, once");
    assert_eq!(count(&test, Action::MailFailed).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_refused_address_is_told_to_the_owner_once(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
    #[values(true, false)] before_the_content: bool,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = sent(&test).await;
    let no = Delivery::Rejected { answer: "550 no such\r\nuser".into() };
    if before_the_content {
        server(&test).refuse_next(no);
    } else {
        server(&test).answer_next(no);
    }
    test.settle().await;
    test.clock.advance(Duration::from_hours(100));
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await, (MailState::Rejected, Some("550 no such user".into())));
    assert_eq!(to(&test), ["anna@example.com"]);
    assert_eq!(count(&test, Action::MailFailed).await, 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_notice_that_is_refused_causes_no_notice(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    sent(&test).await;
    server(&test).refuse_next(Delivery::Rejected { answer: "550 no".into() });
    server(&test).refuse_next(Delivery::Rejected { answer: "550 no".into() });
    test.settle().await;
    test.settle().await;
    assert!(to(&test).is_empty());
    assert_eq!(count(&test, Action::MailFailed).await, 2);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_lost_answer_is_unknown_and_never_sent_again(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = sent(&test).await;
    server(&test).answer_next(Delivery::Unknown { reason: "the connection broke after the content".into() });
    test.settle().await;
    test.clock.advance(Duration::from_hours(100));
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await.0, MailState::Unknown);
    assert_eq!((to(&test).len(), count(&test, Action::MailUnknown).await), (1, 1));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_server_killed_while_sending_leaves_the_mail_unknown(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = sent(&test).await;
    let claimed = run::claim(&test.app, 1).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let mut tx = test.app.db.begin_write().await.unwrap();
    sql!(tx, run, "UPDATE mails SET state = 'sending'").unwrap();
    tx.commit().await.unwrap();
    // The process that claimed it never comes back.
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await.0, MailState::Sending, "it might still be at it");
    test.clock.advance(run::CLAIM);
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await.0, MailState::Unknown);
    assert!(to(&test).is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn nothing_goes_out_for_what_was_revoked_while_the_server_was_being_reached(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = sent(&test).await;
    let mut conn = test.app.db.read().await.unwrap();
    let mail = store::newest_of_package(&mut conn, view.package.id).await.unwrap().remove(0);
    drop(conn);
    // The session with the mail server stands, and only then the package is revoked.
    revoke(&test.app, &actor, view.package.id).await.unwrap();
    let instead = deliver::begin_sending(&test.app, &mail).await.unwrap();
    assert_eq!(instead, Some(job::Outcome::Done));
    assert_eq!(state(&test, &actor, &view).await.0, MailState::Cancelled);
    test.settle().await;
    assert!(to(&test).is_empty());
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn nothing_is_mailed_for_what_was_rolled_back(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (_, view) = sent(&test).await;
    test.settle().await;
    let mut tx = test.app.db.begin_write().await.unwrap();
    let recipient = view.recipients[0].recipient.clone();
    let link = view.recipients[0].link.as_ref().unwrap().link.clone();
    invite(&mut tx, &test.app, &view.package, &recipient, &link).await.unwrap();
    drop(tx);
    test.settle().await;
    assert_eq!(to(&test).len(), 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_mail_on_hold_waits_until_it_is_released(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = sent(&test).await;
    let hold = async |on_hold: bool| {
        let mut tx = test.app.db.begin_write().await.unwrap();
        sql!(tx, run, "UPDATE mails SET on_hold = $1", on_hold).unwrap();
        tx.commit().await.unwrap();
    };
    hold(true).await;
    test.settle().await;
    test.clock.advance(Duration::from_hours(1));
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await.0, MailState::Queued);
    hold(false).await;
    test.clock.advance(Duration::from_hours(1));
    test.settle().await;
    assert_eq!(state(&test, &actor, &view).await.0, MailState::Sent);
    test.finish().await;
}

/// How many mails still have to go out, whatever their state.
async fn waiting(test: &TestApp) -> u64 {
    let counts = store::count_waiting(&mut test.app.db.read().await.unwrap()).await.unwrap();
    counts.into_iter().map(|(_, count)| count).sum()
}
