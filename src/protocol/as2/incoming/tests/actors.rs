use super::*;
use crate::protocol::as1::sanitize_received;
use crate::protocol::as2::incoming::actor::{ActorAddresses, ActorKey, actor_keys};

/// An actor of Mastodon.
fn mastodon() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": ANN, "type": "Person", "preferredUsername": "ann", "name": "Ann",
            "summary": "<p>tea</p>",
        "inbox": "https://p.example/users/ann/inbox", "outbox": "https://p.example/users/ann/outbox",
        "followers": "https://p.example/users/ann/followers", "following": "https://p.example/users/ann/following",
        "endpoints": { "sharedInbox": "https://p.example/inbox" }, "url": "https://p.example/@ann",
        "manuallyApprovesFollowers": false, "published": "2025-01-01T00:00:00Z",
        "icon": { "type": "Image", "mediaType": "image/png", "url": "https://p.example/a.png" },
        "image": { "type": "Image", "mediaType": "image/png", "url": "https://p.example/b.png" },
        "attachment": [{ "type": "PropertyValue", "name": "Site", "value": "x" }],
        "publicKey": { "id": "https://p.example/users/ann#main-key", "owner": ANN, "publicKeyPem": "PEM" },
    })
}

fn with(more: Value) -> Result<Actor, &'static str> {
    let mut document = object(mastodon());
    document.extend(object(more));
    actor(&document)
}

#[test]
fn actor_becomes_a_person_and_its_addresses() {
    let ann = with(json!({})).unwrap();
    let expected = json!({
        "objectType": "person", "id": "acct:ann@p.example", "displayName": "Ann",
            "preferredUsername": "ann",
        "summary": "<p>tea</p>", "url": "https://p.example/@ann",
        "image": { "url": "https://p.example/a.png" }, "banner": { "url": "https://p.example/b.png" },
        "published": "2025-01-01T00:00:00Z",
        "followers": { "url": "https://p.example/users/ann/followers" },
        "following": { "url": "https://p.example/users/ann/following" },
    });
    assert_eq!(Value::from(ann.object.clone()), expected);
    assert_eq!(
        Value::from(sanitize_received(ann.object).unwrap()),
        expected
    );
    let key = ActorKey {
        id: format!("{ANN}#main-key"),
        pem: "PEM".into(),
    };
    assert_eq!(
        ann.addresses,
        ActorAddresses {
            id: ANN.into(),
            preferred_username: "ann".into(),
            host: "p.example".into(),
            inbox: format!("{ANN}/inbox"),
            shared_inbox: Some("https://p.example/inbox".into()),
            followers: Some(format!("{ANN}/followers")),
            keys: vec![key],
            multikeys: vec![],
            webfinger: None,
            verifies_messages: false,
            also_known_as: vec![],
        }
    );
}

#[test]
fn actors_of_other_peers_are_read() {
    for (more, object_type) in [
        (
            json!({ "type": "Service", "icon": { "type": "Link", "href": "https://p.example/a.png" } }),
            "service",
        ),
        (
            json!({ "type": ["Person"], "icon": [{ "type": "Image", "url": [{ "type": "Link", "href": "https://p.example/a.png" }] }] }),
            "person",
        ),
        (
            json!({ "type": "Organization", "icon": "https://p.example/a.png" }),
            "person",
        ),
        (
            json!({ "type": "Application", "url": [{ "type": "Link", "href": "https://p.example/@ann", "mediaType": "text/html" }] }),
            "application",
        ),
        (
            json!({ "type": "Group", "inbox": { "id": "https://p.example/users/ann/inbox", "type": "OrderedCollection" } }),
            "group",
        ),
    ] {
        let read = with(more.clone()).unwrap().object;
        assert_eq!(read["objectType"], object_type);
        assert_eq!(
            read["image"],
            json!({ "url": "https://p.example/a.png" }),
            "{more}"
        );
        assert_eq!(read["url"], "https://p.example/@ann");
    }
    let bare = with(
        json!({ "name": "\u{200b}", "summary": null, "url": null, "webfinger": "ann@example" }),
    )
    .unwrap();
    assert_eq!(
        (&bare.object["displayName"], &bare.object["url"]),
        (&json!("ann"), &json!(ANN))
    );
    assert_eq!(bare.addresses.webfinger.as_deref(), Some("ann@example"));
    let at_port = object(
        json!({ "id": "http://h:8081/u/x", "type": "Person", "preferredUsername": "x", "inbox": "http://h:8081/u/x/inbox" }),
    );
    assert_eq!(actor(&at_port).unwrap().object["id"], "acct:x@h:8081");
}

#[test]
fn unfit_actors_are_refused() {
    for unfit in [
        json!({ "type": "Note" }),
        json!({ "id": "https://p.example/users/ann#me" }),
        json!({ "id": "https://eve@p.example/users/ann" }),
        json!({ "id": "acct:ann@p.example" }),
        json!({ "inbox": null }),
        json!({ "inbox": "https://evil.example/inbox" }),
        json!({ "inbox": "http://p.example/users/ann/inbox" }),
        json!({ "preferredUsername": null }),
        json!({ "preferredUsername": "" }),
        json!({ "preferredUsername": "ann@evil.example" }),
        json!({ "preferredUsername": "a/b" }),
        json!({ "preferredUsername": "a\nb" }),
        json!({ "preferredUsername": " ann" }),
    ] {
        assert!(with(unfit.clone()).is_err(), "{unfit}");
    }
}

#[test]
fn addresses_of_another_origin_are_left_out() {
    let ann = with(json!({
        "endpoints": { "sharedInbox": "https://evil.example/inbox" },
        "followers": "https://evil.example/followers",
    }));
    let ann = ann.unwrap();
    assert_eq!(
        (ann.addresses.shared_inbox, ann.addresses.followers),
        (None, None)
    );
    assert_eq!(ann.object.get("followers"), None);
}

#[test]
fn keys_are_those_that_the_actor_owns() {
    let key = |id: &str, owner: &str| json!({ "id": id, "owner": owner, "publicKeyPem": "PEM" });
    let own = format!("{ANN}#main-key");
    for (keys, count) in [
        (key(&own, ANN), 1),
        (json!([key(&own, ANN), key(&format!("{ANN}#2"), ANN)]), 2),
        (key(&format!("{ANN}/main-key"), ANN), 1),
        (key(&own, "https://p.example/users/cat"), 0),
        (key("https://evil.example/key", ANN), 0),
        (json!({ "id": own, "publicKeyPem": "PEM" }), 0),
        (json!({ "id": own, "owner": ANN }), 0),
        (json!("https://p.example/key"), 0),
        (json!(null), 0),
    ] {
        let read = with(json!({ "publicKey": keys })).unwrap();
        assert_eq!(read.addresses.keys.len(), count, "{keys}");
    }
    let of_gts = object(
        json!({ "id": ANN, "type": "Person", "preferredUsername": "ann",
            "publicKey": key(&format!("{ANN}/main-key"), ANN) }),
    );
    assert_eq!(actor_keys(&of_gts, ANN).len(), 1);
    assert_eq!(
        actor_keys(&object(key(&own, ANN)), ANN).len(),
        1,
        "a document of the key alone"
    );
}

#[test]
fn multikeys_are_ed25519_keys_that_the_actor_controls() {
    const KEY: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
    let key = |id: &str, by: &str, key: &str| {
        let mut method = json!({ "id": id, "controller": by });
        method["publicKeyMultibase"] = key.into();
        method
    };
    let own = format!("{ANN}#ed25519-key");
    let many = (0..20).map(|number| key(&format!("{ANN}#{number}"), ANN, KEY));
    for (methods, count) in [
        (key(&own, ANN, KEY), 1),
        (
            json!([key(&own, ANN, KEY), key(&format!("{ANN}#2"), ANN, KEY)]),
            2,
        ),
        (json!([key(&own, ANN, KEY), key(&own, ANN, KEY)]), 1),
        (many.collect(), 10),
        (key(&own, "https://p.example/users/cat", KEY), 0),
        (key("https://evil.example/key", ANN, KEY), 0),
        (key(&own, ANN, &KEY[..40]), 0),
        (json!([own]), 0),
        (json!(null), 0),
    ] {
        let read = with(json!({ "assertionMethod": methods })).unwrap();
        assert_eq!(read.addresses.multikeys.len(), count, "{methods}");
    }
}

#[test]
fn applications_may_say_that_they_verify_messages() {
    let link = json!({ "href": "https://datatracker.ietf.org/doc/html/rfc9421" });
    let other = json!({ "href": "https://other.example/" });
    for (more, expected) in [
        (
            json!({ "generator": { "implements": [other, link] } }),
            true,
        ),
        (json!({ "type": "Application", "implements": link }), true),
        (
            json!({ "generator": { "implements": [link["href"]] } }),
            true,
        ),
        (json!({ "generator": { "implements": [other] } }), false),
        (json!({ "generator": "https://p.example/server" }), false),
    ] {
        let read = with(more.clone()).unwrap();
        assert_eq!(read.addresses.verifies_messages, expected, "{more}");
    }
}

#[test]
fn profile_is_updated_whole() {
    let update = json!({ "id": "https://p.example/u/1", "type": "Update", "actor": ANN, "to": [AS_PUBLIC], "object": mastodon() });
    let read = activity_of(update.clone());
    assert_eq!(
        (&read["verb"], &read["object"]["id"]),
        (&json!("update"), &json!("acct:ann@p.example"))
    );
    assert_eq!(read["object"]["displayName"], "Ann");
    let mut other = update.clone();
    other["object"]["id"] = json!("https://p.example/users/cat");
    assert!(is_ignored(other));
    let mut create = update;
    create["type"] = json!("Create");
    assert!(is_ignored(create));
}
