//! Results of polls. Some servers send an update of the poll for each vote. Nobody is told of it.

use serde_json::{Map, Value};

use crate::{
    Context,
    model::Object,
    protocol::as1::{Poll, sanitize_received},
    service::{
        Result,
        remote::{self, is_newer, refresh},
        retry::retry_on_conflict,
    },
    storage::{Change, Changes, Expect},
};

/// Properties that votes change, and those that a thing keeps or that tell nothing of a change.
const NOT_COMPARED: &[&str] = &[
    "author",
    "content",
    "endTime",
    "id",
    "inReplyTo",
    "objectType",
    "poll",
    "published",
    "updated",
];

/// Takes over the votes of a known poll, if that is all that an update of its author changes.
/// Returns whether it is.
pub(super) async fn take_votes(
    ctx: &Context,
    actor: &str,
    activity: &Map<String, Value>,
) -> Result<bool> {
    let is_update = activity.get("verb").is_some_and(|verb| verb == "update");
    let thing = activity.get("object").and_then(Value::as_object);
    let poll = thing.filter(|thing| is_update && Poll::of(thing).is_some());
    let Some(said) = poll.and_then(|poll| sanitize_received(poll.clone()).ok()) else {
        return Ok(false);
    };
    let id = said.get("id").and_then(Value::as_str).unwrap_or_default();
    retry_on_conflict(ctx, || async {
        let known = ctx.storage().find_objects(&[id]).await?.pop().flatten();
        let known = known.filter(|known| {
            known.author.as_deref() == Some(actor)
                && !known.deleted
                && differs_in_votes(known, &said)
        });
        let Some(known) = known else {
            return Ok((Changes::new(), false));
        };
        let mut object = Object::clone(&known);
        refresh(ctx, &mut object, said.clone(), "");
        if let Some(updated) = known.body.get("updated") {
            object.body.insert("updated".into(), updated.clone());
        }
        let expect = Expect::Version(object.version);
        let change = Change::PutObject { object, expect };
        let is_changed = remote::says_more(&known, &said);
        let changes = is_changed.then_some(change).into_iter();
        Ok((changes.collect(), true))
    })
    .await
}

/// Whether what was said of a poll differs in its votes from what is known, at most.
fn differs_in_votes(known: &Object, said: &Map<String, Value>) -> bool {
    let polls = (Poll::of(&known.body), Poll::of(said));
    let (Some(before), Some(now)) = polls else {
        return false;
    };
    let updated = said.get("updated").and_then(Value::as_str);
    let mut compared = said
        .iter()
        .filter(|(key, _)| !NOT_COMPARED.contains(&&***key));
    now.asks_same(&before)
        && !updated.is_some_and(|updated| is_newer(known, updated))
        && compared.all(|(key, value)| known.body.get(key) == Some(value))
}
