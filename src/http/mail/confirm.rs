//! `/main/confirm/CODE`: whether an address is someone's own.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::{ConfirmPage, done, render};
use crate::{App, context::Caller, http::page, service::mail::confirm as service};

/// The question.
pub(super) async fn look(State(app): State<App>, Path(code): Path<String>) -> Response {
    match service::find_confirmation(&app.context(Caller::Anonymous), &code).await {
        Ok(code) => {
            let question = format!(
                "“{}@{}” is to get its mail at",
                code.user,
                app.urls().authority()
            );
            let page = ConfirmPage {
                title: "Is this your address?",
                question: &question,
                about: &code.target,
                button: "Yes, confirm it",
            };
            render(&app, StatusCode::OK, page.title, &page)
        }
        Err(error) => page::failure(&app, error),
    }
}

/// The answer.
pub(super) async fn confirm(State(app): State<App>, Path(code): Path<String>) -> Response {
    match service::confirm(&app.context(Caller::Anonymous), &code).await {
        Ok(code) => {
            let message = format!("Mail for “{}” goes to {} now.", code.user, code.target);
            done(&app, "Confirmed", &message)
        }
        Err(error) => page::failure(&app, error),
    }
}
