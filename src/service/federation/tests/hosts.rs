//! Hosts among many: leases, crashes, the reserve, and work that panics.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{super::attempt::Attempt, *};
use crate::storage::{
    self, Hosted, StorageError,
    hosted::{Host, HostTransaction},
};

/// A host application that has notes, and panics when it is to read some.
#[derive(Default)]
struct PanickingHost(Arc<AtomicBool>);

#[async_trait]
impl Host for PanickingHost {
    fn stored_properties(&self, thing: &Object) -> &'static [&'static str] {
        match thing.object_type.as_str() {
            "image" => &["displayName"],
            _ => &[],
        }
    }

    async fn load(
        &self,
        _: &str,
        ids: &[&str],
    ) -> storage::Result<Vec<(String, Map<String, Value>)>> {
        assert!(!self.0.load(Ordering::SeqCst), "this image is poisoned");
        let rows = ids.iter().map(|id| ((*id).to_owned(), Map::new()));
        Ok(rows.collect())
    }

    async fn begin_write(&self, _: &[Change]) -> storage::Result<Box<dyn HostTransaction>> {
        Ok(Box::new(Nothing))
    }
}

struct Nothing;

#[async_trait]
impl HostTransaction for Nothing {
    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        Ok(())
    }
}

#[tokio::test]
async fn rendering_that_panics_drops_one_delivery() {
    let host = PanickingHost::default();
    let is_poisoned = host.0.clone();
    let memory: Arc<dyn Storage> = Arc::new(Memory::new());
    let storage = Arc::new(Hosted::new(host, memory));
    let world = World::on(storage, |_| ()).await;
    world.follower("bob@b.test").await;
    let image = json!({ "objectType": "image", "displayName": "x" });
    let poisoned = world
        .act(json!({ "object": image, "to": everyone() }))
        .await
        .activity
        .id;
    let good = world.post_public("fine").await;
    is_poisoned.store(true, Ordering::SeqCst);
    assert_eq!(activities(&world.deliver().await), [good]);
    assert_eq!(world.waiting(&poisoned).await, 0);
}

#[tokio::test]
async fn delivery_is_repeated_if_it_was_not_settled() {
    let world = World::new().await;
    world.follower("bob@b.test").await;
    let id = world.post_public("x").await;
    // The worker posts it, and dies before it settles the lease.
    let lease = world.sender.lease(1, false).await.unwrap().remove(0);
    let posted = world.other_node();
    let ctx = world.ctx();
    let account = &lease.deliveries[0].account;
    let mut attempt = Attempt::new(posted.peers(), posted.renderer(), &ctx, account, ctx.now());
    let activity = world.storage.find_objects(&[&id]).await.unwrap().remove(0);
    attempt.deliver(activity.as_ref()).await;
    assert_eq!(world.hosts.take().len(), 1);
    assert!(world.deliver().await.is_empty(), "it is leased");
    world.clock.advance(301);
    assert_eq!(activities(&world.deliver().await), [id]);
}

#[tokio::test]
async fn killed_worker_leaves_few_to_repeat() {
    let world = World::new().await;
    let mut posted = Vec::new();
    for number in 0..20 {
        let person = world.stranger(&format!("f{number}@b.test")).await;
        posted.push(world.post("x", json!([person])).await);
    }
    let last = "https://b.test/f19/inbox".to_owned();
    world.hosts.inboxes.lock().insert(last, Manner::Hangs);
    tokio::select! {
        _ = world.sender.run_until_idle() => panic!("the last one hangs"),
        () = attempts(&world, 20) => {}
    }
    world.hosts.take();
    world.hosts.busy.lock().clear();
    world.hosts.inboxes.lock().clear();
    world.clock.advance(301);
    assert_eq!(activities(&world.deliver().await), posted[16..]);
}

/// Waits until so many requests were made.
async fn attempts(world: &World, count: usize) {
    while world.hosts.posts.lock().len() < count {
        world.hosts.attempted.notified().await;
    }
}

#[tokio::test]
async fn delivery_follows_one_that_is_under_way() {
    let world = World::new().await;
    world.follower("bob@b.test").await;
    world.follower("carol@c.test").await;
    world.hosts.set("b.test", Manner::Hangs);
    world.post_public("one").await;
    let stopping = CancellationToken::new();
    let (sender, stop) = (world.sender.clone(), stopping.clone());
    let hour = Duration::from_hours(1);
    let running = tokio::spawn(async move { sender.run_polling(&stop, hour).await });
    let all = async {
        attempts(&world, 2).await;
        world.post_public("two").await;
        attempts(&world, 3).await;
        // When the sender looked for the second note, this host was leased for the first.
        world.hosts.set("b.test", Manner::Takes);
        world.hosts.never.notify_waiters();
        attempts(&world, 4).await;
    };
    let done = timeout(Duration::from_mins(1), all).await;
    assert!(done.is_ok(), "it waits for the next poll");
    stopping.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn nothing_waits_while_federation_is_off() {
    let set = |settings: &mut Settings| settings.federation.enabled = false;
    let world = World::on(Arc::new(Memory::new()), set).await;
    world.follower("bob@b.test").await;
    let id = world.post_public("x").await;
    let stopped = CancellationToken::new();
    stopped.cancel();
    world.sender.run(&stopped).await;
    assert_eq!(world.waiting(&id).await, 0);
    assert!(world.hosts.take().is_empty());
}

#[tokio::test]
async fn two_nodes_never_post_to_a_host_at_once() {
    let world = World::new().await;
    for number in 0..20 {
        world.follower(&format!("f@h{number}.test")).await;
    }
    let mut posted = Vec::new();
    for number in 0..20 {
        posted.push(world.post_public(&number.to_string()).await);
    }
    let other = world.other_node();
    let (one, two) = tokio::join!(world.sender.run_until_idle(), other.run_until_idle());
    assert!(one.unwrap() + two.unwrap() >= 20);
    let posts = world.hosts.take();
    assert_eq!(posts.len(), 400, "each once");
    for number in 0..20 {
        let host = format!("h{number}.test");
        let got: Vec<Post> = posts.iter().filter(|p| p.host == host).cloned().collect();
        assert_eq!(activities(&got), posted, "in order");
    }
}

#[tokio::test]
async fn deliveries_to_a_blocked_host_are_dropped() {
    let world = World::new().await;
    world.follower("bob@b.test").await;
    world.follower("carol@c.test").await;
    world.hosts.blocked.lock().insert("b.test".into());
    let id = world.post_public("x").await;
    let posts = world.deliver().await;
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].host, "c.test");
    assert_eq!(world.waiting(&id).await, 0);
}

#[tokio::test]
async fn dead_hosts_do_not_keep_living_ones() {
    let set = |settings: &mut Settings| settings.deliveries.parallelism = 8;
    let world = World::on(Arc::new(Memory::new()), set).await;
    for number in 0..300 {
        world.follower(&format!("f@h{number}.test")).await;
    }
    let name = |number: usize| format!("h{number}.test");
    for number in 0..100 {
        world.hosts.set(&name(number), Manner::Down);
    }
    world.post_public("one").await;
    assert_eq!(world.deliver().await.len(), 300);
    // From now on the dead ones swallow each request, and no time passes for them to give up.
    for number in 0..100 {
        world.hosts.set(&name(number), Manner::Hangs);
    }
    world.clock.advance(70);
    let second = world.post_public("two").await;
    let stopping = CancellationToken::new();
    let sender = world.sender.clone();
    let stop = stopping.clone();
    let running = tokio::spawn(async move { sender.run(&stop).await });
    let is_living = |post: &Post| post.json()["id"] == second && !is_dead(&post.host);
    while world
        .hosts
        .posts
        .lock()
        .iter()
        .filter(|p| is_living(p))
        .count()
        < 200
    {
        world.hosts.attempted.notified().await;
    }
    let dead = world
        .hosts
        .posts
        .lock()
        .iter()
        .filter(|p| is_dead(&p.host))
        .count();
    assert!(dead <= 6, "{dead} of the dead are tried meanwhile");
    stopping.cancel();
    while !running.is_finished() {
        world.hosts.never.notify_waiters();
        yield_now().await;
    }
    running.await.unwrap();
}

fn is_dead(host: &str) -> bool {
    let number = host.trim_start_matches('h').trim_end_matches(".test");
    number.parse::<usize>().unwrap() < 100
}

#[tokio::test]
async fn slow_host_is_left_soon_and_marked() {
    let world = World::new().await;
    for number in 0..20 {
        let person = world.stranger(&format!("f{number}@b.test")).await;
        world.post("x", json!([person])).await;
    }
    world.hosts.set("b.test", Manner::TakesAfter(4));
    let lease = world.sender.lease(1, true).await.unwrap().remove(0);
    let never = CancellationToken::new();
    world.sender.work(lease, &never).await.unwrap();
    assert_eq!(world.hosts.take().len(), 4, "in 16 seconds");
    let state = world.host("b.test").await.delivery;
    assert_eq!((state.failures, state.failing_since), (1, None));
    assert!(world.sender.lease(1, true).await.unwrap().is_empty());
    world.hosts.set("b.test", Manner::TakesAfter(3));
    assert_eq!(world.deliver().await.len(), 16);
    assert_eq!(world.host("b.test").await.delivery.failures, 0);
}

#[tokio::test]
async fn slow_hosts_leave_a_lane_to_fast_ones() {
    let set = |settings: &mut Settings| settings.deliveries.parallelism = 4;
    let world = World::on(Arc::new(Memory::new()), set).await;
    let slow: Vec<String> = (0..20).map(|number| format!("slow{number}.test")).collect();
    for host in &slow {
        world.follower(&format!("f@{host}")).await;
        world.hosts.set(host, Manner::TakesAfter(9));
    }
    world.post_public("one").await;
    assert_eq!(world.deliver().await.len(), 20);
    let mut fast = Vec::new();
    for number in 0..20 {
        fast.push(world.follower(&format!("f@fast{number}.test")).await);
    }
    world.post("two", fast.into()).await;
    assert_eq!(world.deliver().await.len(), 20);
    // The slow ones are due for longer.
    for host in &slow {
        world.hosts.set(host, Manner::Hangs);
    }
    world.post_public("three").await;
    let stopping = CancellationToken::new();
    let (sender, stop) = (world.sender.clone(), stopping.clone());
    let running = tokio::spawn(async move { sender.run(&stop).await });
    let tried = |name: &str| {
        let posts = world.hosts.posts.lock();
        posts.iter().filter(|p| p.host.starts_with(name)).count()
    };
    let all = async {
        while tried("fast") < 20 {
            world.hosts.attempted.notified().await;
        }
    };
    let done = timeout(Duration::from_mins(1), all).await;
    assert!(done.is_ok(), "no lane is left");
    assert!(tried("slow") <= 3, "{} slow ones are tried", tried("slow"));
    stopping.cancel();
    while !running.is_finished() {
        world.hosts.never.notify_waiters();
        yield_now().await;
    }
    running.await.unwrap();
}

#[tokio::test]
async fn commit_wakes_the_sender() {
    let world = World::new().await;
    world.follower("bob@b.test").await;
    let enqueued = world.app.outgoing_signal();
    world.post_public("x").await;
    assert!(enqueued.has_changed().unwrap());
}
