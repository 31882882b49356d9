//! Change notifications between nodes.

use hydraulics::{
    model::Stream,
    storage::{Change, ChangeNotification, Commit, Delivery, Storage, Subscription},
};
use sqlx::{Connection, PgConnection};

use super::{residents, threads};
use crate::{
    databases::TestDatabase,
    on_sqlite::{note, push},
};

/// The next news within reason.
async fn next(news: &mut Subscription) -> ChangeNotification {
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), news.next()).await;
    next.unwrap().unwrap()
}

#[test]
fn notifications_resume_after_connection_loss() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let (here, there) = (database.open().await, database.open().await);
        let mut news = there.subscribe();
        // From now on it is heard.
        assert_eq!(next(&mut news).await, ChangeNotification::Resync);
        let stream = Stream::Outbox("x".into());
        let changes = |item: &str| vec![note(item, vec![]), push(stream.clone(), item)];
        let told = ChangeNotification::Added {
            streams: vec![stream.clone()],
            delivered: vec![],
        };
        here.commit(changes("one")).await.unwrap();
        assert_eq!(next(&mut news).await, told);

        let mut other = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        let killed = sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'LISTEN%'",
        );
        assert_eq!(killed.execute(&mut other).await.unwrap().rows_affected(), 1);
        assert_eq!(next(&mut news).await, ChangeNotification::Resync);
        here.commit(changes("two")).await.unwrap();
        assert_eq!(next(&mut news).await, told);

        // The last notification is sent before a node closes.
        here.commit(changes("three")).await.unwrap();
        here.close().await;
        assert_eq!(next(&mut news).await, told);
        there.close().await;
        other.close().await.unwrap();
        database.remove().await;
    });
}

#[test]
fn notification_of_a_large_delivery_is_small() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let node = database.open().await;
        node.commit(residents(500)).await.unwrap();
        let mut news = node.subscribe();
        assert_eq!(next(&mut news).await, ChangeNotification::Resync);
        let delivery = Delivery {
            activity: "a".into(),
            members: vec![Stream::Followers("x".into())],
            ..Delivery::default()
        };
        let changes = vec![note("a", vec![]), Change::Deliver(delivery)];
        node.commit(changes).await.unwrap();
        let told = ChangeNotification::Added {
            streams: vec![],
            delivered: vec!["a".into()],
        };
        // The notification of the persons may come late.
        while next(&mut news).await != told {}
        node.close().await;
        database.remove().await;
    });
}
