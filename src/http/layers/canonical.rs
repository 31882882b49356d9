//! One site, one host (pump-api 1.1 no. 1).

use std::net::IpAddr;

use axum::{
    http::{Method, StatusCode, header, request::Parts, uri::Authority},
    response::{IntoResponse, Response},
};

use super::super::extract::{Origin, is_public};
use crate::App;

/// Sends a request to another host to the same path of the public URL, if the settings want it. Who asks
/// for no host, or for the machine, or how it is, is answered where they are.
pub(super) fn elsewhere(app: &App, request: &Parts) -> Option<Response> {
    if !app.settings().redirect_to_canonical {
        return None;
    }
    let uri = &request.uri;
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let is_health = matches!(uri.path(), "/livez" | "/readyz");
    if !path.starts_with('/') || is_health || !is_elsewhere(&Origin::of(request, app), app) {
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
fn is_elsewhere(origin: &Origin<'_>, app: &App) -> bool {
    let (asked, public) = (origin.authority, app.urls().authority());
    !is_public(asked, app) && !names_a_machine(asked) && !names_a_machine(public)
}

/// Whether this is an address, or this very machine.
fn names_a_machine(authority: &str) -> bool {
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
    fn addresses_and_localhost_name_a_machine_and_other_names_a_site() {
        for machine in [
            "127.0.0.1:8080",
            "192.0.2.1",
            "[::1]",
            "[2001:db8::1]:80",
            "LocalHost:1",
        ] {
            assert!(names_a_machine(machine), "{machine}");
        }
        for site in [
            "pump.example",
            "localhost.example:80",
            "1.2.3.4.example",
            "",
            "a b",
        ] {
            assert!(!names_a_machine(site), "{site}");
        }
    }
}
