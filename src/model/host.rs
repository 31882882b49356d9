//! Names of hosts: one spelling for each.

use url::Url;

use super::{
    Urls,
    canonical::{authority_of, parse_authority, split},
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
