//! Feeds that go on: what comes into a feed is shown as it comes, as its pages would show it.
//!
//! Nothing is queued for a listener. It knows the last thing it has seen, and reads what came since
//! in the same way as a page is read: at that time, for those eyes.

use std::{collections::VecDeque, net::IpAddr};

use tokio::{
    select,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{
    Error, ErrorKind, Result, authenticate,
    collections::read_page,
    feeds::{Feed, FeedSource},
    objects,
    present::{self, Listing, RenderedJson},
};
use crate::{
    Context,
    app::{Holder, LiveSubscription, SubscriptionLimit},
    model::{Cursor, Filter, Page, PageRequest, Stream, Viewer},
    storage::StorageError,
};

/// How many activities are read, and kept until they are sent, at once.
const MAX_BATCH_SIZE: u32 = 20;

/// How many bytes of JSON these have together, but for one that has more.
const MAX_BATCH_BYTES: usize = 256 * 1024;

/// Event of a live feed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LiveEvent {
    /// An activity came.
    Activity {
        /// Its id.
        id: String,
        /// The activity, as a page of the feed shows it.
        shown: RenderedJson,
    },
    /// The events since the last one are no longer known, so the client must reload the feed.
    /// Activities newer than this one will be sent.
    Reload(Option<String>),
    /// Nothing, for some time.
    Heartbeat,
}

/// Someone who listens to a feed.
pub(crate) struct LiveFeed {
    ctx: Context,
    feed: Feed,
    filter: Filter,
    subscription: LiveSubscription,
    heartbeat: Interval,
    /// The last thing seen: what is newer is new. `None` if the feed was empty to be seen.
    seen: Option<String>,
    ready: VecDeque<LiveEvent>,
    /// Whether there may be more to read.
    due: bool,
}

/// Begins to listen to a feed: from the activity with the id
/// `last`, else from where the request says, else from now on. A `last` that is not in the feed, or
/// not any more, begins with [`LiveEvent::Reload`].
///
/// Errors: those of the feed; 400 for a request with another cursor than
/// `since`; 429 and 503 when too many listen. `address` is for counting those who are not signed
/// in.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn listen(
    ctx: Context,
    feed: Feed,
    request: &PageRequest,
    last: Option<String>,
    address: Option<IpAddr>,
) -> Result<LiveFeed> {
    let since = match &request.cursor {
        Cursor::Newest => None,
        Cursor::Since(id) => Some(id.clone()),
        Cursor::Before(_) | Cursor::Offset(_) => {
            return Err(Error::bad_request(
                "A live feed goes on from 'since' only, not from 'before' or 'offset'.",
            ));
        }
    };
    let source = feed.source(&ctx, request.filter).await?;
    // From here on nothing is missed.
    let seat = subscribe(&ctx, source.stream.clone(), address)?;
    let mut ready = VecDeque::new();
    let seen = match (last, since) {
        (Some(last), _) => match resolve_last_seen(&ctx, &source, request.filter, last).await {
            Ok(last) => Some(last),
            Err(error) if error.kind() == ErrorKind::BadRequest => {
                let top = newest_visible(&ctx, &source, request.filter).await?;
                ready.push_back(LiveEvent::Reload(top.clone()));
                top
            }
            Err(error) => return Err(error),
        },
        (None, Some(since)) => Some(resolve_last_seen(&ctx, &source, request.filter, since).await?),
        (None, None) => newest_visible(&ctx, &source, request.filter).await?,
    };
    let pause = ctx.app().settings().live.heartbeat;
    let mut heartbeat = interval_at(Instant::now() + pause, pause);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Ok(LiveFeed {
        ctx,
        feed,
        filter: request.filter,
        subscription: seat,
        heartbeat,
        seen,
        ready,
        due: true,
    })
}

impl LiveFeed {
    /// The activity after which it begins, if there is any before.
    pub(crate) fn begins_after(&self) -> Option<&str> {
        self.seen.as_deref()
    }

    /// The next thing that happens. `None` when the feed has ended: the server stops, or whoever
    /// listens may not any more. A slow client delays no other.
    pub(crate) async fn next(&mut self) -> Option<LiveEvent> {
        let mut quiet = false;
        loop {
            if self.subscription.is_shut_down() {
                return None;
            }
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.due {
                match self.poll().await {
                    Ok(()) => {}
                    // The store may be back at the next heartbeat.
                    Err(error) if is_internal(&error) => {
                        self.due = false;
                        tracing::debug!(%error, "live feed could not be read");
                    }
                    Err(_) => return None,
                }
                continue;
            }
            if quiet {
                return Some(LiveEvent::Heartbeat);
            }
            select! {
                () = self.subscription.notified() => {}
                _ = self.heartbeat.tick() => quiet = true,
            }
            self.due = true;
        }
    }

    /// Reads what came since, as much as goes out at once, if whoever listens still may.
    async fn poll(&mut self) -> Result<()> {
        let ctx = &self.ctx;
        authenticate::still_authorized(ctx).await?;
        let source = self.feed.source(ctx, self.filter).await?;
        // Asked for first: what comes in between is then newer, and not passed over.
        let newest = newest(ctx, &source.stream).await?;
        self.due = newest != self.seen;
        if !self.due {
            return Ok(());
        }
        let mut page = match self.since(&source).await {
            Ok(page) => page,
            Err(StorageError::NotInStream { .. }) => {
                self.seen = newest_visible(ctx, &source, self.filter).await?;
                self.ready.push_back(LiveEvent::Reload(self.seen.clone()));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let found = page.items.len();
        // Those that came first come first.
        let oldest = Cursor::Since(String::new());
        let listing = Listing::of(source.detail).within(MAX_BATCH_BYTES);
        let (rendered, _) = present::page(ctx, &mut page, &oldest, listing).await?;
        self.due = found == MAX_BATCH_SIZE as usize || rendered.len() < found;
        // Hidden activities need not be passed over again.
        self.seen = page.items.first().map(|item| item.id.clone()).or(newest);
        let ids: Vec<String> = page.items.iter().map(|item| item.id.clone()).collect();
        let news = ids.into_iter().zip(rendered).rev();
        self.ready
            .extend(news.map(|(id, shown)| LiveEvent::Activity { id, shown }));
        Ok(())
    }

    /// The oldest of what was not seen yet, newest first.
    async fn since(&self, source: &FeedSource) -> Result<Page, StorageError> {
        let viewer = source.viewer(&self.ctx);
        let mut request = PageRequest {
            count: MAX_BATCH_SIZE,
            cursor: Cursor::Newest,
            filter: self.filter,
            ..PageRequest::default()
        };
        if let Some(seen) = &self.seen {
            request.cursor = Cursor::Since(seen.clone());
        }
        loop {
            let page = self
                .ctx
                .storage()
                .list(&source.stream, &request, viewer)
                .await?;
            if self.seen.is_some() || !page.has_older {
                return Ok(page);
            }
            // All of it is new, and has no "since" to ask for: the end of it is the oldest.
            request.cursor = Cursor::Offset(page.total.saturating_sub(u64::from(MAX_BATCH_SIZE)));
        }
    }
}

fn subscribe(ctx: &Context, stream: Stream, address: Option<IpAddr>) -> Result<LiveSubscription> {
    let holder = match ctx.account() {
        Some(account) => Holder::Person(account.person.clone(), address),
        None => Holder::Client(address),
    };
    let app = ctx.app();
    let settings = &app.settings().live;
    let subscription = app.hub().subscribe(stream, holder, settings);
    subscription.map_err(|no| match no {
        SubscriptionLimit::PerClient => Error::too_many_requests(
            "Too many live feeds are open. Close one, or ask for pages.",
            settings.heartbeat,
        ),
        SubscriptionLimit::Unavailable => Error::new(
            ErrorKind::Unavailable,
            "There is no room for another live feed. Ask for pages, or try again later.",
        ),
    })
}

/// The id as it is stored, of an activity in the feed that the caller may know of.
async fn resolve_last_seen(
    ctx: &Context,
    source: &FeedSource,
    filter: Filter,
    id: String,
) -> Result<String> {
    let id = objects::stored_id(ctx, &id).await?;
    let request = PageRequest {
        count: 0,
        cursor: Cursor::Since(id.clone()),
        filter,
        ..PageRequest::default()
    };
    let viewer = source.viewer(ctx);
    read_page(ctx, &source.stream, &source.name, &request, viewer).await?;
    Ok(id)
}

/// The id of the newest activity that a feed shows the caller.
async fn newest_visible(
    ctx: &Context,
    source: &FeedSource,
    filter: Filter,
) -> Result<Option<String>> {
    let request = PageRequest {
        count: 1,
        cursor: Cursor::Newest,
        filter,
        ..PageRequest::default()
    };
    let viewer = source.viewer(ctx);
    let page = read_page(ctx, &source.stream, &source.name, &request, viewer).await?;
    Ok(page.items.first().map(|item| item.id.clone()))
}

/// The id of the newest thing in a stream, whoever may see it.
async fn newest(ctx: &Context, stream: &Stream) -> Result<Option<String>> {
    let streams = std::slice::from_ref(stream);
    let previews = ctx
        .storage()
        .previews(streams, 1, Viewer::Unrestricted)
        .await?;
    Ok(previews.into_iter().flat_map(|head| head.items).next())
}

fn is_internal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Internal)
}
