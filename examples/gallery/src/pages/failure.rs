//! Errors.

use std::{error::Error, iter::successors};

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hydraulics::{SignInError, http::status, service};

use super::shown;

/// Error page.
pub(crate) struct Failure(pub StatusCode, pub String);

#[derive(Template)]
#[template(path = "failure.html")]
struct Failed<'a> {
    visitor: Option<String>,
    message: &'a str,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let page = Failed {
            visitor: None,
            message: &self.1,
        };
        (self.0, shown(&page)).into_response()
    }
}

impl Failure {
    /// Our fault: the causes are for the log, and none of people's business.
    fn ours(error: &(dyn Error + 'static)) -> Self {
        log(error);
        let message = "Something went wrong.";
        Self(StatusCode::INTERNAL_SERVER_ERROR, message.into())
    }
}

fn log(error: &(dyn Error + 'static)) {
    let causes = successors(Some(error), |&error| error.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    eprintln!("{}", causes.join(": "));
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => {
                Self(StatusCode::NOT_FOUND, "There is nothing here.".into())
            }
            error => Self::ours(&error),
        }
    }
}

impl From<service::Error> for Failure {
    fn from(error: service::Error) -> Self {
        let status = status(error.kind());
        if status.is_server_error() {
            log(&error);
        }
        Self(status, error.message().into())
    }
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        match error.downcast::<service::Error>() {
            Ok(refused) => Self::from(*refused),
            Err(error) => Self::ours(&*error),
        }
    }
}
