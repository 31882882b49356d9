//! Copies of what the server itself has made, under other names.

use std::sync::Arc;

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hydraulics::{
    model::{Account, Body, Class, Nickname, Object, Stream},
    storage::{Change, Delivery, Duplicate, Expect, Storage},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::fill::{reaches, readers};
use crate::{
    fixture::{BenchFixture, PUBLIC, post},
    wire::Connection,
};

/// The ids of an activity of each who will have made some, in the order of the people; last, one of
/// the first for followers only.
pub(crate) async fn samples(world: &BenchFixture) -> Result<Vec<String>> {
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

/// Templates of the copies, and their names.
pub(super) struct Copies<'a> {
    world: &'a BenchFixture,
    /// In the order of the people.
    samples: Vec<Sample>,
    person: Arc<Object>,
    account: Account,
}

/// An activity and its note, as the server has stored them.
struct Sample {
    activity: Arc<Object>,
    note: Arc<Object>,
}

impl<'a> Copies<'a> {
    /// Reads what the server has stored.
    pub(super) async fn new(
        storage: &dyn Storage,
        world: &'a BenchFixture,
        ids: &[String],
    ) -> Result<Self> {
        let find = async |id: &str| {
            let found = storage.find_objects(&[id]).await?.pop().flatten();
            found.with_context(|| format!("{id} is stored"))
        };
        let mut samples = Vec::new();
        for id in ids {
            let activity = find(id).await?;
            let note = activity
                .reference_property("object")
                .context("it has an object")?;
            let note = find(&note.id).await?;
            samples.push(Sample { activity, note });
        }
        let last = world.users.last().context("there are people")?;
        let nickname = Nickname::parse(&last.nickname)?;
        let account = storage.find_account(&nickname).await?;
        Ok(Self {
            world,
            samples,
            person: find(&last.id).await?,
            account: account.context("people have accounts")?,
        })
    }

    /// The id of a follower.
    pub(super) fn follower(&self, number: usize) -> String {
        self.renamed(&self.person.id, number)
    }

    fn renamed(&self, text: &str, number: usize) -> String {
        text.replace(self.account.nickname.as_str(), &self.name(number))
    }

    fn name(&self, number: usize) -> String {
        format!("{}-f{number}", self.world.prefix)
    }

    /// A follower with an account.
    pub(super) fn account(&self, number: usize) -> Result<[Change; 3]> {
        let id = self.follower(number);
        let mut object = Object::clone(&self.person);
        object.id.clone_from(&id);
        object.uuid = uuid("person", number);
        object.body = Body::from_text(self.renamed(self.person.body.raw(), number))?;
        let account = Account {
            nickname: Nickname::parse(&self.name(number))?,
            person: id.clone(),
            ..self.account.clone()
        };
        let expect = Expect::Absent;
        Ok([
            Change::PutObject { object, expect },
            Change::PutAccount { account, expect },
            push(Stream::Following(id), &self.world.users[0].id, None),
        ])
    }

    /// A follower among all users and among the followers.
    pub(super) fn follow(&self, number: usize) -> [Change; 2] {
        let first = self.world.users[0].id.clone();
        let id = self.follower(number);
        [Stream::Users, Stream::Followers(first)].map(|stream| push(stream, &id, None))
    }

    /// An activity with its note, in the inboxes of readers. Every other one of the first is for
    /// followers.
    pub(super) fn activity(&self, number: usize, author: usize) -> Result<[Change; 3]> {
        let sample = match (author, number % 2) {
            (0, 1) => self.samples.last(),
            _ => self.samples.get(author),
        };
        let [activity, note] = sample.context("everyone has a sample")?.copy(number)?;
        let reached = readers(self.world).iter().enumerate();
        let reached = reached.filter(|(reader, _)| reaches(number, *reader));
        let delivery = Delivery {
            activity: activity.id.clone(),
            major: true,
            persons: reached.map(|(_, user)| user.id.clone()).collect(),
            ..Delivery::default()
        };
        let put = |object| Change::PutObject {
            object,
            expect: Expect::Absent,
        };
        Ok([put(note), put(activity), Change::Deliver(delivery)])
    }

    /// An activity in the outbox of who made it.
    pub(super) fn file(&self, number: usize, author: usize) -> Change {
        let class = Class {
            major: true,
            direct: false,
        };
        let outbox = Stream::Outbox(self.world.users[author].id.clone());
        push(outbox, &activity_id(number, self.world), Some(class))
    }
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
            let mut copy = of.clone();
            copy.id = renamed(&of.id);
            uuid.clone_into(&mut copy.uuid);
            copy.published_by = of.published_by.as_deref().map(renamed);
            copy.body = Body::from_text(renamed(of.body.raw()))?;
            anyhow::Ok(copy)
        };
        Ok([copy(&self.activity, &activity)?, copy(&self.note, &note)?])
    }
}

fn push(stream: Stream, item: &str, class: Option<Class>) -> Change {
    Change::Push {
        stream,
        item: item.to_owned(),
        class,
        duplicate: Duplicate::Reject,
    }
}

/// The id of the activity of a number.
pub(crate) fn activity_id(number: usize, world: &BenchFixture) -> String {
    let uuid = uuid("activity", number);
    format!("{}/api/activity/{uuid}", world.signer.base())
}

/// The last part of the id of what is made; without an order, as random ones.
fn uuid(kind: &str, number: usize) -> String {
    let digest = Sha256::digest(format!("{kind} {number}"));
    URL_SAFE_NO_PAD.encode(&digest[..16])
}
