//! Other accounts of a person, on servers of `ActivityPub`, from which they may move here.

use serde_json::{Value, json};

use super::{
    Error, ErrorKind, Result, activity, federation::remote_sign_in::parse_address, lookup,
};
use crate::{
    Context,
    federation::{FetchBudget, discover},
};

/// Maximum aliases of one person.
const MAX_ALIASES: usize = 50;

/// Property of a person: the URLs of their other accounts.
const ALIASES: &str = "alsoKnownAs";

/// Adds another account of the caller, or takes it away. It has an address, `NICK@HOST`, or a URL.
/// Returns the URLs of all of them.
///
/// Errors: 400 for what is no address, and above the limit; 502 for a host that does not tell the
/// URL.
pub(crate) async fn change(ctx: &Context, address: &str, adds: bool) -> Result<Vec<String>> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    let url = url_of(ctx, address).await?;
    let person = lookup::person(ctx, account).await?;
    let known = person.body.get(ALIASES).and_then(Value::as_array);
    let known = known.into_iter().flatten().filter_map(Value::as_str);
    let mut aliases: Vec<String> = known.map(str::to_owned).collect();
    let is_there = aliases.contains(&url);
    if adds == is_there {
        return Ok(aliases);
    }
    if adds {
        aliases.push(url);
    } else {
        aliases.retain(|alias| *alias != url);
    }
    if aliases.len() > MAX_ALIASES {
        let message = format!("A person has {MAX_ALIASES} other accounts at most.");
        return Err(Error::bad_request(message));
    }
    let person = json!({ "objectType": "person", "id": person.id, ALIASES: aliases });
    activity::perform_json(ctx, json!({ "verb": "update", "object": person })).await?;
    Ok(aliases)
}

/// Returns the URL of the actor with an address.
pub(super) async fn url_of(ctx: &Context, address: &str) -> Result<String> {
    if address.starts_with("https://") || address.starts_with("http://") {
        return Ok(address.to_owned());
    }
    let id = parse_address(ctx.urls(), address);
    let id = id.ok_or_else(|| Error::bad_request(format!("'{address}' is no address.")))?;
    let found = discover(ctx.app(), &id, &FetchBudget::default()).await;
    let found = found.map_err(|error| Error::new(ErrorKind::BadGateway, error.to_string()))?;
    let none = || Error::bad_request(format!("'{address}' is no account of ActivityPub."));
    found.actor.map(String::from).ok_or_else(none)
}
