//! Permalinks: one thing with its conversation, or one activity.

use std::sync::Arc;

use askama::Template;
use axum::{extract::Path, response::Response};

use super::{
    composer::{Composer, Typed},
    frame::Page,
    groups,
    view::{self, Activity, Pager, Thing, kind},
    visitor::Visitor,
};
use crate::{
    Context,
    app::texts::Language,
    http::api::{IdQuery, PageQuery},
    model::{ACTIVITY, Access, Filter, MAX_COUNT, Object, PageRequest, Viewer},
    service::{
        Error, Result,
        collections::{self, ObjectFeed},
        objects::{self, ObjectName},
        present::{self, Detail},
        relations,
    },
};

#[derive(Template)]
#[template(path = "pages/object.html")]
struct ObjectPage<'a> {
    t: &'a Language,
    root: &'a str,
    back: &'a str,
    viewer: Option<&'a str>,
    thing: Thing<'a>,
    title: &'a str,
    parent: Option<Thing<'a>>,
    /// For whom it is, as far as the reader may know.
    audience: Option<String>,
    reply: Option<Composer<'a>>,
    likers: Vec<Thing<'a>>,
    sharers: Vec<Thing<'a>>,
    /// Oldest first, each with whether it is folded: the reader blocks or muted who wrote it.
    replies: Vec<(Thing<'a>, bool)>,
    pager: Pager,
}

impl ObjectPage<'_> {
    fn is_own(&self, thing: &Thing<'_>) -> bool {
        thing.is_by(self.viewer)
    }
}

#[derive(Template)]
#[template(path = "pages/activity_page.html")]
struct ActivityPage<'a> {
    activity: Activity<'a>,
}

/// `GET /NICK/TYPE/UUID`: a thing by NICK, or something that they did.
pub(super) async fn of_person(
    visitor: Visitor,
    Path((nickname, kind, uuid)): Path<(String, String, String)>,
    query: PageQuery,
) -> Result<Response> {
    let ctx = &visitor.ctx;
    let object = objects::find_by(ctx, &nickname, &kind, uuid).await?;
    show(&visitor, object, query).await
}

/// `GET /main/object?id=…`: anything that is stored here, from wherever.
pub(super) async fn by_id(
    visitor: Visitor,
    IdQuery(id): IdQuery,
    query: PageQuery,
) -> Result<Response> {
    let object = stored(&visitor.ctx, &id).await?;
    show(&visitor, object, query).await
}

/// Returns a thing by its id, if the reader may read it.
pub(super) async fn stored(ctx: &Context, id: &str) -> Result<Arc<Object>> {
    let stored = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let stored = stored.ok_or_else(|| {
        Error::not_found("There is no such thing here.").phrased("failure-no-thing")
    })?;
    let segment = ctx.urls().segment_of(&stored.object_type);
    objects::view(ctx, segment, &ObjectName::Id(id.to_owned())).await
}

async fn show(visitor: &Visitor, object: Arc<Object>, query: PageQuery) -> Result<Response> {
    if object.object_type == "group" {
        return groups::show(visitor, &object, query.of(Filter::default())).await;
    }
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let (urls, place) = (ctx.urls(), visitor.place());
    let rendered = present::render(ctx, Arc::clone(&object), Detail::FULL)
        .await?
        .to_value();
    let thing = Thing::new(&rendered, urls);
    if object.object_type == ACTIVITY {
        let activity = Activity::new(thing, t, urls.path(), &place, ctx.person());
        let title = t.say("activity-title");
        let main = ActivityPage { activity };
        return Ok(Page::new(&title, &main).render(visitor));
    }
    let newest = PageRequest {
        count: MAX_COUNT,
        ..query.of(Filter::default())
    };
    let replies = collections::object_collection(ctx, &object, ObjectFeed::Replies, &newest);
    let replies = replies.await?.to_value();
    let mut oldest_first = Thing::new(&replies, urls).list("items");
    oldest_first.reverse();
    let title = title(thing, t);
    let first = |feed| {
        thing
            .get(feed)
            .map_or_else(Vec::new, |feed| feed.list("items"))
    };
    let typed = Typed {
        reply: thing.id().to_owned(),
        reply_kind: thing.kind().to_owned(),
        back: format!("{place}#replies"),
        ..Typed::default()
    };
    let reply = match ctx.account() {
        Some(_) => Some(Composer::new(visitor, &typed).await?),
        None => None,
    };
    let main = ObjectPage {
        t,
        root: urls.path(),
        back: &place,
        viewer: ctx.person(),
        thing,
        title: &title,
        parent: thing.get("inReplyTo"),
        audience: audience(visitor, &object).await?,
        reply,
        likers: first("likes"),
        sharers: first("shares"),
        replies: with_folds(ctx, oldest_first).await?,
        pager: Pager::of(&replies, &visitor.uri),
    };
    let preview = thing.preview(&title);
    let page = Page {
        is_public: preview.is_some(),
        canonical: thing.home().map(Into::into),
        preview,
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// Returns replies with whether each is folded.
async fn with_folds<'a>(ctx: &Context, replies: Vec<Thing<'a>>) -> Result<Vec<(Thing<'a>, bool)>> {
    let author = |reply: &Thing<'a>| reply.author().map_or("", |author| author.id());
    let authors: Vec<&str> = replies.iter().map(author).collect();
    let folded = relations::are_shunned(ctx, &authors).await?;
    Ok(replies.into_iter().zip(folded).collect())
}

/// Returns for whom a thing is, by the activity that published it as the reader may see that.
pub(super) async fn audience(visitor: &Visitor, object: &Object) -> Result<Option<String>> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    if object.access(Viewer::Anonymous) == Access::Granted {
        return Ok(Some(t.say("audience-public").into_owned()));
    }
    let Some(id) = &object.published_by else {
        return Ok(None);
    };
    let Some(post) = ctx.storage().find_objects(&[id]).await?.pop().flatten() else {
        return Ok(None);
    };
    let post = present::render(ctx, post, Detail::PLAIN).await?.to_value();
    Ok(view::audience(Thing::new(&post, ctx.urls()), t))
}

/// Returns the title of a thing; `TYPE by NAME` if it has none.
pub(super) fn title(thing: Thing<'_>, t: &Language) -> String {
    let title = thing.title();
    if !title.is_empty() {
        return title;
    }
    let kind = kind(thing.kind(), t);
    match thing.author() {
        Some(author) => t.fill("title-by", &[("kind", &kind), ("name", &author.name())]),
        None => kind,
    }
}
