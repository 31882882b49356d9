//! Changes in fewer pieces of work than there are changes: what many posts add and file is done together, whether it is
//! of one commit or of several that wait at the same time.

use std::collections::HashSet;

use super::key;
use crate::{
    model::{Object, Stream},
    storage::{Change, Delivery, Duplicate, Expect},
};

/// A piece of work.
#[derive(Debug)]
pub(in crate::storage) enum Step<'a> {
    /// Objects to be stored that must not be there.
    Add(Vec<&'a Object>),
    /// Objects to be put into streams, and activities into inboxes.
    File(Filing<'a>),
    /// A change by itself.
    Alone(&'a Change),
}

/// Entries to be made where they are not there yet, by what stands for them: the first of those for one object and
/// stream counts.
#[derive(Debug, Default)]
pub(in crate::storage) struct Filing<'a> {
    /// The ids of the objects, which must be stored.
    pub(in crate::storage) items: Vec<&'a str>,
    /// The streams that are pushed to.
    pub(in crate::storage) streams: HashSet<&'a Stream>,
    /// Into streams.
    pub(in crate::storage) pushed: Vec<Row>,
    /// Into the inboxes of persons.
    pub(in crate::storage) brought: Vec<Row>,
    /// Into the inboxes of the members of streams.
    pub(in crate::storage) spread: Vec<Row>,
}

/// An entry, or as many as there are members.
#[derive(Debug)]
pub(in crate::storage) struct Row {
    /// The key of the object.
    pub(in crate::storage) item: Vec<u8>,
    /// The key of the stream or person.
    pub(in crate::storage) to: Vec<u8>,
    /// Entries of a stream are made in this order.
    pub(in crate::storage) order: i32,
    /// How it is filed.
    pub(in crate::storage) major: Option<bool>,
    /// How it is filed.
    pub(in crate::storage) direct: bool,
}

/// Puts changes together into steps that come to the same, or to an error where one of the changes does.
pub(in crate::storage) fn steps<'a>(changes: &[&'a Change]) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    let mut added: Vec<&Object> = Vec::new();
    let mut filing = Filing::default();
    let mut order = 0;
    for &change in changes {
        let apart = match change {
            // What is added is there before anything is filed.
            Change::PutObject { object, .. } => filing.items.contains(&&*object.id),
            // Who is in a stream is looked at before anything is filed.
            Change::Deliver(delivery) => {
                let mut members = delivery.members.iter();
                members.any(|stream| filing.streams.contains(stream))
            }
            _ => false,
        };
        if apart {
            flush(&mut steps, &mut added, &mut filing);
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
                filing.items.push(item);
                filing.streams.insert(stream);
                filing.pushed.push(Row {
                    item: key::of(item),
                    to: key::of_stream(stream),
                    order,
                    major: class.map(|class| class.major),
                    direct: class.is_some_and(|class| class.direct),
                });
            }
            Change::Deliver(delivery) => filing.deliver(delivery, order),
            _ => {
                flush(&mut steps, &mut added, &mut filing);
                steps.push(Step::Alone(change));
            }
        }
        order += 2;
    }
    flush(&mut steps, &mut added, &mut filing);
    steps
}

fn flush<'a>(steps: &mut Vec<Step<'a>>, added: &mut Vec<&'a Object>, filing: &mut Filing<'a>) {
    if !added.is_empty() {
        steps.push(Step::Add(std::mem::take(added)));
    }
    if !filing.items.is_empty() {
        steps.push(Step::File(std::mem::take(filing)));
    }
}

impl<'a> Filing<'a> {
    /// Direct comes first, so that it counts for who is direct and otherwise a recipient.
    fn deliver(&mut self, delivery: &'a Delivery, order: i32) {
        let item = key::of(&delivery.activity);
        let row = |to, direct| Row {
            item: item.clone(),
            to,
            order: if direct { order } else { order + 1 },
            major: Some(delivery.major),
            direct,
        };
        self.items.push(&delivery.activity);
        let persons = |ids: &[String], direct| -> Vec<Row> {
            ids.iter().map(|id| row(key::of(id), direct)).collect()
        };
        self.brought.extend(persons(&delivery.direct, true));
        self.brought.extend(persons(&delivery.persons, false));
        let members = delivery.members.iter();
        let members = members.map(|stream| row(key::of_stream(stream), false));
        self.spread.extend(members);
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
            Step::Add(objects) => format!("add {}", objects.len()),
            Step::File(filing) => format!(
                "file {} {} {}",
                filing.pushed.len(),
                filing.brought.len(),
                filing.spread.len()
            ),
            Step::Alone(_) => "alone".into(),
        };
        let changes: Vec<&Change> = changes.iter().collect();
        steps(&changes).into_iter().map(shape).collect()
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
    fn what_depends_on_the_order_is_kept_in_order() {
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
            push(followers.clone(), "a", Duplicate::Refuse),
            deliver("a", &followers),
            put("a", Expect::Version(1)),
            Change::Clear(followers.clone()),
        ];
        let wanted = ["add 1", "alone", "file 0 1 1", "alone", "alone"];
        assert_eq!(shape(&careful), wanted);
        assert!(shape(&[]).is_empty());
    }
}
