//! Tests of this noun.
use rstest::rstest;

use super::*;
use crate::account::Role;
use crate::db::testing::Which;
use crate::error::Error;
use crate::testing::TestApp;

#[test]
fn a_key_is_one_to_255_printable_ascii_characters() {
    for good in ["k", "a key with spaces", &"k".repeat(255)] {
        assert!(Key::parse(good, &[]).is_some(), "{good}");
    }
    for bad in ["", "tab\tinside", "ä", &"k".repeat(256)] {
        assert!(Key::parse(bad, &[]).is_none(), "{bad}");
    }
}

#[test]
fn the_parts_of_a_request_do_not_run_into_each_other() {
    assert_ne!(Key::parse("k", &[b"ab", b"c"]), Key::parse("k", &[b"a", b"bc"]));
}

#[rstest]
#[tokio::test]
async fn a_key_stands_for_one_request_of_one_account_for_a_day(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let ann = test.person("Ann Example", Role::Regular).await.id;
    let ben = test.person("Ben Example", Role::Regular).await.id;
    let key = Key::parse("order 1", &[b"body"]).unwrap();
    let other = Key::parse("order 1", &[b"another body"]).unwrap();
    let (first, second) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));

    let claimed = async |account, key: &Key, made| {
        let mut tx = test.app.db.begin_write().await.unwrap();
        let claimed = claim(&mut tx, account, key, made, test.now()).await;
        tx.commit().await.unwrap();
        claimed
    };
    assert_eq!(claimed(ann, &key, first).await.unwrap(), Claim::First);
    assert_eq!(claimed(ann, &key, second).await.unwrap(), Claim::Repeated { made: first });
    assert!(matches!(claimed(ann, &other, second).await, Err(Error::Refused(Refusal::IdempotencyKeyReused))));
    assert_eq!(claimed(ben, &other, second).await.unwrap(), Claim::First);

    test.clock.advance(std::time::Duration::from_hours(24));
    assert_eq!(claimed(ann, &other, second).await.unwrap(), Claim::First);
    assert_eq!(sweep(&test.app).await.unwrap(), 1, "Ben's key is old as well");
    test.finish().await;
}

#[tokio::test]
async fn a_key_of_a_creation_that_was_undone_is_free_again() {
    let test = TestApp::new(Which::Sqlite).await;
    let ann = test.person("Ann Example", Role::Regular).await.id;
    let key = Key::parse("order 1", &[b"body"]).unwrap();
    let mut tx = test.app.db.begin_write().await.unwrap();
    claim(&mut tx, ann, &key, uuid::Uuid::from_u128(1), test.now()).await.unwrap();
    drop(tx);
    let mut tx = test.app.db.begin_write().await.unwrap();
    assert_eq!(claim(&mut tx, ann, &key, uuid::Uuid::from_u128(2), test.now()).await.unwrap(), Claim::First);
    tx.commit().await.unwrap();
    test.finish().await;
}
