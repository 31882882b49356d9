//! Audience of what is sent: as wide as its AS1 audience, and never wider.

use serde_json::{Map, Value};

use super::actors::{Actors, Person};
use crate::{
    model::{PUBLIC, Urls},
    protocol::as2::{PUBLIC_ADDRESS, text},
};

/// Addressees of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Audience {
    pub(super) to: Vec<String>,
    pub(super) cc: Vec<String>,
    /// The groups among them.
    pub(super) groups: Vec<String>,
    /// The persons among them.
    pub(super) persons: Vec<Person>,
}

/// Addressees by what they are.
#[derive(Default)]
struct Addressed {
    public_to: bool,
    public_cc: bool,
    followers: bool,
    groups: Vec<String>,
    to: Vec<String>,
    cc: Vec<String>,
    persons: Vec<Person>,
}

impl Audience {
    /// Translates the addressees of an AS1 activity, and those whom a copy is for besides. Lists,
    /// and collections of others than the actor, are not named.
    pub(super) fn of(
        actors: &Actors<'_>,
        activity: &Map<String, Value>,
        actor: &str,
        also_to: &[&str],
    ) -> Self {
        let followers = actors.followers(actor);
        let mut addressed = Addressed::default();
        for (key, is_first) in [("to", true), ("cc", false)] {
            let entries = activity.get(key).and_then(Value::as_array);
            for entry in entries.into_iter().flatten().filter_map(Value::as_object) {
                addressed.add(actors, entry, followers.as_deref(), is_first);
            }
        }
        for id in also_to {
            let named = Map::from_iter([("id".to_owned(), (*id).into())]);
            addressed.add_person(actors.person(&named), true);
        }
        addressed.arranged(actors.urls, followers.as_deref())
    }

    /// Addresses one actor alone.
    pub(super) fn only(url: String) -> Self {
        Self {
            to: vec![url],
            ..Self::default()
        }
    }

    /// Addresses everyone, too, as it befits profiles: snac takes no others from whom it follows.
    pub(super) fn with_everyone(self) -> Self {
        if self.is_empty() || self.is_public() {
            return self;
        }
        Self {
            cc: self.to.into_iter().chain(self.cc).collect(),
            to: vec![PUBLIC_ADDRESS.to_owned()],
            ..self
        }
    }

    /// Whether everyone is addressed.
    pub(super) fn is_public(&self) -> bool {
        let mut all = self.to.iter().chain(&self.cc);
        all.any(|address| address == PUBLIC_ADDRESS)
    }

    /// Whether nobody is addressed.
    pub(super) fn is_empty(&self) -> bool {
        self.to.is_empty() && self.cc.is_empty()
    }

    /// Adds a copy for an actor, if everyone may know of it anyway.
    pub(super) fn add_if_public(&mut self, url: &str) -> bool {
        let is_known = self.to.iter().chain(&self.cc).any(|known| known == url);
        if !is_known && self.is_public() {
            self.cc.push(url.to_owned());
        }
        is_known || self.is_public()
    }

    /// Writes the addressees, to an activity and its object alike: peers read one or the other.
    pub(super) fn write(&self, document: &mut Map<String, Value>) {
        document.insert("to".into(), self.to.clone().into());
        document.insert("cc".into(), self.cc.clone().into());
        if let [group] = &*self.groups {
            document.insert("audience".into(), group.clone().into());
        }
    }
}

impl Addressed {
    fn add(
        &mut self,
        actors: &Actors<'_>,
        entry: &Map<String, Value>,
        followers: Option<&str>,
        is_first: bool,
    ) {
        let Some(id) = text(entry, "id") else {
            return;
        };
        if id == PUBLIC {
            self.public_to |= is_first;
            self.public_cc |= !is_first;
        } else if followers == Some(id) {
            self.followers = true;
        } else if text(entry, "objectType") == Some("group") || actors.urls.is_group_id(id) {
            let url = actors.url(id).filter(|url| !self.groups.contains(url));
            self.groups.extend(url);
        } else {
            self.add_person(actors.person(entry), is_first);
        }
    }

    fn add_person(&mut self, person: Option<Person>, is_first: bool) {
        let is_known = |person: &Person| self.persons.iter().any(|known| known.url == person.url);
        let Some(person) = person.filter(|person| !is_known(person)) else {
            return;
        };
        let list = if is_first { &mut self.to } else { &mut self.cc };
        list.push(person.url.clone());
        self.persons.push(person);
    }

    /// Arranges the addressees as Mastodon reads them: public, unlisted, for followers, direct.
    ///
    /// Where followers decide who reads it, they are named by their former URL, too. A peer that
    /// keeps an older form of the actor would take the note for a direct one.
    fn arranged(self, urls: &Urls, followers: Option<&str>) -> Audience {
        let is_public = self.public_to || self.public_cc;
        let named = followers.map(|url| urls.as2_collection(url).into_owned());
        let former = followers.filter(|url| !is_public && named.as_deref() != Some(url));
        let former = former.map(str::to_owned);
        let followers = named.into_iter().chain(former);
        let public = std::iter::once(PUBLIC_ADDRESS.to_owned());
        let (first, copies) = (self.to.into_iter(), self.cc.into_iter());
        let (to, cc): (Vec<String>, Vec<String>) = if self.public_to {
            let cc = followers.chain(first).chain(copies);
            (public.collect(), cc.collect())
        } else if self.public_cc {
            let cc = public.chain(first).chain(copies);
            (followers.collect(), cc.collect())
        } else {
            let followers = followers.filter(|_| self.followers);
            (followers.chain(first).collect(), copies.collect())
        };
        let to = to.into_iter().chain(self.groups.clone()).collect();
        Audience {
            to,
            cc,
            groups: self.groups,
            persons: self.persons,
        }
    }
}
