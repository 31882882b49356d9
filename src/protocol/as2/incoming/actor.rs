//! Actors as their own server shows them.

use serde_json::{Map, Value, json};
use url::Url;

use super::{
    attachment::{File, MAX_NAME_CHARS, page_of},
    emoji::put_emoji,
    texts::name_of,
};
use crate::{
    model::{Multikey, host_of_id, names_host},
    protocol::{
        as1::MAX_ID_BYTES,
        as2::{
            RFC_9421,
            values::{
                entries, first_id, first_object, id_of, natural, own_id, same_origin, type_of,
            },
        },
        ed25519, shortened,
    },
};

/// Types of actors.
pub(super) const ACTOR_TYPES: &[&str] =
    &["Application", "Group", "Organization", "Person", "Service"];

/// Maximum keys of one actor, and bytes of one.
const MAX_KEYS: usize = 10;
const MAX_KEY_BYTES: usize = 8 * 1024;

/// Maximum features of one application that are read.
const MAX_FEATURES: usize = 100;

/// Maximum other accounts that are read of one actor.
const MAX_ALIASES: usize = 50;

/// An actor of another server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Actor {
    /// The AS1 object. Its id is `acct:`, with the host of the actor's URL.
    pub(crate) object: Map<String, Value>,
    /// Where it is reached.
    pub(crate) addresses: ActorAddresses,
}

/// Addresses and keys of an actor, all of one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActorAddresses {
    /// Its `ActivityPub` id.
    pub(crate) id: String,
    /// Its name on its host.
    pub(crate) preferred_username: String,
    /// Its host, as in ids.
    pub(crate) host: String,
    /// Its inbox.
    pub(crate) inbox: String,
    /// An inbox that it shares with others of its host.
    pub(crate) shared_inbox: Option<String>,
    /// The collection of its followers.
    pub(crate) followers: Option<String>,
    /// Its keys.
    pub(crate) keys: Vec<ActorKey>,
    /// Its Ed25519 keys.
    pub(crate) multikeys: Vec<Multikey>,
    /// Its `NICK@HOST` as it says itself (FEP-2c59), which webfinger must confirm.
    pub(crate) webfinger: Option<String>,
    /// Whether its server says that it verifies HTTP Message Signatures (FEP-844e).
    pub(crate) verifies_messages: bool,
    /// URLs of other accounts of the same person, one of which may have moved here.
    pub(crate) also_known_as: Vec<String>,
}

/// Public key of an actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActorKey {
    /// Its id, which signatures name.
    pub(crate) id: String,
    /// The key, in PEM.
    pub(crate) pem: String,
}

/// Reads an actor. The error says what is wrong with it.
pub(crate) fn actor(document: &Map<String, Value>) -> Result<Actor, &'static str> {
    if !ACTOR_TYPES.contains(&type_of(document)) {
        return Err("It is no actor");
    }
    let id = own_id(document).filter(|id| is_actor_id(id));
    let id = id.ok_or("An actor's id must be a URL without a fragment")?;
    let is_own = |url: &&str| url.len() <= MAX_ID_BYTES && same_origin(url, id);
    let host = host_of_id(id).ok_or("An actor's id must have a host")?;
    let inbox = first_id(document, "inbox").filter(is_own);
    let inbox = inbox.ok_or("An actor must have an inbox of its own origin")?;
    let name = document.get("preferredUsername").and_then(Value::as_str);
    let name = name.ok_or("An actor must have a 'preferredUsername'")?;
    let acct = format!("acct:{name}@{host}");
    if !names_host(&acct) || name.trim() != name || name.len() > MAX_ID_BYTES / 2 {
        return Err("The 'preferredUsername' is unfit");
    }
    let endpoints = first_object(document, "endpoints");
    let shared = endpoints.and_then(|endpoints| first_id(endpoints, "sharedInbox"));
    let owned = |url: Option<&str>| url.filter(is_own).map(str::to_owned);
    let webfinger = document.get("webfinger").and_then(Value::as_str);
    let also = entries(document, "alsoKnownAs").iter().take(MAX_ALIASES);
    let addresses = ActorAddresses {
        id: id.to_owned(),
        preferred_username: name.to_owned(),
        host,
        inbox: inbox.to_owned(),
        shared_inbox: owned(shared),
        followers: owned(first_id(document, "followers")),
        keys: actor_keys(document, id),
        multikeys: multikeys(document, id),
        webfinger: webfinger.map(str::to_owned),
        verifies_messages: verifies_messages(document),
        also_known_as: also.filter_map(id_of).map(str::to_owned).collect(),
    };
    Ok(Actor {
        object: person_of(document, &acct),
        addresses,
    })
}

/// Returns the keys of an actor in a document, which may be that of the key itself: those that it
/// owns, and that are of its origin.
pub(crate) fn actor_keys(document: &Map<String, Value>, actor: &str) -> Vec<ActorKey> {
    let is_key = document.contains_key("publicKeyPem");
    let keys = entries(document, "publicKey")
        .iter()
        .filter_map(Value::as_object);
    let keys = keys.chain(is_key.then_some(document)).take(MAX_KEYS);
    keys.filter_map(|key| {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let id = text("id").filter(|id| same_origin(id, actor) && id.len() <= MAX_ID_BYTES)?;
        let is_own = first_id(key, "owner") == Some(actor);
        let pem = text("publicKeyPem").filter(|pem| pem.len() <= MAX_KEY_BYTES && is_own)?;
        Some(ActorKey {
            id: id.to_owned(),
            pem: pem.to_owned(),
        })
    })
    .collect()
}

/// Returns the Ed25519 keys of an actor in its document, each under its own id (FEP-521a): those
/// that it controls, and that are of its origin.
fn multikeys(document: &Map<String, Value>, actor: &str) -> Vec<Multikey> {
    let methods = entries(document, "assertionMethod").iter().take(MAX_KEYS);
    let mut keys: Vec<Multikey> = Vec::new();
    for method in methods.filter_map(Value::as_object) {
        let text = |name: &str| method.get(name).and_then(Value::as_str);
        let id = text("id").filter(|id| same_origin(id, actor) && id.len() <= MAX_ID_BYTES);
        let is_own = first_id(method, "controller") == Some(actor);
        let key = text("publicKeyMultibase").filter(|key| is_own && ed25519::is_public_key(key));
        if let (Some(id), Some(key)) = (id, key)
            && !keys.iter().any(|known| known.id == id)
        {
            keys.push(Multikey {
                id: id.to_owned(),
                key: key.to_owned(),
            });
        }
    }
    keys
}

/// Whether an actor, or the application by which it is made, implements RFC 9421.
fn verifies_messages(document: &Map<String, Value>) -> bool {
    let generator = first_object(document, "generator");
    let features = generator.into_iter().chain([document]);
    let mut features = features.flat_map(|it| entries(it, "implements").iter().take(MAX_FEATURES));
    features.any(|feature| {
        let link = feature.get("href").and_then(Value::as_str);
        link.or_else(|| id_of(feature)) == Some(RFC_9421)
    })
}

fn is_actor_id(id: &str) -> bool {
    Url::parse(id).is_ok_and(|url| {
        url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
    })
}

/// Returns the AS1 object of an actor, with an id.
pub(super) fn person_of(document: &Map<String, Value>, id: &str) -> Map<String, Value> {
    let object_type = match type_of(document) {
        "Application" => "application",
        "Group" => "group",
        "Service" => "service",
        _ => "person",
    };
    let mut person = Map::new();
    person.insert("objectType".into(), object_type.into());
    person.insert("id".into(), id.into());
    let nickname = document.get("preferredUsername").and_then(Value::as_str);
    let nickname = nickname.map(|nickname| shortened(nickname, MAX_NAME_CHARS));
    if let Some(name) = name_of(document).or_else(|| nickname.clone()) {
        person.insert("displayName".into(), name.into());
    }
    if let Some(nickname) = nickname {
        person.insert("preferredUsername".into(), nickname.into());
    }
    if let Some(summary) = natural(document, "summary") {
        person.insert("summary".into(), summary.into());
    }
    put_emoji(document, &mut person);
    let own = document.get("id").and_then(Value::as_str);
    if let Some(page) = page_of(document).or(own) {
        person.insert("url".into(), page.into());
    }
    for (key, as1) in [("icon", "image"), ("image", "banner")] {
        if let Some(picture) = File::picture(document, key) {
            person.insert(as1.into(), picture.link());
        }
    }
    for key in ["published", "updated"] {
        if let Some(time @ Value::String(_)) = document.get(key) {
            person.insert(key.into(), time.clone());
        }
    }
    for wish in ["discoverable", "indexable"] {
        if let Some(given @ Value::Bool(_)) = document.get(wish) {
            person.insert(wish.into(), given.clone());
        }
    }
    let is_own = |url: &&str| own.is_some_and(|own| same_origin(own, url));
    for feed in ["followers", "following"] {
        if let Some(url) = first_id(document, feed).filter(is_own) {
            person.insert(feed.into(), json!({ "url": url }));
        }
    }
    person
}
