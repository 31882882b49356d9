//! Handlers of actions. Actions that followers should see are activities: Hydraulics then writes it
//! into the gallery's tables, as it would if someone had done it with a client.

use axum::{
    Form,
    extract::{Multipart, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use hydraulics::{
    escape_html,
    model::Nickname,
    service::{accounts, activity, media},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::query_scalar;

use super::{Failure, Member};
use crate::{
    Gallery,
    people::{self, everyone},
};

/// Does something in the name of a member.
async fn act(gallery: &Gallery, who: &Nickname, what: Value) -> Result<activity::Plan, Failure> {
    let ctx = accounts::signed_in(&gallery.app, who).await?;
    Ok(activity::perform_json(&ctx, what).await?)
}

/// How an activity names a photo.
async fn named(gallery: &Gallery, photo: i64) -> Result<Value, Failure> {
    let id = query_scalar("SELECT pump FROM photos WHERE id = ?1 AND shown AND pump IS NOT NULL");
    let id: String = id.bind(photo).fetch_one(&gallery.db).await?;
    Ok(json!({ "objectType": "image", "id": id }))
}

/// `POST /upload`: a picture, its title, and what is to be said about it.
pub(super) async fn upload(
    State(gallery): State<Gallery>,
    Member(who): Member,
    form: Multipart,
) -> Result<Redirect, Failure> {
    let form = UploadForm::read(form).await?;
    if !form.is_picture() {
        let message = "That is no picture that can be shown here.";
        return Err(Failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, message.into()));
    }
    let ctx = accounts::signed_in(&gallery.app, &who).await?;
    let account = ctx.account().ok_or_else(unfit)?;
    let photo = media::upload(&ctx, account, &form.media_type, form.picture).await?;
    let followers = gallery.app.urls().user(&who, "/followers");
    let post = json!({
        "verb": "post",
        "to": [everyone()],
        "cc": [{ "objectType": "collection", "id": followers }],
        "object": {
            "objectType": "image", "id": photo.id,
            "displayName": form.title, "content": escape_html(&form.about),
        },
    });
    activity::perform_json(&ctx, post).await?;
    let id = query_scalar("SELECT id FROM photos WHERE pump = ?1").bind(&photo.id);
    let id: i64 = id.fetch_one(&gallery.db).await?;
    Ok(Redirect::to(&format!("/photos/{id}")))
}

#[derive(Default)]
struct UploadForm {
    title: String,
    about: String,
    media_type: String,
    picture: Bytes,
}

impl UploadForm {
    async fn read(mut form: Multipart) -> Result<Self, Failure> {
        let mut read = Self::default();
        while let Some(field) = form.next_field().await.map_err(|_| unfit())? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "picture" {
                read.media_type = field.content_type().unwrap_or_default().into();
                read.picture = field.bytes().await.map_err(|_| unfit())?;
                continue;
            }
            let text = field.text().await.map_err(|_| unfit())?;
            match name.as_str() {
                "title" => read.title = text,
                "about" => read.about = text,
                _ => {}
            }
        }
        Ok(read)
    }

    /// Anything else would be posted as a file, a video and the like, none of which has a place in
    /// the gallery.
    fn is_picture(&self) -> bool {
        self.media_type.starts_with("image/")
    }
}

fn unfit() -> Failure {
    Failure(StatusCode::BAD_REQUEST, "That could not be read.".into())
}

#[derive(Deserialize)]
pub(super) struct CommentForm {
    text: String,
}

/// `POST /photos/ID/comments`
pub(super) async fn comment(
    State(gallery): State<Gallery>,
    Member(who): Member,
    Path(photo): Path<i64>,
    Form(form): Form<CommentForm>,
) -> Result<Redirect, Failure> {
    let parent = named(&gallery, photo).await?;
    let comment =
        json!({ "objectType": "comment", "content": escape_html(&form.text), "inReplyTo": parent });
    act(&gallery, &who, json!({ "verb": "post", "object": comment })).await?;
    Ok(Redirect::to(&format!("/photos/{photo}")))
}

#[derive(Deserialize)]
pub(super) struct StarForm {
    verb: String,
}

/// `POST /photos/ID/star`: a star is given, or taken back.
pub(super) async fn star(
    State(gallery): State<Gallery>,
    Member(who): Member,
    Path(photo): Path<i64>,
    Form(form): Form<StarForm>,
) -> Result<Redirect, Failure> {
    let object = named(&gallery, photo).await?;
    let verb = if form.verb == "unfavorite" {
        "unfavorite"
    } else {
        "favorite"
    };
    act(&gallery, &who, json!({ "verb": verb, "object": object })).await?;
    Ok(Redirect::to(&format!("/photos/{photo}")))
}

#[derive(Deserialize)]
pub(super) struct AlbumForm {
    album: String,
}

/// `POST /photos/ID/album`: into the album of that name, which is made if it is not there.
pub(super) async fn paste(
    State(gallery): State<Gallery>,
    Member(who): Member,
    Path(photo): Path<i64>,
    Form(form): Form<AlbumForm>,
) -> Result<Redirect, Failure> {
    let object = named(&gallery, photo).await?;
    let known = query_scalar(
        "SELECT albums.pump FROM albums JOIN people ON people.id = person \
         WHERE nickname = ?1 AND title = ?2 AND albums.pump IS NOT NULL",
    );
    let known = known.bind(who.as_str()).bind(&form.album);
    let album = match known.fetch_optional(&gallery.db).await? {
        Some(id) => id,
        None => make_album(&gallery, &who, &form.album).await?,
    };
    let target = json!({ "objectType": "collection", "id": album });
    act(
        &gallery,
        &who,
        json!({ "verb": "add", "object": object, "target": target }),
    )
    .await?;
    Ok(Redirect::to(&format!("/photos/{photo}")))
}

async fn make_album(gallery: &Gallery, who: &Nickname, title: &str) -> Result<String, Failure> {
    let album =
        json!({ "objectType": "collection", "objectTypes": ["image"], "displayName": title });
    let create = json!({ "verb": "create", "object": album, "to": [everyone()] });
    let made = act(gallery, who, create).await?;
    Ok(made.object.map(|album| album.id).unwrap_or_default())
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    nickname: String,
    password: String,
    #[serde(default)]
    name: String,
}

/// `POST /sign-in`. Hydraulics counts the tries that are made at its own pages, where clients are
/// let in. This one counts none: what it has is that few passwords are hashed at once. A site that
/// is open to the world limits tries by name and by address, here or in the proxy before it.
pub(super) async fn sign_in(
    State(gallery): State<Gallery>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Failure> {
    let (Gallery { db, app }, password) = (&gallery, &form.password);
    let right = match Nickname::parse(&form.nickname) {
        Ok(nickname) => people::sign_in(db, app, &nickname, password).await?,
        Err(_) => false,
    };
    if !right {
        let message = "That name and password don't belong together.";
        return Err(Failure(StatusCode::FORBIDDEN, message.into()));
    }
    welcome(&gallery, &form.nickname).await
}

/// `POST /sign-up`
pub(super) async fn sign_up(
    State(gallery): State<Gallery>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Failure> {
    let refused = |why: String| Failure(StatusCode::BAD_REQUEST, why);
    let nickname = Nickname::parse(&form.nickname).map_err(|bad| refused(bad.to_string()))?;
    if form.password.len() < 8 {
        return Err(refused("A password has eight characters or more.".into()));
    }
    if !people::sign_up(&gallery, &nickname, &form.name, &form.password).await? {
        return Err(Failure(StatusCode::CONFLICT, "That name is taken.".into()));
    }
    welcome(&gallery, &form.nickname).await
}

async fn welcome(gallery: &Gallery, nickname: &str) -> Result<Response, Failure> {
    let cookie = people::begin_session(gallery, nickname).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// `POST /sign-out`
pub(super) async fn sign_out(
    State(gallery): State<Gallery>,
    headers: HeaderMap,
) -> Result<Redirect, Failure> {
    people::end_session(&gallery.db, &headers).await?;
    Ok(Redirect::to("/"))
}
