//! Inboxes and outboxes, as the API shows them (pump-api 10.3).

use std::{collections::HashSet, sync::Arc};

use super::{
    Result,
    collections::{Envelope, name_of, page_links, read_page},
    feeds::{FeedSource, class_index, filter_path},
    lookup,
    present::{self, Listing, RenderedJson},
};
use crate::{
    Context,
    context::Caller,
    model::{Account, Filter, Object, Page, PageRequest, Stream},
    protocol::syndication,
};

/// `GET /api/user/NICK/feed[/major|/minor]`: what NICK did, as far as the caller may read it.
pub(crate) async fn outbox(
    ctx: &Context,
    nickname: &str,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let account = lookup::account(ctx, nickname).await?;
    let source = FeedSource::outbox(ctx, &account, request.filter);
    let timeline = timeline(ctx, &account, &source, ("feed", "by"), request).await?;
    Ok(timeline.enclose())
}

/// Returns the public major activities of NICK, for feed readers. A share is among them for as long
/// as it is not taken back, and once, however often it was done.
pub(crate) async fn published(
    ctx: &Context,
    nickname: &str,
    request: &PageRequest,
) -> Result<syndication::SyndicationFeed> {
    let request = PageRequest {
        filter: Filter {
            major: Some(true),
            direct: false,
        },
        ..request.clone()
    };
    let anyone = ctx.with_caller(Caller::Anonymous);
    let account = lookup::account(&anyone, nickname).await?;
    let source = FeedSource::outbox(&anyone, &account, request.filter);
    let mut timeline = timeline(&anyone, &account, &source, ("feed", "by"), &request).await?;
    let stands = standing(&anyone, &timeline.page.items).await?;
    let mut stands = stands.into_iter();
    timeline.items.retain(|_| stands.next() == Some(true));
    Ok(syndication::SyndicationFeed::of(
        timeline.enclose().as_str(),
    ))
}

/// Returns for each activity, in the same order, whether the feed shows it. Of several shares of
/// one object that is the newest, while it stands.
async fn standing(ctx: &Context, activities: &[Arc<Object>]) -> Result<Vec<bool>> {
    let mut stands = vec![true; activities.len()];
    let (mut seen, mut places, mut pairs) = (HashSet::new(), Vec::new(), Vec::new());
    for (place, activity) in activities.iter().enumerate() {
        let is_share = activity.body.raw_member("verb") == Some("\"share\"");
        let object = activity.reference_property("object").filter(|_| is_share);
        if let (Some(object), Some(actor)) = (object, activity.author.as_deref()) {
            stands[place] = seen.insert(object.id.clone());
            places.push(place);
            pairs.push((Stream::Shares(object.id), actor));
        }
    }
    if !pairs.is_empty() {
        let still = ctx.storage().contains(&pairs).await?;
        for (place, still) in places.into_iter().zip(still) {
            stands[place] &= still;
        }
    }
    Ok(stands)
}

/// `GET /api/user/NICK/inbox[/direct][/major|/minor]`: what reached NICK, for NICK only.
pub(crate) async fn inbox(
    ctx: &Context,
    nickname: &str,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let account = lookup::own_account(ctx, nickname).await?;
    let source = FeedSource::inbox(&account, request.filter);
    let joint = if request.filter.direct {
        "directly for"
    } else {
        "for"
    };
    let timeline = timeline(ctx, &account, &source, ("inbox", joint), request).await?;
    Ok(timeline.enclose())
}

/// Returns what NICK is told of, for NICK only.
pub(crate) async fn notices(
    ctx: &Context,
    nickname: &str,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let account = lookup::own_account(ctx, nickname).await?;
    let source = FeedSource::notices(&account);
    let timeline = timeline(ctx, &account, &source, ("notices", "about"), request).await?;
    Ok(timeline.enclose())
}

/// A page of a feed, ready to be enclosed.
struct Timeline {
    envelope: Envelope,
    page: Page,
    items: Vec<RenderedJson>,
}

impl Timeline {
    fn enclose(self) -> RenderedJson {
        let links = page_links(&self.envelope.url, &self.page);
        self.envelope.enclose(&self.page, self.items, links)
    }
}

/// A page of a feed of an account, by the name of the feed and how it is the account's.
async fn timeline(
    ctx: &Context,
    account: &Account,
    source: &FeedSource,
    (feed, joint): (&str, &str),
    request: &PageRequest,
) -> Result<Timeline> {
    let viewer = source.viewer(ctx);
    let mut page = read_page(ctx, &source.stream, &source.name, request, viewer).await?;
    let listing = Listing::of(source.detail).and(&account.person);
    let (items, person) = present::page(ctx, &mut page, &request.cursor, listing).await?;
    let person = person.ok_or_else(|| lookup::missing_person(account))?;
    let path = filter_path(request.filter);
    let what = ["Activities", "Major activities", "Minor activities"][class_index(request.filter)];
    let envelope = Envelope {
        display_name: format!("{what} {joint} {}", name_of(&person, account)),
        url: ctx
            .urls()
            .user(&account.nickname, &format!("/{feed}{path}")),
        object_types: Some("activity"),
        author: Some(person),
    };
    Ok(Timeline {
        envelope,
        page,
        items,
    })
}

/// A page of what is nobody's own.
pub(super) async fn feed(
    ctx: &Context,
    envelope: Envelope,
    source: &FeedSource,
    request: &PageRequest,
) -> Result<RenderedJson> {
    let viewer = source.viewer(ctx);
    let mut page = read_page(ctx, &source.stream, &source.name, request, viewer).await?;
    let listing = Listing::of(source.detail);
    let (items, _) = present::page(ctx, &mut page, &request.cursor, listing).await?;
    let timeline = Timeline {
        envelope,
        page,
        items,
    };
    Ok(timeline.enclose())
}
