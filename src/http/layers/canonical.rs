//! One site, one host (pump-api 1.1 no. 1).

use std::net::IpAddr;

use axum::{
    http::{Method, StatusCode, header, request::Parts, uri::Authority},
    response::{IntoResponse, Response},
};

use super::super::origin::{Origin, is_public};
use crate::App;

/// Sends a request to another host to the same path of the public URL, if the settings want it.
/// Requests without a host, to the machine itself, or for its health are not redirected.
pub(super) fn redirect_to_canonical_host(app: &App, request: &Parts) -> Option<Response> {
    if !app.settings().redirect_to_canonical {
        return None;
    }
    let uri = &request.uri;
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let is_health = matches!(uri.path(), "/livez" | "/readyz");
    if !path.starts_with('/') || is_health || !is_other_host(&Origin::of(request, app), app) {
        return None;
    }
    // 301 lets a client make a GET of a POST.
    let (status, title) = match request.method {
        Method::GET => (StatusCode::MOVED_PERMANENTLY, "Moved Permanently"),
        _ => (StatusCode::PERMANENT_REDIRECT, "Permanent Redirect"),
    };
    let there = app.urls().absolute(path);
    let text = format!("{title}. Redirecting to {there}");
    Some((status, [(header::LOCATION, there)], text).into_response())
}

/// A site that is named after a machine is one that is tried out, under any name.
fn is_other_host(origin: &Origin<'_>, app: &App) -> bool {
    let (asked, public) = (origin.authority, app.urls().authority());
    !is_public(asked, app) && !is_machine_name(asked) && !is_machine_name(public)
}

/// Whether this is an address, or this very machine.
fn is_machine_name(authority: &str) -> bool {
    authority.parse::<Authority>().is_ok_and(|authority| {
        let host = authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_names_are_told_from_site_names() {
        for machine in [
            "127.0.0.1:8080",
            "192.0.2.1",
            "[::1]",
            "[2001:db8::1]:80",
            "LocalHost:1",
        ] {
            assert!(is_machine_name(machine), "{machine}");
        }
        for site in [
            "pump.example",
            "localhost.example:80",
            "1.2.3.4.example",
            "",
            "a b",
        ] {
            assert!(!is_machine_name(site), "{site}");
        }
    }
}
