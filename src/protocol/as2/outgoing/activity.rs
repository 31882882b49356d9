//! Activities that peers understand.

use serde_json::{Map, Value, json};

use super::{OutgoingCopy, actors::Actors, audience::Audience, object::object, with_context};
use crate::{
    model::ACTIVITY,
    protocol::as2::{is_address, text, times, values},
};

/// Those whom peers of `ActivityPub` are told of an activity for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// All whom it is addressed to.
    Audience,
    /// The author of its object.
    Author,
    /// Its object, an actor.
    Object,
    /// Nobody.
    Nobody,
}

/// Returns those whom peers are told of activities with an AS1 verb for.
pub(crate) fn readers_of(verb: &str) -> Readers {
    match verb {
        "post" | "create" | "update" | "delete" | "share" | "unshare" | "move" | "accept"
        | "reject" => Readers::Audience,
        "favorite" | "like" | "unfavorite" | "unlike" | "vote" => Readers::Author,
        "follow" | "join" | "block" | "stop-following" | "leave" => Readers::Object,
        _ => Readers::Nobody,
    }
}

/// Maps an AS1 activity of an actor of this server. `None` if peers do not understand it, or if
/// nobody whom it may name is left.
///
/// The caller shares public things only, and gives the id of the first activity to take it back.
pub(crate) fn activity(
    actors: &Actors<'_>,
    activity: &Map<String, Value>,
    copy: &OutgoingCopy<'_>,
) -> Option<Map<String, Value>> {
    let actor = text(activity.get("actor")?.as_object()?, "id")?;
    let sent = Sent {
        actors,
        activity,
        copy,
        url: actors.url(actor)?,
        audience: Audience::of(actors, activity, actor, copy.also_to),
        id: text(activity, "id").filter(|id| is_address(id))?,
        object: activity.get("object")?.as_object()?,
    };
    let verb = text(activity, "verb").unwrap_or("post");
    if readers_of(verb) == Readers::Nobody {
        return None;
    }
    let document = match verb {
        "post" | "create" => sent.publish("Create"),
        "update" => sent.update(),
        "delete" => sent.delete(),
        "share" => sent.share(),
        "favorite" | "like" => sent.like(),
        "follow" | "join" => sent.follow("Follow"),
        "block" => sent.follow("Block"),
        "move" => sent.moved(),
        "vote" => sent.vote(),
        "unshare" => Some(sent.undo(sent.share()?)),
        "unfavorite" | "unlike" => Some(sent.undo(sent.like()?)),
        "stop-following" | "leave" => Some(sent.undo(sent.follow("Follow")?)),
        _ => None,
    };
    document.map(with_context)
}

/// Answers a `Follow`, which is shown as it came. The id is that of the answer.
pub(crate) fn follow_answer(
    id: &str,
    followed: &str,
    follow: &Map<String, Value>,
    is_accepted: bool,
) -> Option<Map<String, Value>> {
    let asker = values::first_id(follow, "actor")?;
    let shown = ["id", "type", "actor", "object"].into_iter();
    let shown = shown.filter_map(|key| Some((key.to_owned(), follow.get(key)?.clone())));
    let kind = if is_accepted { "Accept" } else { "Reject" };
    let mut answer = bare(id, kind, followed, Value::Object(shown.collect()));
    Audience::only(asker.to_owned()).write(&mut answer);
    Some(with_context(answer))
}

/// Passes on an activity by a share of a group of this server, whole (FEP-1b12).
pub(crate) fn pass_on(
    actors: &Actors<'_>,
    share: &Map<String, Value>,
    mut passed: Map<String, Value>,
) -> Option<Map<String, Value>> {
    let group = text(share.get("actor")?.as_object()?, "id")?;
    passed.shift_remove("@context");
    let mut announce = bare(text(share, "id")?, "Announce", group, passed.into());
    times(share, &mut announce, &["published"]);
    Audience::of(actors, share, group, &[]).write(&mut announce);
    Some(with_context(announce))
}

/// Reports an actor and things of theirs to their own server, in the name of a whole server. The
/// reason is text.
pub(crate) fn flag(id: &str, actor: &str, about: &[&str], reason: &str) -> Map<String, Value> {
    let mut flag = bare(id, "Flag", actor, json!(about));
    flag.insert("content".into(), reason.into());
    with_context(flag)
}

fn bare(id: &str, kind: &str, actor: &str, object: Value) -> Map<String, Value> {
    let mut activity = Map::new();
    activity.insert("id".into(), id.into());
    activity.insert("type".into(), kind.into());
    activity.insert("actor".into(), actor.into());
    activity.insert("object".into(), object);
    activity
}

fn bare_note(id: &str, author: &str, name: &str) -> Map<String, Value> {
    let properties = [
        ("id", id),
        ("type", "Note"),
        ("attributedTo", author),
        ("name", name),
    ];
    let properties = properties.into_iter();
    properties
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect()
}

/// An activity on its way to a peer.
struct Sent<'a> {
    actors: &'a Actors<'a>,
    activity: &'a Map<String, Value>,
    copy: &'a OutgoingCopy<'a>,
    /// The URL of the actor.
    url: String,
    audience: Audience,
    id: &'a str,
    object: &'a Map<String, Value>,
}

impl Sent<'_> {
    /// Returns an activity; `None` if it is addressed to nobody.
    fn document(
        &self,
        kind: &str,
        object: Value,
        audience: &Audience,
    ) -> Option<Map<String, Value>> {
        if audience.is_empty() {
            return None;
        }
        let mut document = bare(self.id, kind, &self.url, object);
        times(self.activity, &mut document, &["published"]);
        audience.write(&mut document);
        Some(document)
    }

    fn publish(&self, kind: &str) -> Option<Map<String, Value>> {
        let author = self.object.get("author").and_then(Value::as_object);
        let author = author.and_then(|author| text(author, "id"));
        if author.is_some_and(|author| self.actors.url(author).as_ref() != Some(&self.url)) {
            return None;
        }
        let mut audience = self.audience.clone();
        let mut shown = object(self.actors, self.object, &self.url, &mut audience)?;
        if kind == "Update" && !shown.contains_key("updated") {
            // Peers take it for no change without it.
            let changed = self.activity.get("published")?;
            shown.insert("updated".into(), changed.clone());
        }
        self.document(kind, shown.into(), &audience)
    }

    fn update(&self) -> Option<Map<String, Value>> {
        if !self.is_about_actor() {
            return self.publish("Update");
        }
        let mut actor = self.copy.actor?.clone();
        actor.shift_remove("@context");
        self.document(
            "Update",
            actor.into(),
            &self.audience.clone().with_everyone(),
        )
    }

    fn delete(&self) -> Option<Map<String, Value>> {
        let gone = if self.is_about_actor() {
            self.url.clone().into()
        } else {
            json!({ "id": self.actors.thing(self.object)?, "type": "Tombstone" })
        };
        self.document("Delete", gone, &self.audience)
    }

    /// Maps a share, which its author is told of.
    fn share(&self) -> Option<Map<String, Value>> {
        let shared = self.thing()?;
        let mut audience = self.audience.clone();
        if let Some(author) = self.author().filter(|author| *author != self.url) {
            audience.add_if_public(&author);
        }
        self.document("Announce", shared.into(), &audience)
    }

    /// Maps a like, which only the author is told of, and the group that the thing is in.
    fn like(&self) -> Option<Map<String, Value>> {
        let author = self.author()?;
        let mut like = self.document("Like", self.thing()?.into(), &Audience::only(author))?;
        let group = self.object.get("group").and_then(Value::as_object);
        let group = group.and_then(|group| self.actors.url(text(group, "id")?));
        if let Some(group) = group {
            like.insert("audience".into(), group.into());
        }
        Some(like)
    }

    /// Maps a vote: a note that has only a name, for the author of the poll alone.
    fn vote(&self) -> Option<Map<String, Value>> {
        let audience = Audience::only(self.author()?);
        let id = format!("{}#vote", self.id);
        let mut vote = bare_note(&id, &self.url, text(self.activity, "choice")?);
        vote.insert("inReplyTo".into(), self.thing()?.into());
        audience.write(&mut vote);
        self.document("Create", vote.into(), &audience)
    }

    /// Maps an activity about an actor, who alone is told of it.
    fn follow(&self, kind: &str) -> Option<Map<String, Value>> {
        let other = self.actors.url(text(self.object, "id")?)?;
        let audience = Audience::only(other.clone());
        self.document(kind, other.into(), &audience)
    }

    /// Maps the move of the actor to another account.
    fn moved(&self) -> Option<Map<String, Value>> {
        let target = self.activity.get("target")?.as_object()?;
        let target = self.actors.url(text(target, "id")?)?;
        let actor = self.is_about_actor().then(|| self.url.clone())?;
        let mut document = self.document("Move", actor.into(), &self.audience)?;
        document.insert("target".into(), target.into());
        Some(document)
    }

    /// Takes back an activity, which has the id of the first one. Without that it gets one that
    /// tells it from others, since peers take nothing without an id.
    fn undo(&self, mut first: Map<String, Value>) -> Map<String, Value> {
        let mut undo = first.clone();
        let derived = format!("{}#undone", self.id);
        let undone = self.copy.undone.map_or(derived, str::to_owned);
        first.insert("id".into(), undone.into());
        first.shift_remove("published");
        undo.insert("type".into(), "Undo".into());
        undo.insert("object".into(), first.into());
        undo
    }

    fn is_about_actor(&self) -> bool {
        let object = text(self.object, "id").and_then(|id| self.actors.url(id));
        object.as_ref() == Some(&self.url)
    }

    /// Returns the URL of the thing that the activity is about; `None` if that is an activity.
    fn thing(&self) -> Option<String> {
        let is_activity = text(self.object, "objectType") == Some(ACTIVITY);
        self.actors.thing(self.object).filter(|_| !is_activity)
    }

    /// Returns the URL of the author of the thing.
    fn author(&self) -> Option<String> {
        let author = self.object.get("author")?.as_object()?;
        self.actors.url(text(author, "id")?)
    }
}
