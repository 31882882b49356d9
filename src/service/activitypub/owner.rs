//! Choice of the inbox of an activity that came to the shared one.

use serde_json::{Map, Value};

use crate::{
    Context,
    model::{AudienceMember, CHANGING_VERBS, Object, Reference, Stream},
    protocol::as1::received_references,
    service::{Result, federation::InboxName, objects::ObjectName},
};

/// Maximum members of a stream among whom a reader is looked for.
const MAX_READERS: u32 = 100;

/// Returns the inbox of somebody here whom an activity in ActivityStreams 1 concerns. That is a
/// group that it is about, or a person who is named or whose thing it is about. Else it is a group
/// that is named and has the actor in it, a person who follows the actor, or one who may read a
/// thing that changes. All others whom it is for get it with them.
pub(super) async fn find(
    ctx: &Context,
    actor: &str,
    activity: &Map<String, Value>,
) -> Result<Option<InboxName>> {
    let ids = named(activity);
    let local = ids.iter().map(String::as_str);
    let local: Vec<&str> = local.filter(|id| ctx.urls().is_local(id)).collect();
    let found = ctx.storage().find_objects(&local).await?;
    let found = found.into_iter().flatten();
    let (groups, things): (Vec<_>, Vec<_>) =
        found.partition(|object| ctx.urls().is_group_id(&object.id));
    let mut groups = groups.into_iter().filter(|group| !group.deleted);
    let about = activity.get("object").and_then(Reference::from_value);
    let about = about.map(|object| object.id).unwrap_or_default();
    if ctx.urls().is_group_id(&about) {
        return Ok(groups
            .find(|group| group.id == about)
            .map(|group| inbox_of(&group)));
    }
    let authors = things.iter();
    let authors = authors.map(|object| object.author.as_ref().unwrap_or(&object.id).clone());
    if let Some(owner) = first_account(ctx, authors.collect()).await? {
        return Ok(Some(owner));
    }
    for group in groups {
        let members = Stream::Members(group.id.clone());
        if ctx.storage().contains(&[(members, actor)]).await? == [true] {
            return Ok(Some(inbox_of(&group)));
        }
    }
    let followers = Stream::Followers(actor.to_owned());
    let first = ctx.storage().items_after(&followers, 0, 1).await?;
    let first = first.into_iter().map(|(_, id)| id).collect();
    if let Some(follower) = first_account(ctx, first).await? {
        return Ok(Some(follower));
    }
    let verb = activity.get("verb").and_then(Value::as_str);
    if verb.is_some_and(|verb| CHANGING_VERBS.contains(&verb)) {
        return first_account(ctx, readers_of(ctx, &about).await?).await;
    }
    Ok(None)
}

/// Returns some of those for whom a thing of another server is that is known here, and the author
/// of what it answers.
async fn readers_of(ctx: &Context, thing: &str) -> Result<Vec<String>> {
    let known = ctx.storage().find_objects(&[thing]).await?.pop().flatten();
    let Some(known) = known else {
        return Ok(Vec::new());
    };
    let mut readers = Vec::new();
    for member in &known.audience {
        match member {
            AudienceMember::Person(id) => readers.push(id.clone()),
            AudienceMember::Members(stream) => {
                let members = ctx.storage().items_after(stream, 0, MAX_READERS).await?;
                readers.extend(members.into_iter().map(|(_, id)| id));
            }
            AudienceMember::Public => {}
        }
    }
    if let Some(parent) = known.reference_property("inReplyTo") {
        let parent = ctx.storage().find_objects(&[&parent.id]).await?.pop();
        readers.extend(parent.flatten().and_then(|parent| parent.author.clone()));
    }
    readers.retain(|reader| ctx.urls().is_local(reader));
    Ok(readers)
}

fn inbox_of(group: &Object) -> InboxName {
    InboxName::Group(ObjectName::Id(group.id.clone()))
}

/// Returns the inbox of the first of these persons who has an account.
async fn first_account(ctx: &Context, persons: Vec<String>) -> Result<Option<InboxName>> {
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
