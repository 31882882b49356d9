//! Metrics of one application: counters, and what is measured when they are read. No label names a
//! host, a person or a path.

use std::{sync::atomic::AtomicU64, time::Duration};

use parking_lot::Mutex;
use prometheus_client::{
    encoding::text,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

/// Labels by name.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Bounds of the buckets of durations: from half a millisecond to eight seconds.
const FIRST_BUCKET_SECONDS: f64 = 0.0005;
const BUCKET_FACTOR: f64 = 2.0;
const BUCKET_COUNT: u16 = 15;

/// States of hosts, as labels.
const HOST_STATES: [&str; 2] = ["answering", "failing"];

/// End of a delivery to another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryEnd {
    /// The host took it.
    Delivered,
    /// The host failed, and it waits.
    Failed,
    /// It was dropped.
    Dropped,
    /// It was dropped, as it had waited for too long.
    Expired,
}

/// Values that are measured when metrics are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    /// Deliveries that wait for hosts that answer, and for hosts that fail.
    pub(crate) deliveries: [u64; 2],
    /// These hosts.
    pub(crate) hosts: [u64; 2],
    /// Age of the oldest delivery that waits, in seconds.
    pub(crate) oldest_seconds: u64,
    /// Connections to the database: in use, and at most.
    pub(crate) connections: Option<(u32, u32)>,
    /// Open live feeds.
    pub(crate) live_feeds: usize,
}

/// Metrics of an application.
pub(crate) struct Metrics {
    is_enabled: bool,
    requests: Family<Labels<2>, Counter>,
    durations: Family<Labels<1>, Histogram>,
    deliveries: Family<Labels<1>, Counter>,
    outgoing: Family<Labels<1>, Counter>,
    lookups: Family<Labels<1>, Counter>,
    queue: Family<Labels<1>, UnsignedGauge>,
    hosts: Family<Labels<1>, UnsignedGauge>,
    oldest: UnsignedGauge,
    connections: Family<Labels<1>, UnsignedGauge>,
    live_feeds: UnsignedGauge,
    registry: Mutex<Registry>,
}

type UnsignedGauge = Gauge<u64, AtomicU64>;

impl Metrics {
    /// Creates metrics; those that are not enabled record nothing.
    pub(super) fn new(is_enabled: bool) -> Self {
        let durations = || {
            let buckets = exponential_buckets(FIRST_BUCKET_SECONDS, BUCKET_FACTOR, BUCKET_COUNT);
            Histogram::new(buckets)
        };
        let metrics = Self {
            is_enabled,
            requests: Family::default(),
            durations: Family::new_with_constructor(durations),
            deliveries: Family::default(),
            outgoing: Family::default(),
            lookups: Family::default(),
            queue: Family::default(),
            hosts: Family::default(),
            oldest: Gauge::default(),
            connections: Family::default(),
            live_feeds: Gauge::default(),
            registry: Mutex::new(Registry::with_prefix("hydraulics")),
        };
        metrics.register();
        metrics
    }

    fn register(&self) {
        let mut to = self.registry.lock();
        let requests = self.requests.clone();
        to.register("requests", "Requests by route and status", requests);
        let durations = self.durations.clone();
        let help = "Time until the head of a response, in seconds, by route";
        to.register("request_duration_seconds", help, durations);
        let help = "Deliveries to other hosts by outcome";
        to.register("deliveries", help, self.deliveries.clone());
        let help = "Requests to other hosts by outcome";
        to.register("outgoing_requests", help, self.outgoing.clone());
        let help = "Lookups in the response cache by outcome";
        to.register("response_cache_lookups", help, self.lookups.clone());
        let help = "Deliveries that wait, by the state of their host";
        to.register("queue_deliveries", help, self.queue.clone());
        let help = "Hosts that deliveries wait for, by state";
        to.register("queue_hosts", help, self.hosts.clone());
        let help = "Age of the oldest delivery that waits, in seconds";
        to.register("queue_oldest_seconds", help, self.oldest.clone());
        let help = "Connections to the database, in use and at most";
        to.register("database_connections", help, self.connections.clone());
        let help = "Open live feeds";
        to.register("live_feeds", help, self.live_feeds.clone());
    }

    /// Records a request with the status of its response.
    pub(crate) fn record_request(&self, path: &str, status: u16, duration: Duration) {
        if self.is_enabled {
            let route = ("route", route_class(path));
            let status = ("status", status_class(status));
            self.requests.get_or_create(&[route, status]).inc();
            let seconds = duration.as_secs_f64();
            self.durations.get_or_create(&[route]).observe(seconds);
        }
    }

    /// Records so many ends of deliveries.
    pub(crate) fn record_deliveries(&self, end: DeliveryEnd, count: usize) {
        let outcome = match end {
            DeliveryEnd::Delivered => "delivered",
            DeliveryEnd::Failed => "failed",
            DeliveryEnd::Dropped => "dropped",
            DeliveryEnd::Expired => "expired",
        };
        let counter = self.deliveries.get_or_create(&[("outcome", outcome)]);
        counter.inc_by(count as u64);
    }

    /// Records a request to another host: its status, or `None` if there was no answer.
    pub(crate) fn record_outgoing(&self, status: Option<u16>) {
        let outcome = status.map_or("unanswered", status_class);
        self.outgoing.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Records a lookup in the response cache, by its outcome.
    pub(crate) fn record_lookup(&self, outcome: &'static str) {
        if self.is_enabled {
            self.lookups.get_or_create(&[("outcome", outcome)]).inc();
        }
    }

    /// Writes all metrics in the text format of `OpenMetrics`.
    pub(crate) fn encode(&self, measured: &Measured) -> Result<String, std::fmt::Error> {
        for (state, label) in HOST_STATES.into_iter().enumerate() {
            let labels = [("state", label)];
            let gauge = self.queue.get_or_create(&labels);
            gauge.set(measured.deliveries[state]);
            let gauge = self.hosts.get_or_create(&labels);
            gauge.set(measured.hosts[state]);
        }
        self.oldest.set(measured.oldest_seconds);
        if let Some((used, max)) = measured.connections {
            let gauge = |label| self.connections.get_or_create_owned(&[("state", label)]);
            gauge("in_use").set(used.into());
            gauge("max").set(max.into());
        }
        self.live_feeds.set(measured.live_feeds as u64);
        let mut encoded = String::new();
        text::encode(&mut encoded, &self.registry.lock())?;
        Ok(encoded)
    }
}

/// Class of the route of a path.
fn route_class(path: &str) -> &'static str {
    let mut segments = path.split('/').skip(1);
    match segments.next().unwrap_or_default() {
        "api" => match (segments.next(), segments.nth(1)) {
            (Some("user"), Some("feed")) => "feed",
            (Some("user" | "group"), Some("inbox")) | (Some("group"), _) => "inbox",
            (Some("user"), _) => "user",
            (Some("client" | "dialback" | "users"), _) => "registration",
            (Some("proxy"), _) => "proxy",
            _ => "object",
        },
        "oauth" | "oauth2" => "oauth",
        ".well-known" => "well-known",
        "uploads" => "uploads",
        "livez" | "readyz" | "metrics" => "health",
        _ => "other",
    }
}

fn status_class(status: u16) -> &'static str {
    match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_encoded_with_their_labels() {
        let metrics = Metrics::new(true);
        let path = "/api/user/alice/feed/major";
        metrics.record_request(path, 200, Duration::from_millis(3));
        metrics.record_deliveries(DeliveryEnd::Delivered, 2);
        metrics.record_outgoing(None);
        let measured = Measured {
            deliveries: [1, 3],
            connections: Some((1, 5)),
            ..Measured::default()
        };
        let text = metrics.encode(&measured).unwrap();
        for line in [
            "hydraulics_requests_total{route=\"feed\",status=\"2xx\"} 1",
            "hydraulics_request_duration_seconds_count{route=\"feed\"} 1",
            "hydraulics_deliveries_total{outcome=\"delivered\"} 2",
            "hydraulics_outgoing_requests_total{outcome=\"unanswered\"} 1",
            "hydraulics_queue_deliveries{state=\"failing\"} 3",
            "hydraulics_database_connections{state=\"max\"} 5",
            "hydraulics_live_feeds 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}:\n{text}");
        }
        assert!(!text.contains("alice"), "{text}");
    }

    #[test]
    fn paths_of_one_kind_have_one_class() {
        for (path, class) in [
            ("/api/user/alice/inbox", "inbox"),
            ("/api/user/alice", "user"),
            ("/api/group/x/inbox", "inbox"),
            ("/api/note/x/likes", "object"),
            ("/api/client/register", "registration"),
            ("/.well-known/webfinger", "well-known"),
            ("/alice/note/1", "other"),
            ("", "other"),
        ] {
            assert_eq!(route_class(path), class, "{path}");
        }
    }
}
