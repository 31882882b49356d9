use hydraulics::{App, app::*, context::Caller, model::*, service::*, storage::memory::Memory};
use serde_json::*;
use std::sync::Arc;
fn app() -> App {
    App::new(Parts {
        storage: Arc::new(Memory::new()),
        blobs: Arc::new(object_store::memory::InMemory::new()),
        clock: Arc::new(ManualClock::at(1_800_000_000)),
        entropy: Arc::new(SeededEntropy::new(1)),
        settings: Settings::new(Urls::new(&url::Url::parse("http://h.example").unwrap()).unwrap()),
    })
}
async fn user(app: &App, n: &str) -> hydraulics::Context {
    let ctx = app.context(Caller::Server);
    let a = accounts::register(
        &ctx,
        accounts::Registration {
            nickname: n.into(),
            password: Secret::new("correct-horse9"),
            email: None,
            extra: Map::new(),
        },
    )
    .await
    .unwrap();
    let client = Client {
        id: "c".into(),
        secret: Secret::new("s"),
        kind: ClientKind::Native,
        name: Some("Probe".into()),
        description: None,
        logo_url: None,
        contacts: vec![],
        redirect_uris: vec![],
        created: ctx.now(),
        updated: ctx.now(),
    };
    app.context(Caller::User {
        client: Box::new(client),
        account: Box::new(a),
    })
}
async fn act(ctx: &hydraulics::Context, v: Value) -> Value {
    let d = activity::Draft::parse(v.as_object().unwrap().clone(), ctx.person().unwrap()).unwrap();
    let p = activity::perform(ctx, d).await.unwrap();
    present::one(ctx, p.activity, present::Detail::FULL)
        .await
        .unwrap()
}
#[tokio::test]
async fn smoke() {
    let app = app();
    let alice = user(&app, "alice").await;
    let bob = user(&app, "bob").await;
    let n=act(&alice,json!({"object":{"objectType":"note","content":"Hello <b>w</b>"},"to":[{"objectType":"collection","id":PUBLIC}]})).await;
    println!("{}", to_string_pretty(&n).unwrap());
    act(
        &bob,
        json!({"verb":"follow","object":{"objectType":"person","id":"acct:alice@h.example"}}),
    )
    .await;
    let c=act(&bob,json!({"object":{"objectType":"comment","content":"hi","inReplyTo":{"objectType":"note","id":n["object"]["id"]}}})).await;
    println!("{}", to_string_pretty(&c).unwrap());
    act(
        &bob,
        json!({"verb":"favorite","object":{"objectType":"note","id":n["object"]["id"]}}),
    )
    .await;
    let i = timelines::inbox(
        &alice,
        "alice",
        &PageRequest {
            filter: Filter {
                major: Some(true),
                direct: false,
            },
            ..Default::default()
        },
    )
    .await
    .unwrap();
    println!("{}", to_string_pretty(&i).unwrap());
    let i = timelines::inbox(&alice, "alice", &PageRequest::default())
        .await
        .unwrap();
    for a in i["items"].as_array().unwrap() {
        println!("{} {}", a["actor"]["displayName"], a["content"]);
    }
    let i = timelines::outbox(&bob, "alice", &PageRequest::default())
        .await
        .unwrap();
    println!(
        "{} {}",
        i["totalItems"],
        i["items"].as_array().unwrap().len()
    );
    println!(
        "{}",
        to_string_pretty(&people::user(&alice, "alice").await.unwrap()).unwrap()
    );
}
