//! The host that a request names (RFC 9112, 3.2).

use axum::http::{Version, header, request::Parts, uri::Authority};

use crate::{App, service::Error};

/// Refuses a request of HTTP/1.1 that names no host, and any that names several, or what can't be
/// one. Servers on the way could read such a request in another way.
pub(super) fn check(request: &Parts, app: &App) -> Result<(), Error> {
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let is_fine = match (hosts.next(), hosts.next()) {
        (None, _) => request.version != Version::HTTP_11,
        (Some(host), None) if host.is_empty() || host == app.urls().authority() => true,
        (Some(host), None) => {
            Authority::try_from(host.as_bytes()).is_ok_and(|host| is_host_and_port(&host))
        }
        (Some(_), Some(_)) => false,
    };
    if is_fine {
        Ok(())
    } else {
        Err(Error::bad_request(
            "The request must have exactly one Host header, with the name of a host.",
        ))
    }
}

/// Whether there is no more than a host and perhaps a port.
fn is_host_and_port(authority: &Authority) -> bool {
    let port = authority.as_str().strip_prefix(authority.host());
    port.is_some_and(|port| {
        let digits = port.strip_prefix(':').unwrap_or(port);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_fine(version: Version, hosts: &[&str]) -> bool {
        let app = App::new(crate::app::AppParts::of_a_test("http://pump.test"));
        let mut request = axum::http::Request::builder().version(version);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        check(&request.body(()).unwrap().into_parts().0, &app).is_ok()
    }

    #[test]
    fn a_request_names_one_host() {
        for host in [
            "",
            "pump.example",
            "Pump.example:8080",
            "[2001:db8::1]:80",
            "192.0.2.1",
        ] {
            assert!(is_fine(Version::HTTP_11, &[host]), "{host}");
        }
        for host in ["a b", "u@h", "a/b", "h:port", "a, b"] {
            assert!(!is_fine(Version::HTTP_11, &[host]), "{host}");
        }
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            assert!(!is_fine(version, &["pump.example", "pump.example"]));
            assert_eq!(is_fine(version, &[]), version != Version::HTTP_11);
        }
    }
}
