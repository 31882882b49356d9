//! A person of another server follows somebody of this one from their profile.

use crate::support::{Backend, Request};

use super::world::{BOB, World};

#[tokio::test]
async fn stranger_follows_through_their_own_server() {
    let world = World::make(Backend::Memory).await;
    let alice = world.one.person("alice").await;
    let profile = world.one.send(Request::get("/alice")).await.is(200).text();
    assert!(
        profile.contains("href=\"/main/follow?nickname=alice\""),
        "{profile}"
    );
    let ask = |cookie: &str| {
        let page = Request::get("/main/follow?nickname=alice");
        world.one.send(page.header("cookie", cookie))
    };
    let page = ask("").await.is(200).text();
    assert!(
        page.contains("value=\"/main/follow?nickname=alice\""),
        "{page}"
    );

    let session = world.sign_in().await;
    let page = ask(&session).await.is(200).text();
    assert!(
        page.contains(BOB) && page.contains("id=\"follow\""),
        "{page}"
    );
    let post = |cookie: &str| {
        let form = Request::post("/main/follow").form(&[("nickname", "alice")]);
        form.header("cookie", cookie)
    };
    let foreign = post(&session).header("origin", "https://evil.example");
    world.one.send(foreign).await.is(403);
    let page = world.one.send(post("")).await.is(200).text();
    assert!(page.contains("id=\"remote\""), "{page}");
    let page = world.one.send(post(&session)).await.is(200).text();
    assert!(page.contains("You follow alice@one.example now"), "{page}");
    let bob = world.two.app.storage();
    let following = hydraulics::model::Stream::Following(BOB.into());
    assert_eq!(
        bob.contains(&[(following, &alice.id())]).await.unwrap(),
        [true]
    );
}

#[tokio::test]
async fn nobody_unknown_can_be_followed_from_elsewhere() {
    let world = World::make(Backend::Memory).await;
    for path in ["/main/follow?nickname=nobody", "/main/follow"] {
        world.one.send(Request::get(path)).await.is(404);
    }
}
