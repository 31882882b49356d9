//! From a database URL to a store.

use std::sync::Arc;

use super::{Result, Storage, StorageError};

/// Why a store could not be opened, in a sentence for whoever set it up. It never holds a password.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct OpenFailure {
    message: String,
    source: Option<StorageError>,
}

/// Opens the store at a database URL, and brings its tables up to date:
///
/// - `sqlite:FILE`, a file that is made if it is not there; its folder must be;
/// - `sqlite::memory:`, an empty store that is gone when it is let go;
/// - `postgres://USER:PASSWORD@HOST/DATABASE` or `postgresql://…`, a database that must be there.
///
/// Only those that this was built with can be opened. [`StorageError::Unavailable`] says in its
/// source what is wrong, and never names a password.
pub async fn connect(url: &str) -> Result<Arc<dyn Storage>> {
    match url.split_once(':') {
        #[cfg(feature = "sqlite")]
        Some(("sqlite", rest)) => open_sqlite(rest).await,
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => open_postgres(url).await,
        _ => Err(open_failure(
            "The database URL begins with none of 'sqlite:', 'postgres:' and 'postgresql:'".into(),
            None,
        )),
    }
}

#[cfg(feature = "sqlite")]
async fn open_sqlite(rest: &str) -> Result<Arc<dyn Storage>> {
    if rest == ":memory:" {
        return Ok(Arc::new(super::sqlite::Sqlite::temporary().await?));
    }
    // Both 'sqlite:FILE' and 'sqlite://FILE' are seen in the wild.
    let file = rest.strip_prefix("//").unwrap_or(rest);
    if file.is_empty() {
        return Err(open_failure(
            "The database URL 'sqlite:' does not say which file".into(),
            None,
        ));
    }
    match super::sqlite::Sqlite::open(std::path::Path::new(file)).await {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) => Err(open_failure(
            format!("The SQLite file '{file}' can't be opened or made"),
            Some(error),
        )),
    }
}

#[cfg(feature = "postgres")]
async fn open_postgres(url: &str) -> Result<Arc<dyn Storage>> {
    let options: sqlx::postgres::PgConnectOptions = url::Url::parse(url)
        .ok()
        .and_then(|url| url.as_str().parse().ok())
        .ok_or_else(|| {
            open_failure(
                "The database URL is not of the form 'postgres://USER:PASSWORD@HOST/DATABASE'"
                    .into(),
                None,
            )
        })?;
    let database = options.get_database().unwrap_or("of the user's name");
    let place = format!(
        "'{database}' at {}:{}",
        options.get_host(),
        options.get_port()
    );
    match super::postgres::Postgres::open(options.clone()).await {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) => Err(open_failure(
            format!("The PostgreSQL database {place} can't be opened"),
            Some(error),
        )),
    }
}

fn open_failure(sentence: String, source: Option<StorageError>) -> StorageError {
    // The words of the driver are part of the sentence: only the first line may be read.
    let mut sentence = sentence;
    let mut cause = source.as_ref().and_then(std::error::Error::source);
    while let Some(error) = cause {
        let said = error.to_string();
        if !sentence.contains(&said) {
            sentence = format!("{sentence}: {said}");
        }
        cause = error.source();
    }
    StorageError::Unavailable(Box::new(OpenFailure {
        message: sentence,
        source,
    }))
}

#[cfg(test)]
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod tests {
    use std::error::Error;

    use super::*;

    async fn sentence(url: &str) -> String {
        match connect(url).await {
            Ok(_) => panic!("'{url}' can't be a store"),
            Err(error) => error.source().unwrap().to_string(),
        }
    }

    #[tokio::test]
    async fn invalid_database_url_error_names_the_problem() {
        for (url, said) in [
            ("mysql://u:hush@h/d", "begins with none of"),
            ("store.sqlite", "begins with none of"),
            ("sqlite:", "does not say which file"),
            (
                "sqlite:/no/such/folder/x",
                "'/no/such/folder/x' can't be opened or made: ",
            ),
            ("postgres://u:hush@h:port/d", "not of the form"),
            (
                "postgres://u:hush@127.0.0.1:1/d",
                "'d' at 127.0.0.1:1 can't be opened: ",
            ),
        ] {
            let sentence = sentence(url).await;
            assert!(sentence.contains(said), "{url}: {sentence}");
            assert!(!sentence.contains("hush"), "{sentence}");
        }
    }

    #[tokio::test]
    async fn a_store_in_memory_is_empty_each_time() {
        let one = connect("sqlite::memory:").await.unwrap();
        one.ping().await.unwrap();
        assert!(one.list_clients().await.unwrap().is_empty());
    }
}
