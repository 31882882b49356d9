//! Filling a database with copies of what the server itself has made.

use std::sync::Arc;

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hydraulics::{
    model::{Account, Body, Class, Nickname, Object, Stream},
    storage::{Change, Changes, Delivery, Duplicate, Expect, connect},
};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    database::Database,
    progress::Progress,
    wire::Connection,
    world::{PUBLIC, User, World, post},
};

/// Whose inboxes are filled: the first of those who follow the first account.
pub(crate) const READERS: usize = 16;

/// A reader gets one of so many activities, and the first account makes as many of them.
pub(crate) const STEP: usize = 10;

/// How many changes are one commit.
const COMMIT: usize = 4_000;

/// How large a database is made.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sizes {
    pub(crate) activities: usize,
    pub(crate) followers: usize,
}

/// The readers among the people of a world.
pub(crate) fn readers(world: &World) -> &[User] {
    &world.users[1..=READERS]
}

/// Who has made an activity: the first, or one of those who are no readers.
fn author(number: usize, world: &World) -> usize {
    let block = number / STEP;
    if block.is_multiple_of(STEP) {
        0
    } else {
        let others = world.users.len() - READERS - 1;
        READERS + 1 + block % others
    }
}

/// Whether an activity is in the inbox of a reader.
pub(crate) fn reaches(number: usize, reader: usize) -> bool {
    (number + reader).is_multiple_of(STEP)
}

/// Whether an activity is in the outbox of the first.
pub(crate) fn is_of_first(number: usize, world: &World) -> bool {
    author(number, world) == 0
}

/// The last part of the id of what is made; without an order, as random ones.
pub(crate) fn uuid(kind: &str, number: usize) -> String {
    let digest = Sha256::digest(format!("{kind} {number}"));
    URL_SAFE_NO_PAD.encode(&digest[..16])
}

/// The ids of an activity of each who will have made some, in the order of the people; last, one of the first
/// for followers only.
pub(crate) async fn samples(world: &World) -> Result<Vec<String>> {
    let mut connection = Connection::open(&world.authority).await?;
    let mut public = post(0);
    public["to"] = json!([{ "objectType": "collection", "id": PUBLIC }]);
    let mut ids = Vec::new();
    let private = [(&world.users[0], world.note(0, false))];
    let all = world.users.iter().map(|user| (user, public.clone()));
    for (user, activity) in all.chain(private) {
        let ask = world
            .signer
            .post(&user.path("feed"), Some(&user.credentials), &activity);
        let activity: Value = connection.ask(&ask).await?.json()?;
        ids.push(activity["id"].as_str().context("it has an id")?.to_owned());
    }
    Ok(ids)
}

/// An activity and its note, as the server has stored them.
struct Sample {
    activity: Arc<Object>,
    note: Arc<Object>,
}

impl Sample {
    /// The same under other ids.
    fn copy(&self, number: usize) -> Result<[Object; 2]> {
        let (activity, note) = (uuid("activity", number), uuid("note", number));
        let renamed = |text: &str| {
            let text = text.replace(&self.activity.uuid, &activity);
            text.replace(&self.note.uuid, &note)
        };
        let copy = |of: &Object, uuid: &str| {
            anyhow::Ok(Object {
                id: renamed(&of.id),
                uuid: uuid.to_owned(),
                post: of.post.as_deref().map(renamed),
                body: Body::from_text(renamed(of.body.text()))?,
                ..of.clone()
            })
        };
        Ok([copy(&self.activity, &activity)?, copy(&self.note, &note)?])
    }
}

/// Fills a database that no server has open; says who was made to follow the first.
pub(crate) async fn fill(
    database: &Database,
    world: &World,
    samples: &[String],
    sizes: Sizes,
    progress: &Progress,
) -> Result<Vec<String>> {
    let storage = connect(&database.url).await?;
    let find = async |id: &str| {
        let found = storage.find_objects(&[id]).await?.pop().flatten();
        found.with_context(|| format!("{id} is stored"))
    };
    let mut ready = Vec::new();
    for id in samples {
        let activity = find(id).await?;
        let note = activity.refers("object").context("it has an object")?;
        let note = find(&note.id).await?;
        ready.push(Sample { activity, note });
    }
    let last = world.users.last().context("there are people")?;
    let person = find(&last.id).await?;
    let account = storage
        .find_account(&Nickname::parse(&last.nickname)?)
        .await?;
    let account = account.context("people have accounts")?;

    let mut changes = Changes::new();
    let mut followers = Vec::new();
    for number in 0..sizes.followers {
        let (follower, more) = follower(number, world, &person, &account)?;
        followers.push(follower);
        changes.extend(more);
        if changes.len() >= COMMIT || number + 1 == sizes.followers {
            storage.commit(std::mem::take(&mut changes)).await?;
            progress.step("making followers", number, sizes.followers);
        }
    }
    for number in 0..sizes.activities {
        let author = author(number, world);
        // Every other one of the first is for followers.
        let sample = match (author, number % 2) {
            (0, 1) => ready.last(),
            _ => ready.get(author),
        };
        let sample = sample.context("everyone has a sample")?;
        changes.extend(activity(number, world, sample)?);
        if changes.len() >= COMMIT || number + 1 == sizes.activities {
            storage.commit(std::mem::take(&mut changes)).await?;
            progress.step("making activities", number, sizes.activities);
        }
    }
    storage.close().await;
    progress.phase("tidying the database");
    database.settle().await?;
    Ok(followers)
}

/// An account that follows the first.
fn follower(
    number: usize,
    world: &World,
    person: &Object,
    account: &Account,
) -> Result<(String, Changes)> {
    let name = format!("{}-f{number}", world.prefix);
    let renamed = |text: &str| text.replace(account.nickname.as_str(), &name);
    let id = renamed(&person.id);
    let push = |stream, item: &str| Change::Push {
        stream,
        item: item.to_owned(),
        class: None,
        duplicate: Duplicate::Refuse,
    };
    let first = &world.users[0].id;
    let changes = vec![
        Change::PutObject {
            object: Object {
                id: id.clone(),
                uuid: uuid("person", number),
                body: Body::from_text(renamed(person.body.text()))?,
                ..person.clone()
            },
            expect: Expect::Absent,
        },
        Change::PutAccount {
            account: Account {
                nickname: Nickname::parse(&name)?,
                person: id.clone(),
                ..account.clone()
            },
            expect: Expect::Absent,
        },
        push(Stream::Users, &id),
        push(Stream::Followers(first.clone()), &id),
        push(Stream::Following(id.clone()), first),
    ];
    Ok((id, changes))
}

/// An activity in the feeds of who made it, and in the inboxes of readers.
fn activity(number: usize, world: &World, sample: &Sample) -> Result<Changes> {
    let [activity, note] = sample.copy(number)?;
    let actor = activity.author.clone().context("someone made it")?;
    let push = |stream| Change::Push {
        stream,
        item: activity.id.clone(),
        class: Some(Class {
            major: true,
            direct: false,
        }),
        duplicate: Duplicate::Ignore,
    };
    let reached = readers(world).iter().enumerate();
    let reached = reached.filter(|(reader, _)| reaches(number, *reader));
    let delivery = Delivery {
        activity: activity.id.clone(),
        major: true,
        persons: reached.map(|(_, user)| user.id.clone()).collect(),
        ..Delivery::default()
    };
    let pushes = [
        push(Stream::Outbox(actor.clone())),
        push(Stream::Inbox(actor)),
    ];
    let put = |object| Change::PutObject {
        object,
        expect: Expect::Absent,
    };
    let mut changes = vec![put(note), put(activity)];
    changes.extend(pushes);
    changes.push(Change::Deliver(delivery));
    Ok(changes)
}
