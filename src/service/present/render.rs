//! Puts together what was gathered.

use serde_json::{Map, Value, json};

use super::gather::{ADDRESSEES, Gathered, PARTS, feeds, person_feeds};
use crate::{
    model::{ACTIVITY, Object, Stream, Viewer},
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

    fn activity(&self, activity: &Object) -> Map<String, Value> {
        let mut shown = self.body(activity);
        if let Some(content) = self.without_title(activity) {
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

    /// What an activity says of a thing that was deleted since: neither what it was called nor where it was.
    fn without_title(&self, activity: &Object) -> Option<String> {
        let object = self.find(&activity.refers("object")?.id)?;
        let actor = self.find(activity.author.as_deref()?)?;
        let kind = json!({ "objectType": object.object_type });
        let verb = activity.text("verb").unwrap_or("post");
        object
            .deleted
            .then(|| sentence(&Value::Object(actor.body.clone()), verb, Some(&kind), None))
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
        if let Some(head) = self.head(&Stream::Members(object.id.clone())) {
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
            self.count(&mut shown, key, &stream, object);
        }
        if object.object_type == "person" {
            for (key, stream) in person_feeds(&object.id) {
                if let Some(head) = self.head(&stream) {
                    extend(&mut shown, key, [("totalItems", head.total.into())]);
                }
            }
        }
        if let (true, Some(me)) = (self.detail.flags, self.ctx.person()) {
            self.flag(&mut shown, object, me);
        }
        shown
    }

    fn count(&self, shown: &mut Map<String, Value>, key: &str, stream: &Stream, parent: &Object) {
        let Some(head) = self.head(stream) else {
            return;
        };
        extend(shown, key, [("totalItems", head.total.into())]);
        if !self.detail.items || head.items.is_empty() {
            return;
        }
        let items = head
            .items
            .iter()
            .filter_map(|id| self.find(id))
            .filter(|item| self.has_room(item))
            .map(|item| {
                let mut item = self.plain(item);
                if key == "replies" {
                    let parent = if self.has_room(parent) {
                        Value::Object(self.body(parent))
                    } else {
                        parent.reference().to_value()
                    };
                    item.insert("inReplyTo".into(), parent);
                }
                Value::Object(item)
            });
        extend(shown, key, [("items", items.collect())]);
    }

    fn flag(&self, shown: &mut Map<String, Value>, object: &Object, me: &str) {
        if object.object_type == "person" {
            let followed = self.holds(Stream::Following(me.to_owned()), &object.id);
            extend(shown, "pump_io", [("followed", followed.into())]);
        } else {
            let liked = self.holds(Stream::Likes(object.id.clone()), me);
            let shared = self.holds(Stream::Shares(object.id.clone()), me);
            shown.insert("liked".into(), liked.into());
            extend(shown, "pump_io", [("shared", shared.into())]);
        }
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
