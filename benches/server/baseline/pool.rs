//! The connections and queries of the floor, with the settings of the server's own.

use std::str::FromStr;

use anyhow::Result;
use sqlx::{
    ConnectOptions, PgPool, SqliteConnection, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    query, query_scalar,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Mutex;

/// As many as the server has.
const READERS: u32 = 8;
const CONNECTIONS: u32 = 16;

const CREATE_TABLES_SQL: [&str; 4] = [
    "CREATE TABLE documents (id BIGINT PRIMARY KEY, body TEXT NOT NULL)",
    "CREATE TABLE inbox (owner BIGINT, seq BIGINT, document BIGINT, PRIMARY KEY (owner, seq))",
    "CREATE TABLE singles (id TEXT PRIMARY KEY, body TEXT NOT NULL)",
    "CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",
];

const SELECT_PAGE_SQL: &str = "SELECT body FROM inbox JOIN documents ON id = document \
                    WHERE owner = $1 ORDER BY seq DESC LIMIT 20";
const SELECT_ONE_SQL: &str = "SELECT body FROM singles WHERE id = $1";

pub(super) enum Pool {
    Sqlite {
        readers: SqlitePool,
        writer: Mutex<SqliteConnection>,
    },
    Postgres(PgPool),
}

impl Pool {
    /// Opens a database and makes the tables.
    pub(super) async fn open(url: &str) -> Result<Self> {
        let Some(file) = url.strip_prefix("sqlite:") else {
            let options = PgConnectOptions::from_str(url)?.disable_statement_logging();
            let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
            let pool = pool.connect_with(options).await?;
            for table in CREATE_TABLES_SQL {
                query(&table.replace("INTEGER PRIMARY", "BIGSERIAL PRIMARY"))
                    .execute(&pool)
                    .await?;
            }
            return Ok(Self::Postgres(pool));
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .disable_statement_logging();
        let durable = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut writer = durable.connect().await?;
        for table in CREATE_TABLES_SQL {
            query(table).execute(&mut writer).await?;
        }
        let readers = SqlitePoolOptions::new().max_connections(READERS);
        Ok(Self::Sqlite {
            readers: readers.connect_with(options.read_only(true)).await?,
            writer: Mutex::new(writer),
        })
    }

    pub(super) async fn put_document(&self, id: i64, body: &str) -> Result<()> {
        let sql = "INSERT INTO documents VALUES ($1, $2)";
        match self {
            Self::Sqlite { writer, .. } => {
                let mut writer = writer.lock().await;
                query(sql).bind(id).bind(body).execute(&mut *writer).await?;
            }
            Self::Postgres(pool) => {
                query(sql).bind(id).bind(body).execute(pool).await?;
            }
        }
        Ok(())
    }

    /// Puts documents into an inbox, one on top of the other.
    pub(super) async fn file(&self, owner: i64, documents: &[i64]) -> Result<()> {
        let values: Vec<String> = documents
            .iter()
            .enumerate()
            .map(|(seq, document)| format!("({owner}, {seq}, {document})"))
            .collect();
        let sql = format!("INSERT INTO inbox VALUES {}", values.join(", "));
        match self {
            Self::Sqlite { writer, .. } => {
                query(&sql).execute(&mut *writer.lock().await).await?;
            }
            Self::Postgres(pool) => {
                query(&sql).execute(pool).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn put_single(&self, id: &str, body: &str) -> Result<()> {
        let sql = "INSERT INTO singles VALUES ($1, $2)";
        match self {
            Self::Sqlite { writer, .. } => {
                let mut writer = writer.lock().await;
                query(sql).bind(id).bind(body).execute(&mut *writer).await?;
            }
            Self::Postgres(pool) => {
                query(sql).bind(id).bind(body).execute(pool).await?;
            }
        }
        Ok(())
    }

    /// The newest 20 documents of an inbox.
    pub(super) async fn page(&self, owner: i64) -> sqlx::Result<Vec<String>> {
        match self {
            Self::Sqlite { readers, .. } => {
                query_scalar(SELECT_PAGE_SQL)
                    .bind(owner)
                    .fetch_all(readers)
                    .await
            }
            Self::Postgres(pool) => {
                query_scalar(SELECT_PAGE_SQL)
                    .bind(owner)
                    .fetch_all(pool)
                    .await
            }
        }
    }

    pub(super) async fn one(&self, id: &str) -> sqlx::Result<String> {
        match self {
            Self::Sqlite { readers, .. } => {
                query_scalar(SELECT_ONE_SQL)
                    .bind(id)
                    .fetch_one(readers)
                    .await
            }
            Self::Postgres(pool) => query_scalar(SELECT_ONE_SQL).bind(id).fetch_one(pool).await,
        }
    }

    /// Keeps a document; it is on the disk when this returns.
    pub(super) async fn post(&self, body: &str) -> sqlx::Result<()> {
        let sql = "INSERT INTO posts (body) VALUES ($1)";
        match self {
            Self::Sqlite { writer, .. } => {
                let mut writer = writer.lock().await;
                query(sql).bind(body).execute(&mut *writer).await.map(drop)
            }
            Self::Postgres(pool) => query(sql).bind(body).execute(pool).await.map(drop),
        }
    }
}
