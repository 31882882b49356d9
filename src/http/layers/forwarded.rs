//! A warning for operators whose proxy is not trusted.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderName, request::Parts},
};

use super::super::extract::came_through_trusted_proxy;
use crate::App;

/// The headers by which a proxy says for whom it speaks.
static FORWARDING: [HeaderName; 3] = [
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
];

/// The least time between two warnings, in seconds: anyone can send such headers.
const INTERVAL_SECONDS: i64 = 3600;

/// When the last warning was written, in seconds since 1970.
#[derive(Clone, Default)]
pub(super) struct ProxyWarning(Arc<AtomicI64>);

impl ProxyWarning {
    /// Warns, now and then, of a peer that sends forwarding headers and is not a trusted proxy: as
    /// long as it isn't, all of its clients are one for every limit.
    pub(super) fn look_at(&self, request: &Parts, app: &App) {
        let has = |header: &&HeaderName| request.headers.contains_key(*header);
        let Some(header) = FORWARDING.iter().find(has) else {
            return;
        };
        if !came_through_trusted_proxy(request, app) && self.is_due(app) {
            let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
            let peer = peer.map(|ConnectInfo(peer)| tracing::field::display(peer.ip()));
            tracing::warn!(
                peer,
                %header,
                "a peer that is not one of `trusted_proxies` sends forwarding headers, which are not \
                 believed: if it is your proxy, add it"
            );
        }
    }

    fn is_due(&self, app: &App) -> bool {
        let now = app.clock().now().timestamp();
        let due = |last| (now - last >= INTERVAL_SECONDS).then_some(now);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, due)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AppParts, ManualClock};

    #[test]
    fn a_warning_is_due_once_an_hour() {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let app = App::new(AppParts {
            clock: clock.clone(),
            ..AppParts::of_a_test("http://pump.test")
        });
        let warning = ProxyWarning::default();
        assert!(warning.is_due(&app));
        assert!(!warning.is_due(&app));
        clock.advance(INTERVAL_SECONDS);
        assert!(warning.is_due(&app));
    }
}
