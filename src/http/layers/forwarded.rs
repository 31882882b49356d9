//! Warnings for operators whose proxy is not trusted, or does not tell for whom it asks.

use std::{
    net::{IpAddr, SocketAddr},
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

/// The times of the last warnings, in seconds since 1970.
#[derive(Clone, Default)]
pub(super) struct ProxyWarning(Arc<LastWarnings>);

#[derive(Default)]
struct LastWarnings {
    untrusted: AtomicI64,
    silent: AtomicI64,
}

impl ProxyWarning {
    /// Warns, now and then, of a peer that sends forwarding headers and is not a trusted proxy, and
    /// of a trusted one that names no client. All clients of either are one for every limit.
    pub(super) fn look_at(&self, request: &Parts, app: &App) {
        self.look_for_client(request, app);
        let has = |header: &&HeaderName| request.headers.contains_key(*header);
        let Some(header) = FORWARDING.iter().find(has) else {
            return;
        };
        if !came_through_trusted_proxy(request, app) && is_due(&self.0.untrusted, app) {
            tracing::warn!(
                peer = peer(request).map(tracing::field::display),
                %header,
                "a peer that is not one of `trusted_proxies` sends forwarding headers, which are not \
                 believed: if it is your proxy, add it"
            );
        }
    }

    /// Looks for the client that a trusted proxy asks for. Checks of health are its own.
    fn look_for_client(&self, request: &Parts, app: &App) {
        if !request.headers.contains_key("x-forwarded-for")
            && !matches!(request.uri.path(), "/livez" | "/readyz")
            && came_through_trusted_proxy(request, app)
            && is_due(&self.0.silent, app)
        {
            tracing::warn!(
                peer = peer(request).map(tracing::field::display),
                "one of `trusted_proxies` sends no X-Forwarded-For: have it send that, else all of \
                 its clients count as one for every limit"
            );
        }
    }
}

fn peer(request: &Parts) -> Option<IpAddr> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| peer.ip())
}

fn is_due(last: &AtomicI64, app: &App) -> bool {
    let now = app.clock().now().timestamp();
    let due = |last| (now - last >= INTERVAL_SECONDS).then_some(now);
    last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::app::{AppParts, ManualClock};

    #[test]
    fn a_warning_is_due_once_an_hour() {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let app = App::new(AppParts {
            clock: clock.clone(),
            ..AppParts::of_a_test("http://pump.test")
        });
        let last = AtomicI64::default();
        assert!(is_due(&last, &app));
        assert!(!is_due(&last, &app));
        clock.advance(INTERVAL_SECONDS);
        assert!(is_due(&last, &app));
    }

    #[test]
    fn a_trusted_proxy_that_names_no_client_is_told_of() {
        let mut parts = AppParts::of_a_test("http://pump.test");
        parts.settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let app = App::new(parts);
        for (peer, path, header, warns) in [
            ("10.1.1.1:1", "/", "forwarded", true),
            ("10.1.1.1:1", "/", "x-real-ip", true),
            ("10.1.1.1:1", "/", "x-forwarded-for", false),
            ("10.1.1.1:1", "/livez", "x-real-ip", false),
            ("192.0.2.1:1", "/", "x-real-ip", false),
        ] {
            let request = Request::get(path).header(header, "192.0.2.7");
            let (mut request, ()) = request.body(()).unwrap().into_parts();
            let peer: SocketAddr = peer.parse().unwrap();
            request.extensions.insert(ConnectInfo(peer));
            let warning = ProxyWarning::default();
            warning.look_at(&request, &app);
            let warned = warning.0.silent.load(Ordering::Relaxed) > 0;
            assert_eq!(warned, warns, "{peer} {path} {header}");
        }
    }
}
