//! Every URL and id of the server, made from its public URL (pump-api 1.5, 6.3, 7.2).

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{ACTIVITY, KNOWN_TYPES, Nickname, OTHER};

/// Characters that `encodeURIComponent` of JavaScript keeps, as peers and clients expect.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Maximum bytes of a place to continue to.
const MAX_PLACE_BYTES: usize = 2048;

/// Makes URLs and ids from the public URL of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// `scheme://host[:port][/path]`, without a slash at the end.
    base: String,
    /// How much of that is the origin.
    origin: usize,
    /// Types of objects with a route of their own, besides those that everyone knows.
    types: Vec<String>,
    scheme: String,
    host: String,
    /// The port, if it is no default one.
    port: Option<u16>,
}

/// Why a URL can't be the public URL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0} can't be the public URL: it must be http:// or https:// with a host, and after it nothing or a plain path"
)]
pub struct BadPublicUrl(String);

impl Urls {
    /// End of the id of a key, after the id of the `ActivityPub` actor that it belongs to.
    pub const KEY_FRAGMENT: &str = "#main-key";

    /// The same of its Ed25519 key.
    pub const ED25519_KEY_FRAGMENT: &str = "#ed25519-key";

    /// Takes the public URL: `http` or `https`, a host, perhaps a port, and perhaps a path of
    /// letters, digits, `-`, `_` and `/`, below which everything is but for what is well known.
    pub fn new(public: &Url) -> Result<Self, BadPublicUrl> {
        let path = public.path().trim_end_matches('/');
        let mut segments = path.split('/').skip(1);
        let letters = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        let plain = matches!(public.scheme(), "http" | "https")
            && segments.all(|segment| !segment.is_empty() && letters(segment))
            && public.query().is_none()
            && public.fragment().is_none()
            && public.username().is_empty()
            && public.password().is_none();
        let origin = public.origin().ascii_serialization();
        match public.host_str().filter(|_| plain) {
            Some(host) => Ok(Self {
                base: format!("{origin}{path}"),
                origin: origin.len(),
                types: Vec::new(),
                scheme: public.scheme().into(),
                host: host.into(),
                port: public.port().filter(|port| !matches!(port, 80 | 443)),
            }),
            None => Err(BadPublicUrl(public.to_string())),
        }
    }

    /// The same, with routes of their own for objects of more types,
    /// `/api/TYPE/UUID`. Those of types that nobody knows are at `/api/other/UUID`. Once things of
    /// a type are stored it should stay as it is.
    #[must_use]
    pub fn with_types(mut self, types: impl IntoIterator<Item = String>) -> Self {
        self.types.extend(types);
        self
    }

    /// Whether objects of a type have a route of their own.
    pub(crate) fn has_route(&self, object_type: &str) -> bool {
        KNOWN_TYPES.contains(&object_type) || self.types.iter().any(|known| known == object_type)
    }

    /// The URL segment of an object type: itself where it has a route of its own, else [`OTHER`].
    pub(crate) fn segment_of<'a>(&self, object_type: &'a str) -> &'a str {
        if self.has_route(object_type) || object_type == ACTIVITY {
            object_type
        } else {
            OTHER
        }
    }

    /// `scheme://host[:port]`, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.base[..self.origin]
    }

    /// The path below which everything is: empty, or with a slash in front and none at the end.
    pub fn path(&self) -> &str {
        &self.base[self.origin..]
    }

    /// `scheme://host[:port][/path]`, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host name, without a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if it is no default one of either scheme.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The host name, with the port where it is not the scheme's own.
    pub fn authority(&self) -> &str {
        self.origin()
            .split_once("://")
            .map_or("", |(_, authority)| authority)
    }

    /// `path`, which begins with a slash, as an absolute URL.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The id of a person: `acct:NICK@HOST` on ports 80 and 443, else the profile URL
    /// (pump-api 6.3, clients T15).
    pub fn person_id(&self, nickname: &Nickname) -> String {
        if self.port.is_none() {
            format!("acct:{nickname}@{}", self.host)
        } else {
            self.user(nickname, "/profile")
        }
    }

    /// The nickname of a person of this server, by the id in any spelling.
    pub(crate) fn nickname_of(&self, person: &str) -> Option<Nickname> {
        let id = self.canonical_id(person);
        let acct = id.strip_prefix("acct:").filter(|_| self.is_local(&id));
        let nickname = if let Some(acct) = acct {
            acct.rsplit_once('@')?.0
        } else {
            let path = id.strip_prefix(&self.base)?;
            path.strip_prefix("/api/user/")?.strip_suffix("/profile")?
        };
        Nickname::parse(nickname).ok()
    }

    /// `<base>/api/user/NICK` and what follows, which begins with a slash or is empty.
    pub fn user(&self, nickname: &Nickname, rest: &str) -> String {
        format!("{}/api/user/{nickname}{rest}", self.base)
    }

    /// The id of a person as an `ActivityPub` actor: the URL of the profile. It depends on no
    /// setting, and on ports other than 80 and 443 it is the person's id anyway.
    pub fn actor(&self, nickname: &Nickname) -> String {
        self.user(nickname, "/profile")
    }

    /// The followers of a person as `ActivityPub` servers know them. Some of these do not read the
    /// URL in the actor, but append `/followers` to its id.
    pub(crate) fn actor_followers(&self, nickname: &Nickname) -> String {
        format!("{}/followers", self.actor(nickname))
    }

    /// The posts that a person shows first, for `ActivityPub` servers.
    pub(crate) fn actor_featured(&self, nickname: &Nickname) -> String {
        format!("{}/featured", self.actor(nickname))
    }

    /// Returns the id that a collection has for `ActivityPub` servers, by its URL in the API: only
    /// the followers of a person here have another one.
    pub(crate) fn as2_collection<'a>(&self, url: &'a str) -> Cow<'a, str> {
        match self.owner_of_followers(url) {
            Some(nickname) => self.actor_followers(&nickname).into(),
            None => url.into(),
        }
    }

    /// Returns the person of this server whose followers have a URL in the API.
    fn owner_of_followers(&self, url: &str) -> Option<Nickname> {
        let path = url.strip_prefix(&self.base)?.strip_prefix("/api/user/")?;
        Nickname::parse(path.strip_suffix("/followers")?).ok()
    }

    /// Returns whether an id is that of a group of this server.
    pub(crate) fn is_group_id(&self, id: &str) -> bool {
        let path = id.strip_prefix(&self.base);
        let uuid = path.and_then(|path| path.strip_prefix("/api/group/"));
        uuid.is_some_and(|uuid| !uuid.is_empty() && !uuid.contains(['/', '?', '#']))
    }

    /// The id of this server as an `ActivityPub` actor.
    pub fn instance_actor(&self) -> String {
        self.absolute("/main/actor")
    }

    /// The inbox that `ActivityPub` servers share for everybody here.
    pub fn shared_inbox(&self) -> String {
        self.absolute("/api/inbox")
    }

    /// The web page of a person.
    pub fn page(&self, nickname: &Nickname) -> String {
        format!("{}/{nickname}", self.base)
    }

    /// The API URL of a thing of ours, which is also its id: `<base>/api/TYPE/UUID`.
    pub fn object(&self, object_type: &str, uuid: &str) -> String {
        format!("{}/api/{}/{uuid}", self.base, self.segment_of(object_type))
    }

    /// The API URL of a thing with an id that is not its URL: `<base>/api/TYPE?id=ID`, with
    /// `feed` (`likes`, `replies`, `shares`) `<base>/api/TYPE/FEED?id=ID`.
    pub(crate) fn foreign(&self, object_type: &str, feed: Option<&str>, id: &str) -> String {
        let feed = feed.map(|feed| format!("/{feed}")).unwrap_or_default();
        format!(
            "{}/api/{}{feed}?id={}",
            self.base,
            self.segment_of(object_type),
            Self::encode(id)
        )
    }

    /// The web page of a person's thing; lists say `list` for `collection`.
    pub(crate) fn object_page(&self, nickname: &str, segment: &str, uuid: &str) -> String {
        format!("{}/{nickname}/{segment}/{uuid}", self.base)
    }

    /// Returns the URL of a path on this server, such as one to continue to after a sign-in; that
    /// of the front page for anything else.
    pub(crate) fn local_place(&self, path: &str) -> String {
        let origin = Url::parse(&self.base).ok();
        let place = origin.as_ref().and_then(|origin| {
            let place = origin.join(path).ok()?;
            let is_local = path.starts_with('/') && self.is_local(place.as_str());
            (is_local && path.len() <= MAX_PLACE_BYTES).then(|| place.into())
        });
        place.unwrap_or_else(|| self.absolute("/"))
    }

    /// The web page of a hashtag, which is [folded](super::fold_tag).
    pub(crate) fn tag(&self, folded: &str) -> String {
        format!("{}/tag/{}", self.base, Self::encode(folded))
    }

    /// The feed of a hashtag.
    #[cfg(feature = "web")]
    pub(crate) fn tag_feed(&self, folded: &str) -> String {
        format!("{}/api/tag/{}/feed", self.base, Self::encode(folded))
    }

    /// Percent-encodes a value for a query, as `encodeURIComponent` does.
    pub fn encode(value: &str) -> String {
        utf8_percent_encode(value, COMPONENT).to_string()
    }

    /// Whether a URL or `acct:` id belongs to this server.
    pub fn is_local(&self, id: &str) -> bool {
        if let Some(acct) = id.strip_prefix("acct:") {
            return acct
                .rsplit_once('@')
                .is_some_and(|(_, host)| host.eq_ignore_ascii_case(&self.host));
        }
        id.strip_prefix(&self.base)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(text: &str) -> Urls {
        Urls::new(&Url::parse(text).unwrap()).unwrap()
    }

    fn alice() -> Nickname {
        Nickname::parse("alice").unwrap()
    }

    #[test]
    fn a_person_is_an_acct_on_default_ports_and_a_url_on_others() {
        assert_eq!(
            urls("https://h.example").person_id(&alice()),
            "acct:alice@h.example"
        );
        assert_eq!(
            urls("http://h.example:80/").person_id(&alice()),
            "acct:alice@h.example"
        );
        assert_eq!(
            urls("http://h.example:8080").person_id(&alice()),
            "http://h.example:8080/api/user/alice/profile"
        );
    }

    #[test]
    fn foreign_ids_are_percent_encoded_as_peers_expect() {
        assert_eq!(
            urls("http://h.example").foreign("person", Some("likes"), "acct:a b@x/é"),
            "http://h.example/api/person/likes?id=acct%3Aa%20b%40x%2F%C3%A9"
        );
    }

    #[test]
    fn invalid_public_urls_are_rejected() {
        for bad in [
            "https://h.example/a//b",
            "https://h.example/a%20b",
            "https://h.example/{a}",
            "ftp://h.example",
            "https://u:p@h.example",
            "https://h/?q",
        ] {
            assert!(Urls::new(&Url::parse(bad).unwrap()).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_our_own_host_and_port_are_local() {
        let urls = urls("http://h.example:8080");
        assert!(urls.is_local("http://h.example:8080/api/note/1"));
        assert!(urls.is_local("acct:alice@h.example"));
        assert!(!urls.is_local("http://h.example:80801/api/note/1"));
        assert!(!urls.is_local("http://h.example/api/note/1"));
        assert!(!urls.is_local("acct:alice@other.example"));
    }

    #[test]
    fn only_urls_below_the_path_are_local() {
        let urls = urls("https://h.example/pump/");
        assert_eq!((urls.origin(), urls.path()), ("https://h.example", "/pump"));
        assert_eq!(urls.authority(), "h.example");
        assert_eq!(urls.person_id(&alice()), "acct:alice@h.example");
        let note = urls.object("note", "1");
        assert_eq!(note, "https://h.example/pump/api/note/1");
        assert!(urls.is_local(&note));
        assert!(!urls.is_local("https://h.example/api/note/1"));
        assert!(!urls.is_local("https://h.example/pumpkin"));
    }

    #[test]
    fn a_type_that_is_made_known_has_a_route_of_its_own() {
        let urls = urls("https://h.example");
        assert_eq!(urls.object("recipe", "1"), "https://h.example/api/other/1");
        let urls = urls.with_types(["recipe".into()]);
        assert_eq!(urls.object("recipe", "1"), "https://h.example/api/recipe/1");
    }
}
