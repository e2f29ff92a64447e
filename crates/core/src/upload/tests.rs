//! Uploads: offsets, interruptions, faults of the disk at every call, and what stands in the package afterwards.
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use rstest::rstest;
use sha2::{Digest as _, Sha256};

use super::begin::{Begun, NewUpload, begin};
use super::drop_upload::{drop_upload, give_up, terminate};
use super::look::look;
use super::receive::{Chunk, Received, Receiver, open};
use super::*;
use crate::access::{Actor, Origin};
use crate::account::Role;
use crate::app::App;
use crate::blob::{
    BlobEntry, BlobId, BlobReader, BlobStore, BufferPool, Fault, Faulty, MemoryStore, Operation, PartialBlob, Space,
    read_at,
};
use crate::clock::ManualClock;
use crate::db::testing::Which;
use crate::error::{Error, LinkEnd, Refusal, Result};
use crate::file::name::RelativePath;
use crate::package::create::create;
use crate::package::delete::{delete, undelete};
use crate::package::finalize::{Unfinished, finalize};
use crate::package::revoke::revoke;
use crate::package::show::show;
use crate::package::tests::new_package;
use crate::package::{File, PackageView};
use crate::testing::{START, TestApp};
use crate::{limits, sql};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(START.parse().unwrap()))
}

async fn draft(test: &TestApp) -> (Actor, PackageView) {
    let account = test.person("Anna", Role::Regular).await;
    let actor = test.actor(&account).await;
    let view = create(&test.app, &actor, new_package("T", &["ben@example.com"])).await.unwrap();
    (actor, view)
}

fn new(path: &str, size: impl Into<Option<u64>>) -> NewUpload {
    NewUpload {
        path: RelativePath::parse(path).unwrap(),
        size: size.into(),
        sha256: None,
        resumable: true,
        client_metadata: String::new(),
    }
}

async fn start(test: &TestApp, actor: &Actor, view: &PackageView, new: NewUpload) -> (Begun, String) {
    let begun = begin(&test.app, actor, view.package.id, new).await.unwrap();
    let token = begun.token.reveal();
    (begun, token)
}

async fn at<'a>(app: &'a App, token: &str, offset: u64) -> Result<Receiver<'a>> {
    open(app, token, offset, None, Chunk::Plain).await
}

async fn put(receiver: &mut Receiver<'_>, bytes: &[u8]) -> Result<()> {
    receiver.write(Bytes::copy_from_slice(bytes)).await
}

/// Sends `bytes` at `offset` and ends the request.
async fn send(app: &App, token: &str, offset: u64, bytes: &[u8]) -> Result<Received> {
    let mut receiver = at(app, token, offset).await?;
    put(&mut receiver, bytes).await?;
    receiver.end(&Origin::default()).await
}

fn whole(received: Result<Received>) -> super::finish::Finished {
    match received {
        Ok(Received::Whole(finished)) => finished,
        other => panic!("not whole: {other:?}"),
    }
}

fn partly(received: Result<Received>) -> u64 {
    match received {
        Ok(Received::Partly { offset }) => offset,
        other => panic!("not partly: {other:?}"),
    }
}

fn is_gone<T: std::fmt::Debug>(answer: Result<T>) {
    assert!(matches!(answer, Err(Error::Gone(LinkEnd::Unknown))), "{answer:?}");
}

async fn content(app: &App, file: &File) -> Vec<u8> {
    let reader = app.blobs.open(BlobId(file.blob_id)).await.expect("a row's blob is there");
    let pool = BufferPool::new(1 << 20);
    let mut all = Vec::new();
    while crate::account::count(all.len()) < reader.size() {
        let bytes = read_at(&*reader, &pool, crate::account::count(all.len()), 1 << 16).await.unwrap();
        all.extend_from_slice(&bytes);
    }
    all
}

/// Every file of the package has its blob, with the length and digest that its row promises.
async fn check_promises(test: &TestApp, actor: &Actor, view: &PackageView) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for file in show(&test.app, actor, view.package.id).await.unwrap().files {
        let bytes = content(&test.app, &file).await;
        assert_eq!(crate::account::count(bytes.len()), file.size);
        assert_eq!(<[u8; 32]>::from(Sha256::digest(&bytes)), file.sha256);
        assert_eq!(crc32fast::hash(&bytes), file.crc32);
        all.push((file.relative_path, bytes));
    }
    all
}

async fn blobs(test: &TestApp) -> usize {
    test.app.blobs.list().collect::<Vec<_>>().await.len()
}

#[rstest]
#[tokio::test]
async fn a_file_arrives_in_pieces_over_several_requests(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("folder/hello.txt", 11)).await;
    assert_eq!(partly(send(&test.app, &token, 0, b"hello").await), 5);
    assert_eq!(look(&test.app, &token).await.unwrap().received, 5);
    for wrong in [0, 4, 6, 11] {
        let refused = at(&test.app, &token, wrong).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::OffsetMismatch { offset: 5 }))), "{refused:?}");
    }
    let mut receiver = at(&test.app, &token, 5).await.unwrap();
    assert_eq!(receiver.room(), Some(6));
    put(&mut receiver, b"").await.unwrap();
    put(&mut receiver, b" wor").await.unwrap();
    test.clock.advance(Duration::from_millis(250));
    put(&mut receiver, b"ld").await.unwrap();
    let too_much = put(&mut receiver, b"!").await;
    assert!(matches!(too_much, Err(Error::TooLarge { limit_bytes: 11 })), "{too_much:?}");
    let finished = whole(receiver.end(&Origin::default()).await);
    let file = &finished.file;
    assert_eq!((file.relative_path.as_str(), file.size, finished.already_there), ("folder/hello.txt", 11, false));
    assert_eq!((file.wire_bytes, file.wire_ms, file.content_type.as_str()), (11, 250, "text/plain"));
    assert_eq!(check_promises(&test, &actor, &view).await, [("folder/hello.txt".into(), b"hello world".to_vec())]);
    let there = look(&test.app, &token).await.unwrap();
    assert_eq!((there.received, there.file_id), (11, Some(file.id)));
    for offset in [0, 11] {
        assert!(matches!(at(&test.app, &token, offset).await, Err(Error::Refused(Refusal::UploadFinished))));
    }
    assert!(matches!(
        terminate(&test.app, &Origin::default(), &token).await,
        Err(Error::Refused(Refusal::UploadFinished))
    ));
    let shown = show(&test.app, &actor, view.package.id).await.unwrap();
    assert_eq!((shown.package.file_count, shown.package.total_bytes, shown.uploads.len()), (1, 11, 0));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_empty_file_is_a_file(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("empty", 0)).await;
    whole(at(&test.app, &token, 0).await.unwrap().end(&Origin::default()).await);
    // Created and never sent anything: the first look makes it true that nothing is missing.
    let (_, token) = start(&test, &actor, &view, new("empty too", 0)).await;
    assert!(look(&test.app, &token).await.unwrap().finished_at.is_some());
    let files = check_promises(&test, &actor, &view).await;
    assert_eq!(files, [("empty".into(), Vec::new()), ("empty too".into(), Vec::new())]);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_length_may_be_told_later_but_only_once(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("a", None)).await;
    let told = |offset, size| open(&test.app, &token, offset, Some(size), Chunk::Plain);
    assert_eq!(partly(send(&test.app, &token, 0, b"abc").await), 3);
    assert!(matches!(told(3, 2).await, Err(Error::ContentMismatch)), "less than what came");
    assert!(matches!(told(3, limits::FILE_BYTES_MAX + 1).await, Err(Error::TooLarge { .. })));
    drop(told(3, 5).await.unwrap());
    assert!(matches!(told(3, 6).await, Err(Error::ContentMismatch)));
    whole(send(&test.app, &token, 3, b"de").await);

    let (_, token) = start(&test, &actor, &view, new("b", None)).await;
    assert_eq!(partly(send(&test.app, &token, 0, b"xyz").await), 3);
    drop(open(&test.app, &token, 3, Some(3), Chunk::Plain).await.unwrap());
    let there = look(&test.app, &token).await.unwrap();
    assert!(there.finished_at.is_some(), "an offset at the length means complete, so it is");

    let (_, token) = start(&test, &actor, &view, new("c", None)).await;
    let mut receiver = at(&test.app, &token, 0).await.unwrap();
    put(&mut receiver, b"whole").await.unwrap();
    assert_eq!(receiver.end_as_whole(&Origin::default()).await.unwrap().file.size, 5);
    let paths: Vec<_> = check_promises(&test, &actor, &view).await.into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["a", "b", "c"]);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_killed_server_costs_only_what_was_not_acknowledged(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let store = MemoryStore::new(clock());
    let test = TestApp::with_blobs(which, Arc::new(store.clone())).await;
    let (actor, view) = draft(&test).await;
    let megabyte = vec![7_u8; 1 << 20];
    let size = 4 * (1 << 20) + 3;
    let (_, token) = start(&test, &actor, &view, new("big", size)).await;
    let mut receiver = at(&test.app, &token, 0).await.unwrap();
    put(&mut receiver, &megabyte).await.unwrap();
    assert_eq!(look_at_row(&test, &token).await.received, 0);
    test.clock.advance(Duration::from_secs(10));
    put(&mut receiver, &megabyte).await.unwrap();
    let stored = look_at_row(&test, &token).await;
    assert_eq!(stored.received, 2 << 20, "after ten seconds what came is acknowledged");
    put(&mut receiver, &megabyte).await.unwrap();
    drop(receiver);
    store.power_cut();
    let there = look(&test.app, &token).await.unwrap();
    assert_eq!(there.received, 2 << 20);
    let mut receiver = at(&test.app, &token, 2 << 20).await.unwrap();
    put(&mut receiver, &megabyte).await.unwrap();
    put(&mut receiver, &megabyte).await.unwrap();
    put(&mut receiver, b"end").await.unwrap();
    whole(receiver.end(&Origin::default()).await);
    let files = check_promises(&test, &actor, &view).await;
    assert_eq!(crate::account::count(files[0].1.len()), size);
    test.finish().await;
}

async fn look_at_row(test: &TestApp, token: &str) -> Upload {
    super::look::by_token(&test.app, token).await.unwrap()
}

#[tokio::test]
async fn what_trickles_in_is_acknowledged_within_a_minute_and_never_swept() {
    let test = TestApp::new(Which::Sqlite).await;
    let (actor, view) = draft(&test).await;
    let slow = NewUpload { resumable: false, ..new("slow", 100) };
    let (_, token) = start(&test, &actor, &view, slow).await;
    let mut receiver = at(&test.app, &token, 0).await.unwrap();
    for _ in 0..10 {
        test.clock.advance(Duration::from_mins(1));
        put(&mut receiver, b"x").await.unwrap();
        sweep::sweep(&test.app).await.unwrap();
    }
    assert_eq!(look_at_row(&test, &token).await.received, 10);
    test.clock.advance(Duration::from_mins(30));
    assert_eq!(sweep::sweep(&test.app).await.unwrap(), 0, "it is still being written here");
    drop(receiver);
    assert_eq!(sweep::sweep(&test.app).await.unwrap(), 1, "a plain upload whose connection is gone is dropped");
    is_gone(look(&test.app, &token).await);
    test.settle().await;
    assert_eq!(blobs(&test).await, 0);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_unfinished_upload_is_kept_for_a_week_and_not_longer(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("a", 10)).await;
    partly(send(&test.app, &token, 0, b"abc").await);
    test.clock.advance(Duration::from_hours(7 * 24));
    assert_eq!(sweep::sweep(&test.app).await.unwrap(), 0);
    assert_eq!(look(&test.app, &token).await.unwrap().received, 3);
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(sweep::sweep(&test.app).await.unwrap(), 1);
    is_gone(look(&test.app, &token).await);
    is_gone(at(&test.app, &token, 3).await);
    test.settle().await;
    assert_eq!(blobs(&test).await, 0);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_chunk_with_a_wrong_checksum_leaves_the_offset_and_the_digest_as_they_were(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("a", 6)).await;
    partly(send(&test.app, &token, 0, b"abc").await);
    let checked = || open(&test.app, &token, 3, None, Chunk::Checksummed);
    let mut receiver = checked().await.unwrap();
    test.clock.advance(Duration::from_mins(10));
    put(&mut receiver, b"XY").await.unwrap();
    assert_eq!(receiver.refuse().await.unwrap(), 3);
    let mut receiver = checked().await.unwrap();
    put(&mut receiver, b"XYZ").await.unwrap();
    assert_eq!(partly(receiver.interrupt(&Origin::default()).await), 3, "nobody can check it any more");
    let mut receiver = checked().await.unwrap();
    put(&mut receiver, b"XY").await.unwrap();
    drop(receiver);
    assert_eq!(look(&test.app, &token).await.unwrap().received, 3);
    let mut receiver = checked().await.unwrap();
    put(&mut receiver, b"def").await.unwrap();
    whole(receiver.end(&Origin::default()).await);
    assert_eq!(check_promises(&test, &actor, &view).await, [("a".into(), b"abcdef".to_vec())]);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn bytes_with_another_digest_than_announced_never_become_a_file(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let announced = NewUpload { sha256: Some(Sha256::digest(b"right").into()), ..new("a", 5) };
    let (_, token) = start(&test, &actor, &view, announced.clone()).await;
    assert!(matches!(send(&test.app, &token, 0, b"wrong").await, Err(Error::ContentMismatch)));
    is_gone(look(&test.app, &token).await);
    is_gone(at(&test.app, &token, 0).await);
    let (_, token) = start(&test, &actor, &view, announced).await;
    whole(send(&test.app, &token, 0, b"right").await);
    test.settle().await;
    assert_eq!(blobs(&test).await, 1);
    check_promises(&test, &actor, &view).await;
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_body_that_is_shorter_than_announced_is_not_whole(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let (begun, token) = start(&test, &actor, &view, NewUpload { resumable: false, ..new("a", 5) }).await;
    let mut receiver = at(&test.app, &token, 0).await.unwrap();
    put(&mut receiver, b"abc").await.unwrap();
    assert!(matches!(receiver.end_as_whole(&Origin::default()).await, Err(Error::ContentMismatch)));
    give_up(&test.app, &Origin::default(), &begun.upload).await.unwrap();
    give_up(&test.app, &Origin::default(), &begun.upload).await.expect("repeatable");
    test.settle().await;
    assert_eq!((blobs(&test).await, check_promises(&test, &actor, &view).await.len()), (0, 0), "nothing is left");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_newer_connection_takes_over_and_goes_on_where_the_old_one_stopped(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("a", 6)).await;
    let mut old = at(&test.app, &token, 0).await.unwrap();
    put(&mut old, b"abc").await.unwrap();
    let stop = old.stop();
    let leaving = async {
        stop.cancelled().await;
        old.interrupt(&Origin::default()).await
    };
    let (there, left) = tokio::join!(look(&test.app, &token), leaving);
    assert_eq!((there.unwrap().received, partly(left)), (3, 3));

    // Two at the same offset: one wins, and the file is not a mixture.
    let (a, b) = tokio::join!(send(&test.app, &token, 3, b"def"), send(&test.app, &token, 3, b"DEF"));
    let lost = if matches!(a, Ok(Received::Whole(_))) { b } else { a };
    assert!(matches!(lost, Err(Error::Refused(Refusal::UploadFinished))), "{lost:?}");
    let (_, bytes) = check_promises(&test, &actor, &view).await.remove(0);
    assert!(bytes == b"abcdef" || bytes == b"abcDEF", "{bytes:?}");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_holder_or_the_owner_can_drop_an_upload(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let origin = Origin::default();
    let (_, token) = start(&test, &actor, &view, new("a", 6)).await;
    partly(send(&test.app, &token, 0, b"abc").await);
    terminate(&test.app, &origin, &token).await.unwrap();
    is_gone(terminate(&test.app, &origin, &token).await);
    is_gone(look(&test.app, &token).await);
    let (begun, token) = start(&test, &actor, &view, new("b", 6)).await;
    let mut receiver = at(&test.app, &token, 0).await.unwrap();
    put(&mut receiver, b"ab").await.unwrap();
    let eve = test.person("Eve", Role::Regular).await;
    let eve = test.actor(&eve).await;
    let id = begun.upload.id;
    assert!(matches!(drop_upload(&test.app, &eve, view.package.id, id).await, Err(Error::NotFound)));
    drop_upload(&test.app, &actor, view.package.id, id).await.unwrap();
    assert!(receiver.stop().is_cancelled());
    is_gone(receiver.interrupt(&origin).await);
    assert!(matches!(drop_upload(&test.app, &actor, view.package.id, id).await, Err(Error::NotFound)));
    test.settle().await;
    assert_eq!(blobs(&test).await, 0);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_same_file_is_one_file_and_another_stands_beside_it(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let arrive = async |path: &str, bytes: &'static [u8]| {
        let (_, token) = start(&test, &actor, &view, new(path, crate::account::count(bytes.len()))).await;
        let finished = whole(send(&test.app, &token, 0, bytes).await);
        (finished.file.relative_path.clone(), finished.already_there)
    };
    assert_eq!(arrive("in/scan.pdf", b"one").await, ("in/scan.pdf".into(), false));
    assert_eq!(arrive("in/scan.pdf", b"one").await, ("in/scan.pdf".into(), true));
    assert_eq!(arrive("in/scan.pdf", b"two").await, ("in/scan (2).pdf".into(), false));
    assert_eq!(arrive("in/SCAN.PDF", b"six").await, ("in/SCAN (3).PDF".into(), false), "differs by case alone");
    assert_eq!(arrive("in/scan.pdf", b"two").await, ("in/scan (2).pdf".into(), true), "a retried one too");
    assert_eq!(arrive("in/other.pdf", b"two").await, ("in/other.pdf".into(), false), "another path is another file");
    assert_eq!(arrive("in/other.pdf", b"one").await, ("in/other (2).pdf".into(), false));
    assert_eq!(arrive("scan.pdf", b"one").await, ("scan.pdf".into(), false));
    test.settle().await;
    assert_eq!((blobs(&test).await, check_promises(&test, &actor, &view).await.len()), (6, 6));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn files_of_one_name_that_finish_together_all_stay(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let arrivals = (0..24_u8).map(|n| {
        let (test, actor, view) = (&test, &actor, &view);
        async move {
            let (_, token) = start(test, actor, view, new("scan.pdf", 1)).await;
            // Eight contents, each three times.
            whole(send(&test.app, &token, 0, &[n % 8]).await).already_there
        }
    });
    let there = futures_util::future::join_all(arrivals).await.into_iter().filter(|there| *there).count();
    assert_eq!(there, 16);
    let mut files = check_promises(&test, &actor, &view).await;
    files.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(files.iter().map(|(_, bytes)| bytes[0]).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
    let shown = show(&test.app, &actor, view.package.id).await.unwrap();
    assert_eq!((shown.package.file_count, shown.package.total_bytes), (8, 8));
    test.settle().await;
    assert_eq!(blobs(&test).await, 8);
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn revoking_cuts_uploads_and_leaves_none_of_their_bytes(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let id = view.package.id;
    test.file(&actor, id, "first", b"first").await;
    finalize(&test.app, &actor, id, Unfinished::Refuse).await.unwrap();
    let (_, token) = start(&test, &actor, &view, new("late", 4)).await;
    let (_, unopened) = start(&test, &actor, &view, new("later", 4)).await;
    let mut receiver = at(&test.app, &token, 0).await.unwrap();
    put(&mut receiver, b"late").await.unwrap();
    revoke(&test.app, &actor, id).await.unwrap();
    assert!(receiver.stop().is_cancelled());
    is_gone(at(&test.app, &unopened, 0).await);
    is_gone(look(&test.app, &unopened).await);
    // The writer got all its bytes and did not notice: it comes too late, before or after the erasure.
    is_gone(receiver.end(&Origin::default()).await);
    test.settle().await;
    assert_eq!(blobs(&test).await, 0);
    let refused = begin(&test.app, &actor, id, new("x", 1)).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Revoked))));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_upload_of_a_deleted_package_rests_until_the_deletion_is_taken_back(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let id = view.package.id;
    let (_, token) = start(&test, &actor, &view, new("a", 4)).await;
    let mut receiver = at(&test.app, &token, 0).await.unwrap();
    put(&mut receiver, b"abcd").await.unwrap();
    delete(&test.app, &actor, id).await.unwrap();
    assert!(receiver.stop().is_cancelled());
    is_gone(receiver.end(&Origin::default()).await);
    is_gone(look(&test.app, &token).await);
    undelete(&test.app, &actor, id).await.unwrap();
    let there = look(&test.app, &token).await.unwrap();
    assert!(there.finished_at.is_some(), "all its bytes were there");
    assert_eq!(check_promises(&test, &actor, &view).await, [("a".into(), b"abcd".to_vec())]);
    test.clock.advance(Duration::from_secs(10));
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_upload_that_is_under_way_when_a_rule_ends_its_package_may_finish(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let id = view.package.id;
    test.file(&actor, id, "first", b"first").await;
    let ends = finalize(&test.app, &actor, id, Unfinished::Refuse).await.unwrap().package.ends_at;
    let (_, token) = start(&test, &actor, &view, new("late", 4)).await;
    partly(send(&test.app, &token, 0, b"la").await);
    test.clock.jump_to(ends.unwrap());
    whole(send(&test.app, &token, 2, b"te").await);
    assert!(matches!(begin(&test.app, &actor, id, new("x", 1)).await, Err(Error::Refused(Refusal::Ended))));
    let shown = show(&test.app, &actor, id).await.unwrap();
    assert_eq!((shown.status, shown.package.file_count), (crate::policy::Status::Expired, 2));
    test.finish().await;
}

#[tokio::test]
async fn a_package_holds_so_many_files_and_unfinished_uploads_and_no_more() {
    let test = TestApp::new(Which::Sqlite).await;
    let (actor, view) = draft(&test).await;
    let mut tx = test.app.db.begin_write().await.unwrap();
    let almost = limits::FILES_PER_PACKAGE_MAX - 1;
    sql!(tx, run, "UPDATE packages SET file_count = $2 WHERE id = $1", view.package.id, almost).unwrap();
    tx.commit().await.unwrap();
    start(&test, &actor, &view, new("the last", 1)).await;
    assert!(matches!(begin(&test.app, &actor, view.package.id, new("one more", 1)).await, Err(Error::Invalid(_))));
    let too_large = begin(&test.app, &actor, view.package.id, new("x", limits::FILE_BYTES_MAX + 1)).await;
    assert!(matches!(too_large, Err(Error::TooLarge { .. })));
}

/// A store that says how much room it has left.
#[derive(Debug)]
struct Small(MemoryStore, u64);

#[async_trait]
impl BlobStore for Small {
    async fn append(&self, id: BlobId, offset: u64) -> crate::blob::Result<Box<dyn PartialBlob>> {
        self.0.append(id, offset).await
    }
    async fn complete(&self, id: BlobId, size: u64) -> crate::blob::Result<()> {
        self.0.complete(id, size).await
    }
    async fn open(&self, id: BlobId) -> crate::blob::Result<Arc<dyn BlobReader>> {
        self.0.open(id).await
    }
    async fn delete(&self, id: BlobId) -> crate::blob::Result<()> {
        self.0.delete(id).await
    }
    fn list(&self) -> BoxStream<'_, crate::blob::Result<BlobEntry>> {
        self.0.list()
    }
    async fn space(&self) -> crate::blob::Result<Space> {
        let free = limits::DISK_RESERVE_BYTES + self.1;
        Ok(Space { free_bytes: Some(free), free_inodes: None })
    }
    async fn probe(&self) -> crate::blob::Result<()> {
        Ok(())
    }
}

#[rstest]
#[tokio::test]
async fn declared_bytes_are_reserved_so_that_parallel_uploads_never_fill_the_disk_together(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::with_blobs(which, Arc::new(Small(MemoryStore::new(clock()), 100))).await;
    let (actor, view) = draft(&test).await;
    let id = view.package.id;
    let all = (0..10).map(|n| begin(&test.app, &actor, id, new(&format!("f{n}"), 30)));
    let all = futures_util::future::join_all(all).await;
    let (begun, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    assert_eq!(begun.len(), 3);
    assert!(refused.iter().all(|r| matches!(r, Err(Error::NoSpace))));
    let (_, token) = start(&test, &actor, &view, new("exactly", 10)).await;
    assert!(matches!(begin(&test.app, &actor, id, new("one more", 1)).await, Err(Error::NoSpace)));
    let (_, deferred) = start(&test, &actor, &view, new("unknown", None)).await;
    let told = open(&test.app, &deferred, 0, Some(1), Chunk::Plain).await;
    assert!(matches!(told, Err(Error::NoSpace)), "{told:?}");
    terminate(&test.app, &Origin::default(), &token).await.unwrap();
    open(&test.app, &deferred, 0, Some(10), Chunk::Plain).await.expect("what was dropped is free again");
    test.finish().await;
}

#[rstest]
#[tokio::test]
async fn bytes_of_an_undeclared_length_leave_the_disk_what_it_must_keep_and_what_others_were_promised(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let test = TestApp::with_blobs(which, Arc::new(Small(MemoryStore::new(clock()), 100))).await;
    let (actor, view) = draft(&test).await;
    start(&test, &actor, &view, new("promised", 40)).await;
    let (_, token) = start(&test, &actor, &view, new("unknown", None)).await;
    let mut writer = open(&test.app, &token, 0, None, Chunk::Plain).await.unwrap();
    writer.write(Bytes::from_static(&[7; 60])).await.expect("sixty bytes are free");
    writer.end(&Origin::default()).await.unwrap();
    let mut writer = open(&test.app, &token, 60, None, Chunk::Plain).await.unwrap();
    let refused = writer.write(Bytes::from_static(&[7; 61])).await;
    assert!(matches!(refused, Err(Error::NoSpace)), "{refused:?}");
    assert_eq!(writer.refuse().await.unwrap(), 60, "what was acknowledged stays");
    test.finish().await;
}

/// One client that never gives up: creates the upload, sends in pieces, asks where it stands after each failure, and
/// creates a new one when the old one is gone. Answers what was acknowledged at the end.
async fn stubborn_client(test: &TestApp, actor: &Actor, view: &PackageView, bytes: &[u8]) -> bool {
    let size = crate::account::count(bytes.len());
    let mut token: Option<String> = None;
    let mut acknowledged = 0;
    for _ in 0..20 {
        let Some(current) = token.clone() else {
            if let Ok(begun) = begin(&test.app, actor, view.package.id, new("file", size)).await {
                (token, acknowledged) = (Some(begun.token.reveal()), 0);
            }
            continue;
        };
        let there = match look(&test.app, &current).await {
            Ok(there) => there,
            Err(Error::Gone(_)) => {
                token = None;
                continue;
            }
            Err(_) => continue,
        };
        assert!(there.received >= acknowledged, "an acknowledged offset went back");
        acknowledged = there.received;
        if there.received == size {
            assert!(there.finished_at.is_some(), "an offset at the length means complete");
            return true;
        }
        let from = usize::try_from(there.received).unwrap();
        let to = (from + 4).min(bytes.len());
        match send(&test.app, &current, there.received, &bytes[from..to]).await {
            Ok(Received::Whole(_)) => return true,
            Ok(Received::Partly { offset }) => acknowledged = offset,
            Err(_) => {}
        }
    }
    false
}

#[rstest]
#[tokio::test]
async fn whatever_call_of_the_store_fails_the_file_arrives_whole_and_once(
    #[values(Fault::NoSpace, Fault::Unavailable, Fault::TornWrite, Fault::LostFlush, Fault::LostAnswer)] fault: Fault,
) {
    let bytes = b"a file of eighteen";
    let mut nth = 1;
    loop {
        let store = MemoryStore::new(clock());
        let faulty = Faulty::new(Arc::new(store.clone()));
        let test = TestApp::with_blobs(Which::Sqlite, Arc::new(faulty.clone())).await;
        let (actor, view) = draft(&test).await;
        faulty.fail_nth(nth, fault);
        assert!(stubborn_client(&test, &actor, &view, bytes).await, "{fault:?} at call {nth}");
        let calls = faulty.calls();
        faulty.heal();
        let files = check_promises(&test, &actor, &view).await;
        assert_eq!(files, [("file".into(), bytes.to_vec())], "{fault:?} at call {nth}");
        test.clock.advance(Duration::from_hours(8 * 24));
        sweep::sweep(&test.app).await.unwrap();
        test.settle().await;
        assert_eq!(blobs(&test).await, 1, "litter after {fault:?} at call {nth}");
        test.finish().await;
        if nth > calls {
            assert!(nth > 15, "the faults never came");
            return;
        }
        nth += 1;
    }
}

#[rstest]
#[tokio::test]
async fn a_power_cut_at_any_moment_takes_nothing_that_was_acknowledged(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let bytes = b"0123456789";
    for cut_after in 0..4 {
        let store = MemoryStore::new(clock());
        let test = TestApp::with_blobs(which, Arc::new(store.clone())).await;
        let (actor, view) = draft(&test).await;
        let (_, token) = start(&test, &actor, &view, new("file", 10)).await;
        for (step, part) in bytes.chunks(3).enumerate() {
            let offset = look(&test.app, &token).await.unwrap().received;
            let mut receiver = at(&test.app, &token, offset).await.unwrap();
            put(&mut receiver, part).await.unwrap();
            if step == cut_after {
                store.power_cut();
                assert!(receiver.end(&Origin::default()).await.is_err());
                let mut receiver = at(&test.app, &token, offset).await.unwrap();
                put(&mut receiver, part).await.unwrap();
                receiver.end(&Origin::default()).await.unwrap();
            } else {
                receiver.end(&Origin::default()).await.unwrap();
            }
        }
        assert_eq!(check_promises(&test, &actor, &view).await, [("file".into(), bytes.to_vec())]);
        test.finish().await;
    }
}

/// After `partial.complete` the commit fails: a savage way to have it fail is to take the row's table away.
#[rstest]
#[tokio::test]
async fn a_complete_blob_whose_commit_failed_is_caught_up_with_by_the_next_look_or_patch(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
    #[values(true, false)] by_look: bool,
    #[values(Some(10), None)] size: Option<u64>,
) {
    let test = TestApp::new(which).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("file", size)).await;
    assert_eq!(partly(send(&test.app, &token, 0, b"0123").await), 4);
    rename(&test, "ALTER TABLE files RENAME TO files_away").await;
    let mut receiver = at(&test.app, &token, 4).await.unwrap();
    put(&mut receiver, b"456789").await.unwrap();
    let failed = receiver.end_as_whole(&Origin::default()).await;
    assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
    rename(&test, "ALTER TABLE files_away RENAME TO files").await;
    if by_look {
        let there = look(&test.app, &token).await.unwrap();
        assert_eq!((there.received, there.finished_at.is_some()), (10, true));
    } else {
        // Other bytes than the first time: what is stored stays.
        let refused = send(&test.app, &token, 4, b"XXXXXX").await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::UploadFinished))), "{refused:?}");
    }
    assert_eq!(check_promises(&test, &actor, &view).await, [("file".into(), b"0123456789".to_vec())]);
    test.finish().await;
}

async fn rename(test: &TestApp, text: &'static str) {
    let mut tx = test.app.db.begin_write().await.unwrap();
    sql!(tx, run, text).unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_lost_flush_ends_the_upload_instead_of_leaving_it_stuck() {
    let faulty = Faulty::new(Arc::new(MemoryStore::new(clock())));
    let test = TestApp::with_blobs(Which::Sqlite, Arc::new(faulty.clone())).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("file", 10)).await;
    partly(send(&test.app, &token, 0, b"0123").await);
    faulty.fail_nth_of(Operation::Sync, faulty.calls_of(Operation::Sync) + 1, Fault::LostFlush);
    assert!(matches!(send(&test.app, &token, 4, b"45").await, Err(Error::Unavailable(_))));
    assert_eq!(look(&test.app, &token).await.unwrap().received, 4, "it never goes back");
    is_gone(at(&test.app, &token, 4).await);
    is_gone(look(&test.app, &token).await);
    assert!(show(&test.app, &actor, view.package.id).await.unwrap().uploads.is_empty());
    test.finish().await;
}

#[tokio::test]
async fn a_write_that_was_abandoned_half_way_costs_only_itself() {
    let test = TestApp::new(Which::Sqlite).await;
    let (actor, view) = draft(&test).await;
    let (_, token) = start(&test, &actor, &view, new("file", 6)).await;
    let mut receiver = at(&test.app, &token, 0).await.unwrap();
    put(&mut receiver, b"abc").await.unwrap();
    // What a write leaves that is dropped after its bytes were queued and before it returned.
    receiver.abandon_write(b"de").await;
    assert_eq!(partly(receiver.interrupt(&Origin::default()).await), 3);
    whole(send(&test.app, &token, 3, b"def").await);
    assert_eq!(check_promises(&test, &actor, &view).await, [("file".into(), b"abcdef".to_vec())]);
    test.finish().await;
}
