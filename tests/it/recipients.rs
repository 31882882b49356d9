//! Default recipients of each verb (pump-api 7.4), and recipients within threads.

use serde_json::{Value, json};

use crate::support::{Session, TestServer, about, comment_on, id, named, public};

/// The ids in each of the four lists of an activity.
fn addressed(activity: &Value) -> [Vec<String>; 4] {
    ["to", "cc", "bto", "bcc"].map(|list| {
        let list = activity[list].as_array();
        list.map_or(Vec::new(), |list| {
            list.iter().map(|thing| id(thing).to_owned()).collect()
        })
    })
}

/// Expected result of [`addressed`] for these `to` and `cc`.
fn open(to: &[&Value], cc: &[&Value]) -> [Vec<String>; 4] {
    let ids = |list: &[&Value]| list.iter().map(|thing| id(thing).to_owned()).collect();
    [ids(to), ids(cc), Vec::new(), Vec::new()]
}

async fn followers_of(alice: &Session, fans: &[&Session]) {
    for fan in fans {
        fan.follow(alice).await;
    }
}

on_every_backend!(
    reply_does_not_reveal_recipients_of_a_hidden_post,
    update_reaches_all_recipients_of_the_post,
    like_reaches_the_visible_recipients_of_the_post,
    action_on_a_person_reaches_them_and_followers,
    action_on_a_group_reaches_the_group,
    reply_reaches_author_and_recipients_of_the_post,
    other_activities_are_for_followers,
    explicit_recipients_replace_the_defaults,
    deep_thread_among_followers_reaches_all_of_them,
    deep_public_thread_reaches_the_starters_followers,
    deep_private_thread_stays_with_its_recipients,
);

async fn reply_does_not_reveal_recipients_of_a_hidden_post(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let posted = alice
        .done(&json!({ "object": { "objectType": "note", "content": "x" }, "to": [public()] }))
        .await;
    bob.done(&about("favorite", &posted["object"])).await;
    alice
        .put(id(&posted), &json!({ "to": [carol.person()] }))
        .await
        .ok();
    let undone = bob.done(&about("unfavorite", &posted["object"])).await;
    assert_eq!(addressed(&undone), open(&[], &[&bob.followers()]));
    assert!(
        !undone.to_string().contains("carol")
            && !carol.ids("inbox").await.contains(&id(&undone).to_owned())
    );
}

async fn update_reaches_all_recipients_of_the_post(server: TestServer) {
    let [alice, bob, carol, dave] = server.people(["alice", "bob", "carol", "dave"]).await;
    let posted = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x" }, "to": [bob.person()],
            "cc": [public()], "bto": [carol.person()], "bcc": [dave.person()],
        }))
        .await;
    for verb in ["update", "delete"] {
        let done = alice.done(&about(verb, &posted["object"])).await;
        assert_eq!(addressed(&done), addressed(&posted), "{verb}");
        assert_eq!(dave.ids("inbox").await[0], id(&done), "{verb}");
    }
    let unknown = json!({ "objectType": "note", "id": "http://elsewhere.example/1" });
    for verb in ["update", "delete"] {
        assert_eq!(
            alice.act(&about(verb, &unknown)).await.refused(400),
            "No such 'note' with id 'http://elsewhere.example/1'"
        );
    }
    // Changing oneself is for one's followers.
    let me = alice
        .done(&json!({
            "verb": "update",
            "object": { "objectType": "person", "id": alice.id(), "displayName": "A" },
        }))
        .await;
    assert_eq!(addressed(&me), open(&[], &[&alice.followers()]));
}

async fn like_reaches_the_visible_recipients_of_the_post(server: TestServer) {
    let [alice, bob, carol, dave] = server.people(["alice", "bob", "carol", "dave"]).await;
    let posted = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x" },
            "to": [bob.person()],
            "cc": [carol.person()],
            "bcc": [dave.person()],
        }))
        .await;
    for verb in ["like", "unlike", "favorite", "unfavorite", "dislike"] {
        let done = bob.done(&about(verb, &posted["object"])).await;
        assert_eq!(
            addressed(&done),
            open(&[&bob.person()], &[&carol.person()]),
            "{verb}"
        );
        assert_eq!(carol.ids("inbox").await[0], id(&done), "{verb}");
    }
    let unknown = json!({ "objectType": "note", "id": "http://elsewhere.example/1" });
    for verb in ["like", "unlike", "dislike"] {
        let done = bob.done(&about(verb, &unknown)).await;
        assert_eq!(addressed(&done), open(&[], &[&bob.followers()]), "{verb}");
    }
}

async fn action_on_a_person_reaches_them_and_followers(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let list = alice.feed("lists/person").await["items"][0].clone();
    let erin = json!({ "objectType": "person", "id": "acct:erin@elsewhere.example" });
    for (verb, person, target) in [
        ("follow", bob.person(), None),
        ("stop-following", bob.person(), None),
        ("make-friend", bob.person(), None),
        ("add", bob.person(), Some(&list)),
        ("remove", bob.person(), Some(&list)),
        ("follow", erin.clone(), None),
        ("tag", erin.clone(), None),
    ] {
        let mut activity = about(verb, &person);
        if let Some(target) = target {
            activity["target"] = named(target);
        }
        let done = alice.done(&activity).await;
        assert_eq!(
            addressed(&done),
            open(&[&person], &[&alice.followers()]),
            "{verb}"
        );
    }
    assert_eq!(bob.feed("inbox/direct/minor").await["totalItems"], 5);
    let own = alice.follow(&alice).await;
    assert_eq!(addressed(&own), open(&[], &[&alice.followers()]));
}

async fn action_on_a_group_reaches_the_group(server: TestServer) {
    let alice = server.person("alice").await;
    let made = alice
        .done(&json!({ "verb": "create", "object": { "objectType": "group", "displayName": "G" } }))
        .await;
    assert_eq!(addressed(&made), open(&[], &[&alice.followers()]));
    let group = named(&made["object"]);
    for verb in ["join", "follow", "share", "leave"] {
        let done = alice.done(&about(verb, &group)).await;
        assert_eq!(
            addressed(&done),
            open(&[&group], &[&alice.followers()]),
            "{verb}"
        );
    }
    let note = alice.note("x", json!({})).await;
    for verb in ["add", "remove"] {
        let done = alice
            .done(&json!({ "verb": verb, "object": named(&note), "target": group }))
            .await;
        assert_eq!(addressed(&done), open(&[&group], &[]), "{verb}");
    }
    let posted = alice
        .done(&json!({ "object": { "objectType": "note", "content": "y" }, "target": group }))
        .await;
    assert_eq!(addressed(&posted), open(&[&group], &[]));
}

async fn reply_reaches_author_and_recipients_of_the_post(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let note = alice
        .note(
            "x",
            json!({
                "to": [bob.person(), carol.person()],
                "cc": [public()],
                "bcc": [bob.person()],
            }),
        )
        .await;
    let answer = bob.done(&comment_on(&note, "y")).await;
    assert_eq!(
        addressed(&answer),
        open(&[&carol.person(), &alice.person()], &[&public()])
    );
    let own = alice.done(&comment_on(&note, "z")).await;
    assert_eq!(
        addressed(&own)[..2],
        open(&[&bob.person(), &carol.person()], &[&public()])[..2]
    );
    // So does what is done to an answer, if no earlier rule says otherwise.
    let share = carol.done(&about("share", &answer["object"])).await;
    assert_eq!(
        addressed(&share),
        open(&[&bob.person(), &alice.person()], &[&public()])
    );
    // Nobody knows where a thing from elsewhere went.
    let stranger = json!({ "objectType": "note", "id": "http://elsewhere.example/1" });
    bob.done(&about("like", &stranger)).await;
    assert_eq!(
        addressed(&bob.done(&comment_on(&stranger, "x")).await),
        open(&[], &[&bob.followers()])
    );
    let mut named_one = comment_on(&stranger, "x");
    named_one["to"] = json!([alice.person()]);
    assert_eq!(
        addressed(&bob.done(&named_one).await),
        open(&[&alice.person()], &[])
    );
}

async fn other_activities_are_for_followers(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = bob.note("x", json!({ "to": [public()] })).await;
    let followers = open(&[], &[&alice.followers()]);
    let list = json!({ "objectType": "collection", "objectTypes": ["note"], "displayName": "L" });
    for activity in [
        json!({ "object": { "objectType": "note", "content": "x" } }),
        json!({
            "object": { "objectType": "note", "content": "x" }, "to": [], "cc": [], "bto": [],
            "bcc": [],
        }),
        json!({ "verb": "create", "object": list }),
        about("share", &note),
        about("unshare", &note),
        about("play", &note),
        json!({ "verb": "checkin", "object": { "objectType": "place", "displayName": "here" } }),
    ] {
        assert_eq!(
            addressed(&alice.done(&activity).await),
            followers,
            "{activity}"
        );
    }
}

async fn explicit_recipients_replace_the_defaults(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    followers_of(&alice, &[&carol]).await;
    let list = alice.feed("lists/person").await["items"][0].clone();
    let note = bob.note("x", json!({ "to": [public()] })).await;
    for mut activity in [
        about("follow", &bob.person()),
        about("like", &note),
        json!({ "verb": "add", "object": bob.person(), "target": named(&list) }),
    ] {
        activity["to"] = json!([alice.person()]);
        let done = alice.done(&activity).await;
        assert_eq!(addressed(&done), open(&[&alice.person()], &[]));
        carol.get(done["id"].as_str().unwrap()).await.refused(403);
        assert_ne!(carol.ids("inbox").await[0], id(&done));
    }
}

async fn deep_thread_among_followers_reaches_all_of_them(server: TestServer) {
    let [alice, bob, carol, dave] = server.people(["alice", "bob", "carol", "dave"]).await;
    let erin = server.person("erin").await;
    followers_of(&alice, &[&bob, &carol, &dave]).await;
    followers_of(&carol, &[&erin]).await;
    let note = alice.note("for followers", json!({})).await;
    let mut parent = note.clone();
    let mut answers = Vec::new();
    for (depth, who) in [&bob, &carol, &dave, &alice].into_iter().enumerate() {
        let answer = who
            .done(&comment_on(&parent, &format!("depth {depth}")))
            .await;
        for reader in [&alice, &bob, &carol, &dave] {
            let seen = reader.get(id(&answer["object"])).await.ok();
            assert_eq!(seen["inReplyTo"]["id"], parent["id"]);
            assert_eq!(
                reader.ids("inbox").await[0],
                id(&answer),
                "{} at depth {depth}",
                reader.nickname
            );
            let replies = reader.get(&format!("{}/replies", id(&parent))).await.ok();
            assert_eq!(
                (&replies["totalItems"], &replies["items"][0]["id"]),
                (&json!(1), &answer["object"]["id"])
            );
        }
        // A follower of the answerer alone was no part of it.
        erin.get(id(&answer["object"])).await.refused(403);
        assert!(!erin.feed("inbox").await.to_string().contains("depth"));
        parent = answer["object"].clone();
        answers.push(answer);
    }
    // Changes of an answer reach the same people.
    let edited = carol
        .done(&json!({
            "verb": "update",
            "object": {
                "objectType": "comment",
                "id": answers[1]["object"]["id"],
                "content": "edited",
            },
        }))
        .await;
    for reader in [&alice, &bob, &dave] {
        assert_eq!(reader.ids("inbox/minor").await[0], id(&edited));
    }
    let liked = dave.done(&about("like", &answers[1]["object"])).await;
    assert_eq!(
        carol.ids("inbox/minor").await[0],
        id(&liked),
        "its author hears"
    );
}

async fn deep_public_thread_reaches_the_starters_followers(server: TestServer) {
    let [alice, bob, carol, dave] = server.people(["alice", "bob", "carol", "dave"]).await;
    followers_of(&alice, &[&dave]).await;
    let mut last = alice.note("hello", json!({ "to": [public()] })).await;
    for (depth, who) in [&bob, &carol, &bob, &alice].into_iter().enumerate() {
        let answer = who.done(&comment_on(&last, "and?")).await;
        assert_eq!(dave.ids("inbox").await[0], id(&answer), "depth {depth}");
        last = answer["object"].clone();
    }
}

async fn deep_private_thread_stays_with_its_recipients(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    followers_of(&alice, &[&carol]).await;
    followers_of(&bob, &[&carol]).await;
    let mut parent = alice.note("for bob", json!({ "to": [bob.person()] })).await;
    for who in [&bob, &alice, &bob] {
        let answer = who.done(&comment_on(&parent, "between us")).await;
        parent = answer["object"].clone();
        for reader in [&alice, &bob] {
            assert_eq!(reader.ids("inbox").await[0], id(&answer));
        }
        carol.get(id(&parent)).await.refused(403);
        assert!(!carol.feed("inbox").await.to_string().contains("between us"));
    }
}
