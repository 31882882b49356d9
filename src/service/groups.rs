//! The feeds of groups, as the API shows them (pump-api 10.7). A reader of a group may list its
//! members. Posts and documents are filtered by the reader's access.

use super::{
    Result,
    collections::{Envelope, object_feed, older_link, person_feed, read_page},
    feeds::FeedSource,
    present::{Detail, RenderedJson},
    timelines,
};
use crate::{
    Context,
    model::{Object, PageRequest, Stream},
};

/// `GET /api/group/UUID/members`.
pub(crate) async fn members(
    ctx: &Context,
    group: &Object,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let stream = Stream::Members(group.id.clone());
    let name = stream_name(group, "members");
    let page = read_page(ctx, &stream, &name, request, ctx.viewer()).await?;
    let envelope = envelope(ctx, group, "Members of", "members", Some("person"));
    person_feed(ctx, envelope, page, request, Detail::PLAIN).await
}

/// `GET /api/group/UUID/documents`.
pub(crate) async fn documents(
    ctx: &Context,
    group: &Object,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let stream = Stream::Documents(group.id.clone());
    let name = stream_name(group, "documents");
    let page = read_page(ctx, &stream, &name, request, ctx.viewer()).await?;
    let envelope = envelope(ctx, group, "Documents of", "documents", None);
    object_feed(ctx, envelope, page, request, Detail::FULL, older_link).await
}

/// `GET /api/group/UUID/inbox`.
pub(crate) async fn inbox(
    ctx: &Context,
    group: &Object,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let envelope = envelope(ctx, group, "Activities for", "inbox", Some("activity"));
    timelines::feed(ctx, envelope, &FeedSource::group_inbox(group), request).await
}

/// `GET /api/group/UUID/outbox`: what the group passed on to members on servers of `ActivityPub`.
pub(crate) async fn outbox(
    ctx: &Context,
    group: &Object,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let envelope = envelope(ctx, group, "Activities by", "outbox", Some("activity"));
    timelines::feed(ctx, envelope, &FeedSource::group_outbox(group), request).await
}

/// Feeds of groups are named by their URLs with the uuid, even where the id is another one.
fn envelope(
    ctx: &Context,
    group: &Object,
    what: &str,
    feed: &str,
    object_types: Option<&'static str>,
) -> Envelope {
    let name = group
        .text_property("displayName")
        .filter(|name| !name.is_empty());
    let url = ctx.urls().object("group", &group.uuid);
    Envelope {
        display_name: format!("{what} {}", name.unwrap_or("a group")),
        url: format!("{url}/{feed}"),
        object_types,
        author: None,
    }
}

fn stream_name(group: &Object, feed: &str) -> String {
    format!("group:{}:{feed}", group.uuid)
}
