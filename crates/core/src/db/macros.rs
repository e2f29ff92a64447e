//! The small macros that let one SQL text and one row type serve both databases.

/// Runs one SQL text (`$1` placeholders, `RETURNING`, `ON CONFLICT`) on whichever database is behind the connection.
///
/// - `sql!(conn, run, "...", a, b)` answers how many rows it touched.
/// - `sql!(conn, all as Row, "...", a)` answers `Vec<Row>`; `maybe as Row` an `Option<Row>`; `one as Row` exactly one.
///
/// `Row` is a type made by [`row!`](crate::row) or a tuple of native types.
#[macro_export]
macro_rules! sql {
    ($conn:expr, run, $sql:expr $(, $arg:expr)* $(,)?) => {{
        let answer: $crate::error::Result<u64> = match $conn.driver() {
            $crate::db::Driver::Sqlite(c) => sqlx::query::<sqlx::Sqlite>($sql)$(.bind($crate::db::Column::to_raw(&$arg)))*
                .execute(c).await.map(|done| done.rows_affected()).map_err($crate::error::Error::from),
            $crate::db::Driver::Postgres(c) => sqlx::query::<sqlx::Postgres>($sql)$(.bind($crate::db::Column::to_raw(&$arg)))*
                .execute(c).await.map(|done| done.rows_affected()).map_err($crate::error::Error::from),
        };
        answer
    }};
    ($conn:expr, all as $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::sql!(@fetch fetch_all, Vec<$row>, $row, $conn, $sql $(, $arg)*)
    };
    ($conn:expr, one as $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::sql!(@fetch fetch_one, $row, $row, $conn, $sql $(, $arg)*)
    };
    ($conn:expr, maybe as $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        $crate::sql!(@fetch fetch_optional, Option<$row>, $row, $conn, $sql $(, $arg)*)
    };
    (@fetch $run:ident, $answer:ty, $row:ty, $conn:expr, $sql:expr $(, $arg:expr)*) => {{
        let answer: $crate::error::Result<$answer> = match $conn.driver() {
            $crate::db::Driver::Sqlite(c) => sqlx::query_as::<sqlx::Sqlite, $row>($sql)$(.bind($crate::db::Column::to_raw(&$arg)))*
                .$run(c).await.map_err($crate::error::Error::from),
            $crate::db::Driver::Postgres(c) => sqlx::query_as::<sqlx::Postgres, $row>($sql)$(.bind($crate::db::Column::to_raw(&$arg)))*
                .$run(c).await.map_err($crate::error::Error::from),
        };
        answer
    }};
}

/// Declares a struct that is read from a row by column name, on both databases.
#[macro_export]
macro_rules! row {
    ($(#[$doc:meta])* $vis:vis struct $name:ident { $($(#[$field_doc:meta])* $field_vis:vis $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        $vis struct $name { $($(#[$field_doc])* $field_vis $field: $type),+ }
        $crate::row!(@read $name, sqlx::sqlite::SqliteRow; $($field: $type),+);
        $crate::row!(@read $name, sqlx::postgres::PgRow; $($field: $type),+);
    };
    (@read $name:ident, $row:ty; $($field:ident: $type:ty),+) => {
        impl<'r> sqlx::FromRow<'r, $row> for $name {
            fn from_row(row: &'r $row) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                Ok(Self { $($field: {
                    let raw: <$type as $crate::db::Column>::Raw = row.try_get(stringify!($field))?;
                    <$type as $crate::db::Column>::from_raw(raw).map_err(|e| sqlx::Error::ColumnDecode {
                        index: stringify!($field).to_owned(), source: Box::new(e),
                    })?
                }),+ })
            }
        }
    };
}

/// Declares a closed set that is stored, logged and sent under fixed names.
#[macro_export]
macro_rules! names {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The fixed name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the fixed name.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl $crate::db::Column for $name {
            type Raw = String;
            fn from_raw(raw: String) -> Result<Self, $crate::db::BadColumn> {
                Self::parse(&raw).ok_or($crate::db::BadColumn(raw))
            }
            fn to_raw(&self) -> String {
                self.name().to_owned()
            }
        }
    };
}
