//! Feeds as streams of server-sent events (WHATWG HTML, 9.2), for those who ask for
//! `text/event-stream`.

use std::{convert::Infallible, future::ready, net::IpAddr, time::Duration};

use axum::{
    extract::{FromRef, OptionalFromRequestParts},
    http::{HeaderMap, HeaderName, header, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures_util::{
    StreamExt,
    stream::{once, unfold},
};
use mime::TEXT_EVENT_STREAM;

use crate::{
    App, Context,
    http::{accept::Accept, origin::client_address},
    model::PageRequest,
    service::{
        Result,
        feeds::Feed,
        live::{self, LiveEvent},
    },
};

/// How long a client waits before it connects again.
const RECONNECT_DELAY: Duration = Duration::from_secs(3);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A request for a live feed.
pub(in crate::http) struct EventSource {
    /// The id of the last event that the client has.
    last: Option<String>,
    address: Option<IpAddr>,
}

impl<S: Sync> OptionalFromRequestParts<S> for EventSource
where
    App: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Infallible> {
        // A client that takes anything doesn't wait for ever.
        let wanted = Accept::of(&parts.headers).names(&TEXT_EVENT_STREAM);
        Ok(wanted.then(|| Self {
            last: last(&parts.headers),
            address: client_address(parts, &App::from_ref(state)),
        }))
    }
}

/// Browsers send an id as the UTF-8 that it came in.
fn last(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(LAST_EVENT_ID)?.as_bytes();
    let id = String::from_utf8_lossy(id).trim().to_owned();
    (!id.is_empty()).then_some(id)
}

/// Answers with what comes into a feed, for as long as the client likes.
pub(in crate::http) async fn answer(
    ctx: Context,
    feed: Feed,
    page: &PageRequest,
    source: EventSource,
) -> Result<Response> {
    let listener = live::listen(ctx, feed, page, source.last, source.address).await?;
    // Has no data, so nothing is dispatched; but whoever is cut off before the first activity comes
    // goes on from here.
    let greeting = with_id(
        Event::default().retry(RECONNECT_DELAY),
        listener.begins_after(),
    );
    let events = unfold(listener, |mut listener| async move {
        let happening = listener.next().await?;
        Some((Ok::<_, Infallible>(event(happening)), listener))
    });
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let events = once(ready(Ok(greeting))).chain(events);
    Ok((headers, Sse::new(events)).into_response())
}

fn event(happening: LiveEvent) -> Event {
    match happening {
        LiveEvent::Activity {
            id,
            shown: rendered,
        } => {
            let event = Event::default().event("activity");
            with_id(event, Some(&id)).data(rendered.into_string())
        }
        LiveEvent::Reload(newest) => {
            let event = Event::default().event("reload").data("{}");
            match newest {
                Some(id) => with_id(event, Some(&id)),
                // The client forgets the id that is unknown here.
                None => event.id(""),
            }
        }
        LiveEvent::Heartbeat => Event::default().comment(""),
    }
}

/// With the id, unless it would not come back as it is. Then the client goes on from the one
/// before, and gets this one again.
fn with_id(event: Event, id: Option<&str>) -> Event {
    match id {
        Some(id) if id.trim() == id && !id.contains(char::is_control) => event.id(id),
        _ => event,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_last_id_is_any_text() {
        let last = |value: &[u8]| {
            let value = HeaderValue::from_bytes(value).unwrap();
            super::last(&HeaderMap::from_iter([(LAST_EVENT_ID, value)]))
        };
        let id = "https://h/é";
        assert_eq!(last(id.as_bytes()).as_deref(), Some(id));
        assert_eq!(last(b" "), None);
        assert_eq!(last(b"\xff").as_deref(), Some("\u{fffd}"));
    }
}
