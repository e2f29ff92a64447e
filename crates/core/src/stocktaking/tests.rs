//! Tests of this noun.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rstest::rstest;
use uuid::Uuid;

use super::check::check;
use super::collect::{Collected, collect};
use super::*;
use crate::access::{Actor, Origin};
use crate::account::Role;
use crate::app::App;
use crate::blob::{BlobError, BlobId, Fault, Faulty, MemoryStore, Operation};
use crate::clock::ManualClock;
use crate::db::testing::Which;
use crate::file::name::RelativePath;
use crate::package::create::{NewPackage, create};
use crate::package::{Direction, File, Kind, remove_file};
use crate::testing::TestApp;
use crate::upload::begin::{self, Begun, NewUpload};
use crate::upload::receive::{self, Chunk};

const DAY: Duration = Duration::from_hours(24);

/// A house with a draft into which things are uploaded.
struct House {
    test: TestApp,
    ann: Actor,
    package: PackageId,
}

impl House {
    async fn new(which: Which) -> Self {
        Self::of(TestApp::new(which).await).await
    }

    async fn of(test: TestApp) -> Self {
        let ann = test.person("Ann Example", Role::Regular).await;
        let ann = test.actor(&ann).await;
        let draft = NewPackage {
            direction: Direction::Outbound,
            kind: Kind::Package,
            title: "Plans".into(),
            note: String::new(),
            recipients: Vec::new(),
            policy: None,
            notify: Vec::new(),
            password: None,
        };
        let package = create(&test.app, &ann, draft).await.unwrap().package.id;
        Self { test, ann, package }
    }

    fn app(&self) -> &App {
        &self.test.app
    }

    async fn begins(&self, path: &str, size: usize) -> Begun {
        let new = NewUpload {
            path: RelativePath::parse(path).unwrap(),
            size: Some(u64::try_from(size).unwrap()),
            sha256: None,
            resumable: true,
            client_metadata: String::new(),
        };
        begin::begin(self.app(), &self.ann, self.package, new).await.unwrap()
    }

    /// Writes `content` and leaves the upload unfinished, or finished when that is all of it.
    async fn writes(&self, begun: &Begun, offset: u64, content: &'static [u8]) -> receive::Received {
        let token = begun.token.reveal();
        let mut receiver = receive::open(self.app(), &token, offset, None, Chunk::Plain).await.unwrap();
        receiver.write(Bytes::from_static(content)).await.unwrap();
        receiver.end(&Origin::default()).await.unwrap()
    }

    async fn adds(&self, path: &str, content: &'static [u8]) -> File {
        let begun = self.begins(path, content.len()).await;
        match self.writes(&begun, 0, content).await {
            receive::Received::Whole(finished) => finished.file,
            receive::Received::Partly { offset } => panic!("only {offset} bytes of {path} were taken"),
        }
    }

    async fn check(&self, depth: Depth) -> (Report, Vec<(Loser, Loss)>) {
        let mut losses = Vec::new();
        let report = check(self.app(), depth, |loser, loss| losses.push((loser.clone(), loss.clone()))).await.unwrap();
        assert_eq!(report.losses, u64::try_from(losses.len()).unwrap());
        (report, losses)
    }

    async fn replaces(&self, blob: Uuid, content: &'static [u8]) {
        self.app().blobs.delete(BlobId(blob)).await.unwrap();
        self.stores(blob, content).await;
    }

    async fn stores(&self, blob: Uuid, content: &'static [u8]) {
        let mut partial = self.app().blobs.append(BlobId(blob), 0).await.unwrap();
        partial.write(Bytes::from_static(content)).await.unwrap();
        partial.complete(u64::try_from(content.len()).unwrap()).await.unwrap();
    }
}

fn amount(blobs: u64, bytes: u64) -> Amount {
    Amount { blobs, bytes }
}

#[rstest]
#[tokio::test]
async fn what_is_in_order_is_counted_and_nothing_of_it_is_ever_collected(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::new(which).await;
    let file = house.adds("a/plan.txt", b"whole").await;
    house.adds("empty", b"").await;
    let begun = house.begins("half.txt", 10).await;
    house.writes(&begun, 0, b"half").await;
    house.begins("nothing yet.txt", 10).await;
    let fine = Report { files: 2, bytes: 5, unfinished_uploads: 2, losses: 0, litter: Amount::default() };
    assert_eq!(house.check(Depth::Presence).await, (fine, Vec::new()));
    assert_eq!(house.check(Depth::Content).await, (fine, Vec::new()));

    house.test.clock.advance(30 * DAY);
    assert_eq!(collect(house.app()).await.unwrap(), Collected::default());
    assert_eq!(house.check(Depth::Content).await, (fine, Vec::new()));
    house.app().blobs.open(BlobId(file.blob_id)).await.unwrap();
    let finished = house.writes(&begun, 4, b" again").await;
    assert!(matches!(finished, receive::Received::Whole(_)), "{finished:?}");
}

#[rstest]
#[tokio::test]
async fn lost_bytes_of_a_file_are_told_and_changed_ones_only_when_they_are_read(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::new(which).await;
    let (missing, short, changed) =
        (house.adds("a", b"first").await, house.adds("b", b"second").await, house.adds("c", b"third").await);
    house.app().blobs.delete(BlobId(missing.blob_id)).await.unwrap();
    house.replaces(short.blob_id, b"sec").await;
    house.replaces(changed.blob_id, b"thirD").await;
    let loser = |file: &File| Loser::File { id: file.id, package: house.package, path: file.relative_path.clone() };

    let (report, losses) = house.check(Depth::Presence).await;
    let present = [(loser(&missing), Loss::Missing), (loser(&short), Loss::WrongSize { expected: 6, found: 3 })];
    assert_eq!(losses, present);
    assert_eq!((report.files, report.litter), (3, Amount::default()));

    let (_, losses) = house.check(Depth::Content).await;
    assert_eq!(losses[..2], present);
    let (who, loss) = &losses[2];
    assert_eq!(*who, loser(&changed));
    assert!(matches!(loss, Loss::Changed { expected, .. } if *expected == hex::encode(changed.sha256)), "{loss:?}");
}

#[rstest]
#[tokio::test]
async fn an_unfinished_upload_that_lost_what_was_acknowledged_is_told(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::new(which).await;
    let (gone, short) = (house.begins("gone", 10).await, house.begins("short", 10).await);
    house.writes(&gone, 0, b"1234").await;
    house.writes(&short, 0, b"1234").await;
    house.app().blobs.delete(BlobId(gone.upload.blob_id)).await.unwrap();
    let mut partial = house.app().blobs.append(BlobId(short.upload.blob_id), 0).await.unwrap();
    partial.write(Bytes::from_static(b"12")).await.unwrap();
    partial.sync().await.unwrap();
    let (_, mut losses) = house.check(Depth::Presence).await;
    losses.sort_by_key(|(_, loss)| *loss == Loss::Missing);
    let loser = |begun: &Begun| Loser::Upload { id: begun.upload.id };
    assert_eq!(losses, [(loser(&short), Loss::WrongSize { expected: 4, found: 2 }), (loser(&gone), Loss::Missing)]);
}

#[rstest]
#[tokio::test]
async fn bytes_of_removed_files_and_of_nobody_are_litter_and_go_after_a_day(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::new(which).await;
    let (kept, removed) = (house.adds("kept", b"kept").await, house.adds("removed", b"gone!").await);
    remove_file::remove_file(house.app(), &house.ann, house.package, removed.id).await.unwrap();
    house.stores(Uuid::from_u128(1), b"nobody's").await;
    let (report, losses) = house.check(Depth::Presence).await;
    assert_eq!((report.litter, losses.len()), (amount(2, 13), 0));

    house.test.clock.advance(DAY.checked_sub(Duration::from_millis(1)).unwrap());
    let young = Collected { left: amount(2, 13), ..Collected::default() };
    assert_eq!(collect(house.app()).await.unwrap(), young);
    house.test.clock.advance(Duration::from_millis(1));
    let old = Collected { removed: amount(2, 13), ..Collected::default() };
    assert_eq!(collect(house.app()).await.unwrap(), old);
    assert_eq!(collect(house.app()).await.unwrap(), Collected::default());
    let missing = house.app().blobs.open(BlobId(removed.blob_id)).await;
    assert!(matches!(missing, Err(BlobError::NotFound)), "{missing:?}");
    house.app().blobs.open(BlobId(kept.blob_id)).await.unwrap();
}

#[tokio::test]
async fn litter_that_cannot_be_removed_does_not_keep_the_rest() {
    let clock = Arc::new(ManualClock::at(crate::testing::START.parse().unwrap()));
    let faulty = Arc::new(Faulty::new(Arc::new(MemoryStore::new(clock))));
    let house = House::of(TestApp::with_blobs(Which::Sqlite, faulty.clone()).await).await;
    for number in 1..=3 {
        house.stores(Uuid::from_u128(number), b"nobody's").await;
    }
    house.test.clock.advance(2 * DAY);
    faulty.fail_nth_of(Operation::Delete, 2, Fault::Unavailable);
    let collected = collect(house.app()).await.unwrap();
    assert_eq!(collected, Collected { removed: amount(2, 16), failed: amount(1, 8), left: Amount::default() });
    faulty.heal();
    assert_eq!(collect(house.app()).await.unwrap().removed, amount(1, 8));
}

#[tokio::test]
async fn a_store_that_is_away_is_an_error_and_not_a_loss() {
    let clock = Arc::new(ManualClock::at(crate::testing::START.parse().unwrap()));
    let faulty = Arc::new(Faulty::new(Arc::new(MemoryStore::new(clock))));
    let house = House::of(TestApp::with_blobs(Which::Sqlite, faulty.clone()).await).await;
    house.adds("plan", b"whole").await;
    faulty.fail_all_of(Operation::Open, Fault::Unavailable);
    check(house.app(), Depth::Presence, |loser, loss| panic!("{loser:?}: {loss}")).await.unwrap_err();
}
