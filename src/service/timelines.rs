//! Inboxes and outboxes, as the API shows them (pump-api 10.3).

use std::{collections::HashSet, sync::Arc};

use super::{
    Result,
    collections::{Envelope, name_of, page_links, read_page},
    groups,
    objects::{self, ObjectName},
    people,
    present::{self, Detail, Listing, RenderedJson},
};
use crate::{
    Context,
    context::Caller,
    model::{Account, Filter, Object, Page, PageRequest, Stream, Viewer},
    protocol::syndication,
};

/// A feed of activities, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// The activities of an account.
    Outbox(String),
    /// The inbox of an account, for its owner only.
    Inbox(String),
    /// The activities that reached a group, for its readers.
    Group(ObjectName),
}

/// Where the activities of a feed are.
pub(super) struct FeedSource {
    /// In which stream.
    pub(super) stream: Stream,
    /// How that is called in errors.
    pub(super) name: String,
    /// Whether the caller may read all of it, whoever it is addressed to.
    pub(super) unrestricted: bool,
    /// How much is said of each.
    pub(super) detail: Detail,
}

impl Feed {
    /// Where it is, if the caller may read it now.
    pub(super) async fn source(&self, ctx: &Context, filter: Filter) -> Result<FeedSource> {
        match self {
            Self::Outbox(nickname) => {
                let account = people::account(ctx, nickname).await?;
                Ok(FeedSource::outbox(ctx, &account, filter))
            }
            Self::Inbox(nickname) => {
                let account = people::own_account(ctx, nickname).await?;
                Ok(FeedSource::inbox(&account, filter))
            }
            Self::Group(name) => {
                let group = objects::find(ctx, "group", name).await?;
                Ok(groups::inbox_source(&group))
            }
        }
    }
}

impl FeedSource {
    fn outbox(ctx: &Context, account: &Account, filter: Filter) -> Self {
        Self {
            stream: Stream::Outbox(account.person.clone()),
            name: name(account, "outbox", filter),
            unrestricted: ctx.person() == Some(&account.person),
            detail: detail(filter),
        }
    }

    /// The inbox of the caller's own account.
    fn inbox(account: &Account, filter: Filter) -> Self {
        Self {
            stream: Stream::Inbox(account.person.clone()),
            name: name(account, "inbox", filter),
            unrestricted: true,
            detail: detail(filter),
        }
    }

    /// For whose eyes it is read.
    pub(super) fn viewer<'a>(&self, ctx: &'a Context) -> Viewer<'a> {
        if self.unrestricted {
            Viewer::Unrestricted
        } else {
            ctx.viewer()
        }
    }
}

fn name(account: &Account, stream: &str, filter: Filter) -> String {
    let part = segments(filter).replace('/', ":");
    format!("user:{}:{stream}{part}", account.nickname)
}

/// `GET /api/user/NICK/feed[/major|/minor]`: what NICK did, as far as the caller may read it.
pub async fn outbox(ctx: &Context, nickname: &str, request: &PageRequest) -> Result<RenderedJson> {
    let account = people::account(ctx, nickname).await?;
    let source = FeedSource::outbox(ctx, &account, request.filter);
    let timeline = timeline(ctx, &account, &source, ("feed", "by"), request).await?;
    Ok(timeline.enclose())
}

/// Returns the public major activities of NICK, for feed readers. A share is among them for as long
/// as it is not taken back, and once, however often it was done.
pub async fn published(
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
    let account = people::account(&anyone, nickname).await?;
    let source = FeedSource::outbox(&anyone, &account, request.filter);
    let mut timeline = timeline(&anyone, &account, &source, ("feed", "by"), &request).await?;
    let stands = standing(&anyone, &timeline.page.items).await?;
    let mut stands = stands.into_iter();
    timeline.items.retain(|_| stands.next() == Some(true));
    Ok(syndication::SyndicationFeed::of(
        timeline.enclose().as_str(),
    ))
}

/// For each activity, in the same order, whether it is to be told of: of shares of one thing the
/// newest, if the actor still shares it.
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
pub async fn inbox(ctx: &Context, nickname: &str, request: &PageRequest) -> Result<RenderedJson> {
    let account = people::own_account(ctx, nickname).await?;
    let source = FeedSource::inbox(&account, request.filter);
    let joint = if request.filter.direct {
        "directly for"
    } else {
        "for"
    };
    let timeline = timeline(ctx, &account, &source, ("inbox", joint), request).await?;
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
    let person = person.ok_or_else(|| people::missing_person(account))?;
    let path = segments(request.filter);
    let what = ["Activities", "Major activities", "Minor activities"][kind(request.filter)];
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

/// How much a feed of a person says of each activity.
fn detail(filter: Filter) -> Detail {
    if filter.major == Some(true) {
        Detail::FULL
    } else {
        Detail::BRIEF
    }
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
