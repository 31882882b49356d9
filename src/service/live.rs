//! Feeds that go on: what comes into a feed is shown as it comes, as its pages would show it.
//!
//! Nothing is queued for a listener. It knows the last thing it has seen, and reads what came since in
//! the same way as a page is read: at that time, for those eyes.

use std::{collections::VecDeque, net::IpAddr};

use tokio::{
    select,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{
    Error, ErrorKind, Result, authenticate,
    collections::read,
    objects,
    present::{self, Listing, Shown},
    timelines::{Feed, Source},
};
use crate::{
    Context,
    app::{Holder, NoSeat, Seat},
    model::{Cursor, Filter, Page, PageRequest, Stream, Viewer},
    storage::StorageError,
};

/// How many activities are read, and kept until they are sent, at once.
const BATCH: u32 = 20;

/// How many bytes of JSON these have together, but for one that has more.
const MAX_BATCH_BYTES: usize = 256 * 1024;

/// What a listener gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An activity came.
    Activity {
        /// Its id.
        id: String,
        /// The activity, as a page of the feed shows it.
        shown: Shown,
    },
    /// What came since the last thing seen can't be told any more: the feed is to be read anew. What is
    /// newer than this activity, its newest, will be told.
    Reload(Option<String>),
    /// Nothing, for some time.
    Nothing,
}

/// Someone who listens to a feed.
pub struct Listener {
    ctx: Context,
    feed: Feed,
    filter: Filter,
    seat: Seat,
    heartbeat: Interval,
    /// The last thing seen: what is newer is new. `None` if nothing was there to be seen.
    seen: Option<String>,
    ready: VecDeque<Happening>,
    /// Whether there may be more to read.
    due: bool,
}

/// Begins to listen to a feed: from the activity with the id `last`, else from where the request says,
/// else from now on. A `last` that is not in the feed, or not any more, begins with
/// [`Happening::Reload`].
///
/// Errors: those of the feed; 400 for a request with another cursor than `since`; 429 and 503 when too many
/// listen. `address` is for counting those who are not signed in.
pub async fn listen(
    ctx: Context,
    feed: Feed,
    request: &PageRequest,
    last: Option<String>,
    address: Option<IpAddr>,
) -> Result<Listener> {
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
    let seat = seat(&ctx, source.stream.clone(), address)?;
    let mut ready = VecDeque::new();
    let seen = match (last, since) {
        (Some(last), _) => match known(&ctx, &source, request.filter, last).await {
            Ok(last) => Some(last),
            Err(error) if error.kind() == ErrorKind::BadRequest => {
                let top = top(&ctx, &source, request.filter).await?;
                ready.push_back(Happening::Reload(top.clone()));
                top
            }
            Err(error) => return Err(error),
        },
        (None, Some(since)) => Some(known(&ctx, &source, request.filter, since).await?),
        (None, None) => top(&ctx, &source, request.filter).await?,
    };
    let pause = ctx.app().settings().live.heartbeat;
    let mut heartbeat = interval_at(Instant::now() + pause, pause);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Ok(Listener {
        ctx,
        feed,
        filter: request.filter,
        seat,
        heartbeat,
        seen,
        ready,
        due: true,
    })
}

impl Listener {
    /// The activity after which it begins, if there is any before.
    pub fn begins_after(&self) -> Option<&str> {
        self.seen.as_deref()
    }

    /// The next thing that happens. `None` when it is over: the server stops, or whoever listens may not any
    /// more. Whoever doesn't ask for the next thing holds up nobody.
    pub async fn next(&mut self) -> Option<Happening> {
        let mut quiet = false;
        loop {
            if self.seat.is_over() {
                return None;
            }
            if let Some(happening) = self.ready.pop_front() {
                return Some(happening);
            }
            if self.due {
                match self.look().await {
                    Ok(()) => {}
                    // The store may be back at the next heartbeat.
                    Err(error) if is_ours(&error) => {
                        self.due = false;
                        tracing::debug!(%error, "a live feed could not be read");
                    }
                    Err(_) => return None,
                }
                continue;
            }
            if quiet {
                return Some(Happening::Nothing);
            }
            select! {
                () = self.seat.woken() => {}
                _ = self.heartbeat.tick() => quiet = true,
            }
            self.due = true;
        }
    }

    /// Reads what came since, as much as goes out at once, if whoever listens still may.
    async fn look(&mut self) -> Result<()> {
        let ctx = &self.ctx;
        authenticate::still(ctx).await?;
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
                self.seen = top(ctx, &source, self.filter).await?;
                self.ready.push_back(Happening::Reload(self.seen.clone()));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let found = page.items.len();
        // Those that came first come first.
        let oldest = Cursor::Since(String::new());
        let listing = Listing::of(source.detail).within(MAX_BATCH_BYTES);
        let (shown, _) = present::page(ctx, &mut page, &oldest, listing).await?;
        self.due = found == BATCH as usize || shown.len() < found;
        // What can't be seen need not be passed over again.
        self.seen = page.items.first().map(|item| item.id.clone()).or(newest);
        let ids: Vec<String> = page.items.iter().map(|item| item.id.clone()).collect();
        let news = ids.into_iter().zip(shown).rev();
        self.ready
            .extend(news.map(|(id, shown)| Happening::Activity { id, shown }));
        Ok(())
    }

    /// The oldest of what was not seen yet, newest first.
    async fn since(&self, source: &Source) -> Result<Page, StorageError> {
        let viewer = source.viewer(&self.ctx);
        let mut request = PageRequest {
            count: BATCH,
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
            if self.seen.is_some() || !page.older {
                return Ok(page);
            }
            // All of it is new, and has no "since" to ask for: the end of it is the oldest.
            request.cursor = Cursor::Offset(page.total.saturating_sub(u64::from(BATCH)));
        }
    }
}

fn seat(ctx: &Context, stream: Stream, address: Option<IpAddr>) -> Result<Seat> {
    let holder = match ctx.person() {
        Some(person) => Holder::Person(person.to_owned()),
        None => Holder::Client(address),
    };
    let app = ctx.app();
    let settings = &app.settings().live;
    let seat = app.hub().seat(stream, holder, settings);
    seat.map_err(|no| match no {
        NoSeat::TooManyOfOne => Error::too_often(
            "Too many live feeds are open. Close one, or ask for pages.",
            settings.heartbeat,
        ),
        NoSeat::None => Error::new(
            ErrorKind::Unavailable,
            "There is no room for another live feed. Ask for pages, or try again later.",
        ),
    })
}

/// The id as it is stored, of an activity in the feed that the caller may know of.
async fn known(ctx: &Context, source: &Source, filter: Filter, id: String) -> Result<String> {
    let id = objects::stored_id(ctx, &id).await?;
    let request = PageRequest {
        count: 0,
        cursor: Cursor::Since(id.clone()),
        filter,
        ..PageRequest::default()
    };
    let viewer = source.viewer(ctx);
    read(ctx, &source.stream, &source.name, &request, viewer).await?;
    Ok(id)
}

/// The id of the newest activity that a feed shows the caller.
async fn top(ctx: &Context, source: &Source, filter: Filter) -> Result<Option<String>> {
    let request = PageRequest {
        count: 1,
        cursor: Cursor::Newest,
        filter,
        ..PageRequest::default()
    };
    let viewer = source.viewer(ctx);
    let page = read(ctx, &source.stream, &source.name, &request, viewer).await?;
    Ok(page.items.first().map(|item| item.id.clone()))
}

/// The id of the newest thing in a stream, whoever may see it.
async fn newest(ctx: &Context, stream: &Stream) -> Result<Option<String>> {
    let streams = std::slice::from_ref(stream);
    let heads = ctx.storage().heads(streams, 1, Viewer::Everything).await?;
    Ok(heads.into_iter().flat_map(|head| head.items).next())
}

fn is_ours(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Internal)
}
