//! Buttons: like, share, follow, join, and what undoes them.

use axum::response::Response;
use serde_json::json;

use super::{read::answer, submission::Submission};
use crate::service::{Error, Result, activity};

/// Verbs that a button may have.
const VERBS: [&str; 9] = [
    "favorite",
    "unfavorite",
    "share",
    "unshare",
    "follow",
    "stop-following",
    "join",
    "leave",
    "delete",
];

/// `POST /main/act`: does one thing, and leads back.
pub(super) async fn act(form: Submission) -> Response {
    let back = form.get("back");
    let done = perform(&form).await.map(|()| form.redirect(back));
    answer(&form.visitor, back, done)
}

async fn perform(form: &Submission) -> Result<()> {
    form.require_member()?;
    let verb = form.get("verb");
    if !VERBS.contains(&verb) {
        return Err(Error::bad_request("That can't be done here.").phrased("failure-no-action"));
    }
    let object = json!({ "id": form.get("id"), "objectType": form.get("kind") });
    let done = json!({ "verb": verb, "object": object });
    activity::perform_json(&form.visitor.ctx, done)
        .await
        .map(drop)
}
