//! From the recipients on an activity to who may read it and whose inbox it reaches
//! (pump-api 8.1, 9.3): the one place that says whose collections count.

use super::{draft::Recipients, planner::Planner};
use crate::{
    model::{Address, Object, Stream},
    service::Result,
    storage::Delivery,
};

/// What recipients come to.
pub(super) struct Audience {
    /// Who may read it.
    pub(super) addresses: Vec<Address>,
    /// Whose inbox it reaches.
    pub(super) delivery: Delivery,
}

/// Resolves recipients, making stubs of those from elsewhere that we don't know.
///
/// A collection counts when it is the actor's own: their followers, or a list of theirs. In a reply
/// those collections count as well to which the parent went, and if that was public, so do the
/// followers of whoever wrote it: the conversation reaches everyone who could read its beginning.
pub(super) fn resolve(
    planner: &mut Planner<'_>,
    recipients: &Recipients,
    parent: Option<&Object>,
) -> Result<Audience> {
    let mut audience = Audience {
        addresses: Vec::new(),
        delivery: Delivery::default(),
    };
    let delivery = &mut audience.delivery;
    for (reference, direct) in recipients.iter() {
        let addressee = planner.addressee(reference)?;
        if reference.is_public() {
            audience.addresses.push(Address::Public);
            delivery
                .members
                .push(Stream::Followers(planner.actor.id.clone()));
            let host = parent.filter(|parent| parent.audience.contains(&Address::Public));
            delivery.members.extend(
                host.and_then(|host| host.author.clone())
                    .map(Stream::Followers),
            );
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
        } else if let Some(stream) = members(planner, &addressee, parent) {
            audience.addresses.push(Address::Members(stream.clone()));
            delivery.members.push(stream);
        }
    }
    for person in std::mem::take(&mut planner.hears) {
        audience.addresses.push(Address::Person(person.clone()));
        delivery.persons.push(person);
    }
    audience.addresses.sort();
    audience.addresses.dedup();
    delivery.members.sort();
    delivery.members.dedup();
    Ok(audience)
}

/// The stream behind an addressed collection, if the actor may address it here.
fn members(planner: &Planner<'_>, collection: &Object, parent: Option<&Object>) -> Option<Stream> {
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
    let inherited = |parent: &Object| parent.audience.contains(&Address::Members(stream.clone()));
    (owner == planner.actor.id || parent.is_some_and(inherited)).then_some(stream)
}
