//! Feeds as streams of server-sent events (WHATWG HTML, 9.2), for those who ask for `text/event-stream`.

use std::{convert::Infallible, future::ready, net::IpAddr, time::Duration};

use axum::{
    extract::OptionalFromRequestParts,
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
use mime::{Mime, TEXT_EVENT_STREAM};

use crate::{
    App, Context,
    http::extract::client_address,
    model::PageRequest,
    service::{
        Result,
        live::{self, Happening},
        timelines::Feed,
    },
};

/// How long a client waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);

/// A request for a live feed.
pub(super) struct EventSource {
    /// The id of the last event that the client has.
    last: Option<String>,
    address: Option<IpAddr>,
}

impl OptionalFromRequestParts<App> for EventSource {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Infallible> {
        Ok(is_wanted(&parts.headers).then(|| Self {
            last: last(&parts.headers),
            address: client_address(parts, app),
        }))
    }
}

/// Whether `text/event-stream` itself is named: whoever takes anything doesn't wait for ever.
fn is_wanted(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.trim().parse::<Mime>().ok())
        .any(|range| {
            let quality = range.get_param("q").map(|q| q.as_str().parse::<f32>());
            range.essence_str() == TEXT_EVENT_STREAM.essence_str()
                && quality.is_none_or(|quality| quality.is_ok_and(|quality| quality > 0.0))
        })
}

/// Browsers send an id as the UTF-8 that it came in.
fn last(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("last-event-id")?.as_bytes();
    let id = String::from_utf8_lossy(id).trim().to_owned();
    (!id.is_empty()).then_some(id)
}

/// Answers with what comes into a feed, for as long as the client likes.
pub(super) async fn answer(
    ctx: Context,
    feed: Feed,
    page: &PageRequest,
    source: EventSource,
) -> Result<Response> {
    let listener = live::listen(ctx, feed, page, source.last, source.address).await?;
    // Has no data, so nothing is dispatched; but whoever is cut off before the first activity comes goes
    // on from here.
    let greeting = with_id(Event::default().retry(RETRY), listener.begins_after());
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

fn event(happening: Happening) -> Event {
    match happening {
        Happening::Activity { id, shown } => {
            let event = Event::default().event("activity");
            with_id(event, Some(&id)).data(shown.to_string())
        }
        Happening::Reload(newest) => {
            let event = Event::default().event("reload").data("{}");
            match newest {
                Some(id) => with_id(event, Some(&id)),
                // The client forgets the id that is unknown here.
                None => event.id(""),
            }
        }
        Happening::Nothing => Event::default().comment(""),
    }
}

/// With the id, unless it would not come back as it is. Then the client goes on from the one before, and
/// gets this one again.
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

    fn headers(name: HeaderName, value: &[u8]) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_bytes(value).unwrap())])
    }

    #[test]
    fn a_stream_is_for_those_who_name_it() {
        for (accept, wanted) in [
            ("text/event-stream", true),
            ("text/event-stream; charset=utf-8", true),
            ("application/json;q=0.5, Text/Event-Stream", true),
            ("text/event-stream;q=0", false),
            ("text/event-stream;q=x", false),
            ("text/*", false),
            ("*/*", false),
            ("rubbish", false),
        ] {
            let headers = headers(header::ACCEPT, accept.as_bytes());
            assert_eq!(is_wanted(&headers), wanted, "{accept}");
        }
        assert!(!is_wanted(&HeaderMap::new()));
    }

    #[test]
    fn the_last_id_is_any_text() {
        let name = HeaderName::from_static("last-event-id");
        let last = |value: &[u8]| super::last(&headers(name.clone(), value));
        assert_eq!(
            last("https://h/é".as_bytes()).as_deref(),
            Some("https://h/é")
        );
        assert_eq!(last(b" "), None);
        assert_eq!(last(b"\xff").as_deref(), Some("\u{fffd}"));
    }
}
