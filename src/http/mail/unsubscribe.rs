//! `/main/unsubscribe/CODE`: no more mail of a kind. Mail programs post there by themselves when
//! their button for it is pressed (RFC 8058).

use axum::{extract::Path, response::Response};

use super::{ask, done};
use crate::{
    http::page::{self, visitor::Visitor},
    protocol::html::escape,
    service::notifications,
};

/// The question.
pub(super) async fn look(visitor: Visitor, Path(code): Path<String>) -> Response {
    match notifications::find_unsubscribe_kind(&visitor.anyone(), &code).await {
        Ok(kinds) => {
            let t = &*visitor.language;
            let about = format!("<strong>{}</strong>", escape(&t.list_of_mails(&kinds)));
            let question = t.html("unsubscribe-question", &[("about", &about)]);
            ask(
                &visitor,
                &t.say("unsubscribe-title"),
                &question,
                &t.say("unsubscribe-button"),
            )
        }
        Err(error) => page::failure(&visitor, error),
    }
}

/// The answer.
pub(super) async fn unsubscribe(visitor: Visitor, Path(code): Path<String>) -> Response {
    match notifications::unsubscribe(&visitor.anyone(), &code).await {
        Ok(kinds) => {
            let t = &*visitor.language;
            let message = t
                .with("unsubscribe-done", "about", &t.list_of_mails(&kinds))
                .into_owned();
            done(&visitor, &t.say("done"), &message)
        }
        Err(error) => page::failure(&visitor, error),
    }
}
