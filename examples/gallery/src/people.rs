//! Those who have a name and a password here.

use argon2::{
    Argon2,
    password_hash::{Error, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use hydraulics::{
    App, SignIn, SignInError,
    model::{Nickname, Secret},
    service::{ErrorKind, accounts, activity},
};
use serde_json::{Map, Value, json};
use sqlx::{FromRow, SqlitePool, query, query_as, query_scalar};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::Gallery;

/// The gallery's passwords and sessions, for those who let a client in.
pub struct Passwords(pub SqlitePool);

#[async_trait]
impl SignIn for Passwords {
    async fn check_password(
        &self,
        app: &App,
        nickname: &Nickname,
        password: &Secret,
    ) -> Result<bool, SignInError> {
        sign_in(&self.0, app, nickname, password.expose()).await
    }

    async fn current_user(
        &self,
        _: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Nickname>, SignInError> {
        Ok(signed_in(&self.0, headers).await?)
    }
}

/// Returns the profile of a person from the gallery's tables.
async fn profile(db: &SqlitePool, nickname: &Nickname) -> Result<Map<String, Value>, sqlx::Error> {
    let person = query_as("SELECT name, about FROM people WHERE nickname = ?1");
    let (name, about): (Option<String>, Option<String>) =
        person.bind(nickname.as_str()).fetch_one(db).await?;
    let profile = json!({ "displayName": name, "summary": about });
    Ok(profile.as_object().cloned().unwrap_or_default())
}

/// Whether that is the password of someone of that name. They are known to Hydraulics from then on,
/// if something kept them from it when they signed up.
pub async fn sign_in(
    db: &SqlitePool,
    app: &App,
    nickname: &Nickname,
    password: &str,
) -> Result<bool, SignInError> {
    if !is_right(db, nickname.as_str(), password).await? {
        return Ok(false);
    }
    accounts::adopt(app, nickname, profile(db, nickname).await?).await?;
    Ok(true)
}

/// Makes known all who are not, and publishes the photos that were here before Hydraulics. Of old
/// rows some may be such as can't be: they stay unknown, and are tried again at the next start.
pub async fn make_all_known(gallery: &Gallery) -> Result<(), SignInError> {
    let Gallery { db, app } = gallery;
    let people = query_scalar("SELECT nickname FROM people WHERE pump IS NULL");
    let people: Vec<String> = people.fetch_all(db).await?;
    for nickname in people {
        let known = async {
            let nickname = Nickname::parse(&nickname)?;
            let profile = profile(db, &nickname).await?;
            accounts::restore(app, &nickname, profile).await?;
            Ok::<_, SignInError>(())
        };
        if let Err(error) = known.await {
            eprintln!("{nickname} could not be made known: {error}");
        }
    }
    let photos = query_as(
        "SELECT nickname, title, photos.about, picture, width, height, \
         small, small_width, small_height, taken \
         FROM photos JOIN people ON people.id = photos.person \
         WHERE photos.pump IS NULL AND shown ORDER BY taken, photos.id",
    );
    let photos: Vec<OldPhoto> = photos.fetch_all(db).await?;
    for photo in photos {
        if let Err(error) = publish(app, &photo).await {
            eprintln!("{} could not be published: {error}", photo.picture);
        }
    }
    Ok(())
}

/// A photo that is not known to Hydraulics.
#[derive(FromRow)]
struct OldPhoto {
    nickname: String,
    title: Option<String>,
    about: Option<String>,
    picture: String,
    width: Option<i64>,
    height: Option<i64>,
    small: Option<String>,
    small_width: Option<i64>,
    small_height: Option<i64>,
    taken: String,
}

impl OldPhoto {
    /// All of it, for what is left out is written into its row as nothing.
    fn image(&self) -> Value {
        let mut image = json!({
            "objectType": "image",
            "displayName": self.title,
            "content": self.about,
            "published": self.taken,
        });
        let picture = file(&self.picture, self.width, self.height);
        match &self.small {
            None => image["image"] = picture,
            Some(small) => {
                image["image"] = file(small, self.small_width, self.small_height);
                image["fullImage"] = picture;
            }
        }
        image
    }
}

fn file(url: &str, width: Option<i64>, height: Option<i64>) -> Value {
    let mut file = json!({ "url": url });
    for (name, size) in [("width", width), ("height", height)] {
        if let Some(size) = size {
            file[name] = size.into();
        }
    }
    file
}

async fn publish(app: &App, photo: &OldPhoto) -> Result<(), SignInError> {
    let ctx = accounts::signed_in(app, &Nickname::parse(&photo.nickname)?).await?;
    let post = json!({ "verb": "post", "object": photo.image(), "to": [everyone()] });
    activity::perform_json(&ctx, post).await?;
    Ok(())
}

/// Everyone, as activities are addressed to them.
pub fn everyone() -> serde_json::Value {
    json!({ "objectType": "collection", "id": hydraulics::model::PUBLIC })
}

/// Makes an account of the gallery's, unless the name is taken.
pub async fn sign_up(
    gallery: &Gallery,
    nickname: &Nickname,
    name: &str,
    password: &str,
) -> Result<bool, SignInError> {
    let new = query(
        "INSERT INTO people (nickname, name, password) VALUES (?1, ?2, ?3) \
         ON CONFLICT (nickname) DO NOTHING",
    );
    let new = new
        .bind(nickname.as_str())
        .bind(name)
        .bind(hash(&gallery.app, password).await?);
    if new.execute(&gallery.db).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let profile = profile(&gallery.db, nickname).await?;
    let Err(error) = accounts::adopt(&gallery.app, nickname, profile).await else {
        return Ok(true);
    };
    let kind = error.kind();
    // A person who could not be added just now is when they sign in.
    if !matches!(kind, ErrorKind::Internal | ErrorKind::Unavailable) {
        let none = query("DELETE FROM people WHERE nickname = ?1 AND pump IS NULL");
        none.bind(nickname.as_str()).execute(&gallery.db).await?;
    }
    // The name of someone who left is never given to anyone again.
    if kind == ErrorKind::Conflict {
        return Ok(false);
    }
    Err(error.into())
}

/// How many passwords are hashed at once: each takes 19 MiB and a core.
static HASHING: Semaphore = Semaphore::const_new(2);

async fn hashing<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<Result<T, Error>, SignInError> {
    let turn = HASHING.acquire().await?;
    // The turn is the work's, which goes on when nobody waits for it any more.
    let work = move || {
        let _turn = turn;
        work()
    };
    Ok(spawn_blocking(work).await?)
}

async fn hash(app: &App, password: &str) -> Result<String, SignInError> {
    let mut salt = [0; 16];
    app.entropy().fill(&mut salt);
    let password = password.to_owned();
    let hash = hashing(move || {
        let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt)?;
        Ok(hash.to_string())
    });
    Ok(hash.await??)
}

async fn is_right(db: &SqlitePool, nickname: &str, password: &str) -> Result<bool, SignInError> {
    let kept = query_scalar("SELECT password FROM people WHERE nickname = ?1");
    let kept: Option<String> = kept.bind(nickname).fetch_optional(db).await?;
    // As long for names that are not there.
    let hash = kept.as_deref().unwrap_or(NOBODYS);
    let (hash, password) = (hash.to_owned(), password.to_owned());
    let right = hashing(move || {
        let hash = PasswordHash::new(&hash)?;
        Argon2::default().verify_password(password.as_bytes(), &hash)
    });
    Ok(right.await?.is_ok() && kept.is_some())
}

/// The hash of what is nobody's password.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// For how many seconds a session lasts.
const SESSION: i64 = 30 * 24 * 60 * 60;

/// Begins a session, for which this is the cookie.
pub async fn begin_session(gallery: &Gallery, nickname: &str) -> Result<String, SignInError> {
    let token = Secret::new(gallery.app.entropy().token::<32>());
    let past = query("DELETE FROM sessions WHERE ends <= unixepoch()");
    past.execute(&gallery.db).await?;
    let session = "INSERT INTO sessions (token, person, ends) \
        SELECT ?1, id, unixepoch() + ?3 FROM people WHERE nickname = ?2";
    let session = query(session).bind(token.digest()).bind(nickname);
    session.bind(SESSION).execute(&gallery.db).await?;
    let secure = if gallery.app.urls().scheme() == "https" {
        "; Secure"
    } else {
        ""
    };
    Ok(format!(
        "session={}; Path=/; Max-Age={SESSION}; HttpOnly; SameSite=Lax{secure}",
        token.expose()
    ))
}

/// Ends the session that a browser has, if it has one.
pub async fn end_session(db: &SqlitePool, headers: &HeaderMap) -> Result<(), sqlx::Error> {
    let end = query("DELETE FROM sessions WHERE token = ?1").bind(session(headers));
    end.execute(db).await.map(drop)
}

/// Returns the signed-in person, by the browser's cookie.
pub async fn signed_in(
    db: &SqlitePool,
    headers: &HeaderMap,
) -> Result<Option<Nickname>, sqlx::Error> {
    let who = "SELECT nickname FROM sessions JOIN people ON people.id = person \
        WHERE token = ?1 AND ends > unixepoch()";
    let who: Option<String> = query_scalar(who)
        .bind(session(headers))
        .fetch_optional(db)
        .await?;
    Ok(who.and_then(|who| Nickname::parse(&who).ok()))
}

/// Returns the stored form of a browser's session.
fn session(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut cookies = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|all| all.split(';'));
    let token = cookies.find_map(|cookie| cookie.trim().strip_prefix("session="))?;
    Some(Secret::new(token).digest())
}
