//! Addressing by hand: whom people choose on a form, as recipients.

use serde_json::{Map, Value, json};

use super::{Error, Result, access, wishes};
use crate::{
    Context,
    app::texts::Phrase,
    model::{MAX_COUNT, Nickname, PUBLIC, PageRequest, Reference, Stream, Viewer},
};

/// Most people that are offered for a part of a name.
const MAX_COMPLETIONS: u32 = 8;

/// A list that a person may choose.
#[derive(Clone, Debug)]
pub(crate) struct ListChoice {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// Returns the lists of people that the caller has; none for a stranger.
pub(crate) async fn own_lists(ctx: &Context) -> Result<Vec<ListChoice>> {
    let Some(account) = ctx.account() else {
        return Ok(Vec::new());
    };
    let stream = Stream::Lists {
        owner: account.person.clone(),
        object_type: "person".into(),
    };
    let request = PageRequest {
        count: MAX_COUNT,
        ..PageRequest::default()
    };
    let page = ctx.storage().list(&stream, &request, Viewer::Unrestricted);
    let lists = page.await?.items.into_iter();
    let choices = lists.filter_map(|list| {
        let name = list.scan_text_property("displayName")?;
        let id = list.id.clone();
        Some(ListChoice { id, name })
    });
    Ok(choices.collect())
}

/// Returns the recipients of an activity, as its properties: those of a choice, and the people or
/// groups that are named. A choice is `public`, `followers`, `people` or the id of a list of the
/// caller.
///
/// Errors: 400 for another choice, a name that is none, and if it would be for nobody.
pub(crate) async fn recipients(
    ctx: &Context,
    choice: &str,
    people: &str,
) -> Result<Map<String, Value>> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    let followers = ctx.urls().user(&account.nickname, "/followers");
    let collection = |id: &str| Reference::new("collection", id);
    let (mut to, mut cc) = (Vec::new(), Vec::new());
    match choice {
        "public" => {
            to.push(collection(PUBLIC));
            cc.push(collection(&followers));
        }
        "followers" => to.push(collection(&followers)),
        "people" => {}
        list => {
            let own = own_lists(ctx).await?;
            if !own.iter().any(|own| own.id == list) {
                return Err(Error::bad_request("Choose who may read it.")
                    .phrased("compose-choose-audience"));
            }
            to.push(collection(list));
        }
    }
    let names = people.split([',', ';', ' ', '\n', '\r', '\t']);
    for name in names.filter(|name| !name.is_empty()) {
        to.push(addressee(ctx, name)?);
    }
    if to.is_empty() {
        return Err(
            Error::bad_request("Name somebody who may read it.").phrased("compose-name-somebody")
        );
    }
    let list = |list: Vec<Reference>| list.iter().map(Reference::to_value).collect::<Value>();
    let mut recipients = Map::from_iter([("to".to_owned(), list(to))]);
    if !cc.is_empty() {
        recipients.insert("cc".into(), list(cc));
    }
    Ok(recipients)
}

/// Returns whom a name stands for: `nickname`, `nickname@host`, or the id of a group or person.
fn addressee(ctx: &Context, name: &str) -> Result<Reference> {
    let urls = ctx.urls();
    if name.starts_with("https://") || name.starts_with("http://") {
        let is_person = urls.is_local(name) && name.contains("/api/user/");
        return Ok(Reference::new(
            if is_person { "person" } else { "group" },
            name,
        ));
    }
    let bare = name.strip_prefix("acct:").unwrap_or(name);
    let bare = bare.strip_prefix('@').unwrap_or(bare);
    let (nickname, host) = bare.split_once('@').unwrap_or((bare, urls.authority()));
    let host = host.to_ascii_lowercase();
    let id = if host == urls.authority() || host == urls.host() {
        let nickname = Nickname::parse(nickname).ok();
        nickname.map(|nickname| urls.person_id(&nickname))
    } else {
        let is_address = !nickname.is_empty() && !host.is_empty() && !host.contains('@');
        is_address.then(|| format!("acct:{nickname}@{host}"))
    };
    let id = id.ok_or_else(|| {
        Error::bad_request(format!(
            "'{name}' is no address: one has the form nickname@host."
        ))
        .phrased(Phrase::new("compose-bad-address").with("name", name))
    })?;
    Ok(Reference::new("person", id))
}

/// Returns people whose name or address has a part in it, of those the caller follows and then of
/// this server: `{"address", "name"}`.
pub(crate) async fn complete(ctx: &Context, part: &str) -> Result<Value> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    let request = PageRequest {
        count: MAX_COMPLETIONS,
        name_query: Some(part.to_owned()).filter(|part| !part.is_empty()),
        ..PageRequest::default()
    };
    let mut found: Vec<Value> = Vec::new();
    let limited = access::limited(ctx, ctx.viewer()).await?;
    for stream in [Stream::Following(account.person.clone()), Stream::Users] {
        let page = ctx.storage().list(&stream, &request, Viewer::Unrestricted);
        for person in page.await?.items {
            let is_directory = stream == Stream::Users;
            let is_unlisted = limited.as_ref().is_some_and(|limited| {
                if is_directory {
                    limited.unlists(&person, ctx.person())
                } else {
                    limited.hides(&person)
                }
            });
            if is_unlisted || is_directory && wishes::declines(&person, wishes::DISCOVERABLE) {
                continue;
            }
            let nickname = person.scan_text_property("preferredUsername");
            let address = match (person.id.strip_prefix("acct:"), nickname) {
                (Some(address), _) => address.to_owned(),
                (None, Some(nickname)) if ctx.urls().is_local(&person.id) => {
                    format!("{nickname}@{}", ctx.urls().authority())
                }
                _ => continue,
            };
            let name = person.scan_text_property("displayName");
            let entry = json!({ "address": address, "name": name });
            if !found.contains(&entry) {
                found.push(entry);
            }
        }
    }
    found.truncate(MAX_COMPLETIONS as usize);
    Ok(found.into())
}
