//! Rules that differ between activities that are done here and those that were received. This is
//! the one place that says so.
//!
//! A received activity is a report of what was done, so a repetition, or an undoing of something
//! unknown, is no error. The server of a thing says who may do what to it. And the activity's own
//! server has sent it to everyone on other servers. Here it is delivered to people here, and passed
//! on for things of this server.

use super::{Draft, audience::Audience, origin::ReceivingInbox, planner::Planner};
use crate::{
    model::{
        ACTOR_TYPES, ActivityPubReach, AudienceMember, Cursor, Object, PageRequest, Stream, Viewer,
        access,
    },
    protocol::as2::outgoing::{self, Readers},
    service::{Error, Result, remote},
    storage::check_access,
};

/// How many of the newest activities of an actor are looked through for one that was done later.
const MAX_RECENT_ACTIVITIES: u32 = 50;

impl Planner<'_> {
    /// Whether a thing is of this server: by its id, or since someone here made it.
    pub(super) fn is_ours(&self, thing: &Object) -> bool {
        let urls = self.ctx.urls();
        let author = thing.author.as_deref();
        urls.is_local(&thing.id) || author.is_some_and(|author| urls.is_local(author))
    }

    /// Whether the rules of this server say who may do what to a thing.
    pub(super) fn decides_on(&self, thing: &Object) -> bool {
        !self.origin.is_received() || self.is_ours(thing)
    }

    /// Whether a relation between the actor and another actor is kept here: one of them must be.
    /// So streams of others have people here only, to whom their activities are delivered.
    pub(super) fn keeps_relation_to(&self, other: &Object) -> bool {
        self.decides_on(other)
    }

    /// Whether an activity is delivered to a person from here.
    pub(super) fn delivers_to(&self, person: &str) -> bool {
        !self.origin.is_received() || self.ctx.urls().is_local(person)
    }

    /// Whether the actor did one of these to an object after the activity that is received now,
    /// which has no effect then. For a received activity only: others are done now.
    pub(super) async fn is_superseded(&self, object: &Object, by: &[&str]) -> Result<bool> {
        let Some(received) = self.origin.received() else {
            return Ok(false);
        };
        let request = PageRequest {
            cursor: Cursor::Newest,
            count: MAX_RECENT_ACTIVITIES,
            ..PageRequest::default()
        };
        let outbox = Stream::Outbox(self.actor.id.clone());
        let storage = self.ctx.storage();
        let recent = storage
            .list(&outbox, &request, Viewer::Unrestricted)
            .await?;
        Ok(recent.items.iter().any(|activity| {
            let about = activity.reference_property("object");
            let verb = activity.text_property("verb").unwrap_or_default();
            about.is_some_and(|about| about.id == object.id)
                && by.contains(&verb)
                && activity.text_property("published") > Some(&received.published)
        }))
    }

    /// Makes an audience that of an activity of its origin. Servers of `ActivityPub` hear of one
    /// from here only if it concerns them. The owner of the inbox is in that of a received one, and
    /// nothing goes back to the host that it came from. That of a group keeps the members who are
    /// there, of whom it knows nothing.
    pub(super) async fn fit_origin(
        &self,
        audience: &mut Audience,
        verb: &str,
        object: Option<&Object>,
    ) -> Result<()> {
        let Some(received) = self.origin.received() else {
            // A group elsewhere passes on what is about things in it.
            let group = object.and_then(|object| object.reference_property("group"));
            let is_for_group =
                group.is_some_and(|group| audience.delivery.persons.contains(&group.id));
            audience.delivery.activitypub = if is_for_group {
                ActivityPubReach::All
            } else {
                activitypub_reach(verb, object)
            };
            return Ok(());
        };
        if audience.groups.is_empty() {
            audience.delivery.except_host = Some(received.host.clone());
        }
        match &received.inbox {
            ReceivingInbox::Group(group) => {
                let reached = audience.groups.contains(&Stream::Inbox(group.clone()));
                if !reached && object.is_none_or(|object| object.id != *group) {
                    return Err(Error::bad_request("Actor is not a member of the group.")
                        .phrased("failure-not-member"));
                }
            }
            ReceivingInbox::Person(person) => {
                audience.delivery.persons.push(person.clone());
                let viewer = Viewer::Person(person);
                let access = [access(Some(&self.actor.id), &audience.addresses, viewer)];
                let storage = self.ctx.storage();
                if check_access(storage, viewer, &access).await? != [true] {
                    let person = AudienceMember::Person(person.clone());
                    audience.addresses.push(person);
                    audience.addresses.sort();
                }
            }
        }
        Ok(())
    }

    /// Whether the actor made a thing.
    pub(super) fn is_actors(&self, thing: &Object) -> bool {
        thing.author.as_ref() == Some(&self.actor.id)
    }

    /// Streams to whose members on other servers an activity is passed on: a like, say, or a share.
    /// They know the thing of this server that it is about, or that what it is about answers. And
    /// the activity is for them, too; they may read it then. Posts and their changes have the
    /// audience of the conversation by themselves.
    pub(super) async fn passed_on(
        &mut self,
        audience: &mut Audience,
        draft: &Draft,
        object: Option<&Object>,
    ) -> Result<Vec<Stream>> {
        let is_thing = |object: &&Object| !ACTOR_TYPES.contains(&object.object_type.as_str());
        let is_post = matches!(draft.verb.as_str(), "post" | "create" | "update" | "delete");
        let Some(object) = object.filter(is_thing).filter(|_| !is_post) else {
            return Ok(Vec::new());
        };
        if !self.is_ours(object) {
            self.load_thread(object).await?;
        }
        let Some(ours) = self.thread(object).find(|thing| self.is_ours(thing)) else {
            return Ok(Vec::new());
        };
        let author = ours.author.clone().unwrap_or_default();
        let is_public = audience.addresses.contains(&AudienceMember::Public);
        let named: Vec<Stream> = draft
            .recipients
            .iter()
            .filter_map(|(reference, _)| self.find(&reference.id))
            .filter(|named| matches!(named.object_type.as_str(), "collection" | "group"))
            .flat_map(|named| {
                let owner = named.author.clone().unwrap_or_default();
                [Stream::Members(named.id.clone()), Stream::Followers(owner)]
            })
            .collect();
        let streams = ours.audience.iter().filter_map(|member| match member {
            AudienceMember::Public if is_public => Some(Stream::Followers(author.clone())),
            AudienceMember::Members(stream) if is_public || named.contains(stream) => {
                Some(stream.clone())
            }
            _ => None,
        });
        let mut streams: Vec<Stream> = streams.collect();
        streams.retain(|stream| !audience.delivery.members.contains(stream));
        streams.sort();
        streams.dedup();
        if streams.is_empty() || !remote::has_accounts(self.ctx).await? {
            return Ok(Vec::new());
        }
        let readers = streams.iter().cloned().map(AudienceMember::Members);
        audience.addresses.extend(readers);
        audience.addresses.sort();
        audience.addresses.dedup();
        Ok(streams)
    }
}

/// Returns the accounts of `ActivityPub` that an activity of a person here reaches.
fn activitypub_reach(verb: &str, object: Option<&Object>) -> ActivityPubReach {
    let one = |id: Option<&String>| match id {
        Some(id) => ActivityPubReach::One(id.clone()),
        None => ActivityPubReach::None,
    };
    match outgoing::readers_of(verb) {
        Readers::Audience => ActivityPubReach::All,
        Readers::Author => one(object.and_then(|object| object.author.as_ref())),
        Readers::Object => one(object.map(|object| &object.id)),
        Readers::Nobody => ActivityPubReach::None,
    }
}
