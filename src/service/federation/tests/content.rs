//! JSON that leaves: what the receiver may see, and nothing else.

use super::*;
use crate::service::objects;

#[tokio::test]
async fn follower_elsewhere_gets_the_whole_activity() {
    let world = World::new().await;
    world.follower("bob@b.test").await;
    let id = world.post_public("hello").await;
    let [post] = &*world.deliver().await else {
        panic!("one attempt")
    };
    assert_eq!(post.identity, "acct:alice@pump.test");
    assert_eq!(post.url, "https://b.test/bob/inbox");
    let json = post.json();
    assert_eq!(json["id"], id);
    assert_eq!(json["verb"], "post");
    assert_eq!(json["object"]["content"], "hello");
    assert_eq!(json["object"]["likes"]["totalItems"], 0);
    assert_eq!(json["actor"]["id"], "acct:alice@pump.test");
    assert_eq!(json["actor"]["followers"]["totalItems"], 1);
    assert_eq!(json["to"][0]["id"], PUBLIC);
    assert_eq!(world.waiting(&id).await, 0);
    assert!(world.deliver().await.is_empty(), "each once");
}

#[tokio::test]
async fn secret_recipients_never_leave() {
    let world = World::new().await;
    let bob = world.stranger("bob@b.test").await;
    let carol = world.stranger("carol@c.test").await;
    let note = json!({ "objectType": "note", "content": "psst" });
    world
        .act(json!({ "object": note, "to": [carol], "bto": [bob] }))
        .await;
    let posts = world.deliver().await;
    assert_eq!(posts.len(), 2);
    for post in posts {
        let json = post.json();
        assert_eq!(json["to"][0]["id"], "acct:carol@c.test");
        assert_eq!(json["to"][0]["preferredUsername"], "carol");
        let text = json.to_string();
        for leaked in ["bto", "bcc", "liked", "pump_io", "received", "acct:bob"] {
            assert!(!text.contains(leaked), "{leaked}: {text}");
        }
    }
}

#[tokio::test]
async fn unreadable_parent_is_a_bare_reference() {
    let world = World::new().await;
    let [bob, carol] = [
        world.stranger("bob@b.test").await,
        world.stranger("carol@c.test").await,
    ];
    let note = json!({ "objectType": "note", "content": "a secret" });
    let posted = world.act(json!({ "object": note, "to": [carol] })).await;
    let parent = json!({ "objectType": "note", "id": posted.object.unwrap().id });
    let comment = json!({ "objectType": "comment", "content": "so", "inReplyTo": parent });
    world
        .act(json!({ "object": comment, "to": [bob, carol] }))
        .await;
    let posts = world.deliver().await;
    let of = |host: &str| posts.iter().rfind(|post| post.host == host).unwrap().json();
    assert_eq!(of("b.test")["object"]["inReplyTo"], parent);
    assert!(!of("b.test").to_string().contains("a secret"));
    let seen = of("c.test")["object"]["inReplyTo"]["content"].clone();
    assert_eq!(seen, "a secret");
}

#[tokio::test]
async fn receivers_who_see_the_same_share_a_rendering() {
    let world = World::new().await;
    for number in 0..5 {
        world.follower(&format!("f@h{number}.test")).await;
    }
    let followers = json!({
        "objectType": "collection",
        "id": "https://pump.test/api/user/alice/followers",
    });
    world.post("hello", json!([followers])).await;
    let posts = world.deliver().await;
    assert_eq!(posts.len(), 5);
    for post in &posts {
        assert_eq!(post.body.as_ptr(), posts[0].body.as_ptr());
    }
}

#[tokio::test]
async fn retracted_or_narrowed_activity_is_not_sent() {
    let world = World::new().await;
    let bob = world.follower("bob@b.test").await;
    world.follower("carol@c.test").await;
    let retracted = world.post_public("one").await;
    let narrowed = world.post_public("two").await;
    let uuid = |id: &str| id.rsplit('/').next().unwrap().to_owned();
    let alice = world
        .app
        .context(Caller::HostUser(world.alice.clone().into()));
    activity::retract(&alice, &uuid(&retracted)).await.unwrap();
    let to = Map::from_iter([("to".to_owned(), json!([bob]))]);
    activity::edit(&alice, &uuid(&narrowed), to).await.unwrap();
    let posts = world.deliver().await;
    assert!(!activities(&posts).contains(&retracted));
    let got = posts.iter().filter(|post| post.json()["id"] == narrowed);
    let got: Vec<&str> = got.map(|post| &*post.host).collect();
    assert_eq!(got, ["b.test"]);
    for id in [retracted, narrowed] {
        assert_eq!(world.waiting(&id).await, 0);
    }
}

#[tokio::test]
async fn deletion_reaches_those_who_may_not_read_it_any_more() {
    let world = World::new().await;
    world.follower("bob@b.test").await;
    let followers = json!({
        "objectType": "collection",
        "id": "https://pump.test/api/user/alice/followers",
    });
    let note = json!({ "objectType": "note", "content": "a mistake" });
    let posted = world
        .act(json!({ "object": note, "to": [followers] }))
        .await;
    let note = posted.object.unwrap();
    world.deliver().await;
    let delete = json!({
        "verb": "delete",
        "object": { "objectType": "note", "id": note.id },
        "to": [followers],
    });
    world.act(delete).await;
    let unfollowed = Change::RemoveItem {
        stream: Stream::Followers(world.alice.person.clone()),
        item: "acct:bob@b.test".into(),
    };
    world.commit(vec![unfollowed]).await;
    let posts = world.deliver().await;
    let [post] = &*posts else { panic!("{posts:?}") };
    assert_eq!(post.json()["verb"], "delete");
    assert_eq!(post.json()["object"]["id"], note.id);
    assert!(!post.json().to_string().contains("a mistake"));
}

#[tokio::test]
async fn activity_of_another_host_is_passed_on_as_this_server() {
    let world = World::new().await;
    world.stranger("bob@b.test").await;
    world.stranger("carol@c.test").await;
    let mut said = Map::new();
    said.insert("verb".into(), "post".into());
    said.insert(
        "actor".into(),
        json!({ "objectType": "person", "id": "acct:bob@b.test" }),
    );
    let mut activity = Object::new("activity", "https://b.test/a/1", "a1", said);
    activity.author = Some("acct:bob@b.test".into());
    activity.audience = vec![AudienceMember::Public];
    world
        .commit(vec![
            Change::PutObject {
                object: activity,
                expect: Expect::Absent,
            },
            Change::Deliver(crate::storage::Delivery {
                activity: "https://b.test/a/1".into(),
                persons: vec!["acct:carol@c.test".into(), "acct:bob@b.test".into()],
                except_host: Some("b.test".into()),
                ..Default::default()
            }),
        ])
        .await;
    // Enqueued long ago, as far as the clock of this test says.
    world.clock.advance(-NOW);
    // The receiver may be unable to reach the other host, which does not make it a host that fails.
    world.hosts.set("c.test", Manner::Answers(503));
    assert_eq!(world.deliver().await.len(), 1);
    assert_eq!(world.host("c.test").await.delivery.failing_since, None);
    world.hosts.set("c.test", Manner::Takes);
    world.clock.advance(60);
    let posts = world.deliver().await;
    let [post] = &*posts else { panic!("{posts:?}") };
    assert_eq!((&*post.host, &*post.identity), ("c.test", "pump.test"));
    let name = objects::ObjectName::Id("acct:carol@c.test".into());
    assert!(objects::find(&world.ctx(), "person", &name).await.is_ok());
}
