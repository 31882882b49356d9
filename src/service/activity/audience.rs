//! From the recipients on an activity to who may read it and whose inbox it reaches
//! (pump-api 8.1, 9.3): the one place that says whose collections and groups count.

use super::{Recipients, planner::Planner};
use crate::{
    model::{AudienceMember, Object, PUBLIC, Stream, Urls, host_of_id},
    service::{Error, Result},
    storage::Delivery,
};

/// The resolution of recipients.
pub(super) struct Audience {
    /// The members that may read it.
    pub(super) addresses: Vec<AudienceMember>,
    /// The inboxes that it reaches.
    pub(super) delivery: Delivery,
    /// The inboxes of the groups it reaches.
    pub(super) groups: Vec<Stream>,
}

/// Context in which recipients are resolved.
#[derive(Clone, Copy, Default)]
pub(super) struct AddressingContext<'a> {
    /// The parent of the reply, or of the object being changed.
    pub(super) parent: Option<&'a Object>,
    /// For whom that was which is changed here.
    pub(super) before: &'a [AudienceMember],
    /// Whether the actor named the recipients, rather than leaving them to the rules.
    pub(super) named: bool,
}

/// Resolves recipients, reading the conversation that is answered, and making stubs of those from
/// elsewhere that we don't know.
///
/// A collection counts when it is the actor's own: their followers, or a list of theirs; a group,
/// when they are in it. A reply also goes to the audience of its parent and, if that was public, to
/// the followers of its author, and so on up the thread. The conversation reaches everyone who
/// could read its beginning. An edited activity may keep its previous recipients. Groups of other
/// servers say themselves who is in them, so here each is an actor by itself.
pub(super) async fn resolve(
    planner: &mut Planner<'_>,
    recipients: &Recipients,
    context: AddressingContext<'_>,
) -> Result<Audience> {
    let mut audience = Audience {
        addresses: Vec::new(),
        delivery: Delivery::default(),
        groups: Vec::new(),
    };
    if let Some(parent) = context.parent {
        planner.load_thread(parent).await?;
        planner.load_remote_authors(parent).await?;
    }
    let delivery = &mut audience.delivery;
    let mut groups = Vec::new();
    for (reference, direct) in recipients.iter() {
        if let Some(stream) = remote_followers(planner, &reference.id, context) {
            audience
                .addresses
                .push(AudienceMember::Members(stream.clone()));
            delivery.members.push(stream);
            continue;
        }
        let Some(addressee) = planner.addressee(reference)? else {
            continue;
        };
        if reference.is_public() {
            audience.addresses.push(AudienceMember::Public);
            delivery
                .members
                .push(Stream::Followers(planner.actor.id.clone()));
            let answered = context.parent.into_iter();
            let conversation = answered.flat_map(|parent| planner.thread(parent));
            let hosts =
                conversation.take_while(|host| host.audience.contains(&AudienceMember::Public));
            let followers = hosts.filter_map(|host| host.author.clone().map(Stream::Followers));
            delivery.members.extend(followers);
        } else if addressee.object_type == "person" || planner.is_remote_actor(&addressee) {
            audience
                .addresses
                .push(AudienceMember::Person(addressee.id.clone()));
            let persons = if direct {
                &mut delivery.direct
            } else {
                &mut delivery.persons
            };
            persons.extend(Some(addressee.id).filter(|id| planner.delivers_to(id)));
        } else if addressee.object_type == "group" {
            groups.push(addressee);
        } else if let Some(stream) = members(planner, &addressee, context) {
            audience
                .addresses
                .push(AudienceMember::Members(stream.clone()));
            delivery.members.push(stream);
        }
    }
    for (group, brought) in local_groups(planner, groups, context).await? {
        let members = Stream::Members(group.id.clone());
        audience
            .addresses
            .push(AudienceMember::Members(members.clone()));
        if brought {
            audience.delivery.members.push(members);
            audience.groups.push(Stream::Inbox(group.id));
        }
    }
    for person in &planner.extra_recipients {
        audience
            .addresses
            .push(AudienceMember::Person(person.clone()));
        let here = Some(person).filter(|person| planner.delivers_to(person));
        audience.delivery.persons.extend(here.cloned());
    }
    audience.addresses.sort();
    audience.addresses.dedup();
    audience.delivery.members.sort();
    audience.delivery.members.dedup();
    Ok(audience)
}

/// For whom an object is that goes to these: who is in a group may know of it, whatever else they
/// may.
pub(super) fn with_membership(
    object: &Object,
    mut addresses: Vec<AudienceMember>,
) -> Vec<AudienceMember> {
    if object.object_type == "group" {
        addresses.push(AudienceMember::Members(Stream::Members(object.id.clone())));
    }
    addresses
}

impl AddressingContext<'_> {
    /// Whether it goes to this stream though it is not the actor's.
    fn inherited_from_parent(&self, stream: &Stream) -> bool {
        let address = AudienceMember::Members(stream.clone());
        let parent = self.parent.map(|parent| &parent.audience);
        self.before.contains(&address) || parent.is_some_and(|there| there.contains(&address))
    }
}

/// The followers of a person of another server, addressed by the collection there, if the actor may
/// address them here: those that are known here.
fn remote_followers(
    planner: &Planner<'_>,
    id: &str,
    context: AddressingContext<'_>,
) -> Option<Stream> {
    let urls = planner.ctx.urls();
    if id == PUBLIC || urls.is_local(id) {
        return None;
    }
    let conversation = context.parent.into_iter();
    let conversation = conversation.flat_map(|parent| planner.thread(parent));
    let authors = conversation.filter_map(|thing| planner.find(thing.author.as_deref()?));
    let mut persons = std::iter::once(&*planner.actor).chain(authors);
    let owner = persons
        .find(|person| !urls.is_local(&person.id) && followers_url(urls, person) == Some(id))?;
    let stream = Stream::Followers(owner.id.clone());
    (owner.id == planner.actor.id || context.inherited_from_parent(&stream)).then_some(stream)
}

/// The URL of a person's followers. A person of another server has them on their own host: any
/// other URL would stand for the followers of others, or for everyone.
pub(super) fn followers_url<'a>(urls: &Urls, person: &'a Object) -> Option<&'a str> {
    let url = person.body.get("followers")?.get("url")?.as_str()?;
    let is_own = urls.is_local(&person.id) || host_of_id(url) == host_of_id(&person.id);
    (is_own && urls.canonical_id(url) != PUBLIC).then_some(url)
}

/// The stream behind an addressed collection, if the actor may address it here.
fn members(
    planner: &Planner<'_>,
    collection: &Object,
    context: AddressingContext<'_>,
) -> Option<Stream> {
    let owner = collection.author.as_deref()?;
    if collection.object_type != "collection" {
        return None;
    }
    let stream = if !planner.decides_on(collection) {
        return None;
    } else if !planner.is_virtual(collection) {
        Stream::Members(collection.id.clone())
    } else if collection.id.ends_with("/followers") {
        Stream::Followers(owner.into())
    } else {
        return None;
    };
    (owner == planner.actor.id || context.inherited_from_parent(&stream)).then_some(stream)
}

/// The groups of ours among those addressed, all of which the actor may address: who names another
/// is told so, and by the rules it is passed over. Each comes with whether it is delivered there. A
/// former member can't post to a group, but earlier posts stay readable to its members.
async fn local_groups(
    planner: &Planner<'_>,
    groups: Vec<Object>,
    context: AddressingContext<'_>,
) -> Result<Vec<(Object, bool)>> {
    let ours: Vec<Object> = groups
        .into_iter()
        .filter(|group| planner.is_local_group(group))
        .collect();
    let speaks = planner.are_group_members(&ours).await?;
    let mut reached = Vec::new();
    for (group, speaks) in ours.into_iter().zip(speaks) {
        let members = Stream::Members(group.id.clone());
        if speaks && !group.deleted {
            reached.push((group, true));
        } else if context.inherited_from_parent(&members) {
            let brought =
                continues_visible_thread(planner, context, &AudienceMember::Members(members))
                    .await?;
            reached.push((group, brought));
        } else if context.named {
            return Err(if group.deleted {
                Error::gone()
            } else {
                Error::bad_request("Actor is not a member of the group.")
                    .phrased("failure-not-member")
            });
        }
    }
    Ok(reached)
}

/// Whether this is part of a conversation with someone else that went there and that the actor may
/// read.
async fn continues_visible_thread(
    planner: &Planner<'_>,
    context: AddressingContext<'_>,
    there: &AudienceMember,
) -> Result<bool> {
    let conversation = context.parent.into_iter();
    let conversation = conversation.flat_map(|parent| planner.thread(parent));
    for thing in conversation.filter(|thing| thing.audience.contains(there)) {
        let own = thing.author.as_deref() == Some(&planner.actor.id);
        if !own && planner.may_read(thing).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
