//! Discovery of persons and objects (pump-api 12.1, 12.2), and of this server.

mod node_info;

pub(crate) use node_info::{node_info, node_info_links, node_info_type};

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Error, Result,
    federation::actors,
    group_names::{find_group, group_name},
    lookup,
};
use crate::{
    Context,
    model::{Account, Nickname, OTHER, Object, Urls, uuid_of_group},
    protocol::{
        as2::ACTIVITY_JSON,
        discovery::{Document, JRD, Link, XRD},
    },
};

/// Link relation of the page on which a member follows somebody of another server.
const SUBSCRIBE: &str = "http://ostatus.org/schema/1.0/subscribe";

/// Link relation of the page about somebody.
const PROFILE_PAGE: &str = "http://webfinger.net/rel/profile-page";

/// Returns the host metadata document.
pub(crate) fn host_document(ctx: &Context) -> Document {
    let at = |path: &str| ctx.urls().absolute(path);
    let webfinger = format!(
        "{}/.well-known/webfinger?resource={{uri}}",
        ctx.urls().origin()
    );
    Document {
        links: vec![
            Link::template("lrdd", at("/api/lrdd?resource={uri}")).of_type(XRD),
            // Well-known resources are not below a path.
            Link::template("lrdd", webfinger).of_type(JRD),
            Link::to("registration_endpoint", at("/api/client/register")),
            Link::to(
                "http://apinamespace.org/oauth/request_token",
                at("/oauth/request_token"),
            ),
            Link::to(
                "http://apinamespace.org/oauth/authorize",
                at("/oauth/authorize"),
            ),
            Link::to(
                "http://apinamespace.org/oauth/access_token",
                at("/oauth/access_token"),
            ),
            Link::to("dialback", at("/api/dialback")),
            Link::to(
                "http://apinamespace.org/activitypub/whoami",
                at("/api/whoami"),
            ),
        ],
        ..Document::default()
    }
}

/// The links of a person or object of ours, in whatever spelling: `acct:NICK@HOST`, `NICK@HOST`,
/// `@NICK@HOST`, the URL of a person's profile or page, or the id of an object. The subject is
/// always the id, but for a group that is asked for by its name.
///
/// Errors: 400 without a resource, 404 for what is not ours or not there.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn resource_document(ctx: &Context, resource: Option<&str>) -> Result<Document> {
    let resource = resource
        .map(str::trim)
        .filter(|resource| !resource.is_empty());
    let resource = resource.ok_or_else(|| Error::bad_request("No resource parameter"))?;
    if actors::is_instance(ctx, resource) {
        return Ok(of_instance(ctx.urls()));
    }
    let name = parse(ctx.urls(), resource)?;
    let (subject, links) = match name {
        ResourceName::User(name) if uuid_of_group(name).is_some() => {
            let group = find_group(ctx, name).await?;
            return Ok(of_group(ctx, &group).unwrap_or_default());
        }
        ResourceName::User(nickname) => {
            let account = account(ctx, nickname).await?;
            let person = ctx.storage().find_objects(&[&account.person]).await?;
            let links = of_person(ctx.urls(), &account, person.into_iter().flatten().next());
            let document = Document {
                subject: Some(account.person),
                links,
                ..Document::default()
            };
            return Ok(with_actor(ctx, &account.nickname, document));
        }
        ResourceName::Object { object_type, id } => {
            let found = ctx.storage().find_objects(&[&id]).await?.pop().flatten();
            let object = found.filter(|object| !object.deleted).ok_or_else(|| {
                Error::not_found(format!("No such '{object_type}' with id '{id}'"))
            })?;
            let group = of_group(ctx, &object);
            let links = group.map_or_else(|| of_object(&object), |group| group.links);
            (id, links)
        }
    };
    Ok(Document {
        subject: Some(subject),
        links,
        ..Document::default()
    })
}

/// The links of a group that `ActivityPub` servers know as an actor.
fn of_group(ctx: &Context, group: &Object) -> Option<Document> {
    let name = group_name(ctx, group)?;
    let mut links = vec![actor_link(group.id.clone())];
    let page = group.text_property("url");
    let page = page.map(|page| Link::to(PROFILE_PAGE, page).of_type("text/html"));
    links.extend(page.into_iter().chain(of_object(group)));
    Some(Document {
        subject: Some(format!("acct:{name}@{}", ctx.urls().authority())),
        aliases: vec![group.id.clone()],
        links,
    })
}

/// Adds what `ActivityPub` servers look for. Some of them take the first `self`, of whatever type;
/// it is at the same URL as the one for the others.
fn with_actor(ctx: &Context, nickname: &Nickname, mut document: Document) -> Document {
    let (urls, settings) = (ctx.urls(), ctx.app().settings());
    if !settings.federation.speaks_activitypub() {
        return document;
    }
    document.links.insert(0, actor_link(urls.actor(nickname)));
    if settings.has_pages {
        let follow = urls.absolute("/main/people?address={uri}");
        document.links.push(Link::template(SUBSCRIBE, follow));
    }
    document.aliases = vec![urls.page(nickname), urls.actor(nickname)];
    document
}

/// The links of this server itself.
fn of_instance(urls: &Urls) -> Document {
    let actor = urls.instance_actor();
    Document {
        subject: Some(format!("acct:{host}@{host}", host = urls.host())),
        aliases: vec![actor.clone()],
        links: vec![actor_link(actor)],
    }
}

fn actor_link(id: String) -> Link {
    Link::to("self", id).of_type(ACTIVITY_JSON)
}

/// Target of a resource name.
#[derive(Debug, PartialEq, Eq)]
enum ResourceName<'a> {
    User(&'a str),
    Object { object_type: &'a str, id: String },
}

fn parse<'a>(urls: &Urls, resource: &'a str) -> Result<ResourceName<'a>> {
    let unrecognised = || Error::not_found("Unrecognized host");
    let is_ours = |authority: &str| without_port(authority).eq_ignore_ascii_case(urls.host());
    let (scheme, rest) = resource.split_once(':').unwrap_or(("", resource));
    let is_web = ["http", "https"]
        .iter()
        .any(|web| web.eq_ignore_ascii_case(scheme));
    let Some(rest) = rest.strip_prefix("//").filter(|_| is_web) else {
        let is_acct = scheme.eq_ignore_ascii_case("acct");
        let acct = if is_acct { rest } else { resource };
        let (nickname, authority) = acct.rsplit_once('@').ok_or_else(unrecognised)?;
        return if is_ours(authority) {
            Ok(ResourceName::User(
                nickname.strip_prefix('@').unwrap_or(nickname),
            ))
        } else {
            Err(unrecognised())
        };
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if !is_ours(authority) {
        return Err(unrecognised());
    }
    let unknown = || Error::not_found("Unknown object type");
    let below = path
        .strip_prefix(urls.path())
        .and_then(|below| below.strip_prefix('/'));
    let below = below.ok_or_else(unknown)?;
    let Some(named) = below.strip_prefix("api/") else {
        // A person's page.
        let nickname = below.strip_suffix('/').unwrap_or(below);
        return Some(nickname)
            .filter(|nickname| !nickname.is_empty() && !nickname.contains('/'))
            .map(ResourceName::User)
            .ok_or_else(unknown);
    };
    let (object_type, name) = named.split_once('/').ok_or_else(unknown)?;
    match object_type {
        // The profile URL is a person's id where the port is not a default one, and their own link
        // everywhere.
        "user" => Ok(ResourceName::User(
            name.strip_suffix("/profile").unwrap_or(name),
        )),
        known if known == OTHER || urls.has_route(known) => Ok(ResourceName::Object {
            object_type: known,
            id: urls.absolute(&format!("/api/{named}")),
        }),
        _ => Err(unknown()),
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

async fn account(ctx: &Context, nickname: &str) -> Result<Account> {
    let unknown = || Error::not_found(format!("No such 'user' with id '{nickname}'"));
    // Names elsewhere are in lower case, and what comes from there is.
    let folded = nickname.to_lowercase();
    for spelling in [nickname, &folded] {
        let parsed = Nickname::parse(spelling).map_err(|_| unknown())?;
        if let Some(account) = ctx.storage().find_account(&parsed).await? {
            return lookup::shown(ctx, account)?.ok_or_else(unknown);
        }
    }
    Err(unknown())
}

fn of_person(urls: &Urls, account: &Account, person: Option<Arc<Object>>) -> Vec<Link> {
    let body = person.map(|person| person.body.clone()).unwrap_or_default();
    let nickname = &account.nickname;
    let stored = |href: Option<&str>, path: &str| {
        href.map_or_else(|| urls.user(nickname, path), str::to_owned)
    };
    let mut links = vec![
        Link::to(PROFILE_PAGE, urls.page(nickname)).of_type("text/html"),
        Link::to("dialback", urls.absolute("/api/dialback")),
    ];
    for (rel, path) in [
        ("self", "/profile"),
        ("activity-inbox", "/inbox"),
        ("activity-outbox", "/feed"),
    ] {
        links.push(Link::to(rel, stored(link(&body, rel), path)));
    }
    for (rel, path) in [
        ("followers", "/followers"),
        ("following", "/following"),
        ("favorites", "/favorites"),
        ("lists", "/lists/person"),
    ] {
        links.push(Link::to(rel, stored(feed(&body, rel), path)));
    }
    links
}

fn of_object(object: &Object) -> Vec<Link> {
    let links = ["self", "activity-inbox"]
        .into_iter()
        .filter_map(|rel| Some(Link::to(rel, link(&object.body, rel)?)));
    let feeds = ["replies", "likes", "shares", "members"]
        .into_iter()
        .filter_map(|rel| Some(Link::to(rel, feed(&object.body, rel)?)));
    links.chain(feeds).collect()
}

fn link<'a>(body: &'a Map<String, Value>, rel: &str) -> Option<&'a str> {
    body.get("links")?.get(rel)?.get("href")?.as_str()
}

fn feed<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name)?.get("url")?.as_str()
}

#[cfg(test)]
mod tests;
