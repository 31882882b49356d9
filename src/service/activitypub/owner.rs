//! Choice of the inbox of an activity that came to the shared one.

use serde_json::{Map, Value};

use crate::{
    Context,
    model::Stream,
    protocol::as1::received_references,
    service::{Result, federation::InboxName},
};

/// Returns the inbox of somebody here whom an activity in ActivityStreams 1 concerns: a person who
/// is named, whose thing it is about, or who follows its actor. All others whom it is for get it
/// with them.
pub(super) async fn find(
    ctx: &Context,
    actor: &str,
    activity: &Map<String, Value>,
) -> Result<Option<InboxName>> {
    let ids = named(activity);
    let local = ids.iter().map(String::as_str);
    let local: Vec<&str> = local.filter(|id| ctx.urls().is_local(id)).collect();
    let found = ctx.storage().find_objects(&local).await?;
    let mut persons: Vec<String> = found
        .iter()
        .flatten()
        .map(|object| object.author.as_ref().unwrap_or(&object.id).clone())
        .collect();
    let followers = Stream::Followers(actor.to_owned());
    let first = ctx.storage().items_after(&followers, 0, 1).await?;
    persons.extend(first.into_iter().map(|(_, id)| id));
    let persons: Vec<&str> = persons.iter().map(String::as_str).collect();
    let accounts = ctx.storage().find_accounts_of(&persons).await?;
    let owner = accounts.into_iter().flatten().next();
    Ok(owner.map(|owner| InboxName::Person(owner.nickname.to_string())))
}

/// The ids of recipients, of the object, and of what that answers.
fn named(activity: &Map<String, Value>) -> Vec<String> {
    let none = Value::Null;
    let object = activity.get("object").unwrap_or(&none);
    let parent = object.get("inReplyTo").unwrap_or(&none);
    let lists = ["to", "cc"].map(|list| activity.get(list).unwrap_or(&none));
    let named = lists.into_iter().chain([object, parent]);
    let named = named.flat_map(|list| match list {
        Value::Array(_) => received_references(list),
        one => received_references(&Value::Array(vec![one.clone()])),
    });
    named.map(|reference| reference.id).collect()
}
