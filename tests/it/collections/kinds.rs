//! The collections there are: a row for each of the tables of sections 10.3 to 10.6 and 10.9.

use serde_json::{Value, json};

use crate::support::{BASE, Session, TestServer, addressed, comment_on, everyone, person_list};

/// Callers that may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    All,
    Clients,
    Owner,
}

/// A row of the tables of sections 10.3 to 10.6 and 10.9.
pub(super) struct Kind {
    pub(super) path: String,
    pub(super) display_name: String,
    pub(super) object_type: Option<&'static str>,
    pub(super) has_author: bool,
    pub(super) open: Open,
    /// How the stream is called in errors.
    pub(super) stream: String,
}

/// Fills every collection of alice's; most have something that not everyone
/// sees.
pub(super) async fn populate(server: &TestServer) -> (Session, Session, Vec<Kind>) {
    let alice = server.person("alice").await;
    alice
        .put(
            "/api/user/alice/profile",
            &json!({ "displayName": "Alice L." }),
        )
        .await
        .ok();
    let note = alice.note("hello", everyone()).await;
    let reference = json!({ "objectType": "note", "id": note["id"] });
    let mut fans = Vec::new();
    for number in 0..5 {
        let fan = server.person(&format!("fan{number}")).await;
        let to = if number % 2 == 0 {
            everyone()
        } else {
            json!({ "to": [alice.person()] })
        };
        fan.follow(&alice).await;
        alice.follow(&fan).await;
        for verb in ["favorite", "share"] {
            fan.done(&json!({ "verb": verb, "object": reference }))
                .await;
        }
        fan.done(&addressed(comment_on(&note, "c"), &to)).await;
        let liked = fan.note("like me", to).await;
        alice
            .done(&json!({
                "verb": "favorite",
                "object": { "objectType": "note", "id": liked["id"] },
            }))
            .await;
        alice
            .note("for some", json!({ "to": [fan.person()] }))
            .await;
        alice.note("for all", everyone()).await;
        alice
            .request("POST", "/api/user/alice/uploads", "text/plain", "text")
            .await
            .ok();
        fans.push(fan);
    }
    let list = addressed(person_list("Crew"), &everyone());
    let list = alice.done(&list).await["object"].take();
    for fan in &fans {
        let target = json!({ "objectType": "collection", "id": list["id"] });
        alice
            .done(&json!({ "verb": "add", "object": fan.person(), "target": target }))
            .await;
    }
    let id = |thing: &Value| thing["id"].as_str().unwrap().to_owned();
    let kinds = kinds(&id(&note), &id(&list));
    (alice, fans.swap_remove(1), kinds)
}

impl Kind {
    fn new(
        path: &str,
        name: &str,
        object_type: Option<&'static str>,
        author: bool,
        open: Open,
        stream: &str,
    ) -> Self {
        Self {
            path: path.strip_prefix(BASE).unwrap_or(path).into(),
            display_name: name.into(),
            object_type,
            has_author: author,
            open,
            stream: stream.into(),
        }
    }
}

impl Kind {
    /// Whether it is one of those that have no `prev` on the reference.
    pub(super) fn is_of_objects(&self) -> bool {
        [
            "/favorites",
            "/uploads",
            "/replies",
            "/shares",
            "/documents",
        ]
        .iter()
        .any(|end| self.path.ends_with(end))
    }
}

fn kinds(note: &str, list: &str) -> Vec<Kind> {
    let mut kinds = activity_collections();
    kinds.extend(object_collections(note, list));
    kinds
}

fn activity_collections() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for (part, what) in [
        ("", "Activities"),
        ("/major", "Major activities"),
        ("/minor", "Minor activities"),
    ] {
        for (feed, words, open) in [
            ("feed", "by", Open::All),
            ("inbox", "for", Open::Owner),
            ("inbox/direct", "directly for", Open::Owner),
        ] {
            let path = format!("/api/user/alice/{feed}{part}");
            let stream = format!("user:alice:{feed}{part}")
                .replace("feed", "outbox")
                .replace('/', ":");
            let name = format!("{what} {words} Alice L.");
            kinds.push(Kind::new(
                &path,
                &name,
                Some("activity"),
                true,
                open,
                &stream,
            ));
        }
    }
    kinds
}

fn object_collections(note: &str, list: &str) -> impl Iterator<Item = Kind> {
    let user = |path: &str| format!("/api/user/alice/{path}");
    let of_note = |path: &str| format!("{note}/{path}");
    let (person, all) = (Some("person"), Open::All);
    let members = (format!("{list}/members"), format!("collection:{list}"));
    [
        Kind::new(
            &user("followers"),
            "Followers for Alice L.",
            person,
            true,
            all,
            "followers:alice",
        ),
        Kind::new(
            &user("following"),
            "Following for Alice L.",
            person,
            true,
            all,
            "following:alice",
        ),
        Kind::new(
            &user("favorites"),
            "Things that Alice L. has favorited",
            None,
            true,
            all,
            "favorites:alice",
        ),
        Kind::new(
            &user("uploads"),
            "Uploads by Alice L.",
            None,
            false,
            Open::Owner,
            "uploads:alice",
        ),
        Kind::new(
            &user("lists/person"),
            "Collections of persons for Alice L.",
            Some("collection"),
            true,
            all,
            "user:alice:lists:person",
        ),
        Kind::new(
            &of_note("likes"),
            &format!("People who like {note}"),
            person,
            false,
            all,
            "likes",
        ),
        Kind::new(
            &of_note("replies"),
            &format!("Replies to {note}"),
            None,
            false,
            all,
            "replies",
        ),
        Kind::new(
            &of_note("shares"),
            &format!("Shares of {note}"),
            None,
            false,
            all,
            "shares",
        ),
        Kind::new(
            &members.0,
            "Members of Crew by Alice L.",
            None,
            true,
            all,
            &members.1,
        ),
        Kind::new(
            "/api/users",
            "Users of this service",
            Some("user"),
            false,
            Open::Clients,
            "users",
        ),
    ]
    .into_iter()
}
