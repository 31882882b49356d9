//! Whether the process lives, and whether it can work.

use axum::extract::State;

use crate::{
    App,
    service::{Error, ErrorKind},
};

/// `GET /livez`: the process answers.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: so does the storage, else 503, whatever the reason.
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Error> {
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
