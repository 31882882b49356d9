//! Activities that publish, change and delete, and those about things.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    Incoming, Undo,
    actor::{ACTOR_TYPES, person_of},
    audience::Audience,
    emoji::put_reaction,
    object::{as1_type, mentioned, thing},
    opposite,
    passed_on::may_be_passed_on,
    persons::Persons,
    received::Received,
    relations::{answer, block, flag, follow, moved},
};
use crate::protocol::as2::{
    is_address,
    values::{first, first_id, first_object, id_of, own_id, same_origin, type_of},
};

/// Types of activities that can be taken back here.
const UNDONE: &[&str] = &["Announce", "EmojiReact", "Follow", "Join", "Like"];

/// Reads an activity that was sent by its actor, or by the actor's server.
pub(crate) fn activity(persons: &Persons<'_>, activity: &Map<String, Value>) -> Incoming {
    let Some(url) = first_id(activity, "actor") else {
        return Incoming::Ignored("It has no actor");
    };
    let actor = Some(url).filter(|url| persons.local_id(url).is_none());
    let Some(actor) = actor.and_then(|url| persons.id(url)) else {
        return Incoming::Ignored("Its actor is not known");
    };
    let received = Received {
        persons,
        activity,
        url,
        actor: &actor,
    };
    match type_of(activity) {
        "Create" => received.publish("post"),
        "Update" => received.publish("update"),
        "Delete" => received.delete(),
        "Announce" => received.announce(),
        "Like" | "EmojiReact" => received.react(),
        "Follow" | "Join" => follow(&received),
        "Accept" => answer(&received, true),
        "Reject" => answer(&received, false),
        "Undo" => received.undo(),
        "Block" => block(&received),
        "Move" => moved(&received),
        "Flag" => flag(&received),
        _ => Incoming::Ignored("Its type means nothing here"),
    }
}

impl Received<'_> {
    fn audience(&self, object: Option<&Map<String, Value>>) -> Audience {
        let mentioned = object.map(|object| mentioned(self.persons, object));
        let mentioned = mentioned.unwrap_or_default();
        Audience::read(self.persons, self.activity, object, &mentioned)
    }

    /// Reads a `Create` or an `Update`. An object of another origin is only named.
    fn publish(&self, verb: &str) -> Incoming {
        let Some(object) = first(self.activity, "object") else {
            return Incoming::Ignored("It has no object");
        };
        let Some(id) = id_of(object).filter(|id| is_address(id)) else {
            return Incoming::Ignored("Its object has no id");
        };
        let Some(object) = object.as_object().filter(|_| same_origin(id, self.url)) else {
            if verb == "update" || self.persons.local_id(id).is_some() {
                return Incoming::Ignored("Its object is not shown");
            }
            let said = self.said(verb, self.persons.thing(id), self.audience(None));
            return Incoming::Activity(said);
        };
        if ACTOR_TYPES.contains(&type_of(object)) {
            return self.update_actor(verb, id, object);
        }
        let author = first_id(object, "attributedTo").unwrap_or(self.url);
        if author != self.url {
            return Incoming::Ignored("Its object is of another author");
        }
        if is_vote(object) {
            return Incoming::Ignored("It is a vote");
        }
        let Some(thing) = thing(self.persons, object) else {
            return Incoming::Ignored("The type of its object means nothing here");
        };
        let audience = self.audience(Some(object));
        let mut said = self.said(verb, thing.thing.into(), audience);
        if verb == "update" {
            make_id_unique(&mut said, object);
        }
        Incoming::Activity(said)
    }

    fn update_actor(&self, verb: &str, id: &str, object: &Map<String, Value>) -> Incoming {
        if verb != "update" || id != self.url {
            return Incoming::Ignored("Its object is another actor");
        }
        let person = person_of(object, self.actor);
        let mut said = self.said(verb, person.into(), self.audience(None));
        make_id_unique(&mut said, object);
        Incoming::Activity(said)
    }

    fn delete(&self) -> Incoming {
        let object = first(self.activity, "object");
        let id = object
            .and_then(id_of)
            .filter(|id| same_origin(id, self.url));
        let Some(id) = id else {
            return Incoming::Ignored("Its object is not the actor's");
        };
        let thing = if id == self.url {
            self.persons.reference(self.actor)
        } else {
            let former = object.and_then(Value::as_object).and_then(|object| {
                let former = object.get("formerType").and_then(Value::as_str);
                as1_type(former.unwrap_or_else(|| type_of(object)))
            });
            json!({ "objectType": former.unwrap_or("note"), "id": id })
        };
        Incoming::Activity(self.said("delete", thing, self.audience(None)))
    }

    fn announce(&self) -> Incoming {
        let Some(object) = first_object(self.activity, "object") else {
            return self.about("share", first_id(self.activity, "object"));
        };
        if may_be_passed_on(object) {
            return self.pass_on(object);
        }
        // Lemmy sends each thread so, beside its activity, for servers that know no groups.
        if object.contains_key("actor") {
            return Incoming::Ignored("The group passes on the activity, too");
        }
        self.about("share", own_id(object))
    }

    /// Reads a like, which may be an emoji.
    fn react(&self) -> Incoming {
        let mut like = self.about("favorite", first_id(self.activity, "object"));
        if let Incoming::Activity(like) = &mut like {
            put_reaction(self.activity, like);
        }
        like
    }

    /// Reads an activity about a thing, which it only names: its own server tells more.
    pub(super) fn about(&self, verb: &str, object: Option<&str>) -> Incoming {
        match object.filter(|id| is_address(id)) {
            Some(id) => {
                let thing = self.persons.thing(id);
                Incoming::Activity(self.said(verb, thing, self.audience(None)))
            }
            None => Incoming::Ignored("Its object has no id"),
        }
    }

    fn undo(&self) -> Incoming {
        let Some(undone) = first(self.activity, "object") else {
            return Incoming::Ignored("It takes nothing back");
        };
        let mut undo = Undo {
            actor: self.actor.to_owned(),
            undone: id_of(undone).map(str::to_owned),
            activity: None,
        };
        if let Value::Object(inner) = undone {
            if first_id(inner, "actor").is_some_and(|actor| actor != self.url) {
                return Incoming::Ignored("It takes back an activity of another actor");
            }
            undo.activity = match type_of(inner) {
                "Accept" => {
                    let activity = inner;
                    return answer(&Received { activity, ..*self }, false);
                }
                "" => None,
                kind if UNDONE.contains(&kind) => self.reversed(inner),
                _ => return Incoming::Ignored("It takes back what has no effect here"),
            };
        }
        if undo.undone.is_none() && undo.activity.is_none() {
            return Incoming::Ignored("It takes nothing back");
        }
        Incoming::Undo(undo)
    }

    /// Returns the AS1 activity that takes back another one, with the id and the addressees of
    /// this.
    fn reversed(&self, inner: &Map<String, Value>) -> Option<Map<String, Value>> {
        let inner = Received {
            activity: inner,
            ..*self
        };
        let taken = match type_of(inner.activity) {
            "Follow" | "Join" => follow(&inner),
            "Announce" => inner.about("share", first_id(inner.activity, "object")),
            "Like" | "EmojiReact" => inner.about("favorite", first_id(inner.activity, "object")),
            _ => return None,
        };
        let Incoming::Activity(taken) = taken else {
            return None;
        };
        let verb = opposite(taken.get("verb")?.as_str()?)?;
        let object = taken.get("object")?.clone();
        let mut reversed = self.said(verb, object, self.audience(None));
        if verb == "leave" {
            // It goes where the `join` went: some peers address it to nobody.
            reversed.insert("to".into(), taken.get("to")?.clone());
        }
        Some(reversed)
    }
}

/// Whether an object is a vote in a poll.
fn is_vote(object: &Map<String, Value>) -> bool {
    let says = |key: &str| object.get(key).is_some_and(|value| !value.is_null());
    says("name") && says("inReplyTo") && !says("content") && !says("contentMap")
}

/// Makes the id of an update differ from that of an update that says something else: `GoToSocial`
/// has one id for all updates of a post. A vote changes no time, so the time does not tell.
fn make_id_unique(said: &mut Map<String, Value>, object: &Map<String, Value>) {
    if let Some(Value::String(id)) = said.get_mut("id") {
        let text = serde_json::to_vec(object).unwrap_or_default();
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(text));
        let joint = if id.contains('#') { '&' } else { '#' };
        id.push(joint);
        id.extend(["content=", &digest]);
    }
}
