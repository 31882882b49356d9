//! A person of another server follows somebody of this one from their profile.

use hydraulics::model::Stream;
use serde_json::json;

use crate::support::{Backend, Request, id, public};

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
    let following = Stream::Following(BOB.into());
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

#[tokio::test]
async fn stranger_joins_a_group_through_their_own_server() {
    let world = World::make(Backend::Memory).await;
    let alice = world.one.person("alice").await;
    let group = json!({ "objectType": "group", "displayName": "Tea" });
    let create = json!({ "verb": "create", "object": group, "to": [public()] });
    let group = alice.done(&create).await["object"].take();
    let (_, place) = group["url"]
        .as_str()
        .unwrap()
        .split_once(".example")
        .unwrap();
    let page = world.one.send(Request::get(place)).await.is(200).text();
    let link = page.split_once("/main/follow?nickname=").unwrap().1;
    let name = link.split_once('"').unwrap().0;
    assert!(name.starts_with("group_"), "{page}");
    assert!(
        page.contains(&format!("<bdi>{name}@one.example</bdi>")),
        "{page}"
    );

    let session = world.sign_in().await;
    let form = Request::get(&format!("/main/follow?nickname={name}"));
    let form = world.one.send(form.header("cookie", &session)).await;
    assert!(form.is(200).text().contains("Join</button>"));
    let form = Request::post("/main/follow").form(&[("nickname", name)]);
    let form = form.header("cookie", &session);
    world.one.send(form).await.is(200);
    let members = Stream::Members(id(&group).into());
    let storage = world.two.app.storage();
    assert_eq!(storage.contains(&[(members, BOB)]).await.unwrap(), [true]);
}
