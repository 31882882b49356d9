//! How much an account may upload, in all and at once.

use futures_util::FutureExt;
use tokio::task::unconstrained;

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

const MIB: usize = 1024 * 1024;

/// A place with the settings of every day.
async fn usual() -> World {
    World::with_settings(|uploads| {
        uploads.max_bytes = 16 * MIB;
        uploads.max_bytes_at_once = 128 * MIB;
    })
    .await
}

/// An account, and two uploads of it of which only the first bytes have arrived.
async fn two_begun(world: &World, name: &str) -> (Account, [UploadAdmission; 2]) {
    let account = account(&world.app, name).await;
    let ctx = world.of(&account);
    let upload = || {
        unconstrained(admit(&ctx, &account, 16 * MIB))
            .now_or_never()
            .unwrap()
    };
    let begun = [upload().unwrap(), upload().unwrap()];
    (account, begun)
}

#[tokio::test]
async fn an_upload_takes_room_for_the_bytes_that_arrived() {
    let world = usual().await;
    let mut slow = Vec::new();
    for name in ["a", "b", "c", "d"] {
        slow.push(two_begun(&world, name).await);
    }
    let ctx = world.of(&world.alice);
    let small = unconstrained(admit(&ctx, &world.alice, 5)).now_or_never();
    assert!(small.is_some_and(|small| small.is_ok()));
    let large = admit(&ctx, &world.alice, 16 * MIB).now_or_never();
    let mut large = large.unwrap().unwrap();
    assert!(large.count(16 * MIB).now_or_never().is_some());
    // A quarter is the most of one account.
    let mut second = admit(&ctx, &world.alice, 16 * MIB).await.unwrap();
    assert!(second.count(16 * MIB).now_or_never().is_some());
    assert!(
        unconstrained(admit(&ctx, &world.alice, 5))
            .now_or_never()
            .is_none()
    );
    drop(second);
    assert!(
        unconstrained(admit(&ctx, &world.alice, 5))
            .now_or_never()
            .is_some()
    );
}

#[tokio::test]
async fn uploads_of_few_accounts_leave_room_for_another() {
    let world = usual().await;
    let mut under_way = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let (account, mut begun) = two_begun(&world, name).await;
        for upload in &mut begun {
            // All of it, or as much as there is room for.
            let mut pieces = 0..64;
            pieces.all(|_| {
                unconstrained(upload.count(MIB / 4))
                    .now_or_never()
                    .is_some()
            });
        }
        under_way.push((account, begun));
    }
    let (last, _) = &under_way[3];
    assert!(
        unconstrained(admit(&world.of(last), last, 5))
            .now_or_never()
            .is_none()
    );
    let ctx = world.of(&world.alice);
    assert!(
        unconstrained(admit(&ctx, &world.alice, 5))
            .now_or_never()
            .is_some()
    );
}

#[tokio::test]
async fn one_account_has_one_picture_worked_on_at_once() {
    let world = World::new().await;
    let first = world.app.admit_image("a").now_or_never();
    assert!(first.is_some());
    assert!(world.app.admit_image("a").now_or_never().is_none());
    assert!(world.app.admit_image("b").now_or_never().is_some());
}
