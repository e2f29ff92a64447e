//! The log: one transaction with its effect, a chain that shows every tampering, views counted by the minute.
use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use super::seal::seal;
use super::verify::{Broken, Report, verify};
use super::*;
use crate::account::Role;
use crate::db::testing::Which;
use crate::link::door::Credentials;
use crate::link::open::open;
use crate::package::create::create;
use crate::package::finalize::{Unfinished, finalize};
use crate::package::tests::new_package;
use crate::sql;
use crate::testing::TestApp;

async fn write(test: &TestApp, n: u64) {
    let origin = Origin { ip: Some([192, 0, 2, 1].into()), user_agent: Some("Agent \"ü\"".into()) };
    let details =
        json!({"n": n, "list": [1, "zwei", {"b": null, "a": true}], "text": "Ä\u{1F600}\n\"", "big": u32::MAX});
    let mut tx = test.app.db.begin_write().await.unwrap();
    record(&mut tx, &test.app, Entry::new(test.now(), Action::LoginFailed, Author::Nobody, &origin).details(details))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn chain_of(test: &TestApp, length: u64) {
    for n in 0..length {
        write(test, n).await;
    }
    assert_eq!(seal(&test.app).await.unwrap(), length);
}

async fn tamper(test: &TestApp, text: &'static str) {
    let mut tx = test.app.db.begin_write().await.unwrap();
    assert!(sql!(tx, run, text).unwrap() > 0, "{text}");
    tx.commit().await.unwrap();
}

async fn broken(test: &TestApp) -> Option<Broken> {
    verify(&test.app).await.unwrap().broken
}

#[rstest]
#[tokio::test]
async fn entries_are_sealed_in_order_without_gaps(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    assert_eq!(seal(&test.app).await.unwrap(), 0);
    assert_eq!(verify(&test.app).await.unwrap(), Report { sealed: 0, erased: 0, unsealed: 0, broken: None });
    chain_of(&test, 1_203).await;
    write(&test, 7).await;
    assert_eq!(verify(&test.app).await.unwrap(), Report { sealed: 1_203, erased: 0, unsealed: 1, broken: None });
    let (a, b) = tokio::join!(seal(&test.app), seal(&test.app));
    assert_eq!(a.unwrap() + b.unwrap(), 1);
    assert_eq!(verify(&test.app).await.unwrap(), Report { sealed: 1_204, erased: 0, unsealed: 0, broken: None });
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_effect_that_was_undone_has_no_entry(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let mut tx = test.app.db.begin_write().await.unwrap();
    let origin = Origin::default();
    record(&mut tx, &test.app, Entry::new(test.now(), Action::LoginFailed, Author::Nobody, &origin)).await.unwrap();
    drop(tx);
    assert_eq!(seal(&test.app).await.unwrap(), 0);
    test.finish().await;
}

#[rstest]
#[case::changed_details("UPDATE audit_entries SET details = '{}' WHERE sequence = 3")]
#[case::changed_time("UPDATE audit_entries SET at = at + 1 WHERE sequence = 3")]
#[case::changed_actor("UPDATE audit_entries SET actor_kind = 'system' WHERE sequence = 3")]
#[case::changed_address("UPDATE audit_entries SET ip = '192.0.2.2' WHERE sequence = 3")]
#[case::other_words_in_the_name_of_an_erasure(
    "UPDATE audit_entries SET erased_at = 1, details = '{\"n\": 9}' WHERE sequence = 3"
)]
#[tokio::test]
async fn a_changed_entry_shows(#[case] change: &'static str, #[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    chain_of(&test, 5).await;
    tamper(&test, change).await;
    assert!(matches!(broken(&test).await, Some(Broken::Changed { sequence: 3, .. })));
}

#[rstest]
#[tokio::test]
async fn removal_reordering_and_a_cut_off_end_show(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    chain_of(&test, 6).await;
    tamper(&test, "UPDATE audit_entries SET sequence = 100 - sequence WHERE sequence IN (2, 3)").await;
    tamper(&test, "UPDATE audit_entries SET sequence = sequence - 95 WHERE sequence = 98").await;
    tamper(&test, "UPDATE audit_entries SET sequence = sequence - 95 WHERE sequence = 97").await;
    assert!(matches!(broken(&test).await, Some(Broken::Changed { sequence: 2, .. })), "reordered");

    let test = TestApp::new(which).await;
    chain_of(&test, 6).await;
    tamper(&test, "DELETE FROM audit_entries WHERE sequence = 4").await;
    assert_eq!(broken(&test).await, Some(Broken::Missing { sequence: 4 }));
    tamper(&test, "DELETE FROM audit_entries WHERE sequence > 4").await;
    assert_eq!(broken(&test).await, Some(Broken::CutOff { found: 3, expected: 6 }));
    tamper(&test, "DELETE FROM audit_entries").await;
    assert_eq!(broken(&test).await, Some(Broken::CutOff { found: 0, expected: 6 }));
}

#[rstest]
#[tokio::test]
async fn a_chain_written_anew_without_the_key_file_shows(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    chain_of(&test, 4).await;
    // Whoever has the database can compute hashes: changes the last entry, or appends one, consistently.
    let mut conn = test.app.db.read().await.unwrap();
    let all = store::sealed_after(&mut conn, 0, 10).await.unwrap();
    drop(conn);
    let forge = async |entry: &mut Recorded, sequence: u64, previous: [u8; 32]| {
        entry.details = Json(json!({"n": "forged"}));
        entry.details_hash = details_hash(entry);
        let hash = chain_hash(&previous, sequence, entry);
        let mut tx = test.app.db.begin_write().await.unwrap();
        sql!(tx, run, "DELETE FROM audit_entries WHERE id = $1", entry.id).unwrap();
        store::insert(&mut tx, entry).await.unwrap();
        store::set_seal(&mut tx, entry.id, sequence, hash).await.unwrap();
        tx.commit().await.unwrap();
    };
    let mut added = all[0].clone();
    added.id = AuditEntryId::new(test.now(), &*test.app.entropy);
    forge(&mut added, 5, all[3].hash.unwrap()).await;
    assert_eq!(broken(&test).await, Some(Broken::Rewritten { found: 5, expected: 4 }));
    tamper(&test, "DELETE FROM audit_entries WHERE sequence = 5").await;
    assert_eq!(broken(&test).await, None);
    forge(&mut all[3].clone(), 4, all[2].hash.unwrap()).await;
    assert_eq!(broken(&test).await, Some(Broken::Rewritten { found: 4, expected: 4 }));

    let test = TestApp::new(which).await;
    chain_of(&test, 2).await;
    let mut tx = test.app.db.begin_write().await.unwrap();
    let mut head = store::head(&mut tx).await.unwrap().unwrap();
    head.sequence = 1;
    store::set_head(&mut tx, &head, test.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(broken(&test).await, Some(Broken::ForeignHead));
    tamper(&test, "DELETE FROM settings WHERE name = 'audit.head'").await;
    assert_eq!(broken(&test).await, Some(Broken::ForeignHead));
}

#[rstest]
#[tokio::test]
async fn erasing_the_personal_part_keeps_the_chain(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    chain_of(&test, 3).await;
    tamper(
        &test,
        "UPDATE audit_entries SET erased_at = 1, actor_name = '', ip = NULL, user_agent = NULL, details = '{}'
         WHERE sequence = 2",
    )
    .await;
    assert_eq!(verify(&test.app).await.unwrap(), Report { sealed: 3, erased: 1, unsealed: 0, broken: None });
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn views_and_refusals_are_one_entry_per_link_address_agent_and_minute(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let anna = test.person("Anna", Role::Regular).await;
    let actor = test.actor(&anna).await;
    let draft = create(&test.app, &actor, new_package("T", &["ben@example.com"])).await.unwrap();
    test.file(&actor, draft.package.id, "a", b"alpha").await;
    let view = finalize(&test.app, &actor, draft.package.id, Unfinished::Refuse).await.unwrap();
    let token = view.recipients[0].link.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned();
    let from = |ip: [u8; 4], agent: &str| Origin { ip: Some(ip.into()), user_agent: Some(agent.into()) };
    let (here, there, scanner) =
        (from([192, 0, 2, 1], "A"), from([192, 0, 2, 2], "A"), from([192, 0, 2, 1], "Scanner"));
    for origin in [&here, &here, &here, &there, &scanner] {
        open(&test.app, origin, &token, Credentials::default()).await.unwrap();
    }
    let unknown = crate::secret::Token::new(&*test.app.entropy).reveal();
    open(&test.app, &here, &unknown, Credentials::default()).await.unwrap_err();
    open(&test.app, &here, "nonsense", Credentials::default()).await.unwrap_err();
    assert_eq!(views::flush(&test.app).await.unwrap(), 0, "the minute is not over");
    test.clock.advance(Duration::from_mins(1));
    open(&test.app, &here, &token, Credentials::default()).await.unwrap();
    assert_eq!(views::flush(&test.app).await.unwrap(), 4);
    test.clock.advance(Duration::from_mins(1));
    assert_eq!(views::flush(&test.app).await.unwrap(), 1);
    assert_eq!(views::flush(&test.app).await.unwrap(), 0);

    let admin = test.person("Boss", Role::Admin).await;
    let admin = test.actor(&admin).await;
    let of = async |action| {
        let filter = store::Filter { action: Some(action), ..Default::default() };
        let mut found = list::all(&test.app, &admin, &filter, None, 100).await.unwrap();
        found.reverse();
        found.into_iter().map(|e| (e.ip.unwrap(), e.user_agent.unwrap(), e.details.0)).collect::<Vec<_>>()
    };
    let mut viewed = of(Action::LinkViewed).await;
    let last = viewed.pop().unwrap();
    viewed.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let entry = |ip: &str, agent: &str, count: u64| (ip.to_owned(), agent.to_owned(), json!({"count": count}));
    let scanner = ("192.0.2.1".to_owned(), "Scanner".to_owned(), json!({"count": 1, "scanner": true}));
    assert_eq!(viewed, [entry("192.0.2.1", "A", 3), scanner, entry("192.0.2.2", "A", 1)]);
    assert_eq!(last, entry("192.0.2.1", "A", 1));
    assert_eq!(of(Action::LinkRefused).await[0].2, json!({"count": 2, "reason": "unknown"}));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_log_is_filtered_searched_and_paged(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let anna = test.person("Anna", Role::Regular).await;
    let actor = test.actor(&anna).await;
    let admin = test.person("Boss", Role::Admin).await;
    let admin = test.actor(&admin).await;
    let package = create(&test.app, &actor, new_package("100% of _it_!", &[])).await.unwrap().package.id;
    for n in 0..5 {
        test.clock.advance(Duration::from_millis(1));
        write(&test, n).await;
    }
    let all = async |filter: store::Filter| list::all(&test.app, &admin, &filter, None, 1_000).await.unwrap().len();
    let text = |text: &str| store::Filter { text: Some(text.into()), ..Default::default() };
    let everything = all(store::Filter::default()).await;
    assert!(everything > 8);
    assert_eq!(all(store::Filter { action: Some(Action::LoginFailed), ..Default::default() }).await, 5);
    assert_eq!(all(store::Filter { package: Some(package), ..Default::default() }).await, 1);
    assert!(all(store::Filter { account: Some(anna.id), ..Default::default() }).await >= 3);
    assert_eq!(all(store::Filter { from: Some(test.now()), ..Default::default() }).await, 1);
    assert_eq!(all(store::Filter { to: Some(test.now()), ..Default::default() }).await, everything - 1);
    assert_eq!((all(text("100% of _it_!")).await, all(text("100% OF")).await), (1, 1), "no patterns, no case");
    assert_eq!((all(text("%_%")).await, all(text("zwei")).await, all(text("192.0.2.1")).await >= 5), (0, 5, true));
    let both = store::Filter {
        action: Some(Action::LoginFailed),
        package: Some(package),
        account: Some(anna.id),
        text: Some("x".into()),
        ..Default::default()
    };
    assert_eq!(all(both).await, 0);
    let (mut walked, mut before) = (0, None);
    loop {
        let page = list::all(&test.app, &admin, &store::Filter::default(), before, 3).await.unwrap();
        walked += page.len();
        before = page.last().map(|entry| entry.id);
        if page.len() < 3 {
            break;
        }
    }
    assert_eq!(walked, everything);
    assert_eq!(list::of_package(&test.app, &actor, package, None, u64::MAX).await.unwrap().len(), 1);
    assert!(list::all(&test.app, &actor, &store::Filter::default(), None, 1).await.is_err(), "administrators only");
    test.finish().await;
}

#[rstest]
#[case::says_so(&[0], "Mozilla/5.0 (compatible; ExampleBot/2.1)", 3_600, Some(true))]
#[case::says_nothing(&[0], "", 3_600, Some(true))]
#[case::right_after_the_mail(&[0], "Browser", 14, Some(true))]
#[case::everybodys_links(&[0, 1, 2], "Browser", 3_600, Some(true))]
#[case::two_links(&[0, 1], "Browser", 3_600, None)]
#[case::a_person(&[0], "Browser", 15, None)]
#[tokio::test]
async fn a_view_with_signs_of_a_scanner_says_so(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
    #[case] links: &[usize],
    #[case] agent: &str,
    #[case] after_s: u64,
    #[case] scanner: Option<bool>,
) {
    let test = TestApp::new(which).await;
    let account = test.person("Anna", Role::Regular).await;
    let actor = test.actor(&account).await;
    let people = ["ben@example.com", "cem@example.com", "dan@example.com"];
    let draft = create(&test.app, &actor, new_package("T", &people)).await.unwrap();
    test.file(&actor, draft.package.id, "a.txt", b"a").await;
    let view = finalize(&test.app, &actor, draft.package.id, Unfinished::Refuse).await.unwrap();
    test.settle().await;
    test.clock.advance(Duration::from_secs(after_s));
    let origin = Origin {
        ip: Some([198, 51, 100, 7].into()),
        user_agent: Some(agent.to_owned()).filter(|agent| !agent.is_empty()),
    };
    for n in links {
        let url = &view.recipients[*n].link.as_ref().unwrap().url;
        open(&test.app, &origin, url.rsplit('/').next().unwrap(), Credentials::default()).await.unwrap();
    }
    test.clock.advance(Duration::from_mins(1));
    views::flush(&test.app).await.unwrap();
    let mut conn = test.app.db.read().await.unwrap();
    let entries =
        sql!(conn, all as Recorded, "SELECT * FROM audit_entries WHERE action = $1 ORDER BY id", Action::LinkViewed)
            .unwrap();
    let found: Vec<_> = entries.iter().map(|entry| entry.details.0["scanner"].as_bool()).collect();
    assert_eq!(found, vec![scanner; links.len()]);
    drop(conn);
    test.finish().await;
}
