//! Limits on the number of live feeds.

use super::{FEED, friends};
use crate::support::{Request, Session, TestServer};

on_every_backend!(
    connections_are_limited_per_client_and_in_total,
    anonymous_clients_are_limited_by_network,
    anonymous_clients_leave_connections_to_persons,
    new_feed_at_the_limit_ends_the_oldest,
);

async fn connections_are_limited_per_client_and_in_total(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| {
        settings.live.max_connections_per_client = 2;
        settings.live.max_connections = 3;
    });
    let signed = |who: &Session| Request::get(FEED).by(&who.credentials);
    let mut open = vec![
        small.listen(signed(&bob)).await,
        small.listen(signed(&bob)).await,
    ];
    let carol = server.person("carol").await;
    open.push(small.listen(signed(&carol)).await);
    let refused = small
        .send(signed(&carol).header("accept", "text/event-stream"))
        .await;
    assert_eq!(refused.header("retry-after"), "10");
    assert!(refused.refused(503).contains("no room"));
    // Pages are for everyone.
    small.send(signed(&carol)).await.is(200);
    assert!(open.iter().all(|feed| feed.status == 200));
    drop(open);
    for _ in 0..4 {
        assert_eq!(small.listen(signed(&bob)).await.status, 200);
    }
    // An anonymous reader is known by the address.
    let small = small.again(|settings| settings.live.max_connections = 6);
    let from = |peer| signed(&bob.two_legged()).from(peer);
    let open = [
        small.listen(from("192.0.2.1:1")).await,
        small.listen(from("192.0.2.1:2")).await,
    ];
    let refused = small
        .send(from("192.0.2.1:3").header("accept", "text/event-stream"))
        .await;
    assert_eq!(refused.header("retry-after"), "20");
    assert!(refused.refused(429).contains("Close one"));
    assert_eq!(small.listen(from("192.0.2.2:1")).await.status, 200);
    drop(open);
}

async fn anonymous_clients_are_limited_by_network(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| settings.live.max_connections_per_client = 2);
    let from = |peer: String| {
        Request::get(FEED)
            .by(&bob.two_legged().credentials)
            .from(&peer)
    };
    let mut open = Vec::new();
    for (networks, statuses) in [
        (vec!["1:1::1", "1:1::2", "1:1:ffff::3"], [200, 200, 429]),
        (vec!["1:2::1", "1:2::2", "1:2::3"], [200, 200, 429]),
        (vec!["1:3::1", "1:3::2", "1:4::1"], [200, 200, 429]),
        (vec!["2:1::1", "2:1::2", "2:1::3"], [200, 200, 429]),
    ] {
        for (network, status) in networks.into_iter().zip(statuses) {
            let feed = small.listen(from(format!("[2001:db8:{network}]:1"))).await;
            assert_eq!(feed.status, status, "{network}");
            open.push(feed);
        }
    }
    open.truncate(1);
    assert_eq!(
        small
            .listen(from("[2001:db8:1:1::9]:1".into()))
            .await
            .status,
        200,
        "places are given back"
    );
}

async fn anonymous_clients_leave_connections_to_persons(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| settings.live.max_connections = 6);
    let from = |host: u8| {
        Request::get(FEED)
            .by(&bob.two_legged().credentials)
            .from(&format!("192.0.2.{host}:1"))
    };
    let mut open = Vec::new();
    for host in 0..3 {
        open.push(small.listen(from(host)).await);
    }
    let refused = small
        .send(from(9).header("accept", "text/event-stream"))
        .await;
    assert!(refused.refused(503).contains("no room"));
    for _ in 0..3 {
        open.push(small.listen(Request::get(FEED).by(&bob.credentials)).await);
    }
    assert!(open.iter().all(|feed| feed.status == 200));
}

async fn new_feed_at_the_limit_ends_the_oldest(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| {
        settings.live.max_connections_per_client = 2;
        settings.live.max_connections = 3;
    });
    let listen = || small.listen(Request::get(FEED).by(&bob.credentials));
    let mut oldest = listen().await;
    assert!(oldest.block().await.is_some());
    // None of these is read, and none is in the way.
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(listen().await);
    }
    assert_eq!(
        open.iter()
            .map(|feed| feed.status.as_u16())
            .collect::<Vec<_>>(),
        [200; 8]
    );
    assert_eq!(oldest.block().await, None);
    // The places of those that ended are not given back twice.
    open.truncate(6);
    let carol = server.person("carol").await;
    let signed = || Request::get(FEED).by(&carol.credentials);
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(small.listen(signed()).await);
    }
    let dave = server.person("dave").await;
    let last = small.listen(Request::get(FEED).by(&dave.credentials)).await;
    assert_eq!(last.status, 200);
    // A first stream takes the place of another's second, and a second one nobody's first.
    kept.push(small.listen(Request::get(FEED).by(&bob.credentials)).await);
    assert_eq!(kept[2].status, 200);
    assert!(kept[0].block().await.is_some(), "the greeting");
    assert_eq!(kept[0].block().await, None);
    let full = small.listen(Request::get(FEED).by(&bob.credentials)).await;
    assert_eq!(full.status, 503);
}
