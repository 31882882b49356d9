//! `delete` of a person whose account is deleted, for those on other servers who know the person.

use serde_json::{Map, json};

use crate::{
    Context,
    model::{AudienceMember, Object, PUBLIC, Reference, Stream},
    service::{Result, remote, server_activity},
    storage::Changes,
};

/// Maximum members that are read at a time.
const BATCH_SIZE: u32 = 1000;

/// Returns the changes by which other servers hear that a person is deleted. The activity is
/// one of the server, since it stays when all that the person made is deleted.
pub(super) async fn announce(ctx: &Context, person: &Object) -> Result<Changes> {
    let told = remote_contacts(ctx, &person.id).await?;
    if told.is_empty() {
        return Ok(Changes::new());
    }
    let named = person.reference().to_value();
    let activity = [
        ("verb", "delete".into()),
        ("actor", named.clone()),
        ("object", named),
        (
            "to",
            json!([Reference::new("collection", PUBLIC).to_value()]),
        ),
    ];
    let activity = activity.map(|(key, value)| (key.to_owned(), value));
    let activity = Map::from_iter(activity);
    let audience = AudienceMember::Public;
    Ok(server_activity::deliver(ctx, activity, audience, &told))
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
