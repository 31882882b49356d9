//! Single things.

use std::sync::Arc;

use axum::{
    Extension,
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    answer::{ApiResult, JsonAnswer},
    arguments::IdQuery,
    representation::Representation,
};
use crate::{
    Context,
    http::{
        accept::Accept,
        extract::{AnyRead, JsonBody, UserRead, UserWrite},
    },
    model::Object,
    service::{
        Error,
        activity::{self, Draft},
        activitypub,
        federation::{actors, queue_report},
        objects::{self, ObjectName},
        present::{self, Detail},
    },
};

pub(super) async fn activity(AnyRead(ctx): AnyRead, Path(uuid): Path<String>) -> ApiResult {
    let activity = objects::activity(&ctx, &uuid).await?;
    present::render(&ctx, activity, Detail::FULL)
        .await
        .map(JsonAnswer::of)
}

/// Changes what is said of what was done, or to whom; answers the activity.
pub(super) async fn put_activity(
    UserWrite(ctx): UserWrite,
    Path(uuid): Path<String>,
    JsonBody(body, _turn): JsonBody,
) -> ApiResult {
    let activity = activity::edit(&ctx, &uuid, body).await?;
    present::render(&ctx, activity, Detail::FULL)
        .await
        .map(JsonAnswer::of)
}

/// The deliveries of an activity to other hosts that still wait.
pub(super) async fn deliveries(UserRead(ctx): UserRead, Path(uuid): Path<String>) -> ApiResult {
    queue_report::deliveries_of(&ctx, &uuid)
        .await
        .map(JsonAnswer)
}

/// Takes an activity back; answers a bare string.
pub(super) async fn delete_activity(
    UserWrite(ctx): UserWrite,
    Path(uuid): Path<String>,
) -> ApiResult {
    activity::retract(&ctx, &uuid).await?;
    Ok(JsonAnswer::of("Deleted"))
}

pub(super) async fn get(
    AnyRead(ctx): AnyRead,
    Path((object_type, uuid)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let object = objects::view(&ctx, &object_type, &ObjectName::Uuid(uuid)).await?;
    addressed(&ctx, &headers, object).await
}

/// An object by the path of its page, which names its author.
pub(super) async fn get_of_person(
    AnyRead(ctx): AnyRead,
    Path((nickname, object_type, uuid)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let object = objects::find_by(&ctx, &nickname, &object_type, uuid).await?;
    addressed(&ctx, &headers, object).await
}

pub(super) async fn get_by_id(
    AnyRead(ctx): AnyRead,
    Path(object_type): Path<String>,
    IdQuery(id): IdQuery,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let object = objects::view(&ctx, &object_type, &ObjectName::Id(id)).await?;
    addressed(&ctx, &headers, object).await
}

/// Shows an object. The answer to a request for AS2 carries the URLs that it is addressed to, and
/// the facts that make an actor of a group.
async fn addressed(
    ctx: &Context,
    headers: &HeaderMap,
    object: Arc<Object>,
) -> Result<Response, Error> {
    let (mut to, mut facts) = (None, None);
    if Representation::of(&Accept::of(headers)).is_as2() {
        to = Some(activitypub::addressees(ctx, &object).await?);
        facts = actors::group_facts(ctx, &object).await?;
    }
    let answer = present::render(ctx, object, Detail::FULL).await;
    let answer = answer.map(JsonAnswer::of)?;
    Ok((to.map(Extension), facts.map(Extension), answer).into_response())
}

async fn show(ctx: &Context, object_type: &str, name: ObjectName) -> ApiResult {
    let object = objects::view(ctx, object_type, &name).await?;
    present::render(ctx, object, Detail::FULL)
        .await
        .map(JsonAnswer::of)
}

/// An `update` of the object; answers the object.
pub(super) async fn put(
    UserWrite(ctx): UserWrite,
    Path((object_type, uuid)): Path<(String, String)>,
    JsonBody(mut body, _turn): JsonBody,
) -> ApiResult {
    let object = objects::find_own(&ctx, &object_type, &ObjectName::Uuid(uuid)).await?;
    body.insert("id".into(), object.id.clone().into());
    body.insert("objectType".into(), object.object_type.clone().into());
    let activity = Map::from_iter([
        ("verb".into(), "update".into()),
        ("object".into(), Value::Object(body)),
    ]);
    let draft = Draft::parse(ctx.urls(), activity, ctx.person().unwrap_or_default())?;
    activity::perform(&ctx, draft).await?;
    show(&ctx, &object_type, ObjectName::Id(object.id)).await
}

/// A `delete` of the object; answers a bare string (pump-api 18.1 no. 2).
pub(super) async fn delete(
    UserWrite(ctx): UserWrite,
    Path((object_type, uuid)): Path<(String, String)>,
) -> ApiResult {
    let object = objects::find_own(&ctx, &object_type, &ObjectName::Uuid(uuid)).await?;
    activity::perform(&ctx, Draft::about("delete", &object.reference())).await?;
    Ok(JsonAnswer::of("Deleted"))
}
