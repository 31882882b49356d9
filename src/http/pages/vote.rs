//! `/main/vote`: choosing in a poll.

use axum::response::Response;
use serde_json::json;

use super::{read::answer, submission::Submission};
use crate::service::{Error, ErrorKind, Result, activity};

/// `POST /main/vote`: votes for each choice that was marked, and leads back.
pub(super) async fn vote(form: Submission) -> Response {
    let back = form.get("back");
    let done = perform(&form).await.map(|()| form.redirect(back));
    answer(&form.visitor, back, done)
}

async fn perform(form: &Submission) -> Result<()> {
    form.require_member()?;
    let mut choices = form.all("choice").peekable();
    if choices.peek().is_none() {
        return Err(Error::saying(ErrorKind::BadRequest, "vote-nothing"));
    }
    let object = json!({ "id": form.get("id"), "objectType": form.get("kind") });
    for choice in choices {
        let vote = json!({ "verb": "vote", "object": object, "choice": choice });
        activity::perform_json(&form.visitor.ctx, vote).await?;
    }
    Ok(())
}
