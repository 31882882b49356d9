//! Moves of people of this server to accounts on servers of `ActivityPub`.

use serde_json::json;

use super::{
    Error, ErrorKind, Result, activity,
    activitypub::{changes_of, is_recent},
    aliases::url_of,
    lookup, remote,
    retry::retry_on_conflict,
};
use crate::{Context, federation::FetchBudget};

/// Moves the caller to another account, which has an address, `NICK@HOST`, or a URL. Followers on
/// servers of `ActivityPub` are asked to follow that one, and followers here do so. The account
/// stays, and its profile tells where it moved. Returns the id of the other account.
///
/// Errors: 400 for an account that does not name this one in its `alsoKnownAs`, and within a week
/// after another move; 502 for one that can't be fetched.
pub async fn move_to(ctx: &Context, address: &str) -> Result<String> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    let person = lookup::person(ctx, account).await?;
    if is_recent(ctx, &person) {
        return Err(Error::bad_request(
            "An account moves once within seven days.",
        ));
    }
    let url = url_of(ctx, address).await?;
    let failed = |cause: String| Error::new(ErrorKind::BadGateway, cause);
    let fetched = remote::fetch_actor(ctx, &url, &FetchBudget::default()).await;
    let fetched = fetched.map_err(|error| failed(error.to_string()))?;
    let actor = fetched.ok_or_else(|| failed(format!("'{url}' is no actor.")))?;
    let own = ctx.urls().actor(&account.nickname);
    if !actor.also_known_as.contains(&own) {
        return Err(Error::bad_request(format!(
            "'{url}' does not name '{own}' as another account (alsoKnownAs). Add it there first."
        )));
    }
    let new = remote::store_actor(ctx, actor).await?.id;
    retry_on_conflict(ctx, || async {
        let person = lookup::person(ctx, account).await?;
        Ok((changes_of(ctx, &person, (&new, &url)), ()))
    })
    .await?;
    let followers = ctx.urls().user(&account.nickname, "/followers");
    let done = json!({
        "verb": "move",
        "object": { "objectType": "person", "id": account.person },
        "target": { "objectType": "person", "id": new },
        "to": [{ "objectType": "collection", "id": followers }],
    });
    activity::perform_json(ctx, done).await?;
    Ok(new)
}
