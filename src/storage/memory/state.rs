//! State of the store, and visibility in it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use indexmap::IndexMap;

use super::{indexed::IndexedObject, remote_state::RemoteState};
use crate::model::{
    Access, AccessToken, Account, AudienceMember, Authorization, BearerToken, Class, Client, Code,
    Job, Media, Nickname, Object, RequestToken, SiteRecord, Stream, Viewer, access,
};

/// Everything but the nonces. A clone shares all that is behind an `Arc`. An `IndexMap` is in order
/// of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) objects: HashMap<Arc<str>, Arc<Object>>,
    /// The addresses that objects had, by their ids.
    pub(super) former: HashMap<Arc<str>, Arc<[AudienceMember]>>,
    /// The ids of objects, by uuid.
    pub(super) uuids: HashMap<Arc<str>, Arc<str>>,
    pub(super) streams: HashMap<Arc<Stream>, Arc<StreamEntries>>,
    pub(super) accounts: HashMap<Nickname, Arc<Account>>,
    /// The nicknames that are or were given, by their text without case.
    pub(super) nicknames: HashMap<String, Nickname>,
    /// The nicknames of accounts, by the id of their person.
    pub(super) owners: HashMap<Arc<str>, Nickname>,
    pub(super) clients: IndexMap<Arc<str>, Arc<Client>>,
    pub(super) access_tokens: IndexMap<Arc<str>, Arc<AccessToken>>,
    pub(super) request_tokens: HashMap<Arc<str>, Arc<RequestToken>>,
    /// By digest.
    pub(super) authorizations: HashMap<Arc<str>, Arc<Authorization>>,
    /// By digest.
    pub(super) bearer_tokens: HashMap<Arc<str>, Arc<BearerToken>>,
    pub(super) media: HashMap<Arc<str>, Arc<Media>>,
    /// By digest.
    pub(super) codes: IndexMap<Arc<str>, Arc<Code>>,
    pub(super) jobs: IndexMap<Arc<str>, Arc<Job>>,
    pub(super) site_records: IndexMap<Arc<str>, Arc<SiteRecord>>,
    pub(super) remotes: RemoteState,
    /// By id, in the order in which objects were first stored; `None` for what is not searched.
    pub(super) search_index: IndexMap<Arc<str>, Option<Arc<IndexedObject>>>,
}

/// The entries of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct StreamEntries {
    next: u64,
    by_arrival: BTreeMap<u64, (Arc<str>, Option<Class>)>,
    by_item: HashMap<Arc<str>, u64>,
    /// Where items were that were taken out.
    removed: HashMap<Arc<str>, u64>,
}

impl StreamEntries {
    /// Adds an item on top; `false` if it is in already, and then stays where it is.
    pub(super) fn push(&mut self, item: &Arc<str>, class: Option<Class>) -> bool {
        if self.by_item.contains_key(item) {
            return false;
        }
        self.by_item.insert(Arc::clone(item), self.next);
        self.by_arrival.insert(self.next, (Arc::clone(item), class));
        self.next += 1;
        true
    }

    /// Takes an item out; `false` if it is not in.
    pub(super) fn remove(&mut self, item: &str) -> bool {
        let Some((id, at)) = self.by_item.remove_entry(item) else {
            return false;
        };
        self.removed.insert(id, at);
        self.by_arrival.remove(&at).is_some()
    }

    /// Takes everything out. Later items get higher positions.
    pub(super) fn clear(&mut self) {
        self.by_arrival.clear();
        self.by_item.clear();
    }

    /// When an item arrived, on the stream's own clock.
    pub(super) fn arrival(&self, item: &str) -> Option<u64> {
        self.by_item.get(item).copied()
    }

    /// When an item arrived that is in, or was.
    pub(super) fn position(&self, item: &str) -> Option<u64> {
        let removed = || self.removed.get(item).copied();
        self.arrival(item).or_else(removed)
    }

    /// The items with a place above one, oldest first, with their places: these begin at 1.
    pub(super) fn after(&self, position: u64) -> impl Iterator<Item = (u64, &Arc<str>)> {
        self.by_arrival
            .range(position..)
            .map(|(at, (item, _))| (at + 1, item))
    }

    /// All entries, newest first, with their arrivals.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (u64, &Arc<str>, Option<Class>)> {
        self.by_arrival
            .iter()
            .rev()
            .map(|(at, (item, class))| (*at, item, *class))
    }
}

impl State {
    /// Whether an item is in a stream.
    pub(super) fn contains(&self, stream: &Stream, item: &str) -> bool {
        self.streams
            .get(stream)
            .is_some_and(|entries| entries.arrival(item).is_some())
    }

    /// The streams that an item is in, but for one.
    pub(super) fn streams_containing(
        &self,
        item: &str,
        except: &Stream,
    ) -> impl Iterator<Item = &Arc<Stream>> {
        self.streams
            .iter()
            .filter(move |(stream, entries)| {
                stream.as_ref() != except && entries.arrival(item).is_some()
            })
            .map(|(stream, _)| stream)
    }

    /// The account that belongs to a person.
    pub(super) fn account_of(&self, person: &str) -> Option<&Arc<Account>> {
        self.accounts.get(self.owners.get(person)?)
    }

    /// Whether a viewer may read the object with an id.
    pub(super) fn may_read(&self, id: &str, viewer: Viewer<'_>) -> bool {
        self.objects.get(id).is_some_and(|object| {
            let access = object.access(viewer);
            is_granted(&access, viewer, |stream, person| {
                self.contains(stream, person)
            })
        })
    }

    /// Whether a viewer may read the object with an id, or could.
    pub(super) fn could_read(&self, id: &str, viewer: Viewer<'_>) -> bool {
        let Some(object) = self.objects.get(id) else {
            return false;
        };
        let former = self.former.get(id).into_iter().flat_map(|all| all.iter());
        let audience: Vec<AudienceMember> = object.audience.iter().chain(former).cloned().collect();
        let access = access(object.author.as_deref(), &audience, viewer);
        is_granted(&access, viewer, |stream, person| {
            let entries = self.streams.get(stream);
            entries.is_some_and(|entries| entries.position(person).is_some())
        })
    }
}

/// Whether a viewer has an access, given in which streams a person is.
fn is_granted(
    access: &Access<'_>,
    viewer: Viewer<'_>,
    is_in: impl Fn(&Stream, &str) -> bool,
) -> bool {
    match (access, viewer) {
        (Access::Granted, _) => true,
        (Access::IfMemberOf(streams), Viewer::Person(person)) => {
            streams.iter().any(|stream| is_in(stream, person))
        }
        _ => false,
    }
}
