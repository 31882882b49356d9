use super::*;

#[test]
fn post_is_a_create_with_the_whole_object() {
    let to = json!([PUBLIC_ADDRESS]);
    let cc = json!([AS2_FOLLOWERS]);
    assert_eq!(
        sent("post", note(), json!({})).unwrap(),
        json!({
            "@context": [CONTEXT, { "Hashtag": "as:Hashtag", "sensitive": "as:sensitive" }],
            "id": ID, "type": "Create", "actor": BOB,
            "object": {
                "id": "https://h.example/api/note/n", "type": "Note", "attributedTo": BOB,
                "content": "<p>Hi</p>", "url": "https://h.example/bob/note/n",
                "published": "2026-01-02T12:00:00Z",
                "to": to, "cc": cc, "attachment": [], "tag": [],
            },
            "published": "2026-01-02T12:00:00Z", "to": to, "cc": cc,
        })
    );
}

#[test]
fn verbs_that_peers_do_not_know_stay_here() {
    for verb in [
        "add", "remove", "tag", "play", "checkin", "rsvp-yes", "invite", "accept", "x",
    ] {
        assert_eq!(sent(verb, note(), json!({})), None, "{verb}");
    }
    for thing in [
        json!({ "objectType": "note", "id": "https://h.example/api/note/n" }),
        json!({ "objectType": "group", "id": "https://h.example/api/group/g", "displayName": "G" }),
        json!({ "objectType": "collection", "id": "https://h.example/api/collection/c", "displayName": "C" }),
    ] {
        assert_eq!(sent("create", thing.clone(), json!({})), None, "{thing}");
    }
    let mut nameless = done("post", note(), json!({}));
    nameless["id"] = json!("urn:x");
    assert_eq!(
        copy_of(nameless, OutgoingCopy::default()),
        None,
        "peers take nothing without an id"
    );
}

#[test]
fn like_goes_to_the_author_alone() {
    let mut theirs = json!({ "objectType": "note", "id": "https://p.example/n", "content": "x" });
    assert_eq!(
        sent("favorite", theirs.clone(), json!({})),
        None,
        "nobody to tell"
    );
    theirs["author"] = ann();
    for verb in ["favorite", "like"] {
        let like = sent(verb, theirs.clone(), json!({})).unwrap();
        assert_eq!(
            (&like["type"], &like["object"]),
            (&json!("Like"), &json!("https://p.example/n"))
        );
        assert_eq!((&like["to"], &like["cc"]), (&json!([ANN]), &json!([])));
    }
}

#[test]
fn share_names_the_thing_and_tells_its_author() {
    let theirs = json!({ "objectType": "note", "id": "https://p.example/n", "content": "x", "author": ann() });
    let share = sent("share", theirs.clone(), json!({})).unwrap();
    assert_eq!(
        (&share["type"], &share["object"]),
        (&json!("Announce"), &json!("https://p.example/n"))
    );
    assert_eq!(
        share["published"], "2026-01-02T12:00:00Z",
        "GoToSocial refuses it without"
    );
    assert_eq!(
        (&share["to"], &share["cc"]),
        (&json!([PUBLIC_ADDRESS]), &json!([AS2_FOLLOWERS, ANN]))
    );
    let for_followers = json!({ "to": [collection(FOLLOWERS)] });
    let share = sent("share", theirs, for_followers).unwrap();
    assert_eq!(
        (&share["to"], &share["cc"]),
        (&json!([AS2_FOLLOWERS, FOLLOWERS]), &json!([])),
        "not wider"
    );
}

#[test]
fn follow_names_the_followed_alone() {
    for (verb, other, url) in [
        ("follow", ann(), ANN),
        (
            "join",
            json!({ "objectType": "group", "id": "acct:tea@lemmy.example" }),
            "https://lemmy.example/c/tea",
        ),
    ] {
        let follow = sent(verb, other, json!({ "cc": [collection(FOLLOWERS)] })).unwrap();
        assert_eq!(
            (&follow["type"], &follow["object"]),
            (&json!("Follow"), &json!(url))
        );
        assert_eq!((&follow["to"], &follow["cc"]), (&json!([url]), &json!([])));
    }
    let block = sent("block", ann(), json!({})).unwrap();
    assert_eq!(
        (&block["type"], &block["to"]),
        (&json!("Block"), &json!([ANN]))
    );
    assert_eq!(
        sent("follow", person("acct:pam@pump.example"), json!({})),
        None,
        "of the Pump world"
    );
}

#[test]
fn undo_shows_the_first_activity_with_its_id() {
    let theirs = json!({ "objectType": "note", "id": "https://p.example/n", "author": ann() });
    let first = "https://h.example/api/activity/first";
    for (verb, object, kind, url) in [
        ("stop-following", ann(), "Follow", ANN),
        ("unfavorite", theirs.clone(), "Like", "https://p.example/n"),
        ("unlike", theirs.clone(), "Like", "https://p.example/n"),
        ("unshare", theirs, "Announce", "https://p.example/n"),
    ] {
        let activity = done(verb, object, json!({}));
        let copy = OutgoingCopy {
            undone: Some(first),
            ..OutgoingCopy::default()
        };
        let undo = copy_of(activity.clone(), copy).unwrap();
        assert_eq!(
            (&undo["type"], &undo["id"], &undo["actor"]),
            (&json!("Undo"), &json!(ID), &json!(BOB))
        );
        let inner = &undo["object"];
        assert_eq!(
            (&inner["id"], &inner["type"]),
            (&json!(first), &json!(kind))
        );
        assert_eq!(
            (&inner["actor"], &inner["object"]),
            (&json!(BOB), &json!(url))
        );
        assert_eq!(
            (&inner["to"], &undo["to"]),
            (&undo["to"], &inner["to"]),
            "for the same"
        );
        let unknown = copy_of(activity, OutgoingCopy::default()).unwrap();
        assert_eq!(unknown["object"]["id"], format!("{ID}#undone"));
    }
}

#[test]
fn delete_leaves_a_tombstone() {
    let gone = json!({ "objectType": "note", "id": "https://h.example/api/note/n", "deleted": "2026-01-02T12:00:00Z" });
    let delete = sent("delete", gone, json!({})).unwrap();
    assert_eq!(
        delete["object"],
        json!({ "id": "https://h.example/api/note/n", "type": "Tombstone" })
    );
    let account = sent("delete", person("acct:bob@h.example"), json!({})).unwrap();
    assert_eq!(account["object"], BOB);
}

#[test]
fn update_tells_when_it_was() {
    let mut edited = note();
    edited["author"] = person("acct:bob@h.example");
    edited["updated"] = json!("2026-01-03T00:00:00Z");
    let update = sent("update", edited.clone(), json!({})).unwrap();
    assert_eq!(
        (&update["type"], &update["object"]["updated"]),
        (&json!("Update"), &edited["updated"])
    );
    edited.as_object_mut().unwrap().shift_remove("updated");
    let update = sent("update", edited.clone(), json!({})).unwrap();
    assert_eq!(update["object"]["updated"], update["published"]);
    edited["author"] = ann();
    assert_eq!(sent("update", edited, json!({})), None, "of another author");
}

#[test]
fn profile_is_sent_whole() {
    let actor = object(json!({ "@context": CONTEXT, "id": BOB, "type": "Person", "inbox": "x" }));
    let activity = done("update", person("acct:bob@h.example"), json!({}));
    let copy = OutgoingCopy {
        actor: Some(&actor),
        ..OutgoingCopy::default()
    };
    let update = copy_of(activity.clone(), copy).unwrap();
    assert_eq!(
        update["object"],
        json!({ "id": BOB, "type": "Person", "inbox": "x" })
    );
    assert_eq!(copy_of(activity, OutgoingCopy::default()), None);
    let for_followers = json!({ "to": [collection(FOLLOWERS)] });
    let update = copy_of(
        done("update", person("acct:bob@h.example"), for_followers),
        copy,
    );
    let update = update.unwrap();
    assert_eq!(
        (&update["to"], &update["cc"]),
        (&json!([PUBLIC_ADDRESS]), &json!([AS2_FOLLOWERS, FOLLOWERS])),
        "snac takes no other"
    );
}

#[test]
fn answer_shows_the_follow_as_it_came() {
    let follow = object(json!({
        "@context": CONTEXT, "id": "https://p.example/f#1", "type": "Follow", "actor": { "id": ANN, "type": "Person" },
        "object": BOB, "signature": {},
    }));
    for (is_accepted, kind) in [(true, "Accept"), (false, "Reject")] {
        let answer = follow_answer(
            "https://h.example/api/activity/b",
            BOB,
            &follow,
            is_accepted,
        );
        let answer = Value::from(answer.unwrap());
        assert_eq!(
            (&answer["type"], &answer["actor"]),
            (&json!(kind), &json!(BOB))
        );
        assert_eq!((&answer["to"], &answer["cc"]), (&json!([ANN]), &json!([])));
        assert_eq!(
            answer["object"],
            json!({ "id": "https://p.example/f#1", "type": "Follow", "actor": { "id": ANN, "type": "Person" }, "object": BOB })
        );
    }
}

#[test]
fn move_names_both_accounts() {
    let bob = || person("acct:bob@h.example");
    let moved = sent("move", bob(), json!({ "target": ann() })).unwrap();
    assert_eq!(
        (&moved["type"], &moved["object"], &moved["target"]),
        (&json!("Move"), &json!(BOB), &json!(ANN))
    );
    assert_eq!(sent("move", ann(), json!({ "target": bob() })), None);
    assert_eq!(sent("move", bob(), json!({})), None);
}

#[test]
fn report_is_of_the_server_and_names_what_it_is_about() {
    let flag = super::super::flag(
        ID,
        "https://h.example/main/actor",
        &[ANN, "https://p.example/n"],
        "Ads",
    );
    let flag = Value::from(flag);
    assert_eq!(flag["type"], "Flag");
    assert_eq!(flag["actor"], "https://h.example/main/actor");
    assert_eq!(flag["object"], json!([ANN, "https://p.example/n"]));
    assert_eq!(flag["content"], "Ads");
    assert_eq!(flag.get("to"), None);
}
