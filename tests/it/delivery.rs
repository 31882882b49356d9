//! Large fan-outs: after the response, in batches, once to each, and only to permitted readers.

use chrono::TimeDelta;
use hydraulics::{
    model::Job,
    service::{background::DeliveryWorker, queue},
    storage::{Change, Expect},
};
use serde_json::{Value, json};

use crate::support::{Session, TestServer, about, public};

const FOLLOWERS: [&str; 5] = ["bob", "carol", "dave", "erin", "frank"];

/// A server that brings things to two at once, Alice, and five who follow her.
async fn many(server: &TestServer) -> (TestServer, Session, Vec<Session>) {
    let server = server.again(|settings| {
        settings.inline_fanout_limit = 2;
        settings.registration.welcome_note_html = String::new();
    });
    let alice = server.person("alice").await;
    let mut followers = Vec::new();
    for name in FOLLOWERS {
        let follower = server.person(name).await;
        follower.follow(&alice).await;
        followers.push(follower);
    }
    settle(&server).await;
    (server, alice, followers)
}

fn note(to: &Value) -> Value {
    json!({ "object": { "objectType": "note", "content": "x" }, "to": to })
}

async fn settle(server: &TestServer) -> usize {
    queue::run_until_idle(&server.ctx(), &DeliveryWorker)
        .await
        .unwrap()
}

async fn step(server: &TestServer) -> bool {
    queue::run_next(&server.ctx(), &DeliveryWorker)
        .await
        .unwrap()
}

async fn jobs(server: &TestServer) -> Vec<Job> {
    let later = server.ctx().now() + TimeDelta::days(1);
    let jobs = server.app.storage().list_due_jobs("delivery", later, 9);
    jobs.await.unwrap()
}

/// How often the inbox of each has an activity.
async fn times(followers: &[Session], activity: &Value) -> Vec<usize> {
    let mut times = Vec::new();
    for follower in followers {
        let ids = follower.ids("inbox").await;
        times.push(ids.iter().filter(|id| activity["id"] == **id).count());
    }
    times
}

on_every_backend!(
    large_fan_out_is_delivered_after_the_response,
    named_recipient_of_a_large_fan_out_gets_it_at_once,
    deleted_or_retracted_activity_stops_its_delivery,
    narrowed_audience_stops_the_delivery,
    restored_audience_is_delivered_to_each_once,
    departing_follower_is_skipped_without_gaps,
    delivery_resumes_exactly_after_a_worker_dies,
    two_nodes_share_a_delivery,
    live_feed_shows_deferred_deliveries,
);

async fn large_fan_out_is_delivered_after_the_response(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let posted = alice.done(&note(&json!([public()]))).await;
    assert_eq!(times(&followers, &posted).await, [0; 5]);
    assert_eq!(
        alice.ids("inbox").await[0],
        posted["id"],
        "who posts it has it at once"
    );
    assert!(step(&server).await);
    assert_eq!(
        times(&followers, &posted).await,
        [1, 1, 0, 0, 0],
        "in the order in which they came"
    );
    settle(&server).await;
    assert_eq!(times(&followers, &posted).await, [1; 5]);
    assert_eq!((jobs(&server).await, step(&server).await), (vec![], false));
    for follower in &followers {
        assert_eq!(follower.feed("inbox/major").await["totalItems"], 1);
        assert_eq!(follower.feed("inbox/direct/major").await["totalItems"], 0);
    }
}

async fn named_recipient_of_a_large_fan_out_gets_it_at_once(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let posted = alice
        .done(&note(&json!([followers[3].person(), alice.followers()])))
        .await;
    assert_eq!(times(&followers, &posted).await, [0, 0, 0, 1, 0]);
    settle(&server).await;
    assert_eq!(times(&followers, &posted).await, [1; 5]);
    assert_eq!(followers[3].feed("inbox/direct").await["totalItems"], 1);
    assert_eq!(followers[4].feed("inbox/direct").await["totalItems"], 0);
    let content = &followers[4].feed("inbox").await["items"][0]["object"]["content"];
    assert_eq!(*content, "x", "they may read it");
}

async fn deleted_or_retracted_activity_stops_its_delivery(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let posted = alice.done(&note(&json!([alice.followers()]))).await;
    step(&server).await;
    alice.delete(posted["id"].as_str().unwrap()).await.ok();
    settle(&server).await;
    assert_eq!(times(&followers[2..], &posted).await, [0; 3]);
    assert_eq!(jobs(&server).await, []);
}

async fn narrowed_audience_stops_the_delivery(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let posted = alice.done(&note(&json!([public()]))).await;
    step(&server).await;
    let fewer = json!({ "to": [followers[2].person()] });
    alice.put(posted["id"].as_str().unwrap(), &fewer).await.ok();
    settle(&server).await;
    assert_eq!(times(&followers[2..], &posted).await, [1, 0, 0]);
    for follower in [&followers[0], &followers[4]] {
        assert!(!follower.feed("inbox").await.to_string().contains("\"x\""));
    }
}

async fn restored_audience_is_delivered_to_each_once(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let posted = alice.done(&note(&json!([public()]))).await;
    step(&server).await;
    for to in [json!([followers[4].person()]), json!([alice.followers()])] {
        alice
            .put(posted["id"].as_str().unwrap(), &json!({ "to": to }))
            .await
            .ok();
    }
    settle(&server).await;
    assert_eq!(times(&followers, &posted).await, [1; 5]);
}

async fn departing_follower_is_skipped_without_gaps(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let posted = alice.done(&note(&json!([public()]))).await;
    step(&server).await;
    followers[1]
        .done(&about("stop-following", &alice.person()))
        .await;
    followers[2]
        .done(&about("stop-following", &alice.person()))
        .await;
    followers[3].delete("/api/user/erin").await.ok();
    settle(&server).await;
    let stay = [
        followers[0].clone(),
        followers[1].clone(),
        followers[2].clone(),
        followers[4].clone(),
    ];
    assert_eq!(times(&stay, &posted).await, [1, 1, 0, 1]);
}

async fn delivery_resumes_exactly_after_a_worker_dies(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let posted = alice.done(&note(&json!([public()]))).await;
    step(&server).await;
    // It took the job and was never heard of again.
    let [job] = &*jobs(&server).await else {
        panic!("there is one")
    };
    let mut taken = job.clone();
    taken.due += TimeDelta::seconds(300);
    let take = Change::PutJob {
        job: taken,
        expect: Expect::Version(job.version),
    };
    server.app.storage().commit(vec![take]).await.unwrap();
    assert_eq!(settle(&server).await, 0);
    server.clock.advance(301);
    settle(&server).await;
    assert_eq!(times(&followers, &posted).await, [1; 5]);
}

async fn two_nodes_share_a_delivery(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let other = server.again(|_| ());
    let mut posted = Vec::new();
    for _ in 0..2 {
        posted.push(alice.done(&note(&json!([public()]))).await);
    }
    let (one, two) = tokio::join!(settle(&server), settle(&other));
    assert!(one + two >= 6);
    settle(&server).await;
    for posted in &posted {
        assert_eq!(times(&followers, posted).await, [1; 5]);
    }
}

async fn live_feed_shows_deferred_deliveries(server: TestServer) {
    let (server, alice, followers) = many(&server).await;
    let mut feed = followers[4].listen("/api/user/frank/inbox").await;
    let posted = alice.done(&note(&json!([public()]))).await;
    settle(&server).await;
    assert_eq!(feed.activity().await["id"], posted["id"]);
}
