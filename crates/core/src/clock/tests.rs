//! A clock that jumps: links follow it, and nothing that cannot be taken back happens before somebody could look.
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;

use super::trust::DISTRUST;
use super::watch::distrust_left;
use crate::access::{Actor, Origin};
use crate::account::Role;
use crate::audit::Action;
use crate::blob::BlobId;
use crate::db::testing::Which;
use crate::error::{Error, LinkEnd};
use crate::file::name::RelativePath;
use crate::job::worker::sweep;
use crate::link::door::Credentials;
use crate::link::open::open;
use crate::package::create::{NewPackage, create};
use crate::package::delete::delete;
use crate::package::finalize::{Unfinished, finalize};
use crate::package::revoke::revoke;
use crate::package::show::show;
use crate::package::tests::{count, is_readable, new_package, token_of};
use crate::package::{File, PackageView};
use crate::policy::{Policy, Status};
use crate::testing::TestApp;
use crate::upload::begin::{NewUpload, begin};
use crate::{audit, job};

const YEAR_AND_MORE: SignedDuration = SignedDuration::from_hours(400 * 24);
const SWEEP: Duration = Duration::from_secs(30);

/// A house with a package that ends in a day, a draft with a file, and an upload under way.
struct House {
    test: TestApp,
    ann: Actor,
    sent: PackageView,
    draft_file: File,
    upload: uuid::Uuid,
}

impl House {
    /// On the heap: what all of it awaits would weigh on every test's stack.
    async fn new(which: Which) -> Self {
        Box::pin(Self::build(which)).await
    }

    async fn build(which: Which) -> Self {
        let test = TestApp::new(which).await;
        let ann = test.person("Ann", Role::Regular).await;
        let ann = test.actor(&ann).await;
        let sent = Self::send(&test, &ann, "Plans").await;
        let draft = create(&test.app, &ann, new_package("Draft", &[])).await.unwrap().package.id;
        let draft_file = test.file(&ann, draft, "draft.txt", b"draft").await;
        let path = RelativePath::parse("later.bin").unwrap();
        let new = NewUpload { path, size: Some(5), sha256: None, resumable: true, client_metadata: String::new() };
        let upload = begin(&test.app, &ann, draft, new).await.unwrap().upload.id.0;
        sweep(&test.app).await;
        Self { test, ann, sent, draft_file, upload }
    }

    async fn send(test: &TestApp, ann: &Actor, title: &str) -> PackageView {
        let policy = Some(Policy { expires_in_hours: 24, idle_hours: 0, max_downloads: 0 });
        let new = NewPackage { policy, ..new_package(title, &["ben@example.com"]) };
        let draft = create(&test.app, ann, new).await.unwrap();
        test.file(ann, draft.package.id, "a.txt", title.as_bytes()).await;
        finalize(&test.app, ann, draft.package.id, Unfinished::Refuse).await.unwrap()
    }

    async fn status(&self) -> Status {
        show(&self.test.app, &self.ann, self.sent.package.id).await.unwrap().status
    }

    async fn stored_end(&self) -> Option<Timestamp> {
        show(&self.test.app, &self.ann, self.sent.package.id).await.unwrap().package.ended_at
    }

    async fn opens(&self) -> Result<(), Error> {
        let token = token_of(self.sent.recipients[0].link.as_ref().unwrap());
        open(&self.test.app, &Origin::default(), &token, Credentials::default()).await.map(drop)
    }

    async fn upload_is_there(&self) -> bool {
        let id = crate::ids::UploadId(self.upload);
        let mut conn = self.test.app.db.read().await.unwrap();
        crate::upload::store::by_id(&mut conn, id).await.unwrap().unwrap().dropped_at.is_none()
    }

    /// Everything that time could take is still there.
    async fn assert_nothing_gone(&self) {
        for (what, file) in [("sent", &self.sent.files[0]), ("draft", &self.draft_file)] {
            assert!(is_readable(&self.test, file).await, "{what} is gone");
        }
        assert!(self.upload_is_there().await, "the upload was dropped");
    }

    async fn sweep_and_settle(&self) {
        sweep(&self.test.app).await;
        self.test.settle().await;
    }

    fn jump(&self, by: SignedDuration) {
        self.test.clock.jump_to(self.test.now() + by);
    }
}

#[rstest]
#[tokio::test]
async fn after_a_jump_ahead_links_follow_but_nothing_ends_for_good_and_nothing_is_erased(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::new(which).await;
    let test = &house.test;
    house.jump(YEAR_AND_MORE);
    assert_eq!(house.status().await, Status::Expired, "the page follows the wall clock");
    assert!(matches!(house.opens().await, Err(Error::Gone(LinkEnd::Expired { .. }))));
    // Nobody has looked at the clock yet, and a sweep of packages alone acts on nothing already.
    assert_eq!(crate::package::sweep::sweep(&test.app).await.unwrap(), 0);
    assert_eq!(distrust_left(&test.app).await.unwrap(), Duration::ZERO);
    for _ in 0..3 {
        house.sweep_and_settle().await;
        test.clock.advance(SWEEP);
    }
    assert!(test.app.distrusts_clock());
    assert_eq!(distrust_left(&test.app).await.unwrap(), Duration::from_mins(24 * 60 - 1));
    assert_eq!(house.stored_end().await, None);
    house.assert_nothing_gone().await;
    // An erasure that a job asks for by rule waits as well.
    crate::package::erase::erase(&test.app, house.sent.package.id).await.unwrap();
    house.assert_nothing_gone().await;

    house.jump(-YEAR_AND_MORE);
    house.opens().await.expect("the clock is right again");
    assert_eq!(house.status().await, Status::Active);
    house.sweep_and_settle().await;
    test.clock.advance(DISTRUST.saturating_sub(SWEEP));
    house.sweep_and_settle().await;
    assert!(test.app.distrusts_clock());
    test.clock.advance(SWEEP);
    assert_eq!(house.stored_end().await, None);
    house.sweep_and_settle().await;
    assert!(test.app.trusts_clock() && !test.app.distrusts_clock());
    let end = house.sent.package.ends_at.unwrap();
    assert_eq!((house.stored_end().await, house.status().await), (Some(end), Status::Expired), "at its own time");
    assert_eq!(count(test, house.sent.package.id, Action::PackageExpired).await, 1);
    house.assert_nothing_gone().await;
    test.clock.advance(Duration::from_hours(72));
    house.sweep_and_settle().await;
    assert!(!is_readable(test, &house.sent.files[0]).await, "its grace is over in trusted time");
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn after_a_jump_back_an_end_that_was_stored_stays_and_the_rest_waits(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let house = House::new(which).await;
    let test = &house.test;
    test.clock.advance(Duration::from_hours(24));
    house.sweep_and_settle().await;
    assert!(house.stored_end().await.is_some());
    house.jump(-YEAR_AND_MORE);
    house.sweep_and_settle().await;
    assert_eq!(house.status().await, Status::Expired);
    assert!(matches!(house.opens().await, Err(Error::Gone(LinkEnd::Expired { .. }))));
    house.assert_nothing_gone().await;
    house.jump(YEAR_AND_MORE);
    // The grace ends while the clock cannot be believed, so the bytes stay until it can.
    house.sweep_and_settle().await;
    house.jump(SignedDuration::from_hours(72));
    house.sweep_and_settle().await;
    house.assert_nothing_gone().await;
    test.clock.advance(DISTRUST);
    house.sweep_and_settle().await;
    assert!(!is_readable(test, &house.sent.files[0]).await);
    assert!(is_readable(test, &house.draft_file).await);
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_people_ask_for_happens_whatever_the_clock_shows(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
    #[values(YEAR_AND_MORE, -YEAR_AND_MORE)] jump: SignedDuration,
) {
    let house = House::new(which).await;
    let test = &house.test;
    let before = House::send(test, &house.ann, "Deleted just before").await;
    delete(&test.app, &house.ann, before.package.id).await.unwrap();
    house.jump(jump);
    house.sweep_and_settle().await;
    assert!(test.app.distrusts_clock());
    let revoked = House::send(test, &house.ann, "Revoked").await;
    revoke(&test.app, &house.ann, revoked.package.id).await.unwrap();
    let deleted = House::send(test, &house.ann, "Deleted").await;
    delete(&test.app, &house.ann, deleted.package.id).await.unwrap();
    test.clock.advance(Duration::from_secs(10));
    house.sweep_and_settle().await;
    for gone in [&before, &revoked, &deleted] {
        assert!(!is_readable(test, &gone.files[0]).await, "{} is still there", gone.package.title);
    }
    house.assert_nothing_gone().await;
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn distrust_survives_restarts_and_a_start_in_the_past_is_noticed(
    #[values(Which::Sqlite, Which::Postgres)] which: Which,
) {
    let mut house = House::new(which).await;
    house.jump(YEAR_AND_MORE);
    house.sweep_and_settle().await;
    house.test.clock.advance(Duration::from_hours(10));
    house.sweep_and_settle().await;
    house.test = house.test.restarted(Duration::from_hours(24 * 10)).await;
    house.sweep_and_settle().await;
    assert!(house.test.app.distrusts_clock());
    assert_eq!(distrust_left(&house.test.app).await.unwrap(), Duration::from_hours(14), "only running time counts");
    house.assert_nothing_gone().await;
    assert_eq!(house.stored_end().await, None);

    // Somebody sets the clock right while the server is off.
    let right = house.test.now() - YEAR_AND_MORE;
    house.test = house.test.restarted_at(right).await;
    assert_eq!(distrust_left(&house.test.app).await.unwrap(), DISTRUST, "the start lies before the last stored time");
    house.sweep_and_settle().await;
    house.assert_nothing_gone().await;
    let (last, off) = (house.test.now(), Duration::from_hours(1));
    house.test = house.test.restarted(off).await;
    assert_eq!(house.test.now(), last + SignedDuration::try_from(off).unwrap());
    house.test.clock.advance(DISTRUST.saturating_sub(Duration::from_millis(1)));
    house.sweep_and_settle().await;
    assert!(house.test.app.distrusts_clock());
    house.test.clock.advance(Duration::from_millis(1));
    house.sweep_and_settle().await;
    assert!(house.test.app.trusts_clock());
    assert!(house.stored_end().await.is_some());
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_server_that_was_off_for_a_year_believes_its_clock(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let mut house = House::new(which).await;
    let end = house.sent.package.ends_at;
    house.test = house.test.restarted(Duration::from_hours(400 * 24)).await;
    assert!(matches!(house.opens().await, Err(Error::Gone(LinkEnd::Expired { .. }))), "dead before any sweep");
    house.sweep_and_settle().await;
    assert_eq!(house.stored_end().await, end);
    assert!(!is_readable(&house.test, &house.sent.files[0]).await);
    house.test.finish().await;
}

#[rstest]
#[tokio::test]
async fn jobs_keep_their_waits_when_the_clock_is_set_back(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestApp::new(which).await;
    test.clock.jump_to(test.now() + YEAR_AND_MORE);
    sweep(&test.app).await;
    let (waiting, due) = (BlobId(uuid::Uuid::from_u128(1)), BlobId(uuid::Uuid::from_u128(2)));
    for (blob, wait) in [(waiting, 60), (due, 0)] {
        test.app.blobs.append(blob, 0).await.unwrap().complete(0).await.unwrap();
        let mut tx = test.app.db.begin_write().await.unwrap();
        let at = test.now() + SignedDuration::from_secs(wait);
        job::enqueue(&mut tx, &test.app, job::Job::EraseBlob { id: blob.0 }, at).await.unwrap();
        tx.commit().await.unwrap();
    }
    test.clock.jump_to(test.now() - YEAR_AND_MORE);
    assert_eq!(job::run::run_due(&test.app).await.unwrap(), 0);
    sweep(&test.app).await;
    assert_eq!(job::run::run_due(&test.app).await.unwrap(), 1);
    test.clock.advance(Duration::from_millis(59_999));
    assert_eq!(job::run::run_due(&test.app).await.unwrap(), 0);
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(job::run::run_due(&test.app).await.unwrap(), 1);
    assert!(test.app.blobs.open(waiting).await.is_err() && test.app.blobs.open(due).await.is_err());
    audit::seal::seal(&test.app).await.unwrap();
    test.finish().await;
}
