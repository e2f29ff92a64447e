//! Jobs: due ones run once, claimed ones come back, hopeless ones are seen.
use rstest::rstest;

use super::run::{CLAIM, claim, run, run_due};
use super::*;
use crate::blob::{BlobId, Fault, Faulty, MemoryStore, Operation};
use crate::db::testing::Which;
use crate::testing::TestApp;

async fn put(test: &TestApp, id: uuid::Uuid) {
    test.app.blobs.append(BlobId(id), 0).await.unwrap().complete(0).await.unwrap();
}

async fn enqueue_erasure(test: &TestApp, id: uuid::Uuid, wait: Duration) {
    let mut tx = test.app.db.begin_write().await.unwrap();
    enqueue(&mut tx, &test.app, Job::EraseBlob { id }, later(test.now(), wait)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn counts(test: &TestApp) -> (u64, u64) {
    store::counts(&mut test.app.db.read().await.unwrap()).await.unwrap()
}

fn new_id(test: &TestApp) -> uuid::Uuid {
    crate::ids::new_uuid(test.now(), &*test.app.entropy)
}

#[rstest]
#[tokio::test]
async fn a_job_runs_when_it_is_due_and_then_is_gone(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let id = new_id(&test);
    put(&test, id).await;
    enqueue_erasure(&test, id, Duration::from_secs(5)).await;
    let due = store::next_due(&mut test.app.db.read().await.unwrap()).await.unwrap();
    assert_eq!(due, Some(later(test.now(), Duration::from_secs(5))));
    test.clock.advance(Duration::from_millis(4_999));
    assert_eq!(run_due(&test.app).await.unwrap(), 0);
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(run_due(&test.app).await.unwrap(), 1);
    assert!(test.app.blobs.open(BlobId(id)).await.is_err());
    assert_eq!((counts(&test).await, run_due(&test.app).await.unwrap()), ((0, 0), 0));
    assert_eq!(store::next_due(&mut test.app.db.read().await.unwrap()).await.unwrap(), None);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_claimed_job_belongs_to_one_and_comes_back_after_a_crash(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    for _ in 0..20 {
        enqueue_erasure(&test, new_id(&test), Duration::ZERO).await;
    }
    let claims = (0..10).map(|_| claim(&test.app, 3));
    let claimed: Vec<_> = futures_util::future::join_all(claims).await.into_iter().flat_map(Result::unwrap).collect();
    let mut ids: Vec<_> = claimed.iter().map(|job| job.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((claimed.len(), ids.len()), (20, 20), "each by one");
    for job in &claimed[..5] {
        assert_eq!(run(&test.app, job).await.unwrap(), Outcome::Done);
    }
    test.clock.advance(CLAIM.saturating_sub(Duration::from_millis(1)));
    assert!(claim(&test.app, 100).await.unwrap().is_empty());
    let due = store::next_due(&mut test.app.db.read().await.unwrap()).await.unwrap();
    assert_eq!(due, Some(later(test.now(), Duration::from_millis(1))));
    test.clock.advance(Duration::from_millis(1));
    let again = claim(&test.app, 100).await.unwrap();
    assert_eq!(again.len(), 15);
    assert!(again.iter().all(|job| job.attempts == 2));
    for job in &again {
        run(&test.app, job).await.unwrap();
    }
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_failing_job_is_tried_again_later_and_later(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let clock = std::sync::Arc::new(crate::clock::ManualClock::at(crate::testing::START.parse().unwrap()));
    let faulty = Faulty::new(std::sync::Arc::new(MemoryStore::new(clock)));
    let test = TestApp::with_blobs(which, std::sync::Arc::new(faulty.clone())).await;
    faulty.fail_all_of(Operation::Delete, Fault::Unavailable);
    enqueue_erasure(&test, new_id(&test), Duration::ZERO).await;
    for wait_s in [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600] {
        assert_eq!(run_due(&test.app).await.unwrap(), 1);
        test.clock.advance(Duration::from_secs(wait_s).saturating_sub(Duration::from_millis(1)));
        assert_eq!(run_due(&test.app).await.unwrap(), 0, "before {wait_s} s are over");
        test.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(counts(&test).await, (1, 0));
    faulty.heal();
    assert_eq!(run_due(&test.app).await.unwrap(), 1);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn bytes_that_a_row_promises_are_never_erased_by_a_wrong_job(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let account = test.person("Anna", crate::account::Role::Regular).await;
    let actor = test.actor(&account).await;
    let new = crate::package::tests::new_package("T", &[]);
    let draft = crate::package::create::create(&test.app, &actor, new).await.unwrap();
    let file = test.file(&actor, draft.package.id, "a", b"alpha").await;
    let path = crate::file::name::RelativePath::parse("b").unwrap();
    let new = crate::upload::begin::NewUpload {
        path,
        size: Some(3),
        sha256: None,
        resumable: true,
        client_metadata: String::new(),
    };
    let open = crate::upload::begin::begin(&test.app, &actor, draft.package.id, new).await.unwrap();
    enqueue_erasure(&test, file.blob_id, Duration::ZERO).await;
    enqueue_erasure(&test, open.upload.blob_id, Duration::ZERO).await;
    run_due(&test.app).await.unwrap();
    test.app.blobs.open(BlobId(file.blob_id)).await.expect("still there");
    assert_eq!(counts(&test).await, (0, 2), "an operator sees them");
    assert_eq!(run_due(&test.app).await.unwrap(), 0, "and they are not tried again");
}
