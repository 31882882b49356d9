//! The driver, and connections that read.

use std::fmt::Write;

use sqlx::{
    ConnectOptions, SqliteConnection,
    query::Query,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use crate::storage::sql::{
    dialect::Dialect,
    driver::{Argument, List, SqlConnection, impl_driver},
    key::Key,
    pool::Connector,
};

impl_driver!(Sqlite, SqliteConnection, SqliteRow, Dialect::Sqlite);

/// Binds a JSON text, which a statement takes apart with `json_each` and `unhex`: one statement for
/// any number of values.
fn bind_list<'q>(
    query: Query<'q, sqlx::Sqlite, Arguments<'q>>,
    list: &List<'_>,
) -> Query<'q, sqlx::Sqlite, Arguments<'q>> {
    query.bind(match list {
        List::Keys(keys) => json_array(keys, write_hex),
        List::KeyPairs(pairs) => json_array(pairs, |(first, second), json| {
            json.push('[');
            write_hex(first, json);
            json.push(',');
            write_hex(second, json);
            json.push(']');
        }),
        List::Numbers(numbers) => serde_json::json!(numbers).to_string(),
        List::Versions(versions) => serde_json::json!(versions).to_string(),
    })
}

/// Returns a JSON array of items, each of which is written by a function.
pub(super) fn json_array<T>(
    items: impl IntoIterator<Item = T>,
    write: impl Fn(T, &mut String),
) -> String {
    let mut json = String::from("[");
    for item in items {
        if json.len() > 1 {
            json.push(',');
        }
        write(item, &mut json);
    }
    json.push(']');
    json
}

/// Writes a key as a hexadecimal JSON text, for `unhex`.
pub(super) fn write_hex(key: &Key, json: &mut String) {
    // Writing to a String can't fail.
    let _ = write!(json, "\"{:032X}\"", u128::from_be_bytes(*key));
}

/// Options of the connections that read.
#[derive(Debug)]
pub(crate) struct Reader(pub(super) SqliteConnectOptions);

impl Connector for Reader {
    const IS_REMOTE: bool = false;

    type Connection = SqliteConnection;

    async fn connect(&self) -> sqlx::Result<SqliteConnection> {
        self.0.connect().await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use sqlx::Error;

    use super::*;
    use crate::storage::sql::{driver::args, pool::Pool};

    #[tokio::test]
    async fn a_read_that_is_given_up_leaves_its_connection_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("store"))
            .create_if_missing(true);
        let readers = Pool::new(Reader(options), 1);
        let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 100000) \
                    SELECT n FROM n";
        for polls in 0..20 {
            let mut read = Box::pin(readers.all(many, &[]));
            for _ in 0..polls {
                assert!(read.as_mut().now_or_never().is_none(), "it takes longer");
                tokio::task::yield_now().await;
            }
            drop(read);
            let one: i64 = readers
                .scalar("SELECT $1 + 1", &args![polls])
                .await
                .unwrap();
            assert_eq!(one, polls + 1);
        }
        assert!(readers.idle_count() <= 1);
        readers.close().await;
        readers.close().await;
        let late = readers.first("SELECT 1", &[]).await;
        assert!(matches!(late, Err(Error::PoolClosed)));
    }
}
