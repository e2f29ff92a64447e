//! Throw-away databases for tests, one for each test, on both drivers. Never part of the product: it stands behind
//! the `testing` feature so that the server's tests share it.
use sqlx::AssertSqlSafe;

use super::{Conn, Db, Durability, Location};
use crate::sql;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Sqlite,
    Postgres,
}

/// A migrated, empty database of its own.
#[derive(Debug)]
pub struct TestDb {
    pub db: Db,
    pub location: Location,
    _folder: Option<tempfile::TempDir>,
}

/// The variable that names a PostgreSQL server where tests may create databases.
pub const POSTGRES_VARIABLE: &str = "WAYBILL_TEST_POSTGRES";

impl TestDb {
    /// Makes one. Panics when the server that tests need is missing: a missing part fails the run.
    pub async fn new(which: Which) -> Self {
        match which {
            Which::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder can be made");
                let file = folder.path().join("waybill.sqlite");
                let location = Location::Sqlite { file, durability: Durability::OffForTests };
                let db = Db::open(&location).await.expect("an empty SQLite database opens");
                Self { db, location, _folder: Some(folder) }
            }
            Which::Postgres => {
                let location = Location::Postgres { url: new_postgres_database().await.into() };
                let db = Db::open(&location).await.expect("an empty PostgreSQL database opens");
                Self { db, location, _folder: None }
            }
        }
    }
}

async fn new_postgres_database() -> String {
    use sqlx::{Connection as _, Executor as _};
    #[expect(clippy::disallowed_methods, reason = "the test run hands its servers over by environment variable")]
    let server = std::env::var(POSTGRES_VARIABLE)
        .unwrap_or_else(|_| panic!("{POSTGRES_VARIABLE} is not set; run dev/test, which starts PostgreSQL"));
    let unique = crate::ids::new_uuid(jiff::Timestamp::UNIX_EPOCH, &crate::ids::SystemEntropy).simple();
    let name = format!("waybill_{unique}");
    let mut admin = sqlx::PgConnection::connect(&server).await.expect("the test PostgreSQL server answers");
    let create = format!("CREATE DATABASE {name}");
    admin.execute(sqlx::AssertSqlSafe(create)).await.expect("a test database can be created");
    let (base, _) = server.rsplit_once('/').expect("a PostgreSQL URL ends with /database");
    format!("{base}/{name}")
}

/// How the database would run the text, its placeholders filled with `values` (SQL literals): its plan, a step a line.
pub async fn plan(conn: &mut Conn, text: &str, values: &[&str]) -> String {
    // The highest first: `$1` begins `$12`.
    let numbered = values.iter().enumerate().rev();
    let filled = numbered.fold(text.to_owned(), |text, (n, value)| text.replace(&format!("${}", n + 1), value));
    let steps: Vec<String> = if conn.is_postgres() {
        let explain = format!("EXPLAIN {filled}");
        let lines = sql!(conn, all as (String,), AssertSqlSafe(explain.clone())).expect("the text is SQL");
        lines.into_iter().map(|(line,)| line).collect()
    } else {
        let explain = format!("EXPLAIN QUERY PLAN {filled}");
        let lines =
            sql!(conn, all as (i64, i64, i64, String), AssertSqlSafe(explain.clone())).expect("the text is SQL");
        lines.into_iter().map(|(_, _, _, line)| line).collect()
    };
    steps.join("\n")
}
