//! From the recipients on an activity to who may read it and whose inbox it reaches
//! (pump-api 8.1, 9.3): the one place that says whose collections count.

use super::{draft::Recipients, planner::Planner};
use crate::{
    model::{Address, Nickname, Object, Reference, Stream},
    service::{Error, Result},
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
/// the collections of the parent's author count as well, so that the conversation reaches
/// everyone who could read what it is about.
pub(super) fn resolve(
    planner: &mut Planner<'_>,
    recipients: &Recipients,
    parent: Option<&Object>,
) -> Result<Audience> {
    let host = parent.and_then(|parent| parent.author.clone());
    let mut audience = Audience {
        addresses: Vec::new(),
        delivery: Delivery::default(),
    };
    for (reference, direct) in recipients.iter() {
        if reference.is_public() {
            planner.stub(reference);
            audience.addresses.push(Address::Public);
            audience
                .delivery
                .members
                .push(Stream::Followers(planner.actor.id.clone()));
            continue;
        }
        let addressee = addressee(planner, reference)?;
        if addressee.object_type == "person" {
            audience
                .addresses
                .push(Address::Person(addressee.id.clone()));
            let delivery = &mut audience.delivery;
            let persons = if direct {
                &mut delivery.direct
            } else {
                &mut delivery.persons
            };
            persons.push(addressee.id);
        } else if let Some(stream) = members(planner, &addressee, host.as_deref()) {
            audience.addresses.push(Address::Members(stream.clone()));
            audience.delivery.members.push(stream);
        }
    }
    // A reply to something public also reaches those who follow the one it answers.
    if let (Some(host), true) = (host, audience.addresses.contains(&Address::Public)) {
        audience.delivery.members.push(Stream::Followers(host));
    }
    for person in std::mem::take(&mut planner.hears) {
        audience.addresses.push(Address::Person(person.clone()));
        audience.delivery.persons.push(person);
    }
    audience.addresses.sort();
    audience.addresses.dedup();
    audience.delivery.members.sort();
    audience.delivery.members.dedup();
    Ok(audience)
}

fn addressee(planner: &mut Planner<'_>, reference: &Reference) -> Result<Object> {
    match planner.find(&reference.id) {
        Some(known) => Ok(known.clone()),
        None if planner.ctx.urls().is_local(&reference.id) => Err(Error::bad_request(format!(
            "No such '{}' with id '{}'",
            reference.object_type, reference.id
        ))),
        None => Ok(planner.stub(reference)),
    }
}

/// The stream behind an addressed collection, if its owner may address it here.
fn members(planner: &Planner<'_>, collection: &Object, host: Option<&str>) -> Option<Stream> {
    let owner = collection.author.as_deref()?;
    if collection.object_type != "collection" || owner != planner.actor.id && Some(owner) != host {
        return None;
    }
    let urls = planner.ctx.urls();
    let nickname = collection
        .id
        .strip_prefix(&urls.absolute("/api/user/"))
        .and_then(|rest| rest.split('/').next());
    match nickname.and_then(|nickname| Nickname::parse(nickname).ok()) {
        Some(nickname) if collection.id == urls.user(&nickname, "/followers") => {
            Some(Stream::Followers(owner.into()))
        }
        Some(_) => None,
        None => Some(Stream::Members(collection.id.clone())),
    }
}
