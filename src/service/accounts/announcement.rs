//! `delete` of a person whose account is deleted, for those on other servers who know the person.

use serde_json::json;

use crate::{
    Context,
    model::{ACTIVITY, AudienceMember, Object, PUBLIC, Reference, Stream},
    service::{Result, remote},
    storage::{Change, Changes, Delivery, Expect},
};

/// Maximum members that are read at a time, and maximum recipients of one change.
const BATCH_SIZE: u32 = 1000;

/// Returns the changes by which other servers hear that a person is deleted. The activity has no
/// author, so this server sends it, and it stays when all that the person made is deleted.
pub(super) async fn announce(ctx: &Context, person: &Object) -> Result<Changes> {
    let told = remote_contacts(ctx, &person.id).await?;
    if told.is_empty() {
        return Ok(Changes::new());
    }
    let (uuid, now) = (ctx.uuid(), ctx.timestamp());
    let id = ctx.urls().object(ACTIVITY, &uuid);
    let named = person.reference().to_value();
    let body = json!({
        "verb": "delete",
        "actor": named,
        "object": named,
        "to": [Reference::new("collection", PUBLIC).to_value()],
        "id": id,
        "links": { "self": { "href": id } },
        "published": now,
        "updated": now,
    });
    let body = body.as_object().cloned().unwrap_or_default();
    let mut activity = Object::new(ACTIVITY, id.clone(), uuid, body);
    activity.audience = vec![AudienceMember::Public];
    let expect = Expect::Absent;
    let mut changes = vec![Change::PutObject {
        object: activity,
        expect,
    }];
    for persons in told.chunks(BATCH_SIZE as usize) {
        changes.push(Change::Deliver(Delivery {
            activity: id.clone(),
            persons: persons.to_vec(),
            enqueued: ctx.now(),
            ..Delivery::default()
        }));
    }
    Ok(changes)
}

/// Returns the ids of actors of other servers who follow the person or are followed.
async fn remote_contacts(ctx: &Context, person: &str) -> Result<Vec<String>> {
    let mut contacts = Vec::new();
    if !remote::has_accounts(ctx).await? {
        return Ok(contacts);
    }
    let storage = ctx.storage();
    for stream in [
        Stream::Followers(person.to_owned()),
        Stream::Following(person.to_owned()),
    ] {
        let mut after = 0;
        loop {
            let items = storage.items_after(&stream, after, BATCH_SIZE).await?;
            let Some((last, _)) = items.last() else {
                break;
            };
            after = *last;
            let ids: Vec<&str> = items.iter().map(|(_, id)| id.as_str()).collect();
            let accounts = storage.find_remote_accounts(&ids).await?;
            contacts.extend(accounts.into_iter().flatten().map(|account| account.id));
        }
    }
    contacts.sort();
    contacts.dedup();
    Ok(contacts)
}
