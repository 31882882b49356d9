//! `/main/settings/avatar` and `/main/settings/banner`: the pictures of a person.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{finish, profile};
use crate::{
    http::pages::{
        file_form::{FileSubmission, PostedFile},
        submission::Submission,
    },
    model::Object,
    service::{
        Error, ErrorKind, Result,
        media::{self, Cut, Square},
        people,
    },
};

/// `POST /main/settings/avatar`: takes a picture in as an upload, and makes a square of it that of
/// the person; or takes the one away that they have.
pub(super) async fn avatar(FileSubmission { form, file }: FileSubmission) -> Response {
    let cut = Cut::Square(square(&form));
    let done = set(&form, file, cut, |picture| {
        let picture = picture.map(|picture| &picture.body);
        let full = picture.and_then(|picture| picture.get("fullImage"));
        let small = picture.and_then(|picture| picture.get("image"));
        [
            ("image", small.cloned().unwrap_or_default()),
            ("pump_io", json!({ "fullImage": full })),
        ]
        .into()
    });
    respond(&form, "avatar", done.await).await
}

/// `POST /main/settings/banner`: the same for the picture on top of the profile, which is kept
/// whole.
pub(super) async fn banner(FileSubmission { form, file }: FileSubmission) -> Response {
    let done = set(&form, file, Cut::Whole, |picture| {
        let picture = picture.map(|picture| &picture.body);
        let large = picture.and_then(|picture| picture.get("fullImage").or(picture.get("image")));
        [("banner", large.cloned().unwrap_or_default())].into()
    });
    respond(&form, "banner", done.await).await
}

async fn respond(form: &Submission, part: &'static str, done: Result<()>) -> Response {
    let again = |status, outcome| profile::show(&form.visitor, status, Some(outcome), None);
    finish(form, ("/main/settings", part), done, again).await
}

/// Returns the square that a form names, if it names one.
fn square(form: &Submission) -> Option<Square> {
    let number = |name| form.get(name).parse().ok();
    Some(Square {
        x: number("x")?,
        y: number("y")?,
        size: number("size")?,
    })
}

/// Stores the picture of a form, if it doesn't want one to be removed, and changes what the person
/// says of it.
async fn set(
    form: &Submission,
    file: Result<Option<PostedFile>>,
    cut: Cut,
    changes: impl FnOnce(Option<&Object>) -> Vec<(&'static str, Value)>,
) -> Result<()> {
    form.require_member()?;
    let ctx = &form.visitor.ctx;
    let account = form.visitor.account()?;
    let picture = if form.get("remove") == "on" {
        None
    } else {
        let file = file?.ok_or_else(|| Error::saying(ErrorKind::BadRequest, "avatar-missing"))?;
        if !file.media_type.starts_with("image/") {
            let kind = ErrorKind::UnsupportedMediaType;
            return Err(Error::saying(kind, "avatar-no-picture"));
        }
        let stored = media::upload_cut(ctx, account, &file.media_type, file.bytes, cut);
        Some(stored.await?)
    };
    let changes = changes(picture.as_ref()).into_iter();
    let changes: Map<String, Value> = changes
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    people::update_profile(ctx, account.nickname.as_str(), changes)
        .await
        .map(drop)
}
