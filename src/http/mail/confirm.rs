//! `/main/confirm/CODE`: whether an address is someone's own.

use axum::{extract::Path, response::Response};

use super::{ask, done};
use crate::{
    http::page::{self, visitor::Visitor},
    protocol::html::escape,
    service::mail::confirm as service,
};

/// The question.
pub(super) async fn look(visitor: Visitor, Path(code): Path<String>) -> Response {
    match service::find_confirmation(&visitor.anyone(), &code).await {
        Ok(code) => {
            let t = &*visitor.language;
            let name = format!("{}@{}", code.user, visitor.ctx.urls().authority());
            let strong = |text: &str| format!("<strong><bdi>{}</bdi></strong>", escape(text));
            let parts = [("name", strong(&name)), ("address", strong(&code.target))];
            let parts = parts.each_ref().map(|(key, value)| (*key, value.as_str()));
            let question = t.html("confirm-question", &parts);
            ask(
                &visitor,
                &t.say("confirm-title"),
                &question,
                &t.say("confirm-button"),
            )
        }
        Err(error) => page::failure(&visitor, error),
    }
}

/// The answer.
pub(super) async fn confirm(visitor: Visitor, Path(code): Path<String>) -> Response {
    match service::confirm(&visitor.anyone(), &code).await {
        Ok(code) => {
            let t = &*visitor.language;
            let parts = [("name", code.user.as_str()), ("address", &*code.target)];
            let message = t.fill("confirm-done", &parts);
            done(&visitor, &t.say("confirm-done-title"), &message)
        }
        Err(error) => page::failure(&visitor, error),
    }
}
