//! Comparison of what several servers show in the end.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    person::{POLL_INTERVAL, Person, text},
    talk::Talk,
};

/// How long the servers have to agree when nothing waits.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Waits until all inboxes, things and followers are the same; activities of before don't
/// count.
pub(crate) async fn agree(
    talk: &Talk,
    people: &[Person],
    idols: &[Person],
    before: &HashSet<String>,
) {
    let wrong = std::mem::take(&mut *talk.wrong.lock());
    assert_eq!(wrong, [""; 0], "no client is told of faults of others");
    let (mut all, mut things) = (Vec::new(), Vec::new());
    for person in people {
        for item in person.items("feed").await {
            if item["verb"] == "post" {
                let object = &item["object"];
                things.push((text(&object["objectType"]), text(&object["id"])));
            }
            let object = &item["object"];
            let about = [&object["id"], &object["inReplyTo"]["id"]];
            let about = about.map(|id| id.as_str().unwrap_or_default());
            let is_about_deleted = about.iter().any(|id| talk.deleted.lock().contains(*id));
            all.push((text(&item["id"]), is_about_deleted));
        }
    }
    all.retain(|(id, _)| !before.contains(id));
    all.sort_unstable();
    for done in talk.done.lock().iter() {
        let found = all.binary_search_by(|(id, _)| id.cmp(done));
        assert!(found.is_ok(), "{done} is lost at home");
    }
    let deadline = Instant::now() + SETTLE_TIMEOUT;
    loop {
        let mut differences = differing_inboxes(people, &all, before).await;
        differences.extend(differing_things(people, &things).await);
        differences.extend(differing_followers(people, idols).await);
        if differences.is_empty() {
            break;
        }
        assert!(Instant::now() < deadline, "{differences:#?}");
        sleep(POLL_INTERVAL).await;
    }
    let (activities, things) = (all.len(), things.len());
    println!("{activities} activities are in every inbox, once; {things} things are the same");
}

/// Activities that are in an inbox too often, or not. A server that knew of a deletion first takes
/// nothing about the thing any more.
async fn differing_inboxes(
    people: &[Person],
    all: &[(String, bool)],
    before: &HashSet<String>,
) -> Vec<String> {
    let mut differences = Vec::new();
    for person in people {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for id in person.ids("inbox").await {
            if !before.contains(&id) {
                *counts.entry(id).or_default() += 1;
            }
        }
        for (id, is_about_deleted) in all {
            let count = counts.remove(id).unwrap_or_default();
            if count > 1 || count == 0 && !is_about_deleted {
                differences.push(format!("{} has {id} {count} times", person.name));
            }
        }
        let others = counts.keys();
        differences.extend(others.map(|id| format!("{} has {id}, a stranger", person.name)));
    }
    differences
}

/// Things that one of the servers shows otherwise than the others.
async fn differing_things(people: &[Person], things: &[(String, String)]) -> Vec<String> {
    let mut differences = Vec::new();
    for (kind, id) in things {
        let mut seen = Vec::new();
        for person in people {
            seen.push(summary(&person.look(kind, id).await).to_string());
        }
        if seen.iter().any(|one| *one != seen[0]) {
            differences.push(format!("{kind} {id} is {seen:#?}"));
        }
    }
    differences
}

/// Persons whose server knows other followers than their servers do.
async fn differing_followers(people: &[Person], idols: &[Person]) -> Vec<String> {
    let mut differences = Vec::new();
    for idol in idols {
        let followers = idol.ids("followers").await;
        for person in people {
            let follows = person.ids("following").await.contains(&idol.id());
            if follows != followers.contains(&person.id()) {
                differences.push(format!("{} follows {}: {follows}", person.name, idol.name));
            }
        }
    }
    differences
}

/// A thing as far as all servers have to show the same of it.
fn summary((status, thing): &(u16, Value)) -> Value {
    let count = |feed: &str| thing[feed]["totalItems"].clone();
    json!({
        "status": status,
        "content": thing["content"],
        "author": thing["author"]["id"],
        "inReplyTo": thing["inReplyTo"]["id"],
        "counts": [count("likes"), count("shares"), count("replies")],
    })
}
