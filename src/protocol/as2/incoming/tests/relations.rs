use super::*;

const FOLLOW: &str = "https://p.example/users/ann#follows/1";

fn follow_of(followed: &str) -> Value {
    json!({ "id": FOLLOW, "type": "Follow", "actor": ANN, "object": followed })
}

#[test]
fn follow_is_for_the_followed_alone() {
    let follow = activity_of(follow_of(BOB));
    let bob = person("acct:bob@h.example");
    assert_eq!(
        follow,
        json!({
            "id": FOLLOW, "verb": "follow", "actor": { "id": "acct:ann@p.example" }, "object": bob,
            "to": [bob], "cc": [],
        })
    );
    let group = "https://h.example/api/group/g";
    let join = activity_of(follow_of(group));
    assert_eq!(
        (&join["verb"], &join["object"]),
        (
            &json!("join"),
            &json!({ "objectType": "group", "id": group })
        )
    );
    for nobody in [AS_PUBLIC, "https://q.example/u", BOB_NOTE, ""] {
        assert!(is_ignored(follow_of(nobody)), "{nobody}");
    }
}

#[test]
fn follow_is_answered_by_id_or_whole() {
    let answer = |kind: &str, object: Value| {
        read(json!({ "id": "https://p.example/a", "type": kind, "actor": ANN, "object": object }))
    };
    let follow = json!({ "id": "https://h.example/api/activity/f", "type": "Follow", "actor": BOB, "object": ANN });
    let expected = |is_accepted, follow: Option<&str>, follower: Option<&str>| {
        Incoming::FollowAnswer(FollowAnswer {
            is_accepted,
            followed: "acct:ann@p.example".into(),
            follow: follow.map(str::to_owned),
            follower: follower.map(str::to_owned),
        })
    };
    let (id, bob) = (follow["id"].as_str(), Some("acct:bob@h.example"));
    assert_eq!(answer("Accept", follow.clone()), expected(true, id, bob));
    assert_eq!(
        answer("Accept", follow["id"].clone()),
        expected(true, id, None)
    );
    assert_eq!(answer("Reject", follow.clone()), expected(false, id, bob));
    let mut nameless = follow.clone();
    nameless["id"] = Value::Null;
    assert_eq!(answer("Accept", nameless), expected(true, None, bob));
    for (key, other) in [
        ("object", "https://p.example/users/cat"),
        ("actor", "https://q.example/u"),
        ("type", "Offer"),
    ] {
        let mut wrong = follow.clone();
        wrong[key] = json!(other);
        assert!(
            matches!(answer("Accept", wrong), Incoming::Ignored(_)),
            "{key}"
        );
    }
    let accept =
        json!({ "type": "Accept", "id": "https://p.example/a", "actor": ANN, "object": follow });
    let undo = json!({ "type": "Undo", "actor": ANN, "object": accept });
    assert_eq!(read(undo), expected(false, id, bob), "an accept taken back");
}

#[test]
fn undo_is_read_by_id_and_whole() {
    let undo = |object: Value| json!({ "id": "https://p.example/u", "type": "Undo", "actor": ANN, "object": object, "to": BOB });
    let Incoming::Undo(bare) = read(undo(json!(FOLLOW))) else {
        panic!("no undo")
    };
    assert_eq!(
        (bare.undone.as_deref(), bare.activity),
        (Some(FOLLOW), None)
    );
    let of = |kind: &str, object: &str| json!({ "id": "https://p.example/1", "type": kind, "actor": ANN, "object": object });
    for (inner, verb, object) in [
        (follow_of(BOB), "stop-following", "acct:bob@h.example"),
        (
            of("Follow", "https://h.example/api/group/g"),
            "leave",
            "https://h.example/api/group/g",
        ),
        (of("Like", BOB_NOTE), "unfavorite", BOB_NOTE),
        (of("EmojiReact", BOB_NOTE), "unfavorite", BOB_NOTE),
        (of("Announce", BOB_NOTE), "unshare", BOB_NOTE),
    ] {
        let Incoming::Undo(read) = read(undo(inner.clone())) else {
            panic!("no undo of {inner}")
        };
        assert_eq!(
            (read.undone.as_deref(), &*read.actor),
            (inner["id"].as_str(), "acct:ann@p.example")
        );
        let activity = read.activity.unwrap();
        assert_eq!(
            (&activity["verb"], &activity["object"]["id"]),
            (&json!(verb), &json!(object))
        );
        assert_eq!(activity["id"], "https://p.example/u");
        let group = json!({ "objectType": "group", "id": object });
        let to = match verb {
            "leave" => group,
            _ => person("acct:bob@h.example"),
        };
        assert_eq!(activity["to"], json!([to]));
    }
    let mut other = of("Like", BOB_NOTE);
    other["actor"] = json!("https://p.example/users/cat");
    for nothing in [
        other,
        of("Delete", BOB_NOTE),
        of("Block", BOB),
        json!({}),
        json!(null),
    ] {
        assert!(is_ignored(undo(nothing.clone())), "{nothing}");
    }
}

#[test]
fn every_verb_that_is_received_has_its_opposite() {
    for verb in ["favorite", "follow", "join", "share"] {
        assert!(opposite(verb).is_some(), "{verb}");
    }
    assert_eq!(opposite("post"), None);
}

#[test]
fn blocks_moves_and_reports_are_told_apart() {
    let actor = || "acct:ann@p.example".to_owned();
    let block = json!({ "id": "https://p.example/b", "type": "Block", "actor": ANN, "object": BOB, "to": BOB });
    let blocked = "acct:bob@h.example".to_owned();
    assert_eq!(
        read(block),
        Incoming::Block {
            actor: actor(),
            blocked: blocked.clone()
        }
    );
    let moved = |object: &str| {
        read(
            json!({ "type": "Move", "actor": ANN, "object": object, "target": "https://q.example/new",
            "to": ["https://p.example/users/ann/followers"] }),
        )
    };
    let target = "https://q.example/new".to_owned();
    assert_eq!(
        moved(ANN),
        Incoming::Move {
            actor: actor(),
            target
        }
    );
    assert!(matches!(
        moved("https://p.example/users/cat"),
        Incoming::Ignored(_)
    ));
    let flag = |reason: Value| {
        let mut flag = json!({ "type": "Flag", "actor": ANN, "object": [BOB, BOB_NOTE, "https://q.example/n"] });
        flag.as_object_mut().unwrap().extend(object(reason));
        read(flag)
    };
    let about = vec![blocked, BOB_NOTE.to_owned()];
    let expected = Incoming::Flag {
        actor: actor(),
        about,
        reason: "spam".into(),
    };
    assert_eq!(flag(json!({ "content": "spam" })), expected);
    assert_eq!(
        flag(json!({ "content": null, "summary": "<p>spam</p>" })),
        expected,
        "Lemmy"
    );
}
