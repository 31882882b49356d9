//! Handlers of pages. All of it is read from the gallery's own tables.

use askama::Template;
use axum::{
    extract::{Path, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use sqlx::{FromRow, query_as, query_scalar};

use super::{Failure, Member, Visitor, shown};
use crate::Gallery;

/// A photo among others.
#[derive(FromRow)]
struct Photo {
    id: i64,
    title: Option<String>,
    about: Option<String>,
    picture: String,
    small: Option<String>,
    taken: String,
    nickname: String,
    name: Option<String>,
    stars: i64,
}

impl Photo {
    fn title(&self) -> &str {
        self.title
            .as_deref()
            .filter(|title| !title.is_empty())
            .unwrap_or("Untitled")
    }

    fn small(&self) -> &str {
        self.small.as_deref().unwrap_or(&self.picture)
    }

    fn by(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.nickname)
    }

    fn day(&self) -> &str {
        self.taken.split('T').next().unwrap_or_default()
    }
}

/// The photos that everyone may see, newest first, of which something is so.
const PHOTOS: &str = "SELECT photos.id, title, photos.about, picture, small, taken, \
    nickname, name, (SELECT count(*) FROM stars WHERE photo = photos.id) AS stars \
    FROM photos JOIN people ON people.id = photos.person WHERE shown AND ";

async fn photos(gallery: &Gallery, which: &str, of: &str) -> Result<Vec<Photo>, Failure> {
    let sql = format!("{PHOTOS}{which} ORDER BY taken DESC, photos.id DESC LIMIT 60");
    Ok(query_as(&sql).bind(of).fetch_all(&gallery.db).await?)
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    visitor: Option<String>,
    photos: Vec<Photo>,
}

/// `GET /`
pub(super) async fn home(
    State(gallery): State<Gallery>,
    Visitor(visitor): Visitor,
) -> Result<Response, Failure> {
    let photos = photos(&gallery, "?1 = ''", "").await?;
    Ok(shown(&Home { visitor, photos }))
}

#[derive(FromRow)]
struct Album {
    id: i64,
    title: Option<String>,
    photos: i64,
}

#[derive(Template)]
#[template(path = "person.html")]
struct Person {
    visitor: Option<String>,
    nickname: String,
    name: Option<String>,
    about: Option<String>,
    address: String,
    albums: Vec<Album>,
    photos: Vec<Photo>,
}

/// `GET /people/NICKNAME`
pub(super) async fn person(
    State(gallery): State<Gallery>,
    Visitor(visitor): Visitor,
    Path(nickname): Path<String>,
) -> Result<Response, Failure> {
    let person = query_as("SELECT id, name, about FROM people WHERE nickname = ?1");
    let (id, name, about): (i64, _, _) = person.bind(&nickname).fetch_one(&gallery.db).await?;
    let albums = query_as(
        "SELECT albums.id, albums.title, count(*) AS photos FROM albums \
         JOIN pages ON album = albums.id JOIN photos ON photos.id = photo \
         WHERE albums.person = ?1 AND albums.shown AND photos.shown \
         GROUP BY albums.id ORDER BY albums.title",
    );
    let albums = albums.bind(id).fetch_all(&gallery.db).await?;
    let photos = photos(&gallery, "nickname = ?1", &nickname).await?;
    let address = format!("{nickname}@{}", gallery.app.urls().authority());
    Ok(shown(&Person {
        visitor,
        nickname,
        name,
        about,
        address,
        albums,
        photos,
    }))
}

#[derive(Template)]
#[template(path = "album.html")]
struct AlbumPage {
    visitor: Option<String>,
    title: String,
    photos: Vec<Photo>,
}

/// `GET /albums/ID`
pub(super) async fn album(
    State(gallery): State<Gallery>,
    Visitor(visitor): Visitor,
    Path(id): Path<i64>,
) -> Result<Response, Failure> {
    let title = query_scalar("SELECT coalesce(title, 'Album') FROM albums WHERE id = ?1 AND shown");
    let title = title.bind(id).fetch_one(&gallery.db).await?;
    let within = "photos.id IN (SELECT photo FROM pages WHERE album = ?1)";
    let photos = photos(&gallery, within, &id.to_string()).await?;
    Ok(shown(&AlbumPage {
        visitor,
        title,
        photos,
    }))
}

#[derive(FromRow)]
struct Comment {
    nickname: String,
    name: Option<String>,
    text: Option<String>,
}

#[derive(Template)]
#[template(path = "photo.html")]
struct PhotoPage {
    visitor: Option<String>,
    photo: Photo,
    starred: bool,
    comments: Vec<Comment>,
}

/// `GET /photos/ID`
pub(super) async fn photo(
    State(gallery): State<Gallery>,
    Visitor(visitor): Visitor,
    Path(id): Path<i64>,
) -> Result<Response, Failure> {
    let photo = photos(&gallery, "photos.id = ?1", &id.to_string()).await?;
    let photo = photo.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
    let starred = query_scalar(
        "SELECT EXISTS (SELECT 1 FROM stars JOIN people ON people.id = person \
         WHERE photo = ?1 AND nickname = ?2)",
    );
    let starred = starred
        .bind(id)
        .bind(&visitor)
        .fetch_one(&gallery.db)
        .await?;
    let comments = query_as(
        "SELECT nickname, name, text FROM comments JOIN people ON people.id = person \
         WHERE photo = ?1 AND shown ORDER BY written, comments.id",
    );
    let comments = comments.bind(id).fetch_all(&gallery.db).await?;
    Ok(shown(&PhotoPage {
        visitor,
        photo,
        starred,
        comments,
    }))
}

#[derive(Template)]
#[template(path = "upload.html")]
struct Upload {
    visitor: Option<String>,
}

/// `GET /upload`
pub(super) async fn upload(Member(who): Member) -> Response {
    shown(&Upload {
        visitor: Some(who.to_string()),
    })
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    visitor: Option<String>,
}

/// `GET /sign-in`
pub(super) async fn sign_in() -> Response {
    shown(&SignIn { visitor: None })
}

/// `GET /style.css`
pub(super) async fn style() -> Response {
    let css = [(header::CONTENT_TYPE, "text/css")];
    (css, include_str!("../../static/style.css")).into_response()
}

/// Redirects from the `url`s that Hydraulics gives to persons, photos and albums (`/NICKNAME`,
/// `/NICKNAME/image/UUID`, `/NICKNAME/list/UUID`) to the gallery's pages.
pub(crate) async fn sent_on(
    State(gallery): State<Gallery>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let path = request.uri().path().to_owned();
    let answer = next.run(request).await;
    if answer.status() != StatusCode::NOT_FOUND {
        return Ok(answer);
    }
    let page = page_for(&gallery, &path).await?;
    Ok(page.map_or(answer, |page| Redirect::to(&page).into_response()))
}

async fn page_for(gallery: &Gallery, path: &str) -> Result<Option<String>, sqlx::Error> {
    let urls = gallery.app.urls();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let (page, of) = match segments[..] {
        [nickname] => (
            "SELECT '/people/' || nickname FROM people WHERE nickname = ?1",
            nickname.to_owned(),
        ),
        [_, "image", uuid] => (
            "SELECT '/photos/' || id FROM photos WHERE pump = ?1 AND shown",
            urls.object("image", uuid),
        ),
        [_, "list", uuid] => (
            "SELECT '/albums/' || id FROM albums WHERE pump = ?1 AND shown",
            urls.object("collection", uuid),
        ),
        _ => return Ok(None),
    };
    query_scalar(page)
        .bind(of)
        .fetch_optional(&gallery.db)
        .await
}
