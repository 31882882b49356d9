//! Puts together what was gathered.

use serde_json::{Map, Value, json};

use super::{
    LEFT_OF_ACTIVITY,
    gather::{ADDRESSEES, Gathered, PARTS, feeds, group_feeds, person_feeds},
};
use crate::{
    model::{ACTIVITY, Object, Reference, Stream, Viewer},
    protocol::as1::sentence,
    service::proxy,
};

impl Gathered<'_> {
    /// A thing that a page is about.
    pub(super) fn root(&self, root: &Object) -> Value {
        Value::Object(if root.object_type == ACTIVITY {
            self.activity(root)
        } else {
            self.focus(root)
        })
    }

    /// The same where things of any kind may stand.
    pub(super) fn entry(&self, root: &Object) -> Value {
        let mut shown = self.root(root);
        if let Value::Object(shown) = &mut shown {
            say_type(root, shown);
        }
        shown
    }

    /// An activity; of one that the viewer got and may not read any more, only that it was.
    fn activity(&self, activity: &Object) -> Map<String, Value> {
        let mut shown = self.body(activity);
        let readable = self.may_read(activity);
        if !readable {
            shown.retain(|key, _| LEFT_OF_ACTIVITY.contains(&key.as_str()));
        }
        if let Some(content) = self.without_titles(activity, readable) {
            shown.insert("content".into(), content.into());
        }
        for key in PARTS {
            if let Some(part) = shown.get_mut(*key) {
                *part = self.part(key, part, activity.text("verb"));
            }
        }
        for list in ADDRESSEES {
            let Some(Value::Array(addressees)) = shown.get_mut(*list) else {
                continue;
            };
            for addressee in addressees {
                *addressee = self.embedded(addressee);
            }
        }
        shown
    }

    /// What an activity says of things that the viewer may not read, or that were deleted since: neither what
    /// they are called nor where they are. `None` if there are none, and it says what it said.
    fn without_titles(&self, activity: &Object, readable: bool) -> Option<String> {
        let kind = |named: &Reference| json!({ "objectType": named.object_type });
        let open = |thing: &Object| !thing.deleted && self.may_read(thing);
        let object = activity.refers("object");
        let found = object.as_ref().and_then(|named| self.find(&named.id));
        let shown = found.filter(|thing| readable && open(thing));
        let parent = found.and_then(|object| object.refers("inReplyTo"));
        let parent = parent.filter(|named| !self.find(&named.id).is_some_and(open));
        if readable && (shown.is_some() && parent.is_none() || found.is_none()) {
            return None;
        }
        let actor = Value::Object(self.find(activity.author.as_deref()?)?.body.clone());
        let verb = activity.text("verb").unwrap_or("post");
        let object = match shown {
            Some(shown) => Some(Value::Object(shown.body.clone())),
            None => object.as_ref().map(kind),
        };
        let parent = parent.filter(|_| shown.is_some());
        Some(sentence(
            &actor,
            verb,
            object.as_ref(),
            parent.as_ref().map(kind).as_ref(),
        ))
    }

    /// What is stored of a thing, without the secret addressees of someone else's activity.
    fn body(&self, object: &Object) -> Map<String, Value> {
        let mut body = object.body.clone();
        if object.object_type == ACTIVITY && !self.sees_secret_addressees(object) {
            body.retain(|key, _| key != "bto" && key != "bcc");
        }
        if self.ctx.account().is_some() {
            proxy::decorate(self.ctx.urls(), &object.uuid, &mut body);
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

    fn part(&self, key: &str, reference: &Value, verb: Option<&str>) -> Value {
        if !matches!(key, "object" | "target") {
            return self.embedded(reference);
        }
        let object = self.readable(reference);
        // The object is what an activity is about; the target is only named.
        let Some(object) = object.filter(|found| key == "object" || self.has_room(found)) else {
            return reference.clone();
        };
        let mut shown = self.focus(object);
        // In a post the author is the actor, and clients rely on that (pump-api 18.1 no. 6).
        if key == "object" && verb == Some("post") {
            shown.shift_remove("author");
        }
        Value::Object(shown)
    }

    /// The thing a reference names, if the viewer may read it.
    fn readable(&self, reference: &Value) -> Option<&Object> {
        let object = self.find(reference.get("id")?.as_str()?)?;
        Some(object).filter(|object| self.may_read(object))
    }

    /// A thing as it stands inside others; a bare reference if the viewer may not read it, or the page is
    /// full.
    fn embedded(&self, reference: &Value) -> Value {
        let object = self
            .readable(reference)
            .filter(|object| self.has_room(object));
        object.map_or_else(
            || reference.clone(),
            |object| Value::Object(self.plain(object)),
        )
    }

    /// A thing with its author, without counts.
    fn plain(&self, object: &Object) -> Map<String, Value> {
        let mut shown = self.body(object);
        say_type(object, &mut shown);
        let author = object
            .author
            .as_deref()
            .and_then(|author| self.find(author));
        if let Some(author) = author.filter(|author| author.id != object.id) {
            let shown_author = if self.has_room(author) {
                Value::Object(self.body(author))
            } else {
                author.reference().to_value()
            };
            shown.insert("author".into(), shown_author);
        }
        let members = Stream::Members(object.id.clone());
        let list = object.object_type == "collection";
        if let Some(head) = self.head(&members).filter(|_| list) {
            let items = head.items.iter().map(|id| member(id, object)).collect();
            extend(
                &mut shown,
                "members",
                [
                    ("totalItems", head.total.into()),
                    ("items", Value::Array(items)),
                ],
            );
        }
        shown
    }

    /// A thing with its counts, and in full also with the first of each and the viewer's flags.
    fn focus(&self, object: &Object) -> Map<String, Value> {
        let mut shown = self.plain(object);
        if let Some(parent) = shown.get("inReplyTo") {
            let parent = self.embedded(parent);
            shown.insert("inReplyTo".into(), parent);
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
                extend(&mut shown, key, [("totalItems", head.total.into())]);
            }
        }
        if let (true, Some(me)) = (self.detail.flags, self.ctx.person()) {
            self.flag(&mut shown, object, me);
        }
        shown
    }

    fn count(&self, shown: &mut Map<String, Value>, key: &str, stream: &Stream) {
        if let Some(head) = self.head(stream) {
            extend(shown, key, [("totalItems", head.total.into())]);
        }
    }

    /// The first of what is counted.
    fn begin(&self, shown: &mut Map<String, Value>, key: &str, stream: &Stream, parent: &Object) {
        let head = self.head(stream).filter(|_| self.detail.items);
        let Some(head) = head.filter(|head| !head.items.is_empty()) else {
            return;
        };
        let items = head
            .items
            .iter()
            .filter_map(|id| self.find(id))
            .filter(|item| self.has_room(item))
            .map(|item| {
                Value::Object(if key == "replies" {
                    self.reply(item, parent)
                } else {
                    self.plain(item)
                })
            });
        extend(shown, key, [("items", items.collect())]);
    }

    /// A reply as it stands in what it replies to.
    fn reply(&self, reply: &Object, parent: &Object) -> Map<String, Value> {
        let mut shown = self.plain(reply);
        let parent = if self.has_room(parent) {
            Value::Object(self.plain(parent))
        } else {
            parent.reference().to_value()
        };
        shown.insert("inReplyTo".into(), parent);
        for (key, stream) in feeds(reply) {
            self.count(&mut shown, key, &stream);
        }
        if let (true, Some(me)) = (self.detail.flags, self.ctx.person()) {
            let liked = self.holds(Stream::Likes(reply.id.clone()), me);
            shown.insert("liked".into(), liked.into());
        }
        shown
    }

    fn flag(&self, shown: &mut Map<String, Value>, object: &Object, me: &str) {
        if object.object_type == "person" {
            let followed = self.holds(Stream::Following(me.to_owned()), &object.id);
            extend(shown, "pump_io", [("followed", followed.into())]);
        }
        if object.object_type != "person" || self.detail.counts {
            let liked = self.holds(Stream::Likes(object.id.clone()), me);
            shown.insert("liked".into(), liked.into());
        }
        if self.detail.items {
            let shared = self.holds(Stream::Shares(object.id.clone()), me);
            extend(shown, "pump_io", [("shared", shared.into())]);
        }
    }
}

/// An activity does not say what it is where nothing else can stand.
fn say_type(object: &Object, shown: &mut Map<String, Value>) {
    if object.object_type == ACTIVITY {
        shown.insert("objectType".into(), ACTIVITY.into());
    }
}

/// A member of a list by name: lists hold things of one type.
fn member(id: &str, list: &Object) -> Value {
    let object_type = list.body.get("objectTypes").and_then(|types| types.get(0));
    json!({ "objectType": object_type, "id": id })
}

/// Adds properties to an object within an object, making it if need be.
fn extend<const N: usize>(
    shown: &mut Map<String, Value>,
    key: &str,
    properties: [(&str, Value); N],
) {
    let inner = shown.entry(key).or_insert_with(|| json!({}));
    if let Value::Object(inner) = inner {
        inner.extend(properties.map(|(name, value)| (name.to_owned(), value)));
    }
}
