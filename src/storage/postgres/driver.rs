//! The driver, and connections to the server.

use std::{io::ErrorKind, time::Duration};

use sqlx::{
    ConnectOptions, Error, PgConnection, Result,
    postgres::{PgArguments, PgConnectOptions, PgRow},
    query::Query,
};
use tokio::time::sleep;

use super::SESSION_SQL;
use crate::storage::sql::{
    dialect::Dialect,
    driver::{Argument, List, SqlConnection, impl_driver},
    error::has_code,
    key::Key,
    pool::Connector,
};

/// Delay before connecting again to a database that is starting or full.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// A statement, and what is bound to it.
pub(super) type PgQuery<'q> = Query<'q, sqlx::Postgres, PgArguments>;

impl_driver!(Postgres, PgConnection, PgRow, Dialect::Postgres);

/// Binds arrays.
fn bind_list<'q>(query: PgQuery<'q>, list: &'q List<'_>) -> PgQuery<'q> {
    match list {
        List::Keys(keys) => query.bind(keys),
        List::KeyPairs(pairs) => {
            let (first, second): (Vec<Key>, Vec<Key>) = pairs.iter().copied().unzip();
            query.bind(first).bind(second)
        }
        List::Numbers(numbers) => query.bind(numbers),
        List::Versions(versions) => query
            .bind(versions.keys().copied().collect::<Vec<_>>())
            .bind(versions.values().copied().collect::<Vec<_>>()),
    }
}

/// Options of the connections.
#[derive(Debug)]
pub(crate) struct Server(pub(super) PgConnectOptions);

impl Connector for Server {
    const IS_REMOTE: bool = true;

    type Connection = PgConnection;

    async fn connect(&self) -> Result<PgConnection> {
        loop {
            let connected = async {
                let mut connection = self.0.connect().await?;
                connection.run(SESSION_SQL, &[]).await?;
                Ok(connection)
            };
            match connected.await {
                Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => {}
                // It is starting, or has too many connections.
                Err(error) if has_code(&error, &["53300", "57P03"]) => {}
                outcome => return outcome,
            }
            sleep(RETRY_INTERVAL).await;
        }
    }
}
