//! Batches of changes: inserts of several posts are combined into one step, whether they are from
//! one commit or several.

use std::collections::HashSet;

use super::key::{self, Key};
use crate::{
    model::{Object, Stream},
    storage::{Change, Delivery, Duplicate, Expect},
};

/// A piece of work.
#[derive(Debug)]
pub(crate) enum BatchStep<'a> {
    /// Objects to be stored that must not be there.
    InsertObjects(Vec<&'a Object>),
    /// Objects to be put into streams, and activities into inboxes.
    InsertEntries(EntryBatch<'a>),
    /// A change by itself.
    Single(&'a Change),
}

/// Entries to be made where they are not there yet, by what stands for them: the first of those for
/// one object and stream counts.
#[derive(Debug, Default)]
pub(crate) struct EntryBatch<'a> {
    /// The ids of the objects, which must be stored.
    pub(crate) items: Vec<&'a str>,
    /// The streams that are pushed to.
    pub(crate) streams: HashSet<&'a Stream>,
    /// Into streams.
    pub(crate) direct_pushes: Vec<PendingEntry>,
    /// Into the inboxes of persons.
    pub(crate) to_persons: Vec<PendingEntry>,
    /// Into the inboxes of the members of streams.
    pub(crate) to_members: Vec<PendingEntry>,
    /// The deliveries among them.
    pub(crate) deliveries: Vec<PendingDelivery<'a>>,
}

/// Part of a delivery that is about remote accounts.
#[derive(Debug)]
pub(crate) struct PendingDelivery<'a> {
    /// Number of the delivery: half the ordinal of its entries.
    pub(crate) number: i32,
    /// When it is enqueued, in seconds since 1970.
    pub(crate) enqueued: i64,
    /// Name of the host that it came from.
    pub(crate) except_host: Option<&'a str>,
    /// The key of the only account of `ActivityPub` that it is for, see [`key::reach_key`].
    pub(crate) activitypub: Option<Key>,
}

/// An entry, or as many as there are members.
#[derive(Debug)]
pub(crate) struct PendingEntry {
    /// The key of the object.
    pub(crate) item: Key,
    /// The key of the stream or person.
    pub(crate) target: Key,
    /// Entries of a stream are made in this order.
    pub(crate) ordinal: i32,
    /// Class of the entry.
    pub(crate) major: Option<bool>,
    /// Class of the entry.
    pub(crate) direct: bool,
}

/// Puts changes together into steps that come to the same, or to an error where one of the changes
/// does.
pub(crate) fn batch_steps<'a>(changes: &[&'a Change]) -> Vec<BatchStep<'a>> {
    let mut steps = Vec::new();
    let mut added: Vec<&Object> = Vec::new();
    let mut entries = EntryBatch::default();
    let mut order = 0;
    for &change in changes {
        let apart = match change {
            // Objects are there before any entry of them.
            Change::PutObject { object, .. } => entries.items.contains(&&*object.id),
            // Members of a stream are looked up before entries are inserted.
            Change::Deliver(delivery) => {
                let mut members = delivery.members.iter().chain(&delivery.except_members);
                members.any(|stream| entries.streams.contains(stream))
            }
            _ => false,
        };
        if apart {
            flush(&mut steps, &mut added, &mut entries);
        }
        match change {
            Change::PutObject {
                object,
                expect: Expect::Absent,
            } => added.push(object),
            Change::Push {
                stream,
                item,
                class,
                duplicate: Duplicate::Ignore,
            } => {
                entries.items.push(item);
                entries.streams.insert(stream);
                entries.direct_pushes.push(PendingEntry {
                    item: key::digest_key(item),
                    target: key::stream_key(stream),
                    ordinal: order,
                    major: class.map(|class| class.major),
                    direct: class.is_some_and(|class| class.direct),
                });
            }
            Change::Deliver(delivery) if delivery.except_members.is_empty() => {
                entries.deliver(delivery, order);
            }
            _ => {
                flush(&mut steps, &mut added, &mut entries);
                steps.push(BatchStep::Single(change));
            }
        }
        order += 2;
    }
    flush(&mut steps, &mut added, &mut entries);
    steps
}

fn flush<'a>(
    steps: &mut Vec<BatchStep<'a>>,
    added: &mut Vec<&'a Object>,
    entries: &mut EntryBatch<'a>,
) {
    if !added.is_empty() {
        steps.push(BatchStep::InsertObjects(std::mem::take(added)));
    }
    if !entries.items.is_empty() {
        steps.push(BatchStep::InsertEntries(std::mem::take(entries)));
    }
}

impl<'a> EntryBatch<'a> {
    /// Returns the entries of a delivery.
    pub(crate) fn of_delivery(delivery: &'a Delivery) -> Self {
        let mut entries = Self::default();
        entries.deliver(delivery, 0);
        entries
    }

    /// Direct comes first, so that it counts for who is direct and otherwise a recipient.
    fn deliver(&mut self, delivery: &'a Delivery, order: i32) {
        let item = key::digest_key(&delivery.activity);
        let row = |to, direct| PendingEntry {
            item,
            target: to,
            ordinal: if direct { order } else { order + 1 },
            major: Some(delivery.major),
            direct,
        };
        self.items.push(&delivery.activity);
        self.deliveries.push(PendingDelivery {
            number: order / 2,
            enqueued: delivery.enqueued.timestamp(),
            except_host: delivery.except_host.as_deref(),
            activitypub: key::reach_key(&delivery.activitypub),
        });
        let persons = |ids: &[String], direct| -> Vec<PendingEntry> {
            ids.iter()
                .map(|id| row(key::digest_key(id), direct))
                .collect()
        };
        self.to_persons.extend(persons(&delivery.direct, true));
        self.to_persons.extend(persons(&delivery.persons, false));
        let members = delivery.members.iter();
        let members = members.map(|stream| row(key::stream_key(stream), false));
        self.to_members.extend(members);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Class;

    fn put(id: &str, expect: Expect) -> Change {
        let object = Object::new("note", id, id, serde_json::Map::new());
        Change::PutObject { object, expect }
    }

    fn push(stream: Stream, item: &str, duplicate: Duplicate) -> Change {
        Change::Push {
            stream,
            item: item.into(),
            class: Some(Class {
                major: true,
                direct: false,
            }),
            duplicate,
        }
    }

    fn deliver(activity: &str, to: &Stream) -> Change {
        Change::Deliver(Delivery {
            activity: activity.into(),
            direct: vec!["bob".into()],
            members: vec![to.clone()],
            ..Delivery::default()
        })
    }

    /// The names of steps, with how much is in them.
    fn shape(changes: &[Change]) -> Vec<String> {
        let shape = |step| match step {
            BatchStep::InsertObjects(objects) => format!("add {}", objects.len()),
            BatchStep::InsertEntries(entries) => format!(
                "file {} {} {}",
                entries.direct_pushes.len(),
                entries.to_persons.len(),
                entries.to_members.len()
            ),
            BatchStep::Single(_) => "alone".into(),
        };
        let changes: Vec<&Change> = changes.iter().collect();
        batch_steps(&changes).into_iter().map(shape).collect()
    }

    #[test]
    fn posts_that_come_together_are_written_together() {
        let followers = Stream::Followers("alice".into());
        let post = |id: &str| {
            vec![
                put(id, Expect::Absent),
                put(&format!("post of {id}"), Expect::Absent),
                push(Stream::Outbox("alice".into()), id, Duplicate::Ignore),
                deliver(id, &followers),
            ]
        };
        let posts = [post("a"), post("b"), post("c")].concat();
        assert_eq!(shape(&posts), ["add 6", "file 3 3 3"]);
    }

    #[test]
    fn order_dependent_changes_stay_in_order() {
        let followers = Stream::Followers("alice".into());
        let joins = [
            put("bob", Expect::Absent),
            push(followers.clone(), "bob", Duplicate::Ignore),
            deliver("a", &followers),
        ];
        assert_eq!(shape(&joins), ["add 1", "file 1 0 0", "file 0 1 1"]);
        let late = [
            push(followers.clone(), "a", Duplicate::Ignore),
            put("a", Expect::Absent),
        ];
        assert_eq!(shape(&late), ["file 1 0 0", "add 1"]);
        let careful = [
            put("a", Expect::Absent),
            push(followers.clone(), "a", Duplicate::Reject),
            deliver("a", &followers),
            put("a", Expect::Version(1)),
            Change::Clear(followers.clone()),
        ];
        let wanted = ["add 1", "alone", "file 0 1 1", "alone", "alone"];
        assert_eq!(shape(&careful), wanted);
        assert!(shape(&[]).is_empty());
    }
}
