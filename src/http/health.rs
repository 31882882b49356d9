//! Whether the process lives, and whether it can work.

use axum::{Router, extract::State, routing::get};

use crate::{
    App,
    service::{Error, ErrorKind},
};

/// `/livez` and `/readyz`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/livez", get("alive\n"))
        .route("/readyz", get(ready))
}

/// Asks the storage; 503 when it can't be reached, whatever the reason.
async fn ready(State(app): State<App>) -> Result<&'static str, Error> {
    match app.storage().ping().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the storage does not answer");
            Err(Error::new(
                ErrorKind::Unavailable,
                "The server can't reach its storage.",
            ))
        }
    }
}
