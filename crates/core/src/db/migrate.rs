//! Bringing a database to this binary's schema. Both dialects carry the same numbers.
use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/migrations/sqlite"]
struct SqliteFiles;

#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/migrations/postgres"]
struct PostgresFiles;

/// Why the schema could not be brought to this binary's version.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(
        "the database was written by a newer version of Waybill (its schema has step {step}, unknown here); \
         start that version, or restore the snapshot made before the upgrade"
    )]
    Newer { step: i64 },
    #[error("the database could not be migrated: {0}")]
    Failed(String),
}

impl From<sqlx::migrate::MigrateError> for MigrateError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(step) => Self::Newer { step },
            other => Self::Failed(other.to_string()),
        }
    }
}

pub(super) fn sqlite() -> Migrator {
    Migrator::with_migrations(read::<SqliteFiles>())
}

pub(super) fn postgres() -> Migrator {
    Migrator::with_migrations(read::<PostgresFiles>())
}

fn read<F: rust_embed::RustEmbed>() -> Vec<Migration> {
    let mut steps: Vec<Migration> = F::iter()
        .map(|name| {
            let (number, rest) = name.split_once('_').expect("migrations are named NNNN_what.sql");
            let description = rest.trim_end_matches(".sql").replace('_', " ");
            let file = F::get(&name).expect("the embedded list names embedded files");
            let text = String::from_utf8(file.data.into_owned()).expect("migrations are UTF-8");
            Migration::new(
                number.parse().expect("migrations start with a number"),
                Cow::Owned(description),
                MigrationType::Simple,
                AssertSqlSafe(text).into_sql_str(),
                false,
            )
        })
        .collect();
    steps.sort_by_key(|step| step.version);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_have_the_same_migrations() {
        let names = |steps: Vec<Migration>| -> Vec<_> {
            steps.iter().map(|s| (s.version, s.description.to_string())).collect()
        };
        let sqlite = names(read::<SqliteFiles>());
        assert_eq!(sqlite, names(read::<PostgresFiles>()));
        assert!(!sqlite.is_empty());
    }
}
