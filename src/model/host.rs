//! Names of hosts: one spelling for each.

use std::net::IpAddr;

use url::Url;

use super::{
    Urls,
    canonical::{authority_of, parse_authority, split},
    network::network_of,
};

/// Returns the name of a host: its authority in lower case and ASCII (punycode), with the port
/// unless that is 80 or 443. A full stop at the end is left out. `None` for what is no authority.
pub fn host_name(authority: &str) -> Option<String> {
    host_of_url(&parse_authority(authority)?)
}

/// Returns the [name](host_name) of the host of a URL.
pub fn host_of_url(url: &Url) -> Option<String> {
    let name = authority_of(url);
    let has_host = !name.is_empty() && !name.starts_with(':');
    has_host.then_some(name)
}

/// Returns the [name](host_name) of the host that an id belongs to: of `acct:NICK@HOST`, of a web
/// address, or of `tag:HOST,…`. Other ids, such as URNs, belong to none.
pub fn host_of_id(id: &str) -> Option<String> {
    let (scheme, rest) = split(id);
    match &*scheme.to_ascii_lowercase() {
        "http" | "https" => host_of_url(&Url::parse(id).ok()?),
        "acct" => host_name(rest.rsplit_once('@')?.1),
        "tag" => host_name(rest.split_once(',')?.0.rsplit('@').next()?),
        _ => None,
    }
}

/// Second labels that are commonly registered below a country's top-level domain.
const SHARED_LABELS: &[&str] = &[
    "ac", "co", "com", "edu", "gen", "go", "gob", "gov", "gr", "id", "ltd", "me", "mil", "ne",
    "net", "nom", "or", "org", "plc", "sch",
];

/// Returns the site of a host by its [name](host_name): the domain that somebody registered, the
/// IPv4 address, or the IPv6 network. One owner can make up any number of hosts in it, so limits
/// count sites. The hosts below the name of a hosting provider are one site: the list that tells
/// them apart has a licence of its own (MPL).
pub(crate) fn site_of(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return network_of(address).to_string();
    }
    let mut labels = name.rsplit('.');
    let (top, second) = (labels.next(), labels.next());
    let is_shared = top.is_some_and(|top| top.len() == 2)
        && second.is_some_and(|second| SHARED_LABELS.contains(&second));
    let count = if is_shared { 3 } else { 2 };
    let start = name.rmatch_indices('.').nth(count - 1);
    start.map_or(name, |(at, _)| &name[at + 1..]).to_owned()
}

impl Urls {
    /// Whether the [name](host_name) of a host is this server, also as `localhost`.
    pub fn is_own_host(&self, name: &str) -> bool {
        self.is_own_address(&format!("{}://{name}{}", self.scheme(), self.path()))
    }

    /// Returns the name under which this server is known to others.
    pub fn host_name(&self) -> String {
        host_name(self.authority()).unwrap_or_else(|| self.host().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_host_have_one_name() {
        for (authority, name) in [
            ("H.Example", Some("h.example")),
            ("h.example.", Some("h.example")),
            ("h.example:443", Some("h.example")),
            ("h.example:80", Some("h.example")),
            ("h.example:8080", Some("h.example:8080")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("XN--BCHER-KVA.example", Some("xn--bcher-kva.example")),
            ("127.1", Some("127.0.0.1")),
            ("[::1]:80", Some("[::1]")),
            ("", None),
            ("a b", None),
            ("u@h.example", None),
            ("h.example/x", None),
        ] {
            assert_eq!(host_name(authority).as_deref(), name, "{authority}");
        }
    }

    #[test]
    fn hosts_of_one_owner_are_one_site() {
        for (host, site) in [
            ("h.example", "h.example"),
            ("a.b.h.example:8080", "h.example"),
            ("a.h.co.uk", "h.co.uk"),
            ("co.uk", "co.uk"),
            ("a.t.co", "t.co"),
            ("a.h.com", "h.com"),
            ("localhost:81", "localhost"),
            ("192.0.2.1:8080", "192.0.2.1/32"),
            ("[2001:db8:1:2:3::1]", "2001:db8:1:2::/64"),
            ("[2001:db8:1:2:4::1]:81", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(site_of(host), site, "{host}");
        }
    }

    #[test]
    fn an_id_belongs_to_the_host_it_names() {
        for (id, host) in [
            ("acct:zed@H.example", Some("h.example")),
            ("acct:zed@h.example:443", Some("h.example")),
            (
                "ACCT:zed@bücher.example:81",
                Some("xn--bcher-kva.example:81"),
            ),
            ("https://H.example.:443/x@y", Some("h.example")),
            ("http://user@h.example:8080?x", Some("h.example:8080")),
            ("https://h.example:80/", Some("h.example")),
            ("http://[::1]:3000/", Some("[::1]:3000")),
            ("tag:h.example,2026:x", Some("h.example")),
            ("tag:zed@h.example,2026:x", Some("h.example")),
            ("urn:uuid:8f5a", None),
            ("tag:h.example", None),
            ("acct:zed", None),
            ("mailto:zed@h.example", None),
            ("http:", None),
            ("zed@h.example", None),
        ] {
            assert_eq!(host_of_id(id).as_deref(), host, "{id}");
        }
    }

    #[test]
    fn own_host_is_known_in_every_spelling() {
        let urls = Urls::new(&Url::parse("https://H.example/pump").unwrap()).unwrap();
        assert_eq!(urls.host_name(), "h.example");
        for (name, own) in [
            ("h.example", true),
            ("localhost", true),
            ("127.0.0.1", true),
            ("h.example:81", false),
            ("www.h.example", false),
        ] {
            assert_eq!(urls.is_own_host(name), own, "{name}");
        }
    }
}
