//! Warnings for operators whose proxy is not trusted, or does not tell for whom it asks.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderName, request::Parts},
};

use super::super::{log_throttle::LogThrottle, origin::came_through_trusted_proxy};
use crate::App;

/// The headers by which a proxy says for whom it speaks.
static FORWARDING: [HeaderName; 3] = [
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
];

/// The least time between two warnings: anyone can send such headers.
const INTERVAL: Duration = Duration::from_hours(1);

/// Warnings of peers that are not trusted, and of trusted ones that name no client.
#[derive(Clone)]
pub(super) struct ProxyWarning(Arc<Throttles>);

struct Throttles {
    untrusted: LogThrottle,
    silent: LogThrottle,
}

impl Default for ProxyWarning {
    fn default() -> Self {
        Self(Arc::new(Throttles {
            untrusted: LogThrottle::new(INTERVAL),
            silent: LogThrottle::new(INTERVAL),
        }))
    }
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
        if !came_through_trusted_proxy(request, app) && self.0.untrusted.admit().is_some() {
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
            && self.0.silent.admit().is_some()
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

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::app::AppParts;

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
            let warned = warning.0.silent.admit().is_none();
            assert_eq!(warned, warns, "{peer} {path} {header}");
        }
    }
}
