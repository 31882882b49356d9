//! From the recipients on an activity to who may read it and whose inbox it reaches
//! (pump-api 8.1, 9.3): the one place that says whose collections and groups count.

use super::{Recipients, planner::Planner};
use crate::{
    model::{Address, Object, Stream},
    service::{Error, Result},
    storage::Delivery,
};

/// What recipients come to.
pub(super) struct Audience {
    /// Who may read it.
    pub(super) addresses: Vec<Address>,
    /// Whose inbox it reaches.
    pub(super) delivery: Delivery,
    /// The inboxes of the groups it reaches.
    pub(super) groups: Vec<Stream>,
}

/// What counts besides the recipients themselves.
#[derive(Clone, Copy, Default)]
pub(super) struct Setting<'a> {
    /// What is answered, here or by the thing that is changed here.
    pub(super) parent: Option<&'a Object>,
    /// For whom that was which is changed here.
    pub(super) before: &'a [Address],
    /// Whether the actor named the recipients, rather than leaving them to the rules.
    pub(super) named: bool,
}

/// Resolves recipients, reading the conversation that is answered, and making stubs of those from elsewhere that we don't know.
///
/// A collection counts when it is the actor's own: their followers, or a list of theirs; a group, when
/// they are in it. In a reply those count as well to which the parent went, and if that was public,
/// so do the followers of whoever wrote it, and what it answers: the conversation reaches everyone who could read its
/// beginning. What is changed may go to whom it went before. Groups of other servers say themselves
/// who is in them, so here they are nobody.
pub(super) async fn resolve(
    planner: &mut Planner<'_>,
    recipients: &Recipients,
    setting: Setting<'_>,
) -> Result<Audience> {
    let mut audience = Audience {
        addresses: Vec::new(),
        delivery: Delivery::default(),
        groups: Vec::new(),
    };
    if let Some(parent) = setting.parent {
        planner.load_conversation(parent).await?;
    }
    let delivery = &mut audience.delivery;
    let mut groups = Vec::new();
    for (reference, direct) in recipients.iter() {
        let addressee = planner.addressee(reference)?;
        if reference.is_public() {
            audience.addresses.push(Address::Public);
            delivery
                .members
                .push(Stream::Followers(planner.actor.id.clone()));
            let answered = setting.parent.into_iter();
            let conversation = answered.flat_map(|parent| planner.conversation(parent));
            let hosts = conversation.take_while(|host| host.audience.contains(&Address::Public));
            let followers = hosts.filter_map(|host| host.author.clone().map(Stream::Followers));
            delivery.members.extend(followers);
        } else if addressee.object_type == "person" {
            audience
                .addresses
                .push(Address::Person(addressee.id.clone()));
            let persons = if direct {
                &mut delivery.direct
            } else {
                &mut delivery.persons
            };
            persons.push(addressee.id);
        } else if addressee.object_type == "group" {
            groups.push(addressee);
        } else if let Some(stream) = members(planner, &addressee, setting) {
            audience.addresses.push(Address::Members(stream.clone()));
            delivery.members.push(stream);
        }
    }
    for (group, brought) in reached(planner, groups, setting).await? {
        let members = Stream::Members(group.id.clone());
        audience.addresses.push(Address::Members(members.clone()));
        if brought {
            audience.delivery.members.push(members);
            audience.groups.push(Stream::Inbox(group.id));
        }
    }
    for person in &planner.hears {
        audience.addresses.push(Address::Person(person.clone()));
        audience.delivery.persons.push(person.clone());
    }
    audience.addresses.sort();
    audience.addresses.dedup();
    audience.delivery.members.sort();
    audience.delivery.members.dedup();
    Ok(audience)
}

/// For whom an object is that goes to these: who is in a group may know of it, whatever else they may.
pub(super) fn of(object: &Object, mut addresses: Vec<Address>) -> Vec<Address> {
    if object.object_type == "group" {
        addresses.push(Address::Members(Stream::Members(object.id.clone())));
    }
    addresses
}

impl Setting<'_> {
    /// Whether it goes to this stream though it is not the actor's.
    fn inherits(&self, stream: &Stream) -> bool {
        let address = Address::Members(stream.clone());
        let parent = self.parent.map(|parent| &parent.audience);
        self.before.contains(&address) || parent.is_some_and(|there| there.contains(&address))
    }
}

/// The stream behind an addressed collection, if the actor may address it here.
fn members(planner: &Planner<'_>, collection: &Object, setting: Setting<'_>) -> Option<Stream> {
    let owner = collection.author.as_deref()?;
    if collection.object_type != "collection" {
        return None;
    }
    let stream = if !planner.is_virtual(collection) {
        Stream::Members(collection.id.clone())
    } else if collection.id.ends_with("/followers") {
        Stream::Followers(owner.into())
    } else {
        return None;
    };
    (owner == planner.actor.id || setting.inherits(&stream)).then_some(stream)
}

/// The groups of ours among those addressed, all of which the actor may address: who names another
/// is told so, and by the rules it is passed over. With each, whether it is brought there: who is not in a group
/// any more has nothing to tell it, but what they said there stays for its members to read.
async fn reached(
    planner: &Planner<'_>,
    groups: Vec<Object>,
    setting: Setting<'_>,
) -> Result<Vec<(Object, bool)>> {
    let ours: Vec<Object> = groups
        .into_iter()
        .filter(|group| planner.hosts(group))
        .collect();
    let speaks = planner.speaks_in(&ours).await?;
    let mut reached = Vec::new();
    for (group, speaks) in ours.into_iter().zip(speaks) {
        let members = Stream::Members(group.id.clone());
        if speaks && !group.deleted {
            reached.push((group, true));
        } else if setting.inherits(&members) {
            let brought = answers_others(planner, setting, &Address::Members(members)).await?;
            reached.push((group, brought));
        } else if setting.named {
            return Err(if group.deleted {
                Error::gone()
            } else {
                Error::bad_request("Actor is not a member of the group.")
            });
        }
    }
    Ok(reached)
}

/// Whether this is part of a conversation with someone else that went there and that the actor may read.
async fn answers_others(
    planner: &Planner<'_>,
    setting: Setting<'_>,
    there: &Address,
) -> Result<bool> {
    let conversation = setting.parent.into_iter();
    let conversation = conversation.flat_map(|parent| planner.conversation(parent));
    for thing in conversation.filter(|thing| thing.audience.contains(there)) {
        let own = thing.author.as_deref() == Some(&planner.actor.id);
        if !own && planner.may_read(thing).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
