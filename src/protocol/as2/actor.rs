//! Actors of ours as `ActivityPub` servers read them: more than AS2 has words for.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::{CONTEXT, Mapping, RFC_9421, is_address, names, text};
use crate::{
    model::{Nickname, Urls},
    protocol::{as1::Medium, pruned},
};

/// Maximum other accounts of a person that are shown.
const MAX_ALIASES: usize = 50;

/// Facts about a person or a group of ours that the API does not show.
#[derive(Clone, Debug)]
pub(crate) struct ActorFacts {
    /// The name of the account, or of the group.
    pub nickname: Nickname,
    /// The time at which the account or the group was made.
    pub published: DateTime<Utc>,
    /// Whether each follower is decided about.
    pub approves_followers: bool,
    /// Whether others may recommend the actor, as far as that is not the person's to say.
    pub is_discoverable: bool,
    /// The public keys of this server.
    pub keys: PublicKeys,
}

/// Public keys of this server, which all of its actors have.
#[derive(Clone, Debug)]
pub(crate) struct PublicKeys {
    /// The RSA key, as SPKI in PEM.
    pub rsa_pem: String,
    /// The Ed25519 key, in multibase.
    pub ed25519: String,
}

/// The profile that the API showed, as an actor with its key; `None` if it is no profile.
pub(crate) fn actor(urls: &Urls, json: &str, facts: &ActorFacts) -> Option<String> {
    let shown = pruned::read(json, names::READ)?;
    let shown = shown.as_object()?;
    let mut actor = Mapping { urls }.thing(shown);
    // Some peers take only the text of a URL here, where AS2 has a link as well.
    if let Some(page) = text(shown, "url").filter(|url| is_address(url)) {
        actor.insert("url".into(), page.into());
    }
    for (key, shown_as) in [("icon", "image"), ("image", "banner")] {
        if let Some(picture) = shown.get(shown_as).and_then(picture) {
            actor.insert(key.into(), picture);
        }
    }
    let aliases = shown.get("alsoKnownAs").and_then(Value::as_array);
    let aliases = aliases.map(|aliases| {
        let urls = aliases.iter().filter_map(Value::as_str);
        let urls = urls.filter(|url| is_address(url)).map(Value::from);
        urls.take(MAX_ALIASES).collect::<Vec<_>>()
    });
    if let Some(aliases) = aliases.filter(|aliases| !aliases.is_empty()) {
        actor.insert("alsoKnownAs".into(), aliases.into());
    }
    let moved = shown
        .get("movedTo")
        .and_then(|moved| moved.get("url")?.as_str());
    if let Some(url) = moved.filter(|url| is_address(url)) {
        actor.insert("movedTo".into(), url.into());
    }
    let id = actor.get("id")?.as_str()?.to_owned();
    let published = facts.published.to_rfc3339_opts(SecondsFormat::Secs, true);
    let webfinger = format!("{}@{}", facts.nickname, urls.authority());
    let featured = urls.actor_featured(&facts.nickname);
    actor.insert("featured".into(), featured.into());
    actor.insert("preferredUsername".into(), facts.nickname.as_str().into());
    actor.insert("published".into(), published.into());
    actor.insert("webfinger".into(), webfinger.into());
    actor.insert(
        "manuallyApprovesFollowers".into(),
        facts.approves_followers.into(),
    );
    // Persons who say nothing can be found, but other servers may not search what they posted.
    let wish = |name: &str| shown.get(name).and_then(Value::as_bool);
    let is_discoverable = facts.is_discoverable && wish("discoverable") != Some(false);
    let is_indexable = facts.is_discoverable && wish("indexable") == Some(true);
    actor.insert("discoverable".into(), is_discoverable.into());
    actor.insert("indexable".into(), is_indexable.into());
    if text(shown, "objectType") == Some("group") {
        for (key, feed) in [("outbox", "outbox"), ("followers", "members")] {
            actor.insert(key.into(), format!("{id}/{feed}").into());
        }
        // Lemmy takes that for a collection of moderators.
        actor.shift_remove("attributedTo");
    }
    let application = json!({
        "id": urls.instance_actor(),
        "type": "Application",
        "implements": features(),
    });
    actor.insert("generator".into(), application);
    finish(&mut actor, urls, &id, &facts.keys);
    Some(Value::from(with_contexts(actor)).to_string())
}

/// The actor of this server itself, which signs where no person does.
pub(crate) fn instance_actor(urls: &Urls, site: &str, keys: &PublicKeys) -> String {
    let id = urls.instance_actor();
    let host = urls.host();
    let actor = json!({
        "id": id,
        "type": "Application",
        "name": site,
        "preferredUsername": host,
        "webfinger": format!("{host}@{}", urls.authority()),
        "url": urls.absolute("/"),
        "inbox": urls.shared_inbox(),
        "outbox": format!("{id}/outbox"),
        "manuallyApprovesFollowers": true,
        "implements": features(),
    });
    let Value::Object(mut actor) = actor else {
        return String::new();
    };
    finish(&mut actor, urls, &id, keys);
    Value::from(with_contexts(actor)).to_string()
}

/// A collection with nothing in it.
pub(crate) fn empty_collection(id: &str) -> String {
    let mut collection = Map::new();
    collection.insert("id".into(), id.into());
    collection.insert("type".into(), "OrderedCollection".into());
    collection.insert("totalItems".into(), 0.into());
    collection.insert("orderedItems".into(), json!([]));
    Value::from(super::with_context(collection)).to_string()
}

/// The features of this server that others can't see otherwise (FEP-844e).
fn features() -> Value {
    json!([{ "href": RFC_9421, "name": "RFC-9421: HTTP Message Signatures" }])
}

/// Adds what all actors have.
fn finish(actor: &mut Map<String, Value>, urls: &Urls, id: &str, keys: &PublicKeys) {
    let endpoints = json!({ "sharedInbox": urls.shared_inbox() });
    actor.insert("endpoints".into(), endpoints);
    let key = json!({
        "id": format!("{id}{}", Urls::KEY_FRAGMENT),
        "owner": id,
        "publicKeyPem": keys.rsa_pem,
    });
    actor.insert("publicKey".into(), key);
    let key = json!({
        "id": format!("{id}{}", Urls::ED25519_KEY_FRAGMENT),
        "type": "Multikey",
        "controller": id,
        "publicKeyMultibase": keys.ed25519,
    });
    actor.insert("assertionMethod".into(), json!([key]));
}

/// A picture whose address is a text, as some peers want it.
fn picture(link: &Value) -> Option<Value> {
    let medium = Medium::of(link).filter(|medium| is_address(medium.url))?;
    let mut picture = json!({ "type": "Image", "url": medium.url });
    if let Some(media_type) = medium.media_type {
        picture["mediaType"] = media_type.into();
    }
    Some(picture)
}

/// Adds the contexts of the properties that are not of AS2.
fn with_contexts(actor: Map<String, Value>) -> Map<String, Value> {
    // The words of keys are written out: not all peers have the contexts of FEP-521a at hand.
    let contexts = json!([CONTEXT, "https://w3id.org/security/v1", {
        "assertionMethod": {
            "@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set",
        },
        "Multikey": "https://w3id.org/security#Multikey",
        "controller": { "@id": "https://w3id.org/security#controller", "@type": "@id" },
        "publicKeyMultibase": {
            "@id": "https://w3id.org/security#publicKeyMultibase",
            "@type": "https://w3id.org/security#multibase",
        },
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "alsoKnownAs": { "@id": "as:alsoKnownAs", "@type": "@id" },
        "movedTo": { "@id": "as:movedTo", "@type": "@id" },
        "toot": "http://joinmastodon.org/ns#",
        "featured": { "@id": "toot:featured", "@type": "@id" },
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    }]);
    let contexts = ("@context".to_owned(), contexts);
    std::iter::once(contexts).chain(actor).collect()
}
