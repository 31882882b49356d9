//! People of other servers who follow somebody of the measured one, and write to them.

use std::time::Duration;

use anyhow::Result;
use hydraulics::app::{Clock, SystemClock};
use serde_json::{Value, json};

use super::{measured::Measured, signing::Key};
use crate::{
    federation::Hosts,
    load::drive,
    signing::{ANY_STATUS, Ask},
};

/// How many deliver at once.
const CONNECTIONS: usize = 16;

/// How long all requests to follow may take.
const FOLLOW_TIMEOUT: Duration = Duration::from_mins(5);

/// Everyone.
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// The id of a person.
pub(super) fn actor_id(host: &str, name: &str) -> String {
    format!("http://{host}/users/{name}")
}

/// The id of a person by number: they are spread over the hosts in turn.
pub(super) fn person(number: usize, hosts: usize) -> String {
    let host = Hosts::address(number % hosts).to_string();
    actor_id(&host, &format!("p{}", number / hosts))
}

/// A request of theirs to follow the author.
fn follow(measured: &Measured, key: &Key, actor: &str) -> Result<Ask> {
    let author = &measured.author;
    let activity = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{actor}/follows/{}", measured.run),
        "type": "Follow",
        "actor": actor,
        "to": [author.id],
        "object": author.id,
    });
    deliver(measured, key, actor, &activity)
}

/// A public note of theirs that names the author.
pub(super) fn note(measured: &Measured, key: &Key, actor: &str, number: usize) -> Result<Ask> {
    let author = &measured.author;
    let id = format!("{actor}/notes/{}-{number}", measured.run);
    let published = SystemClock.now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let to = json!([PUBLIC]);
    let cc = json!([format!("{actor}/followers"), author.id]);
    let content = format!(
        "<p>Note number {number}: water runs downhill, and a pump is what makes it run uphill \
         again. Who has seen <a href=\"https://example.com/pumps/{number}\">the new one</a> by the \
         mill?</p>"
    );
    let mention = json!([{ "type": "Mention", "href": author.id, "name": author.address }]);
    deliver(
        measured,
        key,
        actor,
        &json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": format!("{id}/activity"),
            "type": "Create",
            "actor": actor,
            "published": published,
            "to": to,
            "cc": cc,
            "object": {
                "id": id,
                "type": "Note",
                "attributedTo": actor,
                "published": published,
                "to": to,
                "cc": cc,
                "url": id,
                "content": content,
                "tag": mention,
            },
        }),
    )
}

fn deliver(measured: &Measured, key: &Key, actor: &str, activity: &Value) -> Result<Ask> {
    let body = activity.to_string();
    let inbox = &measured.author.inbox;
    let ask = key.request(actor, &measured.authority, inbox, Some(body.as_bytes()))?;
    Ok(ask.answered(ANY_STATUS))
}

/// Has people follow the author, by number.
pub(super) async fn follow_all(
    measured: &Measured,
    key: &Key,
    persons: std::ops::Range<usize>,
    hosts: usize,
) -> Result<()> {
    let asks = persons.map(|number| follow(measured, key, &person(number, hosts)));
    let asks = asks.collect::<Result<_>>()?;
    drive(&measured.authority, CONNECTIONS, asks, FOLLOW_TIMEOUT).await?;
    Ok(())
}
