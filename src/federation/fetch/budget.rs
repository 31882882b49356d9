//! Limits of the requests to other hosts that one cause may make.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};

use crate::{
    App,
    app::{Dated, PeerFailure},
    model::site_of,
};

/// How many requests to other hosts one cause may make, such as an incoming request.
#[derive(Debug)]
pub struct FetchBudget {
    left: AtomicU32,
    cause: Cause,
    /// Failures from before do not count.
    since: DateTime<Utc>,
}

/// Origin of the requests.
#[derive(Debug)]
enum Cause {
    /// This server's, or its people's.
    Own,
    /// Another site's, by name.
    Site(String),
    /// A claim to be of the host that is asked.
    Claim,
}

impl FetchBudget {
    /// A budget of so many requests.
    pub fn new(requests: u32) -> Self {
        Self {
            left: AtomicU32::new(requests),
            cause: Cause::Own,
            since: DateTime::<Utc>::MIN_UTC,
        }
    }

    /// The same for requests that are made anew, whatever failed until then.
    pub(crate) fn since(self, since: DateTime<Utc>) -> Self {
        Self { since, ..self }
    }

    /// Whether a remembered failure counts.
    pub(in crate::federation) fn believes<T>(&self, failure: &Dated<T>) -> bool {
        failure.at > self.since
    }

    /// A budget of the verification of a claim. Its requests are counted apart, so that nobody can
    /// keep a host from proving who it is by causing requests to it.
    #[cfg_attr(not(feature = "web"), allow(dead_code, reason = "for the router only"))]
    pub(crate) fn of_claim(requests: u32) -> Self {
        Self {
            cause: Cause::Claim,
            ..Self::new(requests)
        }
    }

    /// The same for what another host causes, if there is one: its site can use up no more than
    /// half of the requests that a third one may have.
    pub(crate) fn caused_by(self, host: Option<String>) -> Self {
        Self {
            cause: host.map_or(Cause::Own, |host| Cause::Site(site_of(&host))),
            ..self
        }
    }

    /// How many requests are left.
    pub fn left(&self) -> u32 {
        self.left.load(Ordering::Relaxed)
    }

    pub(super) fn spend(&self) -> Result<(), PeerFailure> {
        let spent = self
            .left
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        spent.map(drop).map_err(|_| PeerFailure::Budget)
    }

    /// Counts a request to a host; `false` if its site had as many within the minute.
    pub(super) fn count(&self, app: &App, host: &str) -> bool {
        let (peers, now) = (app.peers(), app.clock().now());
        let limit = app.settings().federation.fetches_per_host_per_minute;
        let site = site_of(host);
        match &self.cause {
            Cause::Claim => peers.count(&format!("claim {site}"), limit, now),
            Cause::Site(cause) if *cause != site => {
                peers.count(&format!("{cause} {site}"), limit.div_ceil(2), now)
                    && peers.count(&site, limit, now)
            }
            Cause::Site(_) | Cause::Own => peers.count(&site, limit, now),
        }
    }
}

impl Default for FetchBudget {
    /// The budget of one incoming request: 20.
    fn default() -> Self {
        Self::new(20)
    }
}
