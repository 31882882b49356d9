use super::*;
use crate::model::PUBLIC;

const FOLLOWERS: &str = "https://p.example/users/ann/followers";

/// The addressees of a note, given those of the activity and those of the note.
fn audience(activity: Value, note: Value) -> (Value, Value) {
    let mut inner =
        json!({ "id": "https://p.example/n", "type": "Note", "content": "x", "attributedTo": ANN });
    inner.as_object_mut().unwrap().extend(object(note));
    let mut create =
        json!({ "id": "https://p.example/c", "type": "Create", "actor": ANN, "object": inner });
    create.as_object_mut().unwrap().extend(object(activity));
    let read = activity_of(create);
    for secret in ["bto", "bcc"] {
        assert_eq!((read.get(secret), read["object"].get(secret)), (None, None));
    }
    (read["to"].clone(), read["cc"].clone())
}

fn same(both: Value) -> (Value, Value) {
    audience(both.clone(), both)
}

#[test]
fn public_is_read_in_every_spelling() {
    for spelling in [AS_PUBLIC, "as:Public", "Public"] {
        assert_eq!(
            same(json!({ "to": spelling })),
            (json!([collection(PUBLIC)]), json!([]))
        );
        let mixed = audience(json!({ "to": spelling }), json!({ "to": AS_PUBLIC }));
        assert_eq!(mixed.0, json!([collection(PUBLIC)]), "{spelling}");
    }
}

#[test]
fn audiences_of_peers_keep_their_meaning() {
    let (everyone, followers) = (collection(PUBLIC), collection(FOLLOWERS));
    let (ann, bob) = (person("acct:ann@p.example"), person("acct:bob@h.example"));
    for (sent, to, cc) in [
        (
            json!({ "to": [AS_PUBLIC], "cc": [FOLLOWERS, BOB] }),
            json!([everyone]),
            json!([followers, bob]),
        ),
        (
            json!({ "to": [FOLLOWERS], "cc": [AS_PUBLIC] }),
            json!([followers]),
            json!([everyone]),
        ),
        (
            json!({ "to": [], "cc": [AS_PUBLIC] }),
            json!([]),
            json!([everyone]),
        ),
        (json!({ "to": FOLLOWERS }), json!([followers]), json!([])),
        (json!({ "to": BOB }), json!([bob]), json!([])),
        (
            json!({ "to": [{ "id": BOB, "type": "Person" }, BOB, null, 5] }),
            json!([bob]),
            json!([]),
        ),
        // Any other address reaches nobody.
        (
            json!({ "to": "https://q.example/x" }),
            json!([collection("https://q.example/x")]),
            json!([]),
        ),
        // The owner of the inbox reads it.
        (json!({}), json!([ann]), json!([])),
        (
            json!({ "bto": BOB, "bcc": [AS_PUBLIC] }),
            json!([ann]),
            json!([]),
        ),
    ] {
        assert_eq!(same(sent.clone()), (to, cc), "{sent}");
    }
}

#[test]
fn audience_is_what_activity_and_object_share() {
    let (bob, ann) = (person("acct:bob@h.example"), person("acct:ann@p.example"));
    let none = json!([]);
    let wide = json!({ "to": [AS_PUBLIC], "cc": [FOLLOWERS, BOB] });
    let narrow = json!({ "to": [BOB] });
    assert_eq!(
        audience(wide.clone(), narrow.clone()),
        (json!([bob]), none.clone())
    );
    assert_eq!(audience(narrow.clone(), wide), (none.clone(), json!([bob])));
    assert_eq!(
        audience(json!({}), narrow.clone()),
        (json!([bob]), none.clone())
    );
    assert_eq!(
        audience(narrow.clone(), json!({})),
        (json!([bob]), none.clone())
    );
    assert_eq!(
        audience(json!({ "to": FOLLOWERS }), narrow),
        (json!([ann]), none)
    );
}

#[test]
fn mention_does_not_widen_the_audience() {
    let tag = json!({ "type": "Mention", "href": BOB, "name": "@bob" });
    let note = json!({ "to": FOLLOWERS, "tag": [tag] });
    let mentioned = audience(json!({ "to": FOLLOWERS }), note);
    assert_eq!(mentioned.0, json!([collection(FOLLOWERS)]));
}

#[test]
fn number_of_addressees_is_bounded() {
    let many: Vec<String> = (0..1000)
        .map(|number| format!("https://q.example/{number}"))
        .collect();
    let (to, _) = same(json!({ "to": many }));
    assert_eq!(to.as_array().unwrap().len(), 200);
    let create = json!({ "type": "Create", "actor": ANN, "to": many });
    let create = object(create);
    let named = named_actors(&create);
    assert_eq!((named.len(), named[0]), (256, ANN));
}

#[test]
fn actors_to_look_up_are_those_named() {
    let undo = object(json!({
        "type": "Undo", "actor": { "id": ANN }, "to": [AS_PUBLIC, FOLLOWERS], "cc": BOB,
        "object": { "type": "Follow", "actor": ANN, "object": "https://q.example/u" },
    }));
    assert_eq!(
        named_actors(&undo),
        [ANN, FOLLOWERS, BOB, "https://q.example/u"]
    );
    let create = object(json!({
        "type": "Create", "actor": ANN,
        "object": { "type": "Note", "attributedTo": ANN, "inReplyTo": BOB_NOTE, "cc": "as:Public",
            "tag": [{ "type": "Mention", "href": BOB }, { "type": "Hashtag", "href": "https://p.example/t" }] },
    }));
    assert_eq!(named_actors(&create), [ANN, BOB]);
}
