//! What goes wrong.

use std::{error::Error, iter::successors};

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hydraulics::{
    app::SignInError,
    service::{self, ErrorKind},
};

use super::shown;

/// What goes wrong, for people.
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
        let status = match error.kind() {
            ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
            ErrorKind::Unauthorized | ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Gone => StatusCode::GONE,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::BadGateway => StatusCode::BAD_GATEWAY,
            ErrorKind::Unavailable => {
                log(&error);
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => return Self::ours(&error),
        };
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
