//! The database: SQLite or PostgreSQL behind one enum, one SQL text for both. What differs between them lives here
//! and nowhere else. Stores write SQL with the [`sql!`](crate::sql) macro over a [`Conn`] (reading) or a [`Tx`].
mod column;
mod macros;
mod migrate;
mod sqlite;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection};
use tokio::sync::Notify;

pub use column::{BadColumn, Bytes, Column, Json};
pub use migrate::MigrateError;
pub use sqlite::Durability;

use crate::error::{Error, Result};
use crate::ids::{AccountId, PackageId};

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file, made when absent.
    Sqlite { file: PathBuf, durability: Durability },
    /// A PostgreSQL URL (`postgres://user:password@host/name`).
    Postgres { url: secrecy::SecretString },
}

/// A handle that is cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool,
    signals: Arc<Signals>,
}

#[derive(Clone, Debug)]
enum Pool {
    Sqlite(sqlite::Sqlite),
    Postgres(PgPool),
}

/// What a commit tells the rest of this process.
#[derive(Debug)]
pub struct Signals {
    /// A job was enqueued or a mail queued.
    pub jobs: Notify,
    /// An audit entry waits for its seal.
    pub audit: Notify,
    /// A package changed in a way a page would show.
    pub packages: tokio::sync::broadcast::Sender<(AccountId, PackageId)>,
}

/// How many package changes a slow listener may lag behind before it has to look at the database itself.
const PACKAGE_SIGNALS_MAX: usize = 1_024;
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection for reading.
#[derive(Debug)]
pub struct Conn {
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    SqliteRead(PoolConnection<Sqlite>),
    SqliteWrite(sqlite::UseCase),
    PostgresRead(PoolConnection<Postgres>),
    PostgresWrite(sqlx::Transaction<'static, Postgres>),
}

/// The native connection that [`sql!`](crate::sql) talks to.
pub enum Driver<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// A write transaction. Dropping it without [`Tx::commit`] undoes everything.
#[derive(Debug)]
pub struct Tx {
    conn: Conn,
    signals: Arc<Signals>,
    jobs: bool,
    audit: bool,
    packages: Vec<(AccountId, PackageId)>,
}

impl Db {
    /// Opens the database, migrating it to this binary's schema. A newer schema is refused.
    pub async fn open(location: &Location) -> Result<Self, OpenError> {
        let pool = match location {
            Location::Sqlite { file, durability } => Pool::Sqlite(sqlite::Sqlite::open(file, *durability).await?),
            Location::Postgres { url } => {
                use secrecy::ExposeSecret as _;
                let options: PgConnectOptions =
                    url.expose_secret().parse().map_err(|source| OpenError::Connect { source })?;
                let pool = PgPoolOptions::new()
                    .max_connections(POSTGRES_CONNECTIONS_MAX)
                    .acquire_timeout(CONNECT_TIMEOUT)
                    .connect_with(options)
                    .await
                    .map_err(|source| OpenError::Connect { source })?;
                migrate::postgres().run(&pool).await.map_err(MigrateError::from)?;
                Pool::Postgres(pool)
            }
        };
        let signals = Signals {
            jobs: Notify::new(),
            audit: Notify::new(),
            packages: tokio::sync::broadcast::channel(PACKAGE_SIGNALS_MAX).0,
        };
        Ok(Self { pool, signals: Arc::new(signals) })
    }

    /// Whether other processes may be at work on it. A data folder belongs to one `serve`.
    pub fn is_shared(&self) -> bool {
        matches!(self.pool, Pool::Postgres(_))
    }

    /// A connection for reading. It sees committed state only; two statements may see different states.
    pub async fn read(&self) -> Result<Conn> {
        let inner = match &self.pool {
            Pool::Sqlite(sqlite) => Inner::SqliteRead(sqlite.read().await?),
            Pool::Postgres(pool) => Inner::PostgresRead(pool.acquire().await?),
        };
        Ok(Conn { inner })
    }

    /// Begins a write transaction. On SQLite, use cases that wait for each other share one durable commit.
    pub async fn begin_write(&self) -> Result<Tx> {
        let inner = match &self.pool {
            Pool::Sqlite(sqlite) => Inner::SqliteWrite(sqlite.begin_use_case().await?),
            Pool::Postgres(pool) => Inner::PostgresWrite(pool.begin().await?),
        };
        Ok(Tx { conn: Conn { inner }, signals: self.signals.clone(), jobs: false, audit: false, packages: Vec::new() })
    }

    /// Whether the database answers.
    pub async fn probe(&self) -> Result<()> {
        let mut conn = self.read().await?;
        crate::sql!(conn, one as (i64,), "SELECT count(*) FROM settings")?;
        Ok(())
    }

    /// What commits in this process announce.
    pub fn signals(&self) -> &Arc<Signals> {
        &self.signals
    }

    /// Closes every connection; on SQLite the write-ahead log is folded in.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(sqlite) => sqlite.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database does not answer")]
    Connect { source: sqlx::Error },
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

impl Conn {
    /// The native connection, for [`sql!`](crate::sql).
    pub fn driver(&mut self) -> Driver<'_> {
        match &mut self.inner {
            Inner::SqliteRead(conn) => Driver::Sqlite(conn),
            Inner::SqliteWrite(use_case) => Driver::Sqlite(use_case.conn()),
            Inner::PostgresRead(conn) => Driver::Postgres(conn),
            Inner::PostgresWrite(tx) => Driver::Postgres(tx),
        }
    }

    /// ` FOR UPDATE` where rows must be locked against other writers; nothing where there is only one writer.
    pub(crate) fn for_update(&self) -> &'static str {
        match self.inner {
            Inner::PostgresWrite(_) => " FOR UPDATE",
            Inner::SqliteRead(_) | Inner::SqliteWrite(_) | Inner::PostgresRead(_) => "",
        }
    }

    /// Whether PostgreSQL is behind it, for the few texts that need a cast there.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.inner, Inner::PostgresRead(_) | Inner::PostgresWrite(_))
    }

    /// As [`Conn::for_update`], leaving out rows that another node holds.
    pub(crate) fn skip_locked(&self) -> &'static str {
        match self.inner {
            Inner::PostgresWrite(_) => " FOR UPDATE SKIP LOCKED",
            Inner::SqliteRead(_) | Inner::SqliteWrite(_) | Inner::PostgresRead(_) => "",
        }
    }
}

impl Tx {
    /// Makes everything durable. Only after this returns may anybody be told. A failure means that nothing happened,
    /// unless the connection was lost during the commit itself.
    pub async fn commit(self) -> Result<()> {
        match self.conn.inner {
            Inner::SqliteWrite(use_case) => use_case.commit().await?,
            Inner::PostgresWrite(tx) => tx.commit().await?,
            Inner::SqliteRead(_) | Inner::PostgresRead(_) => {
                return Err(Error::Internal("a reading connection was committed".into()));
            }
        }
        if self.jobs {
            self.signals.jobs.notify_waiters();
            self.signals.jobs.notify_one();
        }
        if self.audit {
            self.signals.audit.notify_one();
        }
        for changed in self.packages {
            // Nobody listening is no failure.
            let _ = self.signals.packages.send(changed);
        }
        Ok(())
    }

    /// Until the commit, nobody else on any node is behind the same call with this name.
    pub(crate) async fn lock_alone(&mut self, name: &str) -> Result<()> {
        match self.driver() {
            // The one writer of the one process that serves; operators' commands wait at BEGIN IMMEDIATE.
            Driver::Sqlite(_) => Ok(()),
            Driver::Postgres(conn) => {
                sqlx::query("SELECT pg_advisory_xact_lock(hashtext($1))").bind(name.to_owned()).execute(conn).await?;
                Ok(())
            }
        }
    }

    /// After the commit, the worker looks for jobs and mails.
    pub(crate) fn announce_jobs(&mut self) {
        self.jobs = true;
    }

    /// After the commit, the sealer looks for entries.
    pub(crate) fn announce_audit(&mut self) {
        self.audit = true;
    }

    /// After the commit, live views of the package look at it again.
    pub(crate) fn announce_package(&mut self, owner: AccountId, package: PackageId) {
        if !self.packages.contains(&(owner, package)) {
            self.packages.push((owner, package));
        }
    }
}

impl std::ops::Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
