//! URLs and handles of actors and things, by their AS1 ids.

use serde_json::{Map, Value};

use crate::{
    model::Urls,
    protocol::as2::{is_address, text},
};

/// A person who can be named to peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::protocol::as2) struct Person {
    /// The AS1 id.
    pub(super) id: String,
    /// The URL of the actor.
    pub(super) url: String,
    /// `@NICK@HOST`.
    pub(super) handle: String,
    /// The page of the person, to which clients link.
    pub(super) page: Option<String>,
}

/// Knowledge of actors: those of this server by their ids, others by a lookup of the caller's.
#[derive(Clone, Copy)]
pub(crate) struct Actors<'a> {
    pub(super) urls: &'a Urls,
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Actors<'a> {
    /// Uses a lookup from the AS1 id of an actor elsewhere to its URL. Actors without one are not
    /// named to peers.
    pub(crate) fn new(urls: &'a Urls, lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { urls, lookup }
    }

    /// Returns the URL of an actor.
    pub(crate) fn url(&self, id: &str) -> Option<String> {
        if let Some(nickname) = self.urls.nickname_of(id) {
            return Some(self.urls.actor(&nickname));
        }
        if self.urls.is_local(id) {
            return self.urls.is_group_id(id).then(|| id.to_owned());
        }
        (self.lookup)(id).filter(|url| is_address(url))
    }

    /// Returns the AS1 id of the followers of a person here, or of the members of a group here.
    pub(super) fn followers(&self, id: &str) -> Option<String> {
        if self.urls.is_group_id(id) {
            return Some(format!("{id}/members"));
        }
        let nickname = self.urls.nickname_of(id)?;
        Some(self.urls.user(&nickname, "/followers"))
    }

    /// Returns a person, given what is shown of them.
    pub(super) fn person(&self, shown: &Map<String, Value>) -> Option<Person> {
        let id = text(shown, "id")?;
        Some(Person {
            id: id.to_owned(),
            url: self.url(id)?,
            handle: self.handle(id)?,
            page: text(shown, "url").map(str::to_owned),
        })
    }

    /// Returns `@NICK@HOST` of a person.
    pub(in crate::protocol::as2) fn handle(&self, id: &str) -> Option<String> {
        if let Some(nickname) = self.urls.nickname_of(id) {
            return Some(format!("@{nickname}@{}", self.urls.authority()));
        }
        // Of two actors with one name, the id of one has a mark.
        let address = id.strip_prefix("acct:")?;
        Some(format!("@{}", address.trim_start_matches(['!', '~'])))
    }

    /// Returns the URL of a thing: its id, if that is one.
    pub(super) fn thing(&self, thing: &Map<String, Value>) -> Option<String> {
        let id = text(thing, "id")?;
        if is_address(id) {
            return Some(id.to_owned());
        }
        let itself = thing.get("links").and_then(|links| links.get("self"));
        let itself = itself.and_then(|link| link.get("href")?.as_str());
        itself
            .filter(|url| is_address(url) && self.urls.is_local(url))
            .map(str::to_owned)
    }
}
