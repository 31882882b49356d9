//! Live feeds that pages listen to, as server-sent events.

use axum::response::Response;

use super::{front::HOME, visitor::Visitor};
use crate::{
    http::api::{EventSource, PageQuery, answer_live},
    model::Filter,
    service::{Error, Result, feeds::Feed},
};

/// `GET /main/live`: what comes into the home timeline of a member.
pub(super) async fn home(
    visitor: Visitor,
    query: PageQuery,
    source: Option<EventSource>,
) -> Result<Response> {
    follow(visitor, query, source, (Feed::Inbox, HOME.filter)).await
}

/// `GET /main/notifications/live`: what a member is told of.
pub(super) async fn notices(
    visitor: Visitor,
    query: PageQuery,
    source: Option<EventSource>,
) -> Result<Response> {
    let notices = (Feed::Notices as fn(String) -> Feed, Filter::default());
    follow(visitor, query, source, notices).await
}

/// Answers with a feed of the reader, as [the API does](answer_live).
async fn follow(
    visitor: Visitor,
    query: PageQuery,
    source: Option<EventSource>,
    (feed, filter): (fn(String) -> Feed, Filter),
) -> Result<Response> {
    let nickname = visitor.account()?.nickname.to_string();
    let source = source.ok_or_else(|| Error::bad_request("This is for text/event-stream."))?;
    answer_live(visitor.ctx, feed(nickname), &query.of(filter), source).await
}
