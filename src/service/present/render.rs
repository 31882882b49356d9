//! Puts together what was gathered.

use serde_json::{Map, Value};

use super::{
    LEFT_OF_ACTIVITY, Members, Part,
    gather::{ADDRESSEES, Gathered, PARTS, feeds, group_feeds, id_of, list_of, person_feeds},
};
use crate::{
    model::{ACTIVITY, Object, Reference, Stream, Viewer},
    protocol::as1::{kind, sentence},
    service::proxy,
};

impl Gathered<'_> {
    /// A thing that a page is about.
    pub(super) fn root<'a>(&'a self, root: &'a Object) -> Members<'a> {
        self.begin_item();
        if root.object_type == ACTIVITY {
            self.activity(root)
        } else {
            self.focus(root)
        }
    }

    /// The same where things of any kind may stand.
    pub(super) fn entry<'a>(&'a self, root: &'a Object) -> Members<'a> {
        let mut shown = self.root(root);
        say_type(root, &mut shown);
        shown
    }

    /// An activity; of one that the viewer got and may not read any more, only that it was.
    fn activity<'a>(&'a self, activity: &'a Object) -> Members<'a> {
        let mut shown = self.body(activity);
        let readable = self.may_read(activity);
        if !readable {
            shown.retain(|key| LEFT_OF_ACTIVITY.contains(&key));
        }
        if let Some(content) = self.without_titles(activity, readable) {
            shown.insert("content", &*content);
        }
        let stored = |key: &str| activity.body.member(key);
        for key in PARTS {
            if let (Some(part), Some(reference)) = (shown.get_mut(key), stored(key)) {
                *part = self.part(key, reference, activity);
            }
        }
        for key in ADDRESSEES {
            if let (Some(list), Some(addressees)) = (shown.get_mut(key), stored(key)) {
                let addressees = list_of(addressees).into_iter();
                *list = Part::List(addressees.map(|one| self.embedded(one)).collect());
            }
        }
        shown
    }

    /// What an activity says of things that the viewer may not read, or that were deleted since: neither what
    /// they are called nor where they are. `None` if there are none, and it says what it said.
    fn without_titles(&self, activity: &Object, readable: bool) -> Option<String> {
        let open = |thing: &Object| !thing.deleted && self.may_read(thing);
        let object = activity.refers("object");
        let found = object.as_ref().and_then(|named| self.find(&named.id));
        let shown = found.filter(|thing| readable && open(thing));
        let parent = found.and_then(|object| object.refers("inReplyTo"));
        let parent = parent.filter(|named| !self.find(&named.id).is_some_and(open));
        if readable && (shown.is_some() && parent.is_none() || found.is_none()) {
            return None;
        }
        let actor = self.find(activity.author.as_deref()?)?;
        let verb = activity.said("verb");
        let hidden = |named: &Reference| kind(&named.object_type);
        let object = match shown {
            Some(shown) => Some(outline(shown)),
            None => object.as_ref().map(hidden),
        };
        let parent = parent.filter(|_| shown.is_some());
        Some(sentence(
            &outline(actor),
            verb.as_deref().unwrap_or("post"),
            object.as_ref(),
            parent.as_ref().map(hidden).as_ref(),
        ))
    }

    /// What is stored of a thing, without the secret addressees of someone else's activity.
    fn body<'a>(&self, object: &'a Object) -> Members<'a> {
        let mut body: Members<'_> = object.body.members().collect();
        if object.object_type == ACTIVITY && !self.sees_secret_addressees(object) {
            body.retain(|key| key != "bto" && key != "bcc");
        }
        if self.ctx.account().is_some() {
            for (key, value) in proxy::decorated(self.ctx.urls(), object) {
                body.insert(key, value);
            }
        }
        body
    }

    fn sees_secret_addressees(&self, activity: &Object) -> bool {
        match self.ctx.viewer() {
            Viewer::Everything => true,
            Viewer::Person(person) => activity.author.as_deref() == Some(person),
            Viewer::Anyone => false,
        }
    }

    fn part<'a>(&'a self, key: &str, reference: &'a str, activity: &Object) -> Part<'a> {
        if !matches!(key, "object" | "target") {
            return self.embedded(reference);
        }
        let object = self.readable(reference);
        // The object is what an activity is about; the target is only named.
        let Some(object) = object.filter(|found| key == "object" || self.has_room(found)) else {
            return Part::raw(reference);
        };
        let mut shown = self.focus(object);
        // In a post the author is the actor, and clients rely on that (pump-api 18.1 no. 6).
        if key == "object" && activity.body.member("verb") == Some("\"post\"") {
            shown.remove("author");
        }
        shown.into()
    }

    /// The thing a reference names, if the viewer may read it.
    fn readable(&self, reference: &str) -> Option<&Object> {
        let object = self.find(&id_of(reference)?)?;
        Some(object).filter(|object| self.may_read(object))
    }

    /// A thing as it stands inside others; a bare reference if the viewer may not read it, or the page is
    /// full.
    fn embedded<'a>(&'a self, reference: &'a str) -> Part<'a> {
        let object = self.readable(reference);
        match object.filter(|object| self.has_room(object)) {
            Some(object) => self.plain(object).into(),
            None => Part::raw(reference),
        }
    }

    /// A thing with its author, without counts.
    fn plain<'a>(&'a self, object: &'a Object) -> Members<'a> {
        let mut shown = self.body(object);
        say_type(object, &mut shown);
        let author = object
            .author
            .as_deref()
            .and_then(|author| self.find(author));
        if let Some(author) = author.filter(|author| author.id != object.id) {
            let shown_author = if self.has_room(author) {
                Part::Object(self.body(author))
            } else {
                author.reference().to_value().into()
            };
            shown.insert("author", shown_author);
        }
        let members = Stream::Members(object.id.clone());
        let list = object.object_type == "collection";
        if let Some(head) = self.head(&members).filter(|_| list) {
            let object_type = type_of_members(object);
            let items = head.items.iter().map(|id| member(id, object_type).into());
            shown.extend("members", "totalItems", head.total);
            shown.extend("members", "items", items.collect::<Vec<_>>());
        }
        shown
    }

    /// A thing with its counts, and in full also with the first of each and the viewer's flags.
    fn focus<'a>(&'a self, object: &'a Object) -> Members<'a> {
        let mut shown = self.plain(object);
        if let Some(parent) = object.body.member("inReplyTo") {
            shown.insert("inReplyTo", self.embedded(parent));
        }
        if object.deleted {
            return shown;
        }
        for (key, stream) in feeds(object) {
            self.count(&mut shown, key, &stream);
            self.begin(&mut shown, key, &stream, object);
        }
        let counted = match object.object_type.as_str() {
            "person" => person_feeds(&object.id).into(),
            _ => group_feeds(object),
        };
        for (key, stream) in counted {
            if let Some(head) = self.head(&stream) {
                shown.extend(key, "totalItems", head.total);
            }
        }
        if let (true, Some(me)) = (self.detail.flags, self.ctx.person()) {
            self.flag(&mut shown, object, me);
        }
        shown
    }

    fn count(&self, shown: &mut Members<'_>, key: &'static str, stream: &Stream) {
        if let Some(head) = self.head(stream) {
            shown.extend(key, "totalItems", head.total);
        }
    }

    /// The first of what is counted.
    fn begin<'a>(
        &'a self,
        shown: &mut Members<'a>,
        key: &'static str,
        stream: &Stream,
        parent: &'a Object,
    ) {
        let head = self.head(stream).filter(|_| self.detail.items);
        let Some(head) = head.filter(|head| !head.items.is_empty()) else {
            return;
        };
        let items = head.items.iter().filter_map(|id| self.find(id));
        let items = items.filter(|item| self.has_room(item)).map(|item| {
            Part::from(if key == "replies" {
                self.reply(item, parent)
            } else {
                self.plain(item)
            })
        });
        shown.extend(key, "items", items.collect::<Vec<_>>());
    }

    /// A reply as it stands in what it replies to.
    fn reply<'a>(&'a self, reply: &'a Object, parent: &'a Object) -> Members<'a> {
        let mut shown = self.plain(reply);
        let parent = if self.has_room(parent) {
            Part::Object(self.plain(parent))
        } else {
            parent.reference().to_value().into()
        };
        shown.insert("inReplyTo", parent);
        for (key, stream) in feeds(reply) {
            self.count(&mut shown, key, &stream);
        }
        if let (true, Some(me)) = (self.detail.flags, self.ctx.person()) {
            let liked = self.holds(Stream::Likes(reply.id.clone()), me);
            shown.insert("liked", liked);
        }
        shown
    }

    fn flag(&self, shown: &mut Members<'_>, object: &Object, me: &str) {
        if object.object_type == "person" {
            let followed = self.holds(Stream::Following(me.to_owned()), &object.id);
            shown.extend("pump_io", "followed", followed);
        }
        if object.object_type != "person" || self.detail.counts {
            let liked = self.holds(Stream::Likes(object.id.clone()), me);
            shown.insert("liked", liked);
        }
        if self.detail.items {
            let shared = self.holds(Stream::Shares(object.id.clone()), me);
            shown.extend("pump_io", "shared", shared);
        }
    }
}

/// What a sentence says of a thing, without taking the rest of it apart.
fn outline(thing: &Object) -> Map<String, Value> {
    let texts = ["displayName", "objectType", "url"].into_iter();
    texts
        .filter_map(|name| Some((name.to_owned(), thing.said(name)?.into())))
        .collect()
}

/// An activity does not say what it is where nothing else can stand.
fn say_type(object: &Object, shown: &mut Members<'_>) {
    if object.object_type == ACTIVITY {
        shown.insert("objectType", ACTIVITY);
    }
}

/// The type of what a list holds, as JSON: lists hold things of one type.
fn type_of_members(list: &Object) -> &str {
    let types = list.body.member("objectTypes").map(list_of);
    types
        .and_then(|types| types.first().copied())
        .unwrap_or("null")
}

/// A member of a list by name.
fn member<'a>(id: &str, object_type: &'a str) -> Members<'a> {
    let mut member = Members::default();
    member.insert("objectType", Part::raw(object_type));
    member.insert("id", id);
    member
}
