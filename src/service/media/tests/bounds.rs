//! How much an account may upload, in all and at once.

use futures_util::FutureExt;

use super::*;

#[tokio::test]
async fn an_account_has_no_more_bytes_than_its_quota() {
    let world = World::with_settings(|uploads| uploads.account_bytes = 200_000).await;
    for _ in 0..3 {
        world.upload("text/plain", "a small file").await.unwrap();
    }
    let refused = world.upload("text/plain", vec![b'x'; 4000]).await;
    assert_eq!(kind(refused), ErrorKind::TooLarge);
    let bob = account(&world.app, "bob").await;
    let bobs = upload(&world.of(&bob), &bob, "text/plain", "words".into()).await;
    assert!(bobs.is_ok());

    let one = world.uploads().await.remove(0);
    let found = world.app.storage().find_objects(&[&one]).await.unwrap();
    let mut object = Arc::unwrap_or_clone(found[0].clone().unwrap());
    object.deleted = true;
    put(&world, &object).await;
    assert!(world.upload("text/plain", vec![b'x'; 4000]).await.is_ok());
}

#[tokio::test]
async fn uploads_under_way_are_bounded_by_their_bytes() {
    let world = World::with_settings(|uploads| uploads.max_bytes_at_once = 400_000).await;
    let ctx = world.of(&world.alice);
    let bob = account(&world.app, "bob").await;
    let enter = |account: &Account, bytes| {
        let (ctx, account) = (ctx.clone(), account.clone());
        async move { admit(&ctx, &account, bytes).await.unwrap() }
    };
    let first = enter(&world.alice, 133_000).await;
    assert!(enter(&world.alice, 5000).now_or_never().is_none());
    let _bobs = enter(&bob, 133_000).now_or_never().unwrap();
    drop(first);
    assert!(enter(&world.alice, 5000).now_or_never().is_some());
}
