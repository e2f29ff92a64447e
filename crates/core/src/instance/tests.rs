//! Tests of this noun.
use rstest::rstest;

use super::*;
use crate::clock::SystemClock;
use crate::db::testing::{TestDb, Which};
use crate::ids::SystemEntropy;

async fn joined(db: &Db, keys: &Keys, folder: Option<Uuid>) -> Result<Uuid, Mismatch> {
    join(db, keys, folder, &SystemClock::new(), &SystemEntropy).await
}

#[rstest]
#[tokio::test]
async fn the_first_start_binds_database_key_and_folder(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestDb::new(which).await;
    let keys = Keys::from_master(&[1; 32]);
    assert_eq!(recorded(&test.db).await.unwrap(), None);
    let id = joined(&test.db, &keys, None).await.unwrap();
    assert_eq!(joined(&test.db, &keys, Some(id)).await.unwrap(), id);
    // A second machine at the same database has a folder of its own.
    assert_eq!(joined(&test.db, &keys, None).await.unwrap(), id);
    assert_eq!(recorded(&test.db).await.unwrap().map(|known| known.id), Some(id));
}

#[rstest]
#[tokio::test]
async fn another_key_file_is_refused(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestDb::new(which).await;
    let id = joined(&test.db, &Keys::from_master(&[1; 32]), None).await.unwrap();
    let refused = joined(&test.db, &Keys::from_master(&[2; 32]), Some(id)).await.unwrap_err();
    assert!(matches!(refused, Mismatch::ForeignKey), "{refused:?}");
}

#[rstest]
#[tokio::test]
async fn a_folder_of_another_database_is_refused_also_by_a_new_one(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let (old, new) = (TestDb::new(which).await, TestDb::new(which).await);
    let keys = Keys::from_master(&[1; 32]);
    let id = joined(&old.db, &keys, None).await.unwrap();
    let refused = joined(&new.db, &keys, Some(id)).await.unwrap_err();
    assert!(matches!(refused, Mismatch::ForeignFolder), "{refused:?}");
    assert_eq!(recorded(&new.db).await.unwrap(), None, "a refusal must not make the new database look at home");
    joined(&new.db, &keys, None).await.unwrap();
    let refused = joined(&new.db, &keys, Some(id)).await.unwrap_err();
    assert!(matches!(refused, Mismatch::ForeignFolder), "{refused:?}");
}
