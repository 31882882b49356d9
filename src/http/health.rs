//! Whether the process lives, and whether it can work.

use axum::extract::State;

use crate::{
    App,
    service::{DISK_FULL, Error},
    storage::StorageError,
};

/// `GET /livez`: the process answers.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: so does the storage, and has room; else 503, whatever the reason.
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Error> {
    match app.storage().ping().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            let sentence = match error {
                StorageError::Full(_) => DISK_FULL,
                _ => "The server can't reach its storage.",
            };
            Err(Error::unavailable(sentence, error))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{app::AppParts, service::ErrorKind, storage::sqlite::Sqlite};

    #[tokio::test]
    async fn it_is_ready_while_its_storage_answers_and_unavailable_after() {
        let app = App::new(AppParts {
            storage: Arc::new(Sqlite::temporary().await.unwrap()),
            ..AppParts::of_a_test("http://pump.test")
        });
        assert_eq!(ready(State(app.clone())).await.unwrap(), "ready\n");
        app.storage().close().await;
        let error = ready(State(app)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}
