//! Recipients of updates and shares of an object that is there.

use serde_json::{Value, json};

use super::{note, times};
use crate::support::{TestServer, id, named, public};

on_every_backend!(
    recipients_of_an_update_may_read_the_object,
    share_reaches_its_recipients_only,
);

async fn recipients_of_an_update_may_read_the_object(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let posted = alice.done(&note("x", json!([bob.person()]))).await;
    let update = |to: Value| {
        json!({
            "verb": "update",
            "object": { "objectType": "note", "id": posted["object"]["id"], "content": "y" },
            "to": to,
        })
    };
    alice.done(&update(json!([alice.person()]))).await;
    assert_eq!(
        alice.get(id(&posted)).await.ok()["to"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let updated = alice.done(&update(json!([carol.person()]))).await;
    assert_eq!(carol.get(id(&posted["object"])).await.ok()["content"], "y");
    assert_eq!(
        carol.ids("inbox/direct").await[..2],
        [id(&updated), id(&posted)]
    );
    assert_eq!(
        bob.get(id(&posted["object"])).await.ok()["content"],
        "y",
        "nobody loses it by an update"
    );
    assert_eq!(times(&bob, "inbox", &updated).await, 0);
    let to = alice.get(id(&posted)).await.ok()["to"].clone();
    assert_eq!(
        (&to[0]["id"], &to[1]["id"]),
        (&json!(bob.id()), &json!(carol.id()))
    );

    alice.done(&update(json!([public()]))).await;
    assert_eq!(
        carol.two_legged().get(id(&posted["object"])).await.ok()["content"],
        "y"
    );
    carol
        .act(&update(json!([carol.person()])))
        .await
        .refused(400);
}

async fn share_reaches_its_recipients_only(server: TestServer) {
    let [alice, bob, carol, dave] = server.people(["alice", "bob", "carol", "dave"]).await;
    for fan in [&carol, &dave] {
        fan.follow(&bob).await;
    }
    let note = alice.note("x", json!({ "to": [public()] })).await;
    let list = bob.feed("lists/person").await["items"][0].clone();
    bob.done(&json!({ "verb": "add", "object": carol.person(), "target": named(&list) }))
        .await;
    let share = bob
        .done(&json!({ "verb": "share", "object": named(&note), "to": [named(&list)] }))
        .await;
    assert_eq!(
        (
            times(&carol, "inbox/major", &share).await,
            times(&dave, "inbox/major", &share).await
        ),
        (1, 0)
    );
    assert_eq!(
        (
            times(&alice, "inbox/major", &share).await,
            dave.get(id(&share)).await.status.as_u16()
        ),
        (1, 403)
    );
    // Sharing a private thing gives nobody else access to it.
    let private = alice.note("private", json!({ "to": [bob.person()] })).await;
    bob.done(
        &json!({ "verb": "share", "object": named(&private), "to": [public(), named(&list)] }),
    )
    .await;
    carol.get(id(&private)).await.refused(403);
}
