//! Pages of a person: profile, and lists of people and things.

use askama::Template;
use axum::{extract::Path, response::Response};
use serde_json::Value;

use super::{
    frame::Page,
    view::{Activity, Pager, Thing},
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    http::api::PageQuery,
    model::Filter,
    service::{
        Result,
        collections::{self, PersonFeed},
        people, relations, timelines,
    },
};

/// Activities of an outbox that are on a profile.
const MAJOR: Filter = Filter {
    major: Some(true),
    direct: false,
};

#[derive(Template)]
#[template(path = "pages/profile.html")]
struct ProfilePage<'a> {
    t: &'a Language,
    root: &'a str,
    /// Path of the page.
    path: &'a str,
    /// The whole address: `nickname@host`.
    address: String,
    person: Thing<'a>,
    /// Addresses of their pages elsewhere.
    links: Vec<&'a str>,
    viewer: Option<&'a str>,
    /// Whether the reader asked to follow the person, who has not decided yet.
    waits: bool,
    /// Whether people of other servers can follow from there.
    federates: bool,
    activities: Vec<Activity<'a>>,
    pager: Pager,
}

impl ProfilePage<'_> {
    /// Whether the reader has signed in, and is somebody else.
    fn is_other(&self) -> bool {
        self.viewer.is_some_and(|viewer| viewer != self.person.id())
    }

    /// Returns the key of the words on the button that ends a follow, or a request.
    fn unfollow(&self) -> &'static str {
        if self.waits {
            "follow-waits"
        } else {
            "unfollow"
        }
    }
}

#[derive(Template)]
#[template(path = "pages/people.html")]
struct PeoplePage<'a> {
    t: &'a Language,
    root: &'a str,
    title: &'a str,
    path: &'a str,
    /// Path to come back to after a form.
    back: &'a str,
    people: Vec<Thing<'a>>,
    /// Id of the person who reads; empty if they have not signed in.
    viewer: &'a str,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "pages/things.html")]
struct ThingsPage<'a> {
    t: &'a Language,
    root: &'a str,
    title: &'a str,
    path: &'a str,
    things: Vec<Thing<'a>>,
    pager: Pager,
}

/// `GET /NICK`: a person, and what they did that the reader may see.
pub(super) async fn profile(
    visitor: Visitor,
    Path(nickname): Path<String>,
    query: PageQuery,
) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let person = people::profile(ctx, &nickname).await?.to_value();
    let request = query.of(MAJOR);
    let outbox = timelines::outbox(ctx, &nickname, &request)
        .await?
        .to_value();
    let (urls, place, path) = (ctx.urls(), visitor.place(), visitor.path());
    let person = Thing::new(&person, urls);
    let items = Thing::new(&outbox, urls).list("items").into_iter();
    let activities = items.map(|item| Activity::new(item, t, urls.path(), &place, ctx.person()));
    let main = ProfilePage {
        t,
        root: urls.path(),
        path: &path,
        address: format!("{nickname}@{}", urls.authority()),
        person,
        links: person.web_addresses(),
        viewer: ctx.person(),
        waits: person.is_followed() && relations::waits_for(ctx, person.id()).await?,
        federates: ctx.app().settings().federation.enabled,
        activities: activities.collect(),
        pager: Pager::of(&outbox, &visitor.uri),
    };
    let name = person.name();
    let page = Page {
        feed: Some(urls.absolute(&format!("/api/user/{nickname}/feed"))),
        is_public: true,
        preview: person.preview(&name),
        ..Page::new(&name, &main)
    };
    Ok(page.render(&visitor))
}

/// `GET /NICK/followers`.
pub(super) async fn followers(
    visitor: Visitor,
    Path(nickname): Path<String>,
    query: PageQuery,
) -> Result<Response> {
    of_person(
        &visitor,
        &nickname,
        query,
        (PersonFeed::Followers, "followers-of"),
    )
    .await
}

/// `GET /NICK/following`.
pub(super) async fn following(
    visitor: Visitor,
    Path(nickname): Path<String>,
    query: PageQuery,
) -> Result<Response> {
    of_person(
        &visitor,
        &nickname,
        query,
        (PersonFeed::Following, "following-of"),
    )
    .await
}

async fn of_person(
    visitor: &Visitor,
    nickname: &str,
    query: PageQuery,
    (feed, title): (PersonFeed, &str),
) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let request = query.of(Filter::default());
    let found = collections::person_collection(ctx, nickname, feed, &request).await?;
    let found = found.to_value();
    let title = t
        .with(title, "name", &author_name(&found, visitor, nickname))
        .into_owned();
    let main = PeoplePage {
        t,
        root: ctx.urls().path(),
        title: &title,
        path: &visitor.path(),
        back: &visitor.place(),
        people: Thing::new(&found, ctx.urls()).list("items"),
        viewer: ctx.person().unwrap_or_default(),
        pager: Pager::of(&found, &visitor.uri),
    };
    Ok(Page::new(&title, &main).render(visitor))
}

/// `GET /NICK/favorites`: what a person likes.
pub(super) async fn favorites(
    visitor: Visitor,
    Path(nickname): Path<String>,
    query: PageQuery,
) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let request = query.of(Filter::default());
    let found = collections::favorites(ctx, &nickname, &request)
        .await?
        .to_value();
    let name = author_name(&found, &visitor, &nickname);
    let title = t.with("favorites-of", "name", &name).into_owned();
    let main = ThingsPage {
        t,
        root: ctx.urls().path(),
        title: &title,
        path: &visitor.path(),
        things: Thing::new(&found, ctx.urls()).list("items"),
        pager: Pager::of(&found, &visitor.uri),
    };
    Ok(Page::new(&title, &main).render(&visitor))
}

/// Returns the name of the person that a collection belongs to.
fn author_name(collection: &Value, visitor: &Visitor, nickname: &str) -> String {
    let author = Thing::new(collection, visitor.ctx.urls()).author();
    author.map_or_else(|| nickname.to_owned(), |author| author.name())
}
