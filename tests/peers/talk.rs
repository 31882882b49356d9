//! People who talk with each other for a while: about things that they know, in any order.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use rand::random_range;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::person::{Person, text};

/// Pause between two things that a person does, in milliseconds. Of two in one second the later
/// arrival would count.
const PAUSE: std::ops::Range<u64> = 1100..2200;

/// How many of the newest things are talked about.
const TOPICS: usize = 40;

/// A thing that somebody made.
#[derive(Clone)]
struct Thing {
    kind: &'static str,
    id: String,
    author: String,
}

/// All that was said, as far as the clients know.
#[derive(Default)]
pub(crate) struct Talk {
    things: Mutex<Vec<Thing>>,
    /// Activities that were answered with 200.
    pub(crate) done: Mutex<Vec<String>>,
    /// Things that were deleted.
    pub(crate) deleted: Mutex<HashSet<String>>,
    /// How many activities had which status; none has 0.
    pub(crate) statuses: Mutex<BTreeMap<u16, usize>>,
    /// Answers that no client should see.
    pub(crate) wrong: Mutex<Vec<String>>,
}

/// A person at work.
struct Talker {
    /// The same person at each node of their server.
    clients: Vec<Person>,
    /// Persons whom they follow and leave again.
    idols: Vec<Value>,
    /// Stranger to whom some of it is addressed, too.
    stranger: Value,
    /// Edges that they believe to be there, by verb and id.
    edges: HashSet<(&'static str, String)>,
    count: usize,
}

fn public() -> Value {
    json!([{ "objectType": "collection", "id": "http://activityschema.org/collection/public" }])
}

impl Talk {
    /// Lets a person talk until that is cancelled.
    pub(crate) async fn join(
        self: Arc<Self>,
        clients: Vec<Person>,
        idols: Vec<Value>,
        stranger: Value,
        end: CancellationToken,
    ) {
        let mut talker = Talker {
            clients,
            idols,
            stranger,
            edges: HashSet::new(),
            count: 0,
        };
        while !end.is_cancelled() {
            sleep(Duration::from_millis(random_range(PAUSE))).await;
            self.perform(&mut talker).await;
        }
    }

    async fn perform(&self, talker: &mut Talker) {
        talker.count += 1;
        let client = talker.clients[talker.count % talker.clients.len()].clone();
        let Some(mut activity) = self.think(talker, &client) else {
            return;
        };
        activity["to"] = public();
        if random_range(0..8) == 0 {
            activity["cc"] = json!([talker.stranger]);
        }
        let answer = client.act(&activity).await;
        let status = answer.as_ref().map_or(0, |(status, _)| *status);
        *self.statuses.lock().entry(status).or_default() += 1;
        match answer {
            Some((200, done)) => self.note(&client, &activity, &done),
            Some((status, body)) if status >= 500 && status != 503 || status == 401 => {
                let wrong = format!("{status} to {activity}: {body}");
                self.wrong.lock().push(wrong);
            }
            _ => {}
        }
    }

    /// Keeps what was done.
    fn note(&self, client: &Person, activity: &Value, done: &Value) {
        self.done.lock().push(text(&done["id"]));
        let object = &activity["object"];
        if activity["verb"] == "delete" {
            self.deleted.lock().insert(text(&object["id"]));
        }
        if activity["verb"] == "post" {
            let kind = if object["objectType"] == "note" {
                "note"
            } else {
                "comment"
            };
            self.things.lock().push(Thing {
                kind,
                id: text(&done["object"]["id"]),
                author: client.id(),
            });
        }
    }

    /// Chooses what to do, unless there is nothing to do it with.
    fn think(&self, talker: &mut Talker, client: &Person) -> Option<Value> {
        let things = self.things.lock();
        let recent = &things[things.len().saturating_sub(TOPICS)..];
        let any = |is_mine: bool| {
            let of = |thing: &&Thing| !is_mine || thing.author == client.id();
            let fit: Vec<&Thing> = recent.iter().filter(of).collect();
            let chosen = (!fit.is_empty()).then(|| fit[random_range(0..fit.len())].clone());
            chosen.map(|thing| {
                (
                    thing.id.clone(),
                    json!({ "objectType": thing.kind, "id": thing.id }),
                )
            })
        };
        let words = format!("{} says {}", client.name, talker.count);
        Some(match random_range(0..20) {
            0..6 => json!({ "verb": "post", "object": { "objectType": "note", "content": words } }),
            6..10 => json!({ "verb": "post", "object": {
                "objectType": "comment", "content": words, "inReplyTo": any(false)?.1,
            } }),
            10..13 => talker.toggle(["favorite", "unfavorite"], any(false)?),
            13..15 => talker.toggle(["share", "unshare"], any(false)?),
            15..17 => {
                let idol = talker.idols[random_range(0..talker.idols.len())].clone();
                talker.toggle(["follow", "stop-following"], (text(&idol["id"]), idol))
            }
            17..19 => {
                let mut object = any(true)?.1;
                object["content"] = format!("{words} instead").into();
                json!({ "verb": "update", "object": object })
            }
            _ => json!({ "verb": "delete", "object": any(true)?.1 }),
        })
    }
}

impl Talker {
    /// Does the first if it is not done, else the second.
    fn toggle(&mut self, verbs: [&'static str; 2], (id, object): (String, Value)) -> Value {
        let edge = (verbs[0], id);
        let is_new = !self.edges.remove(&edge);
        if is_new {
            self.edges.insert(edge);
        }
        json!({ "verb": verbs[usize::from(!is_new)], "object": object })
    }
}
