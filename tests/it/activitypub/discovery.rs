//! `WebFinger` and `NodeInfo`.

use hydraulics::model::Urls;
use serde_json::{Value, json};

use super::{ACTIVITY, host::Host, read};
use crate::federation::joined::World;
use crate::pages::reader::Reader;
use crate::support::{Backend, Network, Request, TestServer, answer};

const SUBSCRIBE: &str = "http://ostatus.org/schema/1.0/subscribe";

on_every_backend!(
    person_is_found_as_an_actor_first,
    server_itself_is_found,
    node_info_tells_the_software_and_its_people,
    nothing_is_found_without_activitypub,
);

joined_on_every_backend!(person_with_an_address_of_another_domain_is_followed);

async fn find(server: &TestServer, resource: &str) -> Value {
    let resource = Urls::encode(resource);
    let target = format!("/.well-known/webfinger?resource={resource}");
    read(server, &target, "application/json").await.ok()
}

/// The links of a relation, in order.
fn links<'a>(document: &'a Value, rel: &str) -> Vec<&'a Value> {
    let links = document["links"].as_array().unwrap();
    links.iter().filter(|link| link["rel"] == rel).collect()
}

async fn person_is_found_as_an_actor_first(server: TestServer) {
    server.account("alice").await;
    let actor = "http://pump.example/api/user/alice/profile";
    for resource in ["acct:alice@pump.example", "acct:ALICE@pump.example", actor] {
        let found = find(&server, resource).await;
        assert_eq!(found["subject"], "acct:alice@pump.example");
        assert_eq!(
            found["aliases"],
            json!(["http://pump.example/alice", actor])
        );
        assert_eq!(
            links(&found, "self"),
            [
                &json!({ "rel": "self", "type": ACTIVITY, "href": actor }),
                &json!({ "rel": "self", "href": actor })
            ]
        );
        let template = "http://pump.example/main/people?address={uri}";
        assert_eq!(links(&found, SUBSCRIBE)[0]["template"], template);
    }
    let lrdd = Request::get("/api/lrdd?resource=acct:alice@pump.example");
    let xrd = server.send(lrdd).await.is(200).text();
    for part in [
        "<Subject>acct:alice@pump.example</Subject>".to_owned(),
        format!("<Alias>{actor}</Alias>"),
        format!(r#"<Link rel="self" type="{ACTIVITY}" href="{actor}"/>"#),
    ] {
        assert!(xrd.contains(&part), "{xrd}");
    }
    let without = server.again(|settings| settings.has_pages = false);
    let found = find(&without, "acct:alice@pump.example").await;
    assert!(links(&found, SUBSCRIBE).is_empty());
}

async fn server_itself_is_found(server: TestServer) {
    let actor = "http://pump.example/main/actor";
    for resource in [
        "acct:pump.example@pump.example",
        "pump.example@pump.example",
        "http://pump.example",
        "http://pump.example/",
        actor,
    ] {
        let found = find(&server, resource).await;
        assert_eq!(
            found["subject"], "acct:pump.example@pump.example",
            "{resource}"
        );
        let link = json!({ "rel": "self", "type": ACTIVITY, "href": actor });
        assert_eq!(found["links"], json!([link]));
    }
}

async fn node_info_tells_the_software_and_its_people(server: TestServer) {
    let [_alice, _bob] = server.people(["alice", "bob"]).await;
    let json = "application/json";
    let answer = read(&server, "/.well-known/nodeinfo", json).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let found = answer.ok();
    let base = "http://nodeinfo.diaspora.software/ns/schema";
    for version in ["2.0", "2.1"] {
        let link = links(&found, &format!("{base}/{version}"))[0]["href"].clone();
        let path = format!("/main/nodeinfo/{version}");
        assert_eq!(link, format!("http://pump.example{path}"));
        let answer = read(&server, &path, json).await.is(200);
        assert_eq!(
            answer.header("content-type"),
            format!("application/json; profile=\"{base}/{version}#\"")
        );
        let node: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(node["version"], version);
        assert_eq!(node["software"]["name"], "hydraulics");
        assert_eq!(
            node["software"].get("repository").is_some(),
            version == "2.1"
        );
        assert_eq!(node["protocols"], json!(["activitypub", "pumpio"]));
        assert_eq!(node["usage"]["users"]["total"], 2);
        assert_eq!(node["openRegistrations"], true);
        assert!(node["services"]["inbound"].is_array() && node["metadata"].is_object());
    }
    let application = links(&found, "https://www.w3.org/ns/activitystreams#Application");
    assert_eq!(application[0]["href"], "http://pump.example/main/actor");
    read(&server, "/main/nodeinfo/1.0", json).await.is(404);
}

async fn nothing_is_found_without_activitypub(server: TestServer) {
    server.account("alice").await;
    let off = server.again(|settings| settings.federation.activitypub = false);
    let found = find(&off, "acct:alice@pump.example").await;
    let actor = "http://pump.example/api/user/alice/profile";
    assert_eq!(
        links(&found, "self"),
        [&json!({ "rel": "self", "href": actor })]
    );
    assert!(found.get("aliases").is_none());
    for path in [
        "/.well-known/nodeinfo",
        "/main/nodeinfo/2.1",
        "/.well-known/webfinger?resource=acct:pump.example@pump.example",
    ] {
        read(&off, path, "application/json").await.is(404);
    }
}

async fn person_with_an_address_of_another_domain_is_followed(backend: Backend) {
    let world = World::<1>::on(Network::of_activitypub(), backend).await;
    let alice = world.servers[0].person("alice").await;
    let reader = Reader::signed_in(&world.servers[0], "alice", "").await;
    let host = Host::on(&world.network, "social.example");
    let ann = host.actor("Person", "ann");
    let link = json!({ "rel": "self", "type": ACTIVITY, "href": ann["id"] });
    let found = json!({ "subject": "acct:ann@domain.example", "links": [link] });
    world
        .network
        .stub("https://domain.example", move |request| {
            match request.uri().path() {
                "/.well-known/webfinger" => answer(200, "application/jrd+json", found.to_string()),
                _ => answer(404, "text/plain", "no"),
            }
        });
    for address in ["ann@domain.example", "ann@social.example"] {
        let fields = [("address", address)];
        reader.submit("/main/people/follow", &fields).await;
        assert_eq!(alice.ids("following").await, ["acct:ann@social.example"]);
    }
    world.deliver().await;
    let sent = world
        .network
        .last_request("https://social.example/ann/inbox");
    let sent: Value = serde_json::from_slice(sent.unwrap().body()).unwrap();
    assert_eq!(
        (&sent["type"], &sent["object"]),
        (&json!("Follow"), &ann["id"])
    );
}
