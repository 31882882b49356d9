//! Origin of a request: where the client thinks it sent it, and the address it came from.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, header, request::Parts},
};

use crate::App;

/// Scheme, host and port as the client sees them, and whether it used TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) authority: &'a str,
    pub(crate) secure: bool,
}

impl<'a> Origin<'a> {
    /// The `Host` header as it was sent, with the scheme of the public URL if that is its host.
    /// Headers of a trusted proxy take precedence.
    pub(crate) fn of(parts: &'a Parts, app: &'a App) -> Self {
        let urls = app.urls();
        let proxied = came_through_trusted_proxy(parts, app);
        let forwarded = |name| proxied.then(|| first(parts, &name)).flatten();

        let authority = forwarded(HeaderName::from_static("x-forwarded-host"))
            .or_else(|| first(parts, &header::HOST))
            .unwrap_or(urls.authority());
        let said = forwarded(HeaderName::from_static("x-forwarded-proto"));
        let said = said.and_then(|said| {
            let mut schemes = ["http", "https"].into_iter();
            schemes.find(|scheme| said.eq_ignore_ascii_case(scheme))
        });
        let secure = said == Some("https");
        let scheme = said.unwrap_or_else(|| {
            if is_public(authority, app) {
                urls.scheme()
            } else {
                "http"
            }
        });
        Self {
            scheme,
            authority,
            secure,
        }
    }
}

/// The address of the client: the peer's, or what trusted proxies say of whom they speak for. None
/// if they don't say: all their clients would otherwise be taken for one.
pub(crate) fn client_address(parts: &Parts, app: &App) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let mut address = peer.ip().to_canonical();
    let forwarded = parts.headers.get_all("x-forwarded-for").iter().rev();
    let mut hops = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','))
        .map(str::trim)
        .filter(|hop| !hop.is_empty());
    while is_trusted(address, app) {
        match hops.next() {
            Some(hop) => address = hop_address(hop)?,
            None => break,
        }
    }
    Some(address)
}

/// The address of a hop, which may have a port. None if it is hidden: `unknown`, `_name`.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']'));
    let address = bare.unwrap_or(hop).parse();
    let address = address.or_else(|_| hop.parse().map(|hop: SocketAddr| hop.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// Whether the peer's own address is that of a trusted proxy.
pub(crate) fn came_through_trusted_proxy(parts: &Parts, app: &App) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(peer)| is_trusted(peer.ip(), app))
}

fn is_trusted(peer: IpAddr, app: &App) -> bool {
    let peer = peer.to_canonical();
    app.settings()
        .trusted_proxies
        .iter()
        .any(|net| net.contains(&peer))
}

/// Whether this is the host of the public URL, whose own port may be named or not.
pub(crate) fn is_public(authority: &str, app: &App) -> bool {
    let urls = app.urls();
    let port = if urls.scheme() == "https" {
        ":443"
    } else {
        ":80"
    };
    let authority = authority.strip_suffix(port).unwrap_or(authority);
    authority.eq_ignore_ascii_case(urls.authority())
}

/// Whether the browser says that this comes from elsewhere. A client that says nothing is no
/// browser that could be made to post, or an old one.
pub(crate) fn is_cross_site(headers: &HeaderMap, ours: &Origin<'_>, app: &App) -> bool {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    let from_other_site = site.is_some_and(|site| site != "same-origin" && site != "none");
    let from_other_origin = headers.get(header::ORIGIN).is_some_and(|origin| {
        let seen = format!("{}://{}", ours.scheme, ours.authority);
        origin != app.urls().origin() && !origin.as_bytes().eq_ignore_ascii_case(seen.as_bytes())
    });
    from_other_site || from_other_origin
}

/// The first of the values of a header, which may be a list.
fn first<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    let value = parts.headers.get(name)?.to_str().ok()?;
    let value = value.split(',').next().unwrap_or_default().trim();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        let mut parts = crate::app::AppParts::of_a_test("https://pump.example");
        parts.settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        App::new(parts)
    }

    fn parts(peer: Option<&str>, headers: &[(&str, &str)]) -> Parts {
        let mut request = axum::http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(peer) = peer {
            request = request.extension(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
        }
        request.body(()).unwrap().into_parts().0
    }

    fn seen(peer: Option<&str>, headers: &[(&str, &str)]) -> (String, bool) {
        let (parts, app) = (parts(peer, headers), app());
        let origin = Origin::of(&parts, &app);
        (
            format!("{}://{}", origin.scheme, origin.authority),
            origin.secure,
        )
    }

    #[test]
    fn without_a_trusted_proxy_the_host_decides() {
        let forged = [
            ("host", "other:81"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "x"),
        ];
        for peer in [None, Some("192.0.2.1:1")] {
            assert_eq!(seen(peer, &forged), ("http://other:81".into(), false));
            assert_eq!(seen(peer, &[]), ("https://pump.example".into(), false));
            let public = [("host", "PUMP.example:443")];
            assert_eq!(
                seen(peer, &public),
                ("https://PUMP.example:443".into(), false)
            );
        }
    }

    #[test]
    fn trusted_proxy_headers_take_precedence() {
        let headers = [
            ("host", "inside:81"),
            ("x-forwarded-proto", "HTTPS, http"),
            ("x-forwarded-host", "x, y"),
        ];
        for peer in ["10.1.1.1:1", "[::ffff:10.1.1.1]:1"] {
            assert_eq!(seen(Some(peer), &headers), ("https://x".into(), true));
        }
        let odd = [
            ("host", "inside:81"),
            ("x-forwarded-proto", "gopher"),
            ("x-forwarded-host", ""),
        ];
        assert_eq!(
            seen(Some("10.1.1.1:1"), &odd),
            ("http://inside:81".into(), false)
        );
    }

    #[test]
    fn a_client_is_the_last_address_that_no_trusted_proxy_has() {
        let app = app();
        let chain = [
            ("x-forwarded-for", "6.6.6.6, 192.0.2.7"),
            ("x-forwarded-for", "10.2.2.2"),
        ];
        let address = |peer, headers: &[_]| {
            client_address(&parts(peer, headers), &app).map(|a| a.to_string())
        };
        assert_eq!(
            address(Some("10.1.1.1:1"), &chain).as_deref(),
            Some("192.0.2.7")
        );
        assert_eq!(
            address(Some("192.0.2.9:1"), &chain).as_deref(),
            Some("192.0.2.9")
        );
        assert_eq!(
            address(Some("10.1.1.1:1"), &[]).as_deref(),
            Some("10.1.1.1")
        );
        assert_eq!(address(None, &chain), None);
    }

    #[test]
    fn a_hop_may_have_a_port_and_a_hidden_one_is_nobody_in_particular() {
        let app = app();
        for (hop, seen) in [
            ("203.0.113.9:4711", Some("203.0.113.9")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[::ffff:203.0.113.9]:443", Some("203.0.113.9")),
            ("203.0.113.9, ::ffff:10.1.1.2", Some("203.0.113.9")),
            ("203.0.113.9, ", Some("203.0.113.9")),
            ("unknown", None),
            ("_hidden", None),
            ("203.0.113.9:port", None),
        ] {
            let parts = parts(Some("[::ffff:10.1.1.1]:1"), &[("x-forwarded-for", hop)]);
            let address = client_address(&parts, &app).map(|address| address.to_string());
            assert_eq!(address.as_deref(), seen, "{hop}");
        }
    }
}
