//! Fresh databases.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    rc::Rc,
};

use anyhow::{Context, Result, bail};
use hydraulics::app::{Entropy, SystemEntropy};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::arguments::Backend;

/// Where a PostgreSQL is that may be filled.
const POSTGRES: &str = "HYDRAULICS_TEST_POSTGRES_URL";

/// Starts a cluster that is as durable as a real one, says where it is, and removes it when its
/// input ends.
const CLUSTER: &str = "set -euo pipefail
. tests/lib/postgres.sh
trap stop_postgres EXIT
trap 'exit 130' INT TERM
start_postgres durable
echo \"url $HYDRAULICS_TEST_POSTGRES_URL\"
read -r _ || true";

/// A PostgreSQL: one that was given, or one of our own, which ends when this is dropped.
struct Cluster {
    url: String,
    own: Option<(Child, ChildStdin)>,
}

impl Cluster {
    fn find() -> Result<Self> {
        #[allow(
            clippy::disallowed_methods,
            reason = "as the tests are told where Postgres is"
        )]
        if let Ok(url) = std::env::var(POSTGRES) {
            return Ok(Self { url, own: None });
        }
        Self::start().with_context(|| {
            format!(
                "No PostgreSQL could be started; name one in {POSTGRES}, or choose --backend sqlite"
            )
        })
    }

    fn start() -> Result<Self> {
        let mut child = Command::new("bash")
            .args(["-c", CLUSTER])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (stdin, stdout) = stdin.zip(stdout).context("there are pipes")?;
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            match line.strip_prefix("url ") {
                Some(url) => {
                    return Ok(Self {
                        url: url.into(),
                        own: Some((child, stdin)),
                    });
                }
                None => eprintln!("{line}"),
            }
        }
        bail!("tests/lib/postgres.sh failed")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some((mut child, stdin)) = self.own.take() {
            drop(stdin);
            let _ = child.wait();
        }
    }
}

/// An empty database, and a folder, which go when this is dropped: but for a schema in a PostgreSQL
/// that was given, for which there is [`remove`](Self::remove).
pub(crate) struct Database {
    pub(crate) url: String,
    folder: TempDir,
    schema: Option<(Rc<Cluster>, String)>,
}

impl Database {
    /// Makes one. Folders are below `target`, where there is a real disk.
    pub(crate) async fn fresh(backend: Backend) -> Result<Self> {
        match backend {
            Backend::Sqlite => Self::file(),
            Backend::Postgres => Self::schema(Cluster::find()?.into()).await,
        }
    }

    /// Makes another one of the same kind, in the same place.
    pub(crate) async fn beside(&self) -> Result<Self> {
        match &self.schema {
            None => Self::file(),
            Some((cluster, _)) => Self::schema(cluster.clone()).await,
        }
    }

    fn file() -> Result<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        Ok(Self {
            url: format!("sqlite:{}", folder.path().join("bench.sqlite").display()),
            folder,
            schema: None,
        })
    }

    async fn schema(cluster: Rc<Cluster>) -> Result<Self> {
        let mut chance = [0; 8];
        SystemEntropy.fill(&mut chance);
        let schema = format!("bench_{:x}", u64::from_ne_bytes(chance));
        execute(&cluster.url, &format!("CREATE SCHEMA {schema}")).await?;
        let url = &cluster.url;
        let separator = if url.contains('?') { '&' } else { '?' };
        Ok(Self {
            url: format!("{url}{separator}options=-csearch_path%3D{schema}"),
            folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?,
            schema: Some((cluster, schema)),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the version string of the database.
    pub(crate) async fn version(&self) -> Result<String> {
        Ok(if self.schema.is_some() {
            let mut connection = PgConnection::connect(&self.url).await?;
            let version = sqlx::query_scalar("SHOW server_version");
            let version: String = version.fetch_one(&mut connection).await?;
            format!("PostgreSQL {version}")
        } else {
            let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
            let version = sqlx::query_scalar("SELECT sqlite_version()");
            let version: String = version.fetch_one(&mut connection).await?;
            format!("SQLite {version}")
        })
    }

    /// Has the database learn about what it was filled with, as it would by itself before long.
    pub(crate) async fn settle(&self) -> Result<()> {
        match &self.schema {
            Some(_) => execute(&self.url, "VACUUM ANALYZE").await,
            None => Ok(()),
        }
    }

    /// Leaves nothing behind.
    pub(crate) async fn remove(self) -> Result<()> {
        match &self.schema {
            Some((cluster, schema)) => {
                execute(&cluster.url, &format!("DROP SCHEMA {schema} CASCADE")).await
            }
            None => Ok(()),
        }
    }
}

async fn execute(url: &str, sql: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute(sql).await?;
    Ok(())
}
