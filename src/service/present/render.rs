//! Puts together what was gathered.

use serde_json::{Map, Value};

use super::{
    JsonNode, JsonObject, REDACTED_ACTIVITY_PROPERTIES,
    page_data::{
        PageData, RECIPIENTS, REFERENCES, feeds, group_feeds, id_of, list_of, person_feeds,
    },
    polls::{choosers, poll_of},
};
use crate::{
    model::{ACTIVITY, Object, Reference, Stream, Viewer},
    protocol::as1::{placeholder, reaction_sentence, summary_sentence},
    service::proxy_urls::with_proxy_urls,
};

impl PageData<'_> {
    /// A thing that a page is about.
    pub(super) fn render_root<'a>(&'a self, root: &'a Object) -> JsonObject<'a> {
        self.begin_item();
        if root.object_type == ACTIVITY {
            self.render_activity(root)
        } else {
            self.render_primary(root)
        }
    }

    /// The same where things of any kind may stand.
    pub(super) fn render_mixed_root<'a>(&'a self, root: &'a Object) -> JsonObject<'a> {
        let mut rendered = self.render_root(root);
        add_object_type(root, &mut rendered);
        rendered
    }

    /// Renders an activity. One that the viewer received and may no longer read is a shell.
    fn render_activity<'a>(&'a self, activity: &'a Object) -> JsonObject<'a> {
        let mut rendered = self.stored_properties(activity);
        let readable = self.may_read(activity);
        if !readable {
            rendered.retain(|key| REDACTED_ACTIVITY_PROPERTIES.contains(&key));
        }
        if let Some(content) = self.without_titles(activity, readable) {
            rendered.insert("content", &*content);
        }
        let stored = |key: &str| activity.body.raw_member(key);
        for key in REFERENCES {
            if let (Some(part), Some(reference)) = (rendered.get_mut(key), stored(key)) {
                *part = self.render_reference(key, reference, activity);
            }
        }
        for key in RECIPIENTS {
            if let (Some(list), Some(addressees)) = (rendered.get_mut(key), stored(key)) {
                let addressees = list_of(addressees).into_iter();
                *list = JsonNode::List(addressees.map(|one| self.render_embedded(one)).collect());
            }
        }
        rendered
    }

    /// Returns the summary of an activity without names and URLs of unreadable or deleted objects.
    /// `None` if there are none, and it says what it said; one that says nothing gets a summary.
    fn without_titles(&self, activity: &Object, readable: bool) -> Option<String> {
        let open = |thing: &Object| !thing.deleted && self.may_read(thing);
        let object = activity.reference_property("object");
        let found = object.as_ref().and_then(|named| self.find(&named.id));
        let rendered = found.filter(|thing| readable && open(thing));
        let parent = found.and_then(|object| object.reference_property("inReplyTo"));
        let shown = parent.as_ref().and_then(|named| self.find(&named.id));
        let shown = shown.filter(|parent| open(parent));
        let is_open = rendered.is_some() && (parent.is_none() || shown.is_some());
        let says_something = activity.body.raw_member("content").is_some();
        if readable && says_something && (is_open || found.is_none()) {
            return None;
        }
        let actor = self.find(activity.author.as_deref()?)?;
        let verb = activity.scan_text_property("verb");
        let hidden = |named: &Reference| placeholder(&named.object_type);
        let object = match rendered {
            Some(shown) => Some(outline(shown)),
            None => object.as_ref().map(hidden),
        };
        let parent = parent.filter(|_| rendered.is_some());
        let parent = parent.map(|named| match shown {
            Some(shown) if !says_something => outline(shown),
            _ => hidden(&named),
        });
        if let Some(reaction) = activity.scan_text_property("reaction") {
            return Some(reaction_sentence(
                &outline(actor),
                &reaction,
                object.as_ref(),
            ));
        }
        Some(summary_sentence(
            &outline(actor),
            verb.as_deref().unwrap_or("post"),
            object.as_ref(),
            parent.as_ref(),
        ))
    }

    /// Returns the stored properties, without secret recipients of other actors' activities.
    fn stored_properties<'a>(&self, object: &'a Object) -> JsonObject<'a> {
        let mut body: JsonObject<'_> = object.body.raw_members().collect();
        if object.object_type == ACTIVITY && !self.sees_secret_addressees(object) {
            body.retain(|key| key != "bto" && key != "bcc");
        }
        if self.ctx.account().is_some() {
            for (key, value) in with_proxy_urls(self.ctx.urls(), object) {
                body.insert(key, value);
            }
        }
        body
    }

    fn sees_secret_addressees(&self, activity: &Object) -> bool {
        match self.ctx.viewer() {
            Viewer::Unrestricted => true,
            Viewer::Person(person) => activity.author.as_deref() == Some(person),
            Viewer::Anonymous => false,
        }
    }

    fn render_reference<'a>(
        &'a self,
        key: &str,
        reference: &'a str,
        activity: &Object,
    ) -> JsonNode<'a> {
        let is_counted = match key {
            "object" | "target" => true,
            key => key == "actor" && self.detail.actor_counts,
        };
        if !is_counted {
            return self.render_embedded(reference);
        }
        let object = self.readable(reference);
        // The object is what an activity is about; the target is only named.
        let Some(object) = object.filter(|found| key == "object" || self.fits_budget(found)) else {
            return JsonNode::raw(reference);
        };
        let mut rendered = self.render_primary(object);
        // In a post the author is the actor, and clients rely on that (pump-api 18.1 no. 6).
        if key == "object" && activity.body.raw_member("verb") == Some("\"post\"") {
            rendered.remove("author");
        }
        rendered.into()
    }

    /// The thing a reference names, if the viewer may read it.
    fn readable(&self, reference: &str) -> Option<&Object> {
        let object = self.find(&id_of(reference)?)?;
        Some(object).filter(|object| self.may_read(object))
    }

    /// A thing as it stands inside others; a bare reference if the viewer may not read it, or the
    /// page is full.
    fn render_embedded<'a>(&'a self, reference: &'a str) -> JsonNode<'a> {
        let object = self.readable(reference);
        match object.filter(|object| self.fits_budget(object)) {
            Some(object) => self.render_plain(object).into(),
            None => JsonNode::raw(reference),
        }
    }

    /// A thing with its author, without counts.
    fn render_plain<'a>(&'a self, object: &'a Object) -> JsonObject<'a> {
        let mut rendered = self.stored_properties(object);
        add_object_type(object, &mut rendered);
        let author = object
            .author
            .as_deref()
            .and_then(|author| self.find(author));
        if let Some(author) = author.filter(|author| author.id != object.id) {
            let shown_author = if self.fits_budget(author) {
                JsonNode::Object(self.stored_properties(author))
            } else {
                author.reference().to_value().into()
            };
            rendered.insert("author", shown_author);
        }
        if poll_of(object).is_some_and(|poll| poll.is_over(self.ctx.now())) {
            rendered.extend("poll", "closed", true);
        }
        let members = Stream::Members(object.id.clone());
        let list = object.object_type == "collection";
        if let Some(head) = self.preview(&members).filter(|_| list) {
            let object_type = type_of_members(object);
            let items = head
                .items
                .iter()
                .map(|id| list_member(id, object_type).into());
            rendered.extend("members", "totalItems", head.total);
            rendered.extend("members", "items", items.collect::<Vec<_>>());
        }
        rendered
    }

    /// A thing with its counts, and in full also with the first of each and the viewer's flags.
    fn render_primary<'a>(&'a self, object: &'a Object) -> JsonObject<'a> {
        let mut rendered = self.render_plain(object);
        for key in ["inReplyTo", "quote"] {
            if let Some(named) = object.body.raw_member(key) {
                rendered.insert(key, self.render_embedded(named));
            }
        }
        if object.deleted {
            return rendered;
        }
        for (key, stream) in feeds(object) {
            self.add_count(&mut rendered, key, &stream);
            self.embed_first_items(&mut rendered, key, &stream, object);
        }
        let counted = match object.object_type.as_str() {
            "person" => person_feeds(&object.id).into(),
            _ => group_feeds(object),
        };
        for (key, stream) in counted {
            if let Some(head) = self.preview(&stream) {
                rendered.extend(key, "totalItems", head.total);
            }
        }
        if let (true, Some(me)) = (self.detail.flags, self.ctx.person()) {
            self.add_viewer_flags(&mut rendered, object, me);
        }
        rendered
    }

    fn add_count(&self, rendered: &mut JsonObject<'_>, key: &'static str, stream: &Stream) {
        if let Some(head) = self.preview(stream) {
            rendered.extend(key, "totalItems", head.total);
        }
    }

    /// The first of what is counted.
    fn embed_first_items<'a>(
        &'a self,
        rendered: &mut JsonObject<'a>,
        key: &'static str,
        stream: &Stream,
        parent: &'a Object,
    ) {
        let head = self.preview(stream).filter(|_| self.detail.items);
        let Some(head) = head.filter(|head| !head.items.is_empty()) else {
            return;
        };
        let items = head.items.iter().filter_map(|id| self.find(id));
        let items = items.filter(|item| !self.hides(item) && self.fits_budget(item));
        let items = items.map(|item| {
            JsonNode::from(if key == "replies" {
                self.render_reply(item, parent)
            } else {
                self.render_plain(item)
            })
        });
        rendered.extend(key, "items", items.collect::<Vec<_>>());
    }

    /// A reply as it stands in what it replies to.
    fn render_reply<'a>(&'a self, reply: &'a Object, parent: &'a Object) -> JsonObject<'a> {
        let mut rendered = self.render_plain(reply);
        let parent = if self.fits_budget(parent) {
            JsonNode::Object(self.render_plain(parent))
        } else {
            parent.reference().to_value().into()
        };
        rendered.insert("inReplyTo", parent);
        for (key, stream) in feeds(reply) {
            self.add_count(&mut rendered, key, &stream);
        }
        if let (true, Some(me)) = (self.detail.flags, self.ctx.person()) {
            let liked = self.is_member(Stream::Likes(reply.id.clone()), me);
            rendered.insert("liked", liked);
        }
        rendered
    }

    fn add_viewer_flags(&self, rendered: &mut JsonObject<'_>, object: &Object, me: &str) {
        if object.object_type == "person" {
            let followed = self.is_member(Stream::Following(me.to_owned()), &object.id);
            rendered.extend("pump_io", "followed", followed);
        }
        if object.object_type != "person" || self.detail.counts {
            let liked = self.is_member(Stream::Likes(object.id.clone()), me);
            rendered.insert("liked", liked);
        }
        let choices = choosers(object);
        if !choices.is_empty() {
            let choices = choices.into_iter();
            let voted = choices.filter(|(_, choosers)| self.is_member(choosers.clone(), me));
            let voted = voted.map(|(choice, _)| JsonNode::from(&*choice));
            rendered.extend("poll", "voted", voted.collect::<Vec<_>>());
        }
        if self.detail.items {
            let shared = self.is_member(Stream::Shares(object.id.clone()), me);
            rendered.extend("pump_io", "shared", shared);
        }
    }
}

/// Returns the members of an object that a sentence uses, without parsing the others.
fn outline(thing: &Object) -> Map<String, Value> {
    let texts = ["displayName", "objectType", "url"].into_iter();
    texts
        .filter_map(|name| Some((name.to_owned(), thing.scan_text_property(name)?.into())))
        .collect()
}

/// An activity does not say what it is where nothing else can stand.
fn add_object_type(object: &Object, rendered: &mut JsonObject<'_>) {
    if object.object_type == ACTIVITY {
        rendered.insert("objectType", ACTIVITY);
    }
}

/// The type of what a list holds, as JSON: lists hold things of one type.
fn type_of_members(list: &Object) -> &str {
    let types = list.body.raw_member("objectTypes").map(list_of);
    types
        .and_then(|types| types.first().copied())
        .unwrap_or("null")
}

/// A member of a list by name.
fn list_member<'a>(id: &str, object_type: &'a str) -> JsonObject<'a> {
    let mut member = JsonObject::default();
    member.insert("objectType", JsonNode::raw(object_type));
    member.insert("id", id);
    member
}
