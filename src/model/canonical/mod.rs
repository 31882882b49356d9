//! One id for all spellings of a thing of this server, and which ids a client may give.

#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use url::{Host, Position, Url};
use uuid::Uuid;

use super::{Nickname, PUBLIC, Urls, is_invisible};

impl Urls {
    /// Returns the id under which a thing is stored, for an id as a client writes it.
    ///
    /// Of this server all spellings are one: either scheme, any case of the host, default ports,
    /// `acct:` ids, `nick@host`, a person's profile and their page, their followers. No other host
    /// is `localhost` or has a loopback address. Persons of other hosts have one spelling of their
    /// host, and URNs one of what is alike in any case; other ids of other hosts stay as they are.
    pub(crate) fn canonical_id<'a>(&self, id: &'a str) -> Cow<'a, str> {
        let (scheme, rest) = split(id);
        if is_web(scheme) {
            if id == PUBLIC || is_public(id) {
                return PUBLIC.into();
            }
            let Some(path) = self.local_path(id) else {
                return id.into();
            };
            if let Some(nickname) = followed_at(&path) {
                return self.user(&nickname, "/followers").into();
            }
            return match (self.person_at(&path), path) {
                (Some(person), _) => person.into(),
                (None, Cow::Borrowed(_)) => id.into(),
                (None, Cow::Owned(path)) => self.absolute(&path).into(),
            };
        }
        if scheme.eq_ignore_ascii_case("urn") {
            return canonical_urn(id, rest);
        }
        let named = rest.rsplit_once('@').filter(|_| is_acct(scheme));
        let Some((nickname, authority)) = named else {
            return id.into();
        };
        // Of most ids this is enough to know.
        if scheme == "acct" && authority == self.host() && self.port().is_none() {
            return id.into();
        }
        let nickname = nickname.strip_prefix('@').unwrap_or(nickname);
        let Some(url) = parse_authority(authority) else {
            return id.into();
        };
        match Nickname::parse(nickname) {
            Ok(nickname) if self.is_own_authority(&url) => self.person_id(&nickname).into(),
            _ if nickname.contains([':', '/']) => id.into(),
            _ => format!("acct:{nickname}@{}", authority_of(&url)).into(),
        }
    }

    /// Returns whether a client may give a new object this id: a URN, which names no host, or a
    /// `tag:` of this host. [Derived](is_derived) ids are excepted.
    pub(crate) fn may_be_given(&self, id: &str) -> bool {
        let (scheme, rest) = split(id);
        if scheme.eq_ignore_ascii_case("urn") {
            return !rest.is_empty() && is_plain(rest) && !is_derived(id);
        }
        let authority = rest.split_once(',').map(|(authority, _)| authority);
        let host = authority.and_then(|authority| authority.rsplit('@').next());
        scheme.eq_ignore_ascii_case("tag")
            && is_plain(rest)
            && host
                .and_then(parse_authority)
                .is_some_and(|host| self.is_own_authority(&host))
    }

    /// Whether a web address is of this server, in whatever spelling.
    pub fn is_own_address(&self, address: &str) -> bool {
        self.local_path(address).is_some()
    }

    /// Returns what follows the public URL in an address of this server.
    fn local_path<'a>(&self, address: &'a str) -> Option<Cow<'a, str>> {
        let below = |path: &&str| path.is_empty() || path.starts_with(['/', '?', '#']);
        if let Some(path) = address.strip_prefix(self.base()).filter(below) {
            return Some(path.into());
        }
        let url = Url::parse(address).ok()?;
        let own = self.is_own(&url.host()?, port_of(&url));
        let path = url[Position::BeforePath..].strip_prefix(self.path());
        let path = path.filter(|path| own && below(path))?;
        Some(path.to_owned().into())
    }

    /// Returns the id of the person whose page, profile or account is at a path.
    fn person_at(&self, path: &str) -> Option<String> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let nickname = match path.strip_prefix("/api/user/") {
            Some(account) => account.strip_suffix("/profile").unwrap_or(account),
            None => path.strip_prefix('/')?,
        };
        Some(self.person_id(&Nickname::parse(nickname).ok()?))
    }

    /// Whether what follows the `@` of a person names this server, with its port or without one.
    fn is_own_authority(&self, url: &Url) -> bool {
        let port = port_of(url).or(self.port());
        url.host().is_some_and(|host| self.is_own(&host, port))
    }

    /// Whether a host and a port, `None` for a default one, are those of this server. With a public
    /// name it is asked on the machine itself at any port. Servers with loopback addresses of their
    /// own, such as 127.0.0.2, are different servers.
    fn is_own(&self, host: &Host<&str>, port: Option<u16>) -> bool {
        let named = host.to_string().trim_end_matches('.') == self.host();
        let at_port = port == self.port();
        named && at_port
            || is_loopback(host)
                && match Host::parse(self.host()) {
                    Ok(own) if is_localhost(&own) => is_localhost(host) && at_port,
                    own => !own.is_ok_and(|own| is_loopback(&own)),
                }
    }
}

/// Returns the person whose followers have a path as `ActivityPub` servers know them.
fn followed_at(path: &str) -> Option<Nickname> {
    let nickname = path.strip_suffix("/profile/followers")?;
    Nickname::parse(nickname.strip_prefix("/api/user/")?).ok()
}

/// Returns whether an id names another host, where it is none of ours: an address or a person.
pub(crate) fn names_host(id: &str) -> bool {
    match split(id) {
        (scheme, _) if is_web(scheme) => Url::parse(id).is_ok_and(|url| url.has_host()),
        (scheme, rest) => rest.rsplit_once('@').is_some_and(|(name, host)| {
            let is_name =
                !name.is_empty() && is_plain(name) && !name.contains([' ', '@', '/', '#', '?']);
            scheme.eq_ignore_ascii_case("acct") && is_name && parse_authority(host).is_some()
        }),
    }
}

/// The host of a URL, with its port unless that is a default one.
pub(super) fn authority_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let port = port_of(url).map(|port| format!(":{port}"));
    format!("{host}{}", port.unwrap_or_default())
}

/// Returns whether an id is of the kind that this server makes of a
/// [client](crate::model::Client)'s key: a UUID of version 5.
pub(crate) fn is_derived(id: &str) -> bool {
    let (scheme, rest) = split(id);
    let (space, uuid) = split(rest);
    let named = scheme.eq_ignore_ascii_case("urn") && space.eq_ignore_ascii_case("uuid");
    named && Uuid::try_parse(uuid).is_ok_and(|uuid| uuid.get_version_num() == 5)
}

/// Returns a URN with its scheme and its namespace in lower case, and all of it if that is `uuid`.
fn canonical_urn<'a>(id: &'a str, rest: &str) -> Cow<'a, str> {
    let (space, name) = rest.split_once(':').unwrap_or(("", rest));
    let is_uuid = space.eq_ignore_ascii_case("uuid");
    let fixed = if is_uuid {
        id
    } else {
        &id[..id.len() - name.len()]
    };
    if !fixed.bytes().any(|b| b.is_ascii_uppercase()) {
        return id.into();
    }
    format!("{}{}", fixed.to_ascii_lowercase(), &id[fixed.len()..]).into()
}

/// Returns whether a text has no character by which two ids that look alike could differ, and none
/// of markup.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_blank = |c: char| c.is_whitespace() && c != ' ';
    let is_odd = |c: char| is_blank(c) || c.is_control() || is_invisible(c);
    !text.contains(['<', '>', '"']) && !text.contains(is_odd)
}

/// Parses a host with or without a port, and nothing else.
pub(super) fn parse_authority(authority: &str) -> Option<Url> {
    let is_alone = is_plain(authority) && !authority.contains(['/', '\\', '?', '#', '@']);
    let url = is_alone.then(|| Url::parse(&format!("http://{authority}")))?;
    url.ok().filter(Url::has_host)
}

/// Splits a scheme off; there is none where what stands before the first `:` can't be one.
pub(super) fn split(id: &str) -> (&str, &str) {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    match id.split_once(':') {
        Some((scheme, rest)) if scheme.bytes().all(is_part) => (scheme, rest),
        _ => ("", id),
    }
}

/// Whether a URL is another spelling of [`PUBLIC`].
fn is_public(id: &str) -> bool {
    let host = "activityschema.org";
    let mut parts = id.as_bytes().windows(host.len());
    parts.any(|part| part.eq_ignore_ascii_case(host.as_bytes()))
        && Url::parse(id).is_ok_and(|url| {
            url.host_str().map(|own| own.trim_end_matches('.')) == Some(host)
                && url.port().is_none()
                && (url.path().trim_end_matches('/')).eq_ignore_ascii_case("/collection/public")
        })
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Whether a scheme is that of a person, which clients also leave out.
fn is_acct(scheme: &str) -> bool {
    scheme.is_empty() || scheme.eq_ignore_ascii_case("acct")
}

/// The port of a URL, if it isn't a default one of either scheme.
fn port_of(url: &Url) -> Option<u16> {
    url.port().filter(|port| !matches!(port, 80 | 443))
}

fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref().trim_end_matches('.') == "localhost",
        Host::Ipv4(address) => is_own_machine((*address).into()),
        Host::Ipv6(address) => is_own_machine((*address).into()),
    }
}

/// Whether a host is one of the usual names of the machine itself.
fn is_localhost<S: AsRef<str>>(host: &Host<S>) -> bool {
    let address = match host {
        Host::Domain(_) => return is_loopback(host),
        Host::Ipv4(address) => IpAddr::from(*address),
        Host::Ipv6(address) => IpAddr::from(*address).to_canonical(),
    };
    let is_usual = address == Ipv4Addr::LOCALHOST || address == Ipv6Addr::LOCALHOST;
    is_usual || address.is_unspecified()
}

/// Whether a connection to an address stays on the machine, as one to the unspecified address does.
fn is_own_machine(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}
