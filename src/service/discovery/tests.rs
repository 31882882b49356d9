use url::Url;

use super::*;

fn urls(text: &str) -> Urls {
    Urls::new(&Url::parse(text).unwrap()).unwrap()
}

fn name(base: &str, resource: &str) -> String {
    match parse(&urls(base), resource) {
        Ok(ResourceName::User(nickname)) => format!("user {nickname}"),
        Ok(ResourceName::Object { id, .. }) => format!("object {id}"),
        Err(error) => error.message().into(),
    }
}

#[test]
fn people_are_named_with_and_without_acct_and_by_their_profile() {
    for resource in [
        "acct:alice@h.example",
        "alice@h.example",
        "acct:alice@H.Example",
        "acct:alice@h.example:8080",
        "https://h.example/api/user/alice/profile",
        "http://h.example:8080/api/user/alice/profile",
        "https://h.example/api/user/alice",
        "ACCT:alice@h.example",
        "@alice@h.example",
        "acct:@alice@h.example",
        "https://h.example/alice",
        "HTTPS://H.example/alice/",
    ] {
        assert_eq!(name("https://h.example", resource), "user alice");
        assert_eq!(name("http://h.example:8080", resource), "user alice");
    }
    assert_eq!(name("http://[::1]:8080", "a@[::1]:8080"), "user a");
    assert_eq!(name("http://[::1]:8080", "a@[::1]"), "user a");
}

#[test]
fn other_hosts_and_unknown_types_are_told_apart() {
    let name = |resource| name("https://h.example", resource);
    assert_eq!(name("acct:alice@other.example"), "Unrecognized host");
    assert_eq!(name("alice"), "Unrecognized host");
    assert_eq!(
        name("https://other.example/api/note/x"),
        "Unrecognized host"
    );
    assert_eq!(name("https://h.example"), "Unknown object type");
    assert_eq!(
        name("https://h.example/alice/note/x"),
        "Unknown object type"
    );
    assert_eq!(name("https://h.example/"), "Unknown object type");
    assert_eq!(
        name("https://h.example/api/nonsense/x"),
        "Unknown object type"
    );
    let id = "object https://h.example/api/note/x";
    for spelling in [
        "https://h.example/api/note/x",
        "http://H.EXAMPLE:80/api/note/x",
    ] {
        assert_eq!(name(spelling), id);
    }
}

#[test]
fn what_is_beside_the_path_of_the_server_is_not_below_it() {
    let name = |resource| name("https://h.example/pump", resource);
    assert_eq!(name("https://h.example/pump/alice"), "user alice");
    assert_eq!(name("https://h.example/pump/api/user/alice"), "user alice");
    for beside in ["https://h.example/pumpalice", "https://h.example/alice"] {
        assert_eq!(name(beside), "Unknown object type");
    }
}

#[test]
fn the_links_of_a_person_come_in_order_and_stored_ones_first() {
    let account = Account::new(
        Nickname::parse("alice").unwrap(),
        "acct:alice@h.example",
        chrono::DateTime::UNIX_EPOCH,
    );
    let body = serde_json::json!({
        "links": { "activity-inbox": { "href": "https://elsewhere.example/inbox" } },
        "followers": { "url": "https://h.example/f" },
    });
    let body = body.as_object().cloned().unwrap();
    let person = Object::new("person", &*account.person, "u", body);
    let links = of_person(&urls("https://h.example"), &account, Some(person.into()));
    assert_eq!(
        Document {
            links,
            ..Document::default()
        }
        .to_json(),
        serde_json::json!({
            "links": [
                {
                    "rel": "http://webfinger.net/rel/profile-page",
                    "type": "text/html",
                    "href": "https://h.example/alice",
                },
                { "rel": "dialback", "href": "https://h.example/api/dialback" },
                { "rel": "self", "href": "https://h.example/api/user/alice/profile" },
                { "rel": "activity-inbox", "href": "https://elsewhere.example/inbox" },
                { "rel": "activity-outbox", "href": "https://h.example/api/user/alice/feed" },
                { "rel": "followers", "href": "https://h.example/f" },
                { "rel": "following", "href": "https://h.example/api/user/alice/following" },
                { "rel": "favorites", "href": "https://h.example/api/user/alice/favorites" },
                { "rel": "lists", "href": "https://h.example/api/user/alice/lists/person" },
            ],
        })
    );
}
