//! SQLite: one writer connection whose use cases share durable commits, and a separate pool for reading.
//!
//! A commit costs a disk flush. So the writer keeps one SQLite transaction open as a *group*: each use case runs in a
//! savepoint of it, and whoever finds the writer free after releasing his savepoint commits the whole group for
//! everybody in it. The writer's lock is fair, so those who were waiting at that moment join first. Nobody is told of
//! success before the group's commit returned. A use case that is dropped half-way (its request went away) is undone;
//! beginning, ending and undoing run to their end even when nobody waits for them any more.
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Executor as _, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use super::OpenError;
use super::migrate::{self, MigrateError};
use crate::error::{Error, Result};

/// Whether a commit waits for the disk. Only tests may choose not to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    Full,
    OffForTests,
}

/// Use cases in one commit, at most: a failed commit fails them all, and the first one waits for the last.
const GROUP_USE_CASES_MAX: usize = 256;
const READERS_MAX: u32 = 8;
/// How long to wait for an operator's command that holds the write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Clone, Debug)]
pub(super) struct Sqlite {
    readers: SqlitePool,
    writer: Arc<Mutex<Writer>>,
}

#[derive(Debug)]
struct Writer {
    conn: SqliteConnection,
    group: Option<Group>,
    groups_begun: u64,
    /// A use case's savepoint is open: it is running, or it was dropped half-way.
    savepoint: bool,
}

#[derive(Debug)]
struct Group {
    number: u64,
    use_cases: usize,
    outcome: watch::Sender<Option<Result<(), Arc<str>>>>,
}

/// One use case's turn at the writer. Dropping it undoes the use case.
#[derive(Debug)]
pub(super) struct UseCase {
    /// `None` once the turn is being ended.
    turn: Option<Turn>,
}

#[derive(Debug)]
struct Turn {
    writer: Arc<Mutex<Writer>>,
    guard: OwnedMutexGuard<Writer>,
}

impl Sqlite {
    pub(super) async fn open(file: &Path, durability: Durability) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(match durability {
                Durability::Full => SqliteSynchronous::Full,
                Durability::OffForTests => SqliteSynchronous::Off,
            })
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let connect = |source| OpenError::Connect { source };
        // Saying how the file is vacuumed takes the write lock. A reader that did so would wait for the writer, which
        // may be waiting for that reader.
        let writing = options.clone().auto_vacuum(SqliteAutoVacuum::Incremental);
        let mut conn = writing.connect().await.map_err(connect)?;
        snapshot_before_upgrade(&mut conn, file).await?;
        migrate::sqlite().run_direct(None, &mut conn, false).await.map_err(MigrateError::from)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(super::CONNECT_TIMEOUT)
            .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
            .await
            .map_err(connect)?;
        let writer = Writer { conn, group: None, groups_begun: 0, savepoint: false };
        Ok(Self { readers, writer: Arc::new(Mutex::new(writer)) })
    }

    pub(super) async fn read(&self) -> Result<PoolConnection<sqlx::Sqlite>> {
        Ok(self.readers.acquire().await?)
    }

    pub(super) async fn begin_use_case(&self) -> Result<UseCase> {
        let (writer, mut guard) = (self.writer.clone(), self.writer.clone().lock_owned().await);
        // In a task of its own, as everything that begins and ends transactions: a caller who goes away in the middle
        // (his connection broke) must not leave the writer in a state that nobody knows.
        to_the_end(async move {
            guard.undo_dropped_use_case().await;
            if guard.group.as_ref().is_some_and(|group| group.use_cases >= GROUP_USE_CASES_MAX) {
                guard.commit_group().await;
            }
            guard.begin_savepoint().await?;
            Ok(UseCase { turn: Some(Turn { writer, guard }) })
        })
        .await
    }

    #[cfg(test)]
    pub(super) async fn groups_begun(&self) -> u64 {
        self.writer.lock().await.groups_begun
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        let mut writer = self.writer.lock().await;
        writer.undo_dropped_use_case().await;
        if writer.group.is_some() {
            writer.commit_group().await;
        }
        // Folding the log in is a courtesy: the next start does it otherwise.
        let _ = writer.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
    }
}

impl UseCase {
    pub(super) fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.turn.as_mut().expect("only commit and drop take the turn").guard.conn
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        let turn = self.turn.take().expect("only commit and drop take the turn");
        to_the_end(turn.release()).await
    }
}

impl Drop for UseCase {
    /// Nobody may write again for a long time, and an open transaction keeps operators' commands out.
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(turn.undo());
        }
    }
}

impl Turn {
    /// The use case is done: answers once its group is durable.
    async fn release(mut self) -> Result<()> {
        if let Err(e) = self.guard.conn.execute("RELEASE use_case").await {
            self.guard.fail_group(&e.to_string()).await;
            return Err(e.into());
        }
        self.guard.savepoint = false;
        let group = self.guard.group.as_ref().expect("a use case runs inside a group");
        let (number, outcome) = (group.number, group.outcome.subscribe());
        self.end_group(number).await;
        let decided = outcome.borrow().clone();
        match decided {
            Some(Ok(())) => Ok(()),
            Some(Err(why)) => Err(commit_failed(&why)),
            None => Err(Error::Internal("a group ended without an outcome".into())),
        }
    }

    async fn undo(mut self) {
        self.guard.undo_dropped_use_case().await;
        if let Some(number) = self.guard.group.as_ref().map(|group| group.number) {
            self.end_group(number).await;
        }
    }

    /// Hands the writer to those who wait for it, who join the group, and then ends the group if nobody else did.
    async fn end_group(self, number: u64) {
        drop(self.guard);
        let mut writer = self.writer.lock().await;
        if writer.group.as_ref().is_some_and(|group| group.number == number) {
            writer.undo_dropped_use_case().await;
            if writer.group.is_some() {
                writer.commit_group().await;
            }
        }
    }
}

/// Runs `work` to its end, whether or not the caller waits for it.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(work).await.map_err(|e| Error::Internal(format!("the database writer: {e}")))?
}

fn commit_failed(why: &str) -> Error {
    if why.contains("full") { Error::NoSpace } else { Error::Unavailable(format!("the commit failed: {why}")) }
}

impl Writer {
    async fn begin_savepoint(&mut self) -> Result<()> {
        if self.group.is_none() {
            // A BEGIN whose future was dropped may already have run; a fresh one then fails, so end that one first.
            if let Err(first) = self.conn.execute("BEGIN IMMEDIATE").await {
                let _ = self.conn.execute("ROLLBACK").await;
                self.conn.execute("BEGIN IMMEDIATE").await.map_err(|_| Error::from(first))?;
            }
            self.groups_begun += 1;
            self.group = Some(Group { number: self.groups_begun, use_cases: 0, outcome: watch::channel(None).0 });
        }
        self.savepoint = true;
        if let Err(e) = self.conn.execute("SAVEPOINT use_case").await {
            self.fail_group(&e.to_string()).await;
            return Err(e.into());
        }
        if let Some(group) = &mut self.group {
            group.use_cases += 1;
        }
        Ok(())
    }

    async fn undo_dropped_use_case(&mut self) {
        if !self.savepoint {
            return;
        }
        let undone = async {
            self.conn.execute("ROLLBACK TO use_case").await?;
            self.conn.execute("RELEASE use_case").await
        }
        .await;
        match undone {
            Ok(_) => self.savepoint = false,
            // SQLite ended the whole transaction by itself (disk full, I/O error): everybody in the group failed.
            Err(e) => self.fail_group(&e.to_string()).await,
        }
    }

    async fn commit_group(&mut self) {
        match self.conn.execute("COMMIT").await {
            Ok(_) => {
                if let Some(group) = self.group.take() {
                    group.outcome.send_replace(Some(Ok(())));
                }
            }
            Err(e) => self.fail_group(&e.to_string()).await,
        }
    }

    async fn fail_group(&mut self, why: &str) {
        // Fails when SQLite rolled back by itself, which is what we want.
        let _ = self.conn.execute("ROLLBACK").await;
        self.savepoint = false;
        if let Some(group) = self.group.take() {
            group.outcome.send_replace(Some(Err(why.into())));
        }
    }
}

/// Before steps that this database does not have yet, a copy of it is kept beside it.
async fn snapshot_before_upgrade(conn: &mut SqliteConnection, file: &Path) -> Result<(), OpenError> {
    let connect = |source| OpenError::Connect { source };
    let known: Option<(i64,)> = sqlx::query_as("SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'")
        .fetch_optional(&mut *conn)
        .await
        .map_err(connect)?;
    if known.is_none_or(|(tables,)| tables == 0) {
        return Ok(());
    }
    let (applied,): (i64,) = sqlx::query_as("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(&mut *conn)
        .await
        .map_err(connect)?;
    let newest = migrate::sqlite().iter().map(|step| step.version).max().unwrap_or(0);
    if applied >= newest {
        return Ok(());
    }
    let copy = file.with_extension(format!("before-{newest:04}.sqlite"));
    if !copy.exists() {
        let copy = copy.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO $1").bind(copy).execute(conn).await.map_err(connect)?;
    }
    Ok(())
}
