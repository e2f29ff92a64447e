//! An app made of parts that tests own: a database of its own, blobs in memory, a clock that stands still, chance that
//! repeats itself, mails that stay here. Behind the `testing` feature; never part of the product.
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::access::{Actor, Author, Origin};
use crate::account::password::Passwords;
use crate::account::{Account, Role, add, authenticate, make_token};
use crate::app::{App, Site};
use crate::blob::{BlobStore, MemoryStore};
use crate::clock::ManualClock;
use crate::clock::trust::Trust;
use crate::db::Db;
use crate::db::testing::{TestDb, Which};
use crate::file::name::RelativePath;
use crate::guesses::Guesses;
use crate::ids::{Entropy, PackageId, SeededEntropy};
use crate::mail::Mailer;
use crate::mail::memory::Memory;
use crate::mail::message::Message;
use crate::mail::transport::Transport;
use crate::package::File;
use crate::policy::Retention;
use crate::secret::Keys;
use crate::text::Language;
use crate::upload::{begin, receive};
use crate::urls::Urls;
use crate::{audit, download, job, limits};

/// The app under test, and the parts that a test turns.
#[derive(Debug)]
pub struct TestApp {
    pub app: Arc<App>,
    pub clock: Arc<ManualClock>,
    db: TestDb,
}

/// When tests begin, unless they say otherwise.
pub const START: &str = "2026-11-22T09:00:00Z";
/// The password of everybody in tests.
pub const PASSWORD: &str = "correct horse battery staple";

impl TestApp {
    /// An app on `which` database with blobs in memory.
    pub async fn new(which: Which) -> Self {
        let clock = Arc::new(ManualClock::at(START.parse().expect("a timestamp")));
        let blobs = Arc::new(MemoryStore::new(clock.clone()));
        Self::with_parts(which, blobs, clock).await
    }

    /// An app over a blob store of the test's choice.
    pub async fn with_blobs(which: Which, blobs: Arc<dyn BlobStore>) -> Self {
        Self::with_parts(which, blobs, Arc::new(ManualClock::at(START.parse().expect("a timestamp")))).await
    }

    async fn with_parts(which: Which, blobs: Arc<dyn BlobStore>, clock: Arc<ManualClock>) -> Self {
        let db = TestDb::new(which).await;
        let app = app_over(db.db.clone(), blobs, clock.clone(), Arc::new(SeededEntropy::new(7)));
        Self::begun(app, clock, db).await
    }

    async fn begun(app: App, clock: Arc<ManualClock>, db: TestDb) -> Self {
        crate::clock::watch::watch(&app).await.expect("the clock can be looked at");
        Self { app: Arc::new(app), clock, db }
    }

    /// The same instance after its process ended and, `off` later, began again: what is not stored is gone, mails that
    /// were sent are forgotten.
    pub async fn restarted(self, off: Duration) -> Self {
        self.clock.advance(off);
        let now = self.now();
        self.restarted_at(now).await
    }

    /// As [`TestApp::restarted`], with a wall clock that shows `now` at the start, whatever it showed before.
    pub async fn restarted_at(self, now: Timestamp) -> Self {
        let clock = Arc::new(ManualClock::at(now));
        let old = &self.app;
        let app = app_over(old.db.clone(), old.blobs.clone(), clock.clone(), old.entropy.clone());
        Self::begun(app, clock, self.db).await
    }

    /// Adds a person; the address is `{first name in lower case}@example.com`.
    pub async fn person(&self, name: &str, role: Role) -> Account {
        let first = name.split(' ').next().unwrap_or(name).to_lowercase();
        let new = add::NewPerson {
            email: format!("{first}@example.com"),
            name: name.to_owned(),
            role,
            password: Some(PASSWORD.into()),
        };
        add::add(&self.app, Author::Operator, &Origin::default(), new).await.expect("a new person can be added")
    }

    /// An API token of the person with all rights, as its text.
    pub async fn token(&self, account: &Account) -> String {
        use secrecy::ExposeSecret as _;
        let new = make_token::NewToken { name: "test".into(), scopes: Vec::new(), expires_in_days: None };
        let made = make_token::make_token_for_email(&self.app, &account.email, new).await;
        made.expect("a token can be made").1.expose_secret().to_owned()
    }

    /// The person as an actor, signed in by an API token.
    pub async fn actor(&self, account: &Account) -> Actor {
        let token = self.token(account).await;
        let origin = Origin { ip: Some([192, 0, 2, 1].into()), user_agent: Some("test".into()) };
        authenticate::by_api_token(&self.app, &token, origin).await.expect("a fresh token works")
    }

    /// Somebody disables the person's account.
    pub async fn disable(&self, account: &Account) {
        let mut tx = self.app.db.begin_write().await.expect("the database answers");
        let disabled = crate::account::store::disable(&mut tx, account.id, self.now()).await;
        assert!(disabled.expect("an account can be disabled"), "there is no such account");
        tx.commit().await.expect("the change is stored");
    }

    /// Uploads a whole file into the actor's package.
    pub async fn file(&self, actor: &Actor, package: PackageId, path: &str, content: &[u8]) -> File {
        let path = RelativePath::parse(path).expect("a test's path is one");
        let size = Some(crate::account::count(content.len()));
        let new = begin::NewUpload { path, size, sha256: None, resumable: true, client_metadata: String::new() };
        let begun = begin::begin(&self.app, actor, package, new).await.expect("an upload begins");
        let token = begun.token.reveal();
        let mut receiver =
            receive::open(&self.app, &token, 0, None, receive::Chunk::Plain).await.expect("a new upload opens");
        receiver.write(bytes::Bytes::copy_from_slice(content)).await.expect("its bytes are taken");
        match receiver.end(&actor.origin).await.expect("it completes") {
            receive::Received::Whole(finished) => finished.file,
            receive::Received::Partly { offset } => panic!("{offset} bytes are not the whole file"),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Lets the background catch up: reports of responses, jobs that are due, seals.
    pub async fn settle(&self) {
        download::recorder::drain(&self.app).await;
        job::run::run_due(&self.app).await.expect("jobs run");
        audit::seal::seal(&self.app).await.expect("entries can be sealed");
    }

    /// The mails that were sent so far, oldest first.
    pub fn mails(&self) -> Vec<Message> {
        match &self.app.mailer.transport {
            Transport::Memory(memory) => memory.taken(),
            Transport::Smtp(_) | Transport::Folder(_) => Vec::new(),
        }
    }

    /// Ends the test: nothing may be left over, and the audit chain holds.
    pub async fn finish(self) {
        self.settle().await;
        let mut conn = self.app.db.read().await.expect("the database answers");
        let (open, failed) = job::store::counts(&mut conn).await.expect("jobs can be counted");
        drop(conn);
        let due = job::run::claim(&self.app, 1).await.expect("jobs can be claimed");
        assert_eq!((due.len(), failed), (0, 0), "jobs are left over ({open} in all)");
        assert_eq!(self.app.writers.count(), 0, "an upload is still being written");
        assert_eq!(self.app.deliveries.count(), 0, "a response is still being sent");
        let report = audit::verify::verify(&self.app).await.expect("the chain can be read");
        assert_eq!((report.broken, report.unsealed), (None, 0), "the audit chain is broken");
    }
}

fn app_over(db: Db, blobs: Arc<dyn BlobStore>, clock: Arc<ManualClock>, entropy: Arc<dyn Entropy>) -> App {
    App {
        db,
        blobs,
        keys: Keys::from_master(&[42; 32]),
        clock,
        trust: Trust::default(),
        passwords: Passwords::new(&*entropy),
        entropy,
        urls: Urls::parse("http://files.example.com").expect("a public URL"),
        site: Site {
            name: "Files Example".into(),
            language: Language::English,
            time_zone: TimeZone::UTC,
            expiry_days_max: limits::EXPIRY_DAYS_MAX,
            retention: Retention::default(),
        },
        mailer: Mailer {
            transport: Transport::Memory(Memory::default()),
            from: "waybill@files.example.com".into(),
            abuse_contact: None,
        },
        guesses: Guesses::new(crate::guesses::GuessLimits::default()),
        setup: crate::account::set_up::Setup::default(),
        writers: crate::upload::Writers::default(),
        deliveries: download::Deliveries::default(),
        plans: download::plans::ArchivePlans::default(),
    }
}
