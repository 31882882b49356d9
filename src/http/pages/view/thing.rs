//! Persons and things.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Moment;
use crate::{
    app::texts::Language,
    model::Urls,
    protocol::html::{first_line, for_page},
};

/// Most pages elsewhere that a profile links to.
pub(in crate::http::pages) const MAX_WEB_ADDRESSES: usize = 5;

/// A rendered object.
#[derive(Clone, Copy)]
pub(in crate::http::pages) struct Thing<'a> {
    json: &'a Value,
    urls: &'a Urls,
}

/// A picture of this server, or one that it fetches for the reader.
pub(in crate::http::pages) struct Picture {
    pub(in crate::http::pages) url: String,
    /// Width and height in pixels, 0 if unknown.
    pub(in crate::http::pages) width: u64,
    pub(in crate::http::pages) height: u64,
}

impl<'a> Thing<'a> {
    /// Shows an object of this server's JSON.
    pub(in crate::http::pages) fn new(json: &'a Value, urls: &'a Urls) -> Self {
        Self { json, urls }
    }

    pub(super) fn urls(&self) -> &'a Urls {
        self.urls
    }

    pub(super) fn members(&self) -> Option<&'a Map<String, Value>> {
        self.json.as_object()
    }

    /// Returns a text property; empty if there is none.
    pub(in crate::http::pages) fn text(&self, name: &str) -> &'a str {
        self.json
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Returns an object in a property.
    pub(in crate::http::pages) fn get(&self, name: &str) -> Option<Self> {
        let json = self.json.get(name).filter(|json| json.is_object())?;
        Some(Self { json, ..*self })
    }

    /// Returns the objects in a property.
    pub(in crate::http::pages) fn list(&self, name: &str) -> Vec<Self> {
        let items = self.json.get(name).and_then(Value::as_array);
        let items = items.into_iter().flatten().filter(|json| json.is_object());
        items.map(|json| Self { json, ..*self }).collect()
    }

    /// Returns whether a property is `true`.
    pub(in crate::http::pages) fn is(&self, name: &str) -> bool {
        self.json.get(name) == Some(&Value::Bool(true))
    }

    /// Returns whether a property is `false`.
    pub(in crate::http::pages) fn is_not(&self, name: &str) -> bool {
        self.json.get(name) == Some(&Value::Bool(false))
    }

    pub(in crate::http::pages) fn id(&self) -> &'a str {
        self.text("id")
    }

    /// Returns the id as it stands in a query.
    pub(in crate::http::pages) fn encoded_id(&self) -> String {
        Urls::encode(self.id())
    }

    pub(in crate::http::pages) fn kind(&self) -> &'a str {
        self.text("objectType")
    }

    /// Returns the title or name, as text.
    pub(in crate::http::pages) fn title(&self) -> String {
        first_line(self.text("displayName"))
    }

    /// Returns what a picture shows, in words: what its author says of it, or else its title or the
    /// first line of its text.
    pub(in crate::http::pages) fn alt(&self) -> String {
        let said = first_line(self.text("altText"));
        let texts = [said, self.title(), first_line(self.text("content"))];
        let mut texts = texts.into_iter();
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// Returns the name of a person: that they chose, or else of their account.
    pub(in crate::http::pages) fn name(&self) -> String {
        let name = self.title();
        if name.is_empty() {
            self.address().to_owned()
        } else {
            name
        }
    }

    /// Returns the address of a person: `nickname`, or with the host if that is another.
    pub(in crate::http::pages) fn address(&self) -> &'a str {
        let address = self.id().strip_prefix("acct:");
        match (address, self.text("preferredUsername")) {
            (Some(address), nickname) if nickname.is_empty() || !self.is_local() => address,
            (_, nickname) if !nickname.is_empty() => nickname,
            _ => self.id(),
        }
    }

    /// Returns whether it has a page that the reader may read: of a thing of this server that was
    /// deleted, or is for others, only the id is shown.
    pub(in crate::http::pages) fn has_page(&self) -> bool {
        let is_named_only = self.text("url").is_empty() && self.is_local();
        !is_named_only && self.text("deleted").is_empty()
    }

    /// Whether more than its name is shown of it, as of a quoted thing that the reader may read.
    pub(in crate::http::pages) fn is_shown(&self) -> bool {
        self.has_page() && !self.text("published").is_empty()
    }

    /// Returns the id of a thing of another server that is an address, and was not deleted.
    pub(in crate::http::pages) fn web_id(&self) -> Option<&'a str> {
        let id = Some(self.id()).filter(|id| is_web(id) && !self.is_local());
        id.filter(|_| self.text("deleted").is_empty())
    }

    /// Whether it is of this server.
    pub(in crate::http::pages) fn is_local(&self) -> bool {
        self.urls.is_local(self.id())
    }

    /// Returns the path of its page on this server.
    pub(in crate::http::pages) fn link(&self) -> String {
        let url = self.text("url");
        match url.strip_prefix(self.urls.origin()) {
            Some(path) if self.urls.is_local(url) => path.to_owned(),
            _ => {
                let root = self.urls.path();
                let id = Urls::encode(self.id());
                format!("{root}/main/object?id={id}")
            }
        }
    }

    /// Returns the address of its page at its own server, if that is another.
    pub(in crate::http::pages) fn home(&self) -> Option<&'a str> {
        let url = self.text("url");
        (is_web(url) && !self.urls.is_local(url)).then_some(url)
    }

    /// Returns the content, as HTML that asks no other host for anything; without what pages show
    /// by themselves.
    pub(in crate::http::pages) fn html(&self) -> Cow<'a, str> {
        let for_pages = self.json.get("pageContent").and_then(Value::as_str);
        let html = for_pages.unwrap_or_else(|| self.text("content"));
        self.with_emoji(for_page(html, self.urls.origin()))
    }

    /// Whether its files may be unpleasant, though there is no warning before all of it.
    pub(in crate::http::pages) fn hides_files(&self) -> bool {
        self.is("sensitive") && self.warning().is_empty()
    }

    /// Returns the warning before what it says; empty without one.
    pub(in crate::http::pages) fn warning(&self) -> String {
        if self.is("sensitive") {
            first_line(self.text("summary"))
        } else {
            String::new()
        }
    }

    /// Returns the short description, as HTML.
    pub(in crate::http::pages) fn summary(&self) -> Cow<'a, str> {
        self.with_emoji(for_page(self.text("summary"), self.urls.origin()))
    }

    /// Returns the addresses of a person's pages elsewhere (Portable Contacts).
    pub(in crate::http::pages) fn web_addresses(&self) -> Vec<&'a str> {
        let addresses = self.list("urls").into_iter().map(|url| url.text("value"));
        let addresses = addresses.filter(|url| is_web(url));
        addresses.take(MAX_WEB_ADDRESSES).collect()
    }

    pub(in crate::http::pages) fn author(&self) -> Option<Self> {
        self.get("author")
    }

    /// Returns whether it was written by a person of that id.
    pub(in crate::http::pages) fn is_by(&self, person: Option<&str>) -> bool {
        person.is_some() && self.author().map(|author| author.id()) == person
    }

    pub(in crate::http::pages) fn published(&self, t: &Language) -> Option<Moment> {
        Moment::parse(self.text("published"), t)
    }

    /// Returns whether it was changed after it was published.
    pub(in crate::http::pages) fn is_edited(&self) -> bool {
        let updated = self.text("updated");
        !updated.is_empty() && updated != self.text("published")
    }

    /// Returns whether it is a person whom the person of an id could follow.
    pub(in crate::http::pages) fn can_be_followed_by(&self, viewer: &str) -> bool {
        !viewer.is_empty() && viewer != self.id() && self.kind() == "person"
    }

    /// Returns whether the reader follows the person.
    pub(in crate::http::pages) fn is_followed(&self) -> bool {
        self.get("pump_io").is_some_and(|more| more.is("followed"))
    }

    /// Returns how many there are in a feed of it, such as `likes`.
    pub(in crate::http::pages) fn count(&self, feed: &str) -> u64 {
        let feed = self.json.get(feed);
        let total = feed.and_then(|feed| feed.get("totalItems"));
        total.and_then(Value::as_u64).unwrap_or_default()
    }

    /// Returns the picture of a person, or of an image in small.
    pub(in crate::http::pages) fn picture(&self) -> Option<Picture> {
        self.get("image")?.as_picture()
    }

    /// Returns the largest picture of an image.
    pub(in crate::http::pages) fn full_picture(&self) -> Option<Picture> {
        let full = self.get("fullImage").and_then(|full| full.as_picture());
        full.or_else(|| self.picture())
    }

    /// Returns the picture on top of the page of a person.
    pub(in crate::http::pages) fn banner(&self) -> Option<Picture> {
        self.get("banner")?.as_picture()
    }

    /// Returns the address of a file in a property, such as `stream` of a film.
    pub(in crate::http::pages) fn file(&self, name: &str) -> Option<String> {
        self.get(name)?.own_url()
    }

    fn as_picture(&self) -> Option<Picture> {
        let number = |name| self.json.get(name).and_then(Value::as_u64);
        Some(Picture {
            url: self.own_url()?,
            width: number("width").unwrap_or_default(),
            height: number("height").unwrap_or_default(),
        })
    }

    /// Returns the path on this server at which a file is, perhaps through the proxy.
    fn own_url(&self) -> Option<String> {
        let proxied = self.get("pump_io").map(|more| more.text("proxyURL"));
        let url = proxied.filter(|url| !url.is_empty());
        let url = url.unwrap_or_else(|| self.text("url"));
        let is_own = self.urls.is_local(url);
        let path = url.strip_prefix(self.urls.origin()).filter(|_| is_own)?;
        Some(path.to_owned())
    }
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
