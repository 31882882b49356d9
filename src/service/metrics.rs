//! Metrics, with what is measured when they are read.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

use super::{
    Error, Result,
    federation::queue_report::{self, QueueTotals},
};
use crate::{App, app::Measured, context::Caller};

/// Longest time for which sums of the queue are used again, in seconds.
const MAX_TOTALS_AGE_SECONDS: i64 = 15;

/// Sums of the queue, and when they were read.
type TimedTotals = (DateTime<Utc>, QueueTotals);

/// Reader of the metrics of an application.
#[derive(Clone)]
pub(crate) struct MetricsReader {
    app: App,
    totals: Arc<Mutex<Option<TimedTotals>>>,
}

impl MetricsReader {
    /// Creates a reader.
    pub(crate) fn new(app: App) -> Self {
        let totals = Arc::default();
        Self { app, totals }
    }

    /// Reads all metrics, in the text format of `OpenMetrics`.
    pub(crate) async fn read(&self) -> Result<String> {
        let now = self.app.clock().now();
        let totals = self.totals(now).await?;
        let oldest = totals.oldest.map_or(0, |oldest| now.timestamp() - oldest);
        let measured = Measured {
            deliveries: totals.deliveries,
            hosts: totals.hosts,
            oldest_seconds: oldest.try_into().unwrap_or_default(),
            connections: self.app.storage().connections(),
            live_feeds: self.app.hub().count(),
        };
        self.app
            .metrics()
            .encode(&measured)
            .map_err(Error::internal)
    }

    async fn totals(&self, now: DateTime<Utc>) -> Result<QueueTotals> {
        let max_age = TimeDelta::seconds(MAX_TOTALS_AGE_SECONDS);
        let known = *self.totals.lock();
        if let Some((_, totals)) = known.filter(|(at, _)| (now - *at).abs() < max_age) {
            return Ok(totals);
        }
        let totals = queue_report::totals(&self.app.context(Caller::Server)).await?;
        *self.totals.lock() = Some((now, totals));
        Ok(totals)
    }
}
