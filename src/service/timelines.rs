//! Inboxes and outboxes, as the API shows them (pump-api 10.3).

use serde_json::Value;

use super::{
    Result,
    collections::{Envelope, name_of, page_links, read},
    people,
    present::{self, Detail},
};
use crate::{
    Context,
    context::Caller,
    model::{Filter, PageRequest, Stream, Viewer},
    protocol::syndication::Feed,
};

/// `GET /api/user/NICK/feed[/major|/minor]`: what NICK did, as far as the caller may read it.
pub async fn outbox(ctx: &Context, nickname: &str, request: &PageRequest) -> Result<Value> {
    let account = people::account(ctx, nickname).await?;
    let person = people::person(ctx, &account).await?;
    let viewer = if ctx.person() == Some(&person.id) {
        Viewer::Everything
    } else {
        ctx.viewer()
    };
    let path = segments(request.filter);
    let what = ["Activities", "Major activities", "Minor activities"][kind(request.filter)];
    let envelope = Envelope {
        display_name: format!("{what} by {}", name_of(&person, &account)),
        url: ctx.urls().user(&account.nickname, &format!("/feed{path}")),
        object_types: Some("activity"),
        author: Some(person.clone()),
    };
    let name = format!("user:{nickname}:outbox{}", path.replace('/', ":"));
    feed(
        ctx,
        envelope,
        &Stream::Outbox(person.id),
        &name,
        request,
        viewer,
    )
    .await
}

/// What NICK published, for readers of news: the major activities that everyone may read, whoever asks.
pub async fn published(ctx: &Context, nickname: &str, request: &PageRequest) -> Result<Feed> {
    let request = PageRequest {
        filter: Filter {
            major: Some(true),
            direct: false,
        },
        ..request.clone()
    };
    let anyone = ctx.app().context(Caller::Anyone);
    outbox(&anyone, nickname, &request)
        .await
        .map(|page| Feed::of(&page))
}

/// `GET /api/user/NICK/inbox[/direct][/major|/minor]`: what reached NICK, for NICK only.
pub async fn inbox(ctx: &Context, nickname: &str, request: &PageRequest) -> Result<Value> {
    let account = people::own_account(ctx, nickname).await?;
    let person = people::person(ctx, &account).await?;
    let path = segments(request.filter);
    let what = ["Activities", "Major activities", "Minor activities"][kind(request.filter)];
    let directly = if request.filter.direct {
        " directly"
    } else {
        ""
    };
    let envelope = Envelope {
        display_name: format!("{what}{directly} for {}", name_of(&person, &account)),
        url: ctx.urls().user(&account.nickname, &format!("/inbox{path}")),
        object_types: Some("activity"),
        author: Some(person.clone()),
    };
    let name = format!("user:{nickname}:inbox{}", path.replace('/', ":"));
    feed(
        ctx,
        envelope,
        &Stream::Inbox(person.id),
        &name,
        request,
        Viewer::Everything,
    )
    .await
}

async fn feed(
    ctx: &Context,
    envelope: Envelope,
    stream: &Stream,
    name: &str,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Value> {
    let page = read(ctx, stream, name, request, viewer).await?;
    let detail = if request.filter.major == Some(true) {
        Detail::FULL
    } else {
        Detail::BRIEF
    };
    let items = present::all(ctx, page.items.clone(), detail).await?;
    let links = page_links(&envelope.url, &page);
    Ok(envelope.enclose(&page, items, links))
}

/// The path below `feed` or `inbox` that a filter stands for.
fn segments(filter: Filter) -> String {
    let direct = if filter.direct { "/direct" } else { "" };
    format!("{direct}{}", ["", "/major", "/minor"][kind(filter)])
}

fn kind(filter: Filter) -> usize {
    match filter.major {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}
