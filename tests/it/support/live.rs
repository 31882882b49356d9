//! Live feeds as a client reads them.

use std::{fmt::Write, time::Duration};

use axum::body::Body;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::time::timeout;

/// How long to wait for what must come: less than a heartbeat, at which everything comes.
const EVENT_TIMEOUT: Duration = Duration::from_secs(15);

/// A stream of events that is being read.
pub(crate) struct LiveFeed {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Body,
    read: String,
}

impl LiveFeed {
    pub(crate) fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
            read: String::new(),
        }
    }

    /// The next block of lines; `None` at the end of the stream.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.read.split_once("\n\n") {
                let block = block.to_owned();
                self.read = rest.into();
                return Some(block);
            }
            let frame = timeout(EVENT_TIMEOUT, self.body.frame()).await;
            let frame = frame.expect("something should come")?.expect("a frame");
            let data = frame.into_data().expect("data");
            write!(self.read, "{}", std::str::from_utf8(&data).unwrap()).unwrap();
        }
    }

    /// The next event as its type, id and data, with what has no data passed over.
    pub(crate) async fn event(&mut self) -> Option<(String, String, Value)> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_default().to_owned()
            };
            let data = field("data: ");
            if !data.is_empty() {
                let data = serde_json::from_str(&data).unwrap();
                return Some((field("event: "), field("id: "), data));
            }
        }
    }

    /// The next event, which must be an activity with its own id.
    pub(crate) async fn activity(&mut self) -> Value {
        let (event, id, shown) = self.event().await.expect("one more");
        assert_eq!(event, "activity");
        assert_eq!(shown["id"], *id);
        shown
    }

    /// Returns the contents of the next activities.
    pub(crate) async fn contents(&mut self, count: usize) -> Vec<String> {
        let mut contents = Vec::new();
        while contents.len() < count {
            let activity = self.activity().await;
            contents.push(
                activity["object"]["content"]
                    .as_str()
                    .unwrap_or("-")
                    .to_owned(),
            );
        }
        contents
    }
}
