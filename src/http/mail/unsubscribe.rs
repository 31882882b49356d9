//! `/main/unsubscribe/CODE`: no more mail of a kind. Mail programs post there by themselves when
//! their button for it is pressed (RFC 8058).

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::{ConfirmPage, done, render};
use crate::{
    App,
    context::Caller,
    http::page,
    service::{mail::describe_kind, notifications},
};

/// The question.
pub(super) async fn look(State(app): State<App>, Path(code): Path<String>) -> Response {
    match notifications::find_unsubscribe_kind(&app.context(Caller::Anonymous), &code).await {
        Ok(kinds) => {
            let page = ConfirmPage {
                title: "No more mail?",
                question: "You will get no more mail about",
                about: &describe_kind(&kinds),
                button: "Stop these mails",
            };
            render(&app, StatusCode::OK, page.title, &page)
        }
        Err(error) => page::failure(&app, error),
    }
}

/// The answer.
pub(super) async fn unsubscribe(State(app): State<App>, Path(code): Path<String>) -> Response {
    match notifications::unsubscribe(&app.context(Caller::Anonymous), &code).await {
        Ok(kinds) => {
            let message = format!("You get no more mail about {}.", describe_kind(&kinds));
            done(&app, "Done", &message)
        }
        Err(error) => page::failure(&app, error),
    }
}
