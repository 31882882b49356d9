//! Inboxes, outboxes and the other collections, and what is posted to them.

use axum::{
    extract::{MatchedPath, Path},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    answer::{Answer, Answered},
    arguments::{Arguments, ById, PersonArguments},
    live::{self, EventSource},
    syndication,
};
use crate::{
    Context,
    http::extract::{AnyRead, JsonBody, UserRead, UserWrite},
    model::Filter,
    service::{
        Result,
        activity::{self, Draft},
        collections::{self, ObjectFeed, PersonFeed},
        objects::{self, Name},
        people,
        present::Shown,
        timelines::{self, Feed},
    },
};

/// The part of a feed that is named by the end of its URL: `direct`, `major`, `minor`.
fn part(path: &str) -> Filter {
    let major = match path {
        _ if path.ends_with("/major") => Some(true),
        _ if path.ends_with("/minor") => Some(false),
        _ => None,
    };
    Filter {
        major,
        direct: path.contains("/inbox/direct"),
    }
}

pub(super) async fn outbox(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    route: MatchedPath,
    page: Arguments,
    live: Option<EventSource>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(format) = syndication::Format::of(&headers).filter(|_| live.is_none()) {
        return syndication::answer(&ctx, &nickname, &page.0, "", format).await;
    }
    let page = page.of(part(route.as_str()));
    if let Some(source) = live {
        return live::answer(ctx, Feed::Outbox(nickname), &page, source).await;
    }
    let feed = timelines::outbox(&ctx, &nickname, &page).await?;
    Ok(Answer::of(feed).into_response())
}

pub(super) async fn inbox(
    UserRead(ctx): UserRead,
    Path(nickname): Path<String>,
    route: MatchedPath,
    page: Arguments,
    live: Option<EventSource>,
) -> Result<Response> {
    let page = page.of(part(route.as_str()));
    if let Some(source) = live {
        return live::answer(ctx, Feed::Inbox(nickname), &page, source).await;
    }
    let feed = timelines::inbox(&ctx, &nickname, &page).await?;
    Ok(Answer::of(feed).into_response())
}

/// Does what the body says, and answers the whole activity.
pub(super) async fn post(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    route: MatchedPath,
    JsonBody(body): JsonBody,
) -> Answered {
    let account = people::own_account(&ctx, &nickname).await?;
    let draft =
        Draft::parse(ctx.urls(), body, &account.person)?.only(part(route.as_str()).major)?;
    let done = activity::perform(&ctx, draft).await?;
    done.show(&ctx).await.map(Answer::of)
}

/// Does something to the object in the body, and answers that object.
async fn perform(
    ctx: &Context,
    nickname: &str,
    verb: &str,
    body: Map<String, Value>,
) -> Result<Shown> {
    let account = people::own_account(ctx, nickname).await?;
    let activity = Map::from_iter([
        ("verb".into(), verb.into()),
        ("object".into(), Value::Object(body)),
    ]);
    let draft = Draft::parse(ctx.urls(), activity, &account.person)?;
    let done = activity::perform(ctx, draft).await?;
    done.show_object(ctx).await
}

pub(super) async fn follow(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    JsonBody(body): JsonBody,
) -> Answered {
    perform(&ctx, &nickname, "follow", body)
        .await
        .map(Answer::of)
}

pub(super) async fn favorite(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    JsonBody(body): JsonBody,
) -> Answered {
    perform(&ctx, &nickname, "favorite", body)
        .await
        .map(Answer::of)
}

pub(super) async fn followers(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    PersonArguments(page): PersonArguments,
) -> Answered {
    collections::persons(&ctx, &nickname, PersonFeed::Followers, &page)
        .await
        .map(Answer::of)
}

pub(super) async fn following(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    PersonArguments(page): PersonArguments,
) -> Answered {
    collections::persons(&ctx, &nickname, PersonFeed::Following, &page)
        .await
        .map(Answer::of)
}

pub(super) async fn favorites(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    Arguments(page): Arguments,
) -> Answered {
    collections::favorites(&ctx, &nickname, &page)
        .await
        .map(Answer::of)
}

pub(super) async fn lists(
    AnyRead(ctx): AnyRead,
    Path((nickname, object_type)): Path<(String, String)>,
    Arguments(page): Arguments,
) -> Answered {
    collections::lists(&ctx, &nickname, &object_type, &page)
        .await
        .map(Answer::of)
}

pub(super) async fn uploads(
    UserRead(ctx): UserRead,
    Path(nickname): Path<String>,
    Arguments(page): Arguments,
) -> Answered {
    collections::uploads(&ctx, &nickname, &page)
        .await
        .map(Answer::of)
}

pub(super) async fn members(
    AnyRead(ctx): AnyRead,
    Path(uuid): Path<String>,
    Arguments(page): Arguments,
) -> Answered {
    let list = objects::find(&ctx, "collection", &Name::Uuid(uuid)).await?;
    collections::members(&ctx, &list, &page)
        .await
        .map(Answer::of)
}

/// An `add` to the list; answers what was added.
pub(super) async fn add_member(
    UserWrite(ctx): UserWrite,
    Path(uuid): Path<String>,
    JsonBody(body): JsonBody,
) -> Answered {
    let list = objects::find_own(&ctx, "collection", &Name::Uuid(uuid)).await?;
    let activity = Map::from_iter([
        ("verb".into(), "add".into()),
        ("object".into(), Value::Object(body)),
        ("target".into(), list.reference().to_value()),
    ]);
    let draft = Draft::parse(ctx.urls(), activity, ctx.person().unwrap_or_default())?;
    let done = activity::perform(&ctx, draft).await?;
    done.show_object(&ctx).await.map(Answer::of)
}

/// Who likes an object.
pub(super) async fn likes(
    AnyRead(ctx): AnyRead,
    Path((object_type, uuid)): Path<(String, String)>,
    PersonArguments(page): PersonArguments,
) -> Answered {
    let object = objects::find(&ctx, &object_type, &Name::Uuid(uuid)).await?;
    collections::likes(&ctx, &object, &page)
        .await
        .map(Answer::of)
}

/// The same of an object whose id is not its URL.
pub(super) async fn likes_by_id(
    AnyRead(ctx): AnyRead,
    Path(object_type): Path<String>,
    ById(id): ById,
    PersonArguments(page): PersonArguments,
) -> Answered {
    let object = objects::find(&ctx, &object_type, &Name::Id(id)).await?;
    collections::likes(&ctx, &object, &page)
        .await
        .map(Answer::of)
}

/// `replies` or `shares` of an object.
pub(super) async fn of_object(
    AnyRead(ctx): AnyRead,
    Path((object_type, uuid)): Path<(String, String)>,
    route: MatchedPath,
    Arguments(page): Arguments,
) -> Answered {
    let object = objects::find(&ctx, &object_type, &Name::Uuid(uuid)).await?;
    let feed = object_feed(route.as_str());
    collections::of_object(&ctx, &object, feed, &page)
        .await
        .map(Answer::of)
}

/// The same of an object whose id is not its URL.
pub(super) async fn of_object_by_id(
    AnyRead(ctx): AnyRead,
    Path(object_type): Path<String>,
    route: MatchedPath,
    ById(id): ById,
    Arguments(page): Arguments,
) -> Answered {
    let object = objects::find(&ctx, &object_type, &Name::Id(id)).await?;
    let feed = object_feed(route.as_str());
    collections::of_object(&ctx, &object, feed, &page)
        .await
        .map(Answer::of)
}

fn object_feed(route: &str) -> ObjectFeed {
    if route.ends_with("/shares") {
        ObjectFeed::Shares
    } else {
        ObjectFeed::Replies
    }
}
