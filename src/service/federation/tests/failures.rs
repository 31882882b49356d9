//! Deliveries that fail: of one receiver, and of a host.

use super::*;

/// A world where Bob follows Alice, who has posted so many notes.
async fn with_posts(count: usize) -> (World, Vec<String>) {
    let world = Box::pin(World::new()).await;
    Box::pin(world.follower("bob@b.test")).await;
    let mut posted = Vec::new();
    for number in 0..count {
        let text = format!("note {number}");
        posted.push(Box::pin(world.post_public(&text)).await);
    }
    (world, posted)
}

#[tokio::test]
async fn unreachable_host_is_tried_once_and_backed_off() {
    let (world, posted) = with_posts(3).await;
    world.hosts.set("b.test", Manner::Down);
    assert_eq!(activities(&world.deliver().await), posted[..1]);
    assert!(world.deliver().await.is_empty());
    let state = world.host("b.test").await.delivery;
    assert_eq!(state.failing_since, Some(world.now()));
    assert_eq!(state.failures, 1);
    assert_eq!(state.last_error.as_deref(), Some("connection refused"));
    let wait = state.next_attempt.unwrap() - world.now();
    assert!((52..=68).contains(&wait.num_seconds()), "{wait}");
    world.clock.advance(70);
    assert_eq!(world.deliver().await.len(), 1);
    world.clock.advance(70);
    assert!(world.deliver().await.is_empty(), "the pause grows");
    world.hosts.set("b.test", Manner::Takes);
    world.clock.advance(86_400);
    assert_eq!(activities(&world.deliver().await), posted, "in order");
    let state = world.host("b.test").await.delivery;
    assert_eq!((state.failing_since, state.failures), (None, 0));
    assert_eq!(state.last_success, Some(world.now()));
    assert_eq!(state.last_error.as_deref(), Some("connection refused"));
}

#[tokio::test]
async fn host_with_errors_is_probed_and_backed_off() {
    for status in [401, 500, 503] {
        let (world, posted) = with_posts(5).await;
        world.hosts.set("b.test", Manner::Answers(status));
        assert_eq!(activities(&world.deliver().await), posted[..2], "{status}");
        let state = world.host("b.test").await.delivery;
        let error = state.last_error.unwrap();
        assert!(error.contains(&status.to_string()), "{error}");
        world.hosts.set("b.test", Manner::Takes);
        world.clock.advance(70);
        assert_eq!(activities(&world.deliver().await), posted);
    }
}

#[tokio::test]
async fn wait_that_a_host_asks_for_is_honoured() {
    let (world, _) = with_posts(2).await;
    world.hosts.set("b.test", Manner::AsksToWait(7200));
    assert_eq!(world.deliver().await.len(), 1);
    world.clock.advance(7199);
    assert!(world.deliver().await.is_empty());
    world.clock.advance(1);
    assert_eq!(world.deliver().await.len(), 1);
    world.hosts.set("b.test", Manner::AsksToWait(1_000_000));
    world.clock.advance(7200);
    assert_eq!(world.deliver().await.len(), 1);
    world.clock.advance(86_400);
    assert_eq!(world.deliver().await.len(), 1, "a day at most");
}

#[tokio::test]
async fn refused_delivery_is_dropped_alone() {
    for status in [400, 403, 404, 410, 413, 422] {
        let (world, _) = with_posts(0).await;
        world.follower("carol@b.test").await;
        let url = "https://b.test/bob/inbox".to_owned();
        world
            .hosts
            .inboxes
            .lock()
            .insert(url, Manner::Answers(status));
        let id = world.post_public("x").await;
        assert_eq!(world.deliver().await.len(), 2, "{status}");
        assert_eq!(world.waiting(&id).await, 0);
        assert_eq!(world.host("b.test").await.delivery.failing_since, None);
        // The account is there, as its host says.
        world.hosts.inboxes.lock().clear();
        world.post_public("y").await;
        assert_eq!(world.deliver().await.len(), 2, "{status}");
    }
}

#[tokio::test]
async fn delivery_that_conflicts_is_tried_again() {
    let (world, posted) = with_posts(1).await;
    world.hosts.set("b.test", Manner::Answers(409));
    assert_eq!(world.deliver().await.len(), 1);
    assert_eq!(world.host("b.test").await.delivery.failing_since, None);
    world.hosts.set("b.test", Manner::Takes);
    world.clock.advance(60);
    assert_eq!(activities(&world.deliver().await), posted);
}

#[tokio::test]
async fn rejected_delivery_does_not_keep_others() {
    let (world, _) = with_posts(0).await;
    world.follower("carol@b.test").await;
    let url = "https://b.test/bob/inbox".to_owned();
    world.hosts.inboxes.lock().insert(url, Manner::Answers(500));
    let id = world.post_public("x").await;
    assert_eq!(world.deliver().await.len(), 2);
    assert_eq!(world.waiting(&id).await, 1, "it may be tried again");
    assert_eq!(world.host("b.test").await.delivery.failing_since, None);
    world.clock.advance(3600);
    world.post_public("y").await;
    assert_eq!(world.deliver().await.len(), 3);
    assert_eq!(world.waiting(&id).await, 0, "for an hour");
}

#[tokio::test]
async fn rejected_activity_does_not_keep_others() {
    let (world, _) = with_posts(0).await;
    for name in ["carol", "dave", "erin"] {
        world.follower(&format!("{name}@b.test")).await;
    }
    let poison = world.post_public("x").await;
    let good = world.post_public("y").await;
    world.hosts.rejected.lock().insert(poison.clone());
    world.deliver().await;
    assert_eq!(world.waiting(&poison).await, 4);
    assert_eq!(world.waiting(&good).await, 0);
}

#[tokio::test]
async fn account_that_is_gone_is_left_alone_for_a_day() {
    let (world, _) = with_posts(2).await;
    let url = "https://b.test/bob/inbox".to_owned();
    world.hosts.inboxes.lock().insert(url, Manner::Answers(410));
    let id = "acct:bob@b.test".to_owned();
    world.hosts.found.lock().insert(id, None);
    assert_eq!(world.deliver().await.len(), 1);
    world.clock.advance(3600);
    world.post_public("x").await;
    assert!(world.deliver().await.is_empty());
    world.hosts.inboxes.lock().clear();
    world.hosts.found.lock().clear();
    world.clock.advance(86_400);
    world.post_public("y").await;
    world.post_public("z").await;
    assert_eq!(world.deliver().await.len(), 2);
}

#[tokio::test]
async fn undoing_waits_for_its_action() {
    let world = World::new().await;
    let bob = world.stranger("bob@b.test").await;
    let follow = world.act(json!({ "verb": "follow", "object": bob })).await;
    let stop = world
        .act(json!({ "verb": "stop-following", "object": bob }))
        .await;
    let [follow, stop] = [follow, stop].map(|plan| plan.activity.id);
    let note = world.post("x", json!([bob])).await;
    world.hosts.rejected.lock().insert(follow.clone());
    assert_eq!(
        activities(&world.deliver().await),
        [follow.clone(), note],
        "the undoing is kept"
    );
    world.hosts.rejected.lock().clear();
    world.clock.advance(70);
    assert_eq!(activities(&world.deliver().await), [follow, stop]);
}

#[tokio::test]
async fn broken_account_leaves_room_for_others() {
    let world = World::new().await;
    let bob = world.stranger("bob@b.test").await;
    let carol = world.stranger("carol@b.test").await;
    let url = "https://b.test/bob/inbox".to_owned();
    world.hosts.inboxes.lock().insert(url, Manner::Answers(500));
    for number in 0..70 {
        world.post(&number.to_string(), json!([bob])).await;
    }
    let id = world.post("x", json!([carol])).await;
    world.deliver().await;
    assert_eq!(world.waiting(&id).await, 0);
    assert_eq!(world.host("b.test").await.delivery.failing_since, None);
}

#[tokio::test]
async fn unknown_inbox_is_discovered_and_stored() {
    let (world, _) = with_posts(0).await;
    let id = "acct:bob@b.test";
    let account = world.storage.find_remote_accounts(&[id]).await.unwrap();
    let account = account.into_iter().flatten().next().unwrap();
    let unknown = RemoteAccount {
        inbox: None,
        ..account
    };
    world.commit(vec![Change::PutRemoteAccount(unknown)]).await;
    let inbox = "https://b.test/elsewhere".to_owned();
    world
        .hosts
        .found
        .lock()
        .insert(id.into(), Some(inbox.clone()));
    world.post_public("x").await;
    assert_eq!(world.deliver().await[0].url, inbox);
    world.hosts.found.lock().insert(id.into(), None);
    world.post_public("y").await;
    assert_eq!(world.deliver().await[0].url, inbox, "it is known now");
}

#[tokio::test]
async fn inbox_that_moved_is_discovered_again() {
    let (world, _) = with_posts(1).await;
    let old = "https://b.test/bob/inbox".to_owned();
    world.hosts.inboxes.lock().insert(old, Manner::Answers(404));
    let inbox = "https://b.test/moved".to_owned();
    let id = "acct:bob@b.test".to_owned();
    world.hosts.found.lock().insert(id, Some(inbox.clone()));
    let urls: Vec<String> = world.deliver().await.into_iter().map(|p| p.url).collect();
    assert_eq!(urls, ["https://b.test/bob/inbox", &*inbox]);
}

#[tokio::test]
async fn account_that_its_host_does_not_know_gets_nothing() {
    let (world, posted) = with_posts(1).await;
    let old = "https://b.test/bob/inbox".to_owned();
    world.hosts.inboxes.lock().insert(old, Manner::Answers(404));
    world
        .hosts
        .found
        .lock()
        .insert("acct:bob@b.test".into(), None);
    world.deliver().await;
    assert_eq!(world.waiting(&posted[0]).await, 0);
    world.post_public("x").await;
    assert!(world.deliver().await.is_empty());
}

#[tokio::test]
async fn delivery_expires_after_a_week() {
    let (world, posted) = with_posts(1).await;
    world.hosts.set("b.test", Manner::Down);
    for _ in 0..6 {
        world.deliver().await;
        world.clock.advance(86_400);
    }
    assert_eq!(world.waiting(&posted[0]).await, 1);
    world.clock.advance(86_401);
    let late = world.post_public("x").await;
    world.hosts.set("b.test", Manner::Takes);
    assert_eq!(activities(&world.deliver().await), [late]);
    assert_eq!(world.waiting(&posted[0]).await, 0);
}

#[tokio::test]
async fn clock_offset_of_a_host_is_known() {
    let (world, _) = with_posts(1).await;
    *world.hosts.clock_offset.lock() = -600;
    world.deliver().await;
    assert_eq!(world.host("b.test").await.delivery.clock_offset, -600);
}
