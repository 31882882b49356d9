//! Other servers as clients of the measured one: they prove who they are, follow, and deliver.

use std::time::Duration;

use anyhow::Result;
use hydraulics::app::{Clock, SystemClock};
use serde_json::{Value, json};

use super::{hosts::Hosts, sink::person};
use crate::{
    fixture::{BenchFixture, User, credentials_of, post},
    load::{Load, drive},
    signing::{Ask, Credentials},
    wire::Connection,
};

/// Nickname of the first person of each host who follows.
pub(super) const FIRST_FOLLOWER: &str = "p0";

/// How many requests to follow are sent at once.
const FOLLOWER_CONNECTIONS: usize = 16;

/// How long they may take.
const FOLLOW_TIMEOUT: Duration = Duration::from_mins(4);

/// The client of those who write.
const GENERATOR: &str = "urn:uuid:5b1a7f0e-8c1d-5c8f-9d1c-0d3a2f6a7f10";

/// A host, or a person of one, with its credentials at the measured server.
pub(super) struct Peer {
    host: String,
    credentials: Credentials,
}

impl Peer {
    /// Registers so many hosts, as themselves or as their first person. The server verifies each by
    /// Dialback.
    pub(super) async fn register_all(
        world: &BenchFixture,
        count: usize,
        nickname: Option<&str>,
    ) -> Result<Vec<Self>> {
        let mut connection = Connection::open(&world.authority).await?;
        let mut peers = Vec::new();
        for number in 0..count {
            let host = Hosts::address(number).to_string();
            let identity = match nickname {
                Some(nickname) => format!("{nickname}@{host}"),
                None => host.clone(),
            };
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("type", "client_associate")
                .append_pair("application_type", "web")
                .append_pair("application_name", &identity)
                .finish();
            let signer = &world.signer;
            let ask = signer.claim("/api/client/register", &identity, &form);
            let client: Value = connection.ask(&ask).await?.json()?;
            let credentials = credentials_of(&client)?;
            peers.push(Self { host, credentials });
        }
        Ok(peers)
    }

    fn deliver(&self, world: &BenchFixture, to: &User, activity: &Value) -> Ask {
        let inbox = to.path("inbox");
        world.signer.post(&inbox, Some(&self.credentials), activity)
    }

    fn activity(&self, nickname: &str, id: &str, to: &User) -> Value {
        let host = &self.host;
        let to = json!({ "objectType": "person", "id": to.id });
        json!({
            "id": format!("http://{host}/api/activity/{id}"),
            "actor": person(host, nickname),
            "to": [to],
            "published": SystemClock.now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "generator": { "objectType": "application", "id": GENERATOR },
        })
    }

    /// The delivery by which a person of the host follows someone.
    fn follow(&self, world: &BenchFixture, nickname: &str, whom: &User) -> Ask {
        let id = format!("{}-{nickname}-{}", world.prefix, whom.nickname);
        let mut activity = self.activity(nickname, &id, whom);
        activity["verb"] = "follow".into();
        activity["object"] = json!({ "objectType": "person", "id": whom.id });
        self.deliver(world, whom, &activity)
    }

    /// The delivery of a note to someone.
    pub(super) fn note(
        &self,
        world: &BenchFixture,
        nickname: &str,
        number: usize,
        to: &User,
    ) -> Ask {
        let (host, id) = (&self.host, format!("{}-{number}", world.prefix));
        let mut activity = self.activity(nickname, &id, to);
        activity["verb"] = "post".into();
        let mut note = post(number)["object"].take();
        let url = format!("http://{host}/api/note/{id}");
        for feed in ["likes", "replies", "shares"] {
            note[feed] = json!({ "url": format!("{url}/{feed}"), "totalItems": 0 });
        }
        note["links"] = json!({ "self": { "href": &url } });
        note["published"] = activity["published"].clone();
        note["id"] = url.into();
        activity["object"] = note;
        self.deliver(world, to, &activity)
    }
}

/// Has so many persons of each host follow someone.
pub(super) async fn follow(
    world: &BenchFixture,
    hosts: &[Peer],
    each: usize,
    whom: &User,
) -> Result<Load> {
    let of_all = (0..each).flat_map(|person| {
        let nickname = match person {
            0 => FIRST_FOLLOWER.to_owned(),
            number => format!("p{number}"),
        };
        let hosts = hosts.iter();
        hosts.map(move |host| host.follow(world, &nickname, whom))
    });
    let asks = of_all.collect();
    drive(&world.authority, FOLLOWER_CONNECTIONS, asks, FOLLOW_TIMEOUT).await
}
