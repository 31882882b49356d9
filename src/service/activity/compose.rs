//! The activity as it is stored.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{Draft, audience::followers_url, planner::Planner};
use crate::{
    model::{ACTIVITY, AudienceMember, Object},
    protocol::as1::{not_in_the_future, placeholder, summary_sentence},
};

/// Objects that an activity refers to, besides its actor.
#[derive(Clone, Copy)]
pub(super) struct ActivityParts<'a> {
    /// Its object.
    pub(super) object: Option<&'a Object>,
    /// Whether the actor may not read that.
    pub(super) hidden: bool,
    /// The parent of its object.
    pub(super) parent: Option<&'a Object>,
    /// With what it was done.
    pub(super) generator: Option<&'a Object>,
}

/// The activity itself (pump-api 7.3), with references to what is stored elsewhere.
pub(super) fn compose_activity(
    planner: &Planner<'_>,
    draft: &Draft,
    parts: ActivityParts<'_>,
    audience: Vec<AudienceMember>,
) -> Object {
    let ActivityParts {
        object, generator, ..
    } = parts;
    let urls = planner.ctx.urls();
    let uuid = planner.ctx.uuid();
    let received = planner.origin.received();
    let id = received.and_then(|received| received.id.clone());
    let id = id.unwrap_or_else(|| urls.object(ACTIVITY, &uuid));
    let mut body = Map::new();
    body.insert("verb".into(), draft.verb.clone().into());
    body.insert("actor".into(), planner.actor.reference().to_value());
    if let Some(object) = object {
        body.insert("object".into(), object.reference().to_value());
    }
    if let Some(target) = &draft.target {
        let known = draft.target_id().and_then(|id| planner.find(id));
        let target = known.map_or_else(
            || Value::Object(target.clone()),
            |target| target.reference().to_value(),
        );
        body.insert("target".into(), target);
    }
    draft.recipients.write(&mut body);
    if let Some(generator) = generator {
        body.insert("generator".into(), generator.reference().to_value());
    }
    body.insert("id".into(), id.clone().into());
    if let Some(received) = received {
        name_followers(planner, &mut body);
        body.extend(received.envelope.clone());
        let own = urls.object(ACTIVITY, &uuid);
        body.entry("links")
            .or_insert_with(|| json!({ "self": { "href": own } }));
        body.insert("published".into(), received.published.clone().into());
        body.insert("updated".into(), planner.now.clone().into());
        body.insert("received".into(), planner.now.clone().into());
    } else {
        body.insert("links".into(), json!({ "self": { "href": id } }));
        // Only persons have pages of their own to put it below.
        let actor = Some(&planner.actor).filter(|actor| actor.object_type == "person");
        let nickname = actor.and_then(|actor| actor.text_property("preferredUsername"));
        let page = urls.object_page(nickname.unwrap_or("main"), ACTIVITY, &uuid);
        body.insert("url".into(), page.into());
        body.insert("published".into(), planner.now.clone().into());
        body.insert("updated".into(), planner.now.clone().into());
    }
    // Names of other servers may change, so a sentence with them is made when it is shown.
    let mut named = [Some(&*planner.actor), object, parts.parent].into_iter();
    if !named.any(|named| named.is_some_and(|named| !planner.is_ours(named))) {
        body.insert(
            "content".into(),
            summary(planner, &draft.verb, parts, &audience).into(),
        );
    }
    body.extend(draft.other_properties.clone());
    not_in_the_future(&mut body, &planner.now);
    Object {
        id,
        uuid,
        object_type: ACTIVITY.into(),
        author: Some(planner.actor.id.clone()),
        audience,
        published_by: None,
        deleted: false,
        version: 0,
        body: body.into(),
    }
}

/// Names the followers of an actor elsewhere among the recipients, as clients show these by name.
/// Their collection is not stored here.
fn name_followers(planner: &Planner<'_>, activity: &mut Map<String, Value>) {
    let Some(followers) = followers_url(planner.ctx.urls(), &planner.actor) else {
        return;
    };
    for key in ["to", "cc"] {
        let list = activity.get_mut(key).and_then(Value::as_array_mut);
        let named = list.into_iter().flatten().filter_map(Value::as_object_mut);
        for recipient in named.filter(|one| one.get("id").is_some_and(|id| id == followers)) {
            recipient.insert("displayName".into(), "Followers".into());
        }
    }
}

/// Returns a redacted summary for a new audience, if it names objects that not all of them may
/// read.
pub(super) fn redacted_summary(
    planner: &Planner<'_>,
    verb: &str,
    parts: ActivityParts<'_>,
    audience: &[AudienceMember],
) -> Option<String> {
    let mut named = [parts.object, parts.parent].into_iter().flatten();
    let closed = parts.hidden || named.any(|thing| !is_readable_by_all(thing, planner, audience));
    closed.then(|| summary(planner, verb, parts, audience))
}

/// The sentence that says what was done, to this audience.
fn summary<'a>(
    planner: &Planner<'_>,
    verb: &str,
    parts: ActivityParts<'a>,
    audience: &[AudienceMember],
) -> String {
    let kind = |thing: &Object| Cow::Owned(placeholder(&thing.object_type));
    // By its name and address if all of them may read it, and else by its type.
    let named = |thing: &'a Object| {
        if is_readable_by_all(thing, planner, audience) {
            Cow::Borrowed(&*thing.body)
        } else {
            kind(thing)
        }
    };
    let object = parts.object;
    let object = object.map(|object| {
        if parts.hidden {
            kind(object)
        } else {
            named(object)
        }
    });
    let parent = parts.parent.map(named);
    summary_sentence(
        &planner.actor.body,
        verb,
        object.as_deref(),
        parent.as_deref(),
    )
}

/// Whether all of an audience may read a thing, or the actor made it.
fn is_readable_by_all(thing: &Object, planner: &Planner<'_>, audience: &[AudienceMember]) -> bool {
    let actor = AudienceMember::Person(planner.actor.id.clone());
    let author = thing.author.clone().map(AudienceMember::Person);
    let covered = |address: &AudienceMember| {
        thing.audience.contains(address) || *address == actor || Some(address) == author.as_ref()
    };
    thing.audience.contains(&AudienceMember::Public)
        || thing.author.as_ref() == Some(&planner.actor.id)
        || audience.iter().all(covered)
}
