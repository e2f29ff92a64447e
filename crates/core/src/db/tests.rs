//! The database layer on both databases: durable groups, undone use cases, native types, refused schemas.
use rstest::rstest;

use super::testing::{TestDb, Which};
use super::*;
use crate::sql;

async fn put(tx: &mut Tx, name: &str) -> Result<()> {
    let value = Json(serde_json::json!({"n": name}));
    sql!(tx, run, "INSERT INTO settings (name, value, changed_at) VALUES ($1, $2, $3)", name, value, 1_u64)?;
    Ok(())
}

async fn names(db: &Db) -> Vec<String> {
    let mut conn = db.read().await.unwrap();
    let rows = sql!(conn, all as (String,), "SELECT name FROM settings ORDER BY name").unwrap();
    rows.into_iter().map(|row| row.0).collect()
}

crate::row! {
    struct Setting { name: String, value: Json<serde_json::Value>, changed_at: u64 }
}

#[rstest]
#[tokio::test]
async fn a_committed_write_is_read_back_with_its_types(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestDb::new(which).await;
    let mut tx = test.db.begin_write().await.unwrap();
    put(&mut tx, "a").await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = test.db.read().await.unwrap();
    let row = sql!(conn, maybe as Setting, "SELECT * FROM settings WHERE name = $1", "a").unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.value.0, row.changed_at), ("a", serde_json::json!({"n": "a"}), 1));
    assert!(sql!(conn, maybe as Setting, "SELECT * FROM settings WHERE name = $1", "b").unwrap().is_none());
}

#[rstest]
#[tokio::test]
async fn a_dropped_use_case_leaves_nothing(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestDb::new(which).await;
    let mut tx = test.db.begin_write().await.unwrap();
    put(&mut tx, "dropped").await.unwrap();
    drop(tx);
    let mut tx = test.db.begin_write().await.unwrap();
    put(&mut tx, "kept").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names(&test.db).await, ["kept"]);
}

#[rstest]
#[tokio::test]
async fn a_failed_statement_fails_its_own_use_case_only(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestDb::new(which).await;
    let write = |name: &'static str, twice: bool| {
        let db = test.db.clone();
        async move {
            let mut tx = db.begin_write().await?;
            put(&mut tx, name).await?;
            if twice {
                put(&mut tx, name).await?;
            }
            tx.commit().await
        }
    };
    let (a, b, c) = tokio::join!(write("a", false), write("b", true), write("c", false));
    assert!(a.is_ok() && c.is_ok());
    assert!(matches!(b, Err(Error::Internal(_))), "{b:?}");
    assert_eq!(names(&test.db).await, ["a", "c"]);
}

#[rstest]
#[tokio::test]
async fn many_concurrent_use_cases_all_become_durable(#[values(Which::Sqlite, Which::Postgres)] which: Which) {
    let test = TestDb::new(which).await;
    let writes = (0..600).map(|n| {
        let db = test.db.clone();
        async move {
            let mut tx = db.begin_write().await?;
            put(&mut tx, &format!("{n:03}")).await?;
            // Every third one changes its mind.
            if n % 3 == 0 { Ok(()) } else { tx.commit().await }
        }
    });
    let mut all: futures_util::stream::FuturesUnordered<_> = writes.collect();
    while let Some(done) = futures_util::StreamExt::next(&mut all).await {
        done.unwrap();
    }
    assert_eq!(names(&test.db).await.len(), 400);
}

#[tokio::test]
async fn use_cases_that_wait_for_each_other_share_a_commit() {
    let test = TestDb::new(Which::Sqlite).await;
    let first = test.db.begin_write().await.unwrap();
    let waiting = (0..10).map(|n| {
        let db = test.db.clone();
        async move {
            let mut tx = db.begin_write().await?;
            put(&mut tx, &n.to_string()).await?;
            tx.commit().await
        }
    });
    let waiting = futures_util::future::join_all(waiting);
    let ((), done) = tokio::join!(
        async {
            tokio::task::yield_now().await;
            first.commit().await.unwrap();
        },
        waiting
    );
    assert!(done.into_iter().all(|d| d.is_ok()));
    let Pool::Sqlite(sqlite) = &test.db.pool else { unreachable!("a SQLite test database") };
    let begun = sqlite.groups_begun().await;
    assert!(begun <= 3, "{begun} commits for 11 use cases");
}

#[tokio::test]
async fn a_newer_schema_is_refused_in_clear_words() {
    let test = TestDb::new(Which::Sqlite).await;
    let mut tx = test.db.begin_write().await.unwrap();
    sql!(
        tx,
        run,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, x'00', 0)"
    )
    .unwrap();
    tx.commit().await.unwrap();
    test.db.close().await;
    let refused = Db::open(&test.location).await.unwrap_err();
    assert!(refused.to_string().contains("newer version of Waybill"), "{refused}");
}

#[tokio::test]
async fn both_dialects_have_the_same_tables_with_the_same_columns() {
    let sqlite = TestDb::new(Which::Sqlite).await;
    let postgres = TestDb::new(Which::Postgres).await;
    let text = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx%' ORDER BY 1, 2";
    let here = sql!(sqlite.db.read().await.unwrap(), all as (String, String), text).unwrap();
    let text = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%' ORDER BY 1, 2";
    let mut there = sql!(postgres.db.read().await.unwrap(), all as (String, String), text).unwrap();
    there.sort();
    assert!(here.len() > 100, "{} columns", here.len());
    assert_eq!(here, there);
}

#[tokio::test]
async fn a_use_case_that_came_to_nothing_does_not_keep_others_out_of_the_file() {
    use sqlx::Connection as _;
    let test = TestDb::new(Which::Sqlite).await;
    let mut tx = test.db.begin_write().await.unwrap();
    put(&mut tx, "refused").await.unwrap();
    drop(tx);
    // An operator's command is another process with a connection of its own.
    let Location::Sqlite { file, .. } = &test.location else { unreachable!("a SQLite test database") };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut other = SqliteConnection::connect_with(&options.busy_timeout(Duration::from_secs(5))).await.unwrap();
    sqlx::query("INSERT INTO settings VALUES ('operator', '1', 1)").execute(&mut other).await.unwrap();
    assert_eq!(names(&test.db).await, ["operator"]);
}

#[tokio::test]
async fn a_new_reader_does_not_wait_for_whoever_is_writing() {
    let test = TestDb::new(Which::Sqlite).await;
    let mut tx = test.db.begin_write().await.unwrap();
    put(&mut tx, "under way").await.unwrap();
    // Held together, so that each needs a connection of its own.
    let mut readers = Vec::new();
    for _ in 0..4 {
        let reader = tokio::time::timeout(Duration::from_secs(5), test.db.read()).await;
        readers.push(reader.expect("a reader waits for the writer").unwrap());
    }
    drop(readers);
    tx.commit().await.unwrap();
    assert_eq!(names(&test.db).await, ["under way"]);
}

/// Polls `work` at most `polls` times and then drops it, as a server does whose client went away.
async fn abandon<F: Future>(work: F, polls: usize) -> Option<F::Output> {
    let mut work = std::pin::pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_goes_away_at_any_moment_makes_nobody_elses_answer_untrue() {
    let test = TestDb::new(Which::Sqlite).await;
    for polls in 0..24 {
        let write = |name: String| {
            let db = test.db.clone();
            async move {
                let mut tx = db.begin_write().await?;
                put(&mut tx, &name).await?;
                tx.commit().await
            }
        };
        let (gone, a, b) = (format!("gone{polls}"), format!("a{polls}"), format!("b{polls}"));
        let (left, a_done, b_done) =
            tokio::join!(abandon(write(gone.clone()), polls), write(a.clone()), write(b.clone()));
        a_done.unwrap();
        b_done.unwrap();
        // Whatever the abandoned one came to is decided before the next use case begins.
        write(format!("next{polls}")).await.unwrap();
        let names = names(&test.db).await;
        assert!(names.contains(&a) && names.contains(&b), "{polls}: {names:?}");
        assert!(left.is_none_or(|done| done.is_ok()) || !names.contains(&gone), "{polls}");
    }
}
