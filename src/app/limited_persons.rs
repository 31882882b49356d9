//! Persons whom a moderator limited, in memory: they are few, and asked for by every read.

use std::{collections::HashSet, sync::Arc};

use parking_lot::Mutex;

use super::freshness::SyncedStore;
use crate::{
    model::{Object, Stream},
    storage::{Bucket, CachedRead, Result, Storage},
};

/// Persons that are read at a time.
const PAGE_SIZE: u32 = 1000;

/// The persons of each standing that is a limit, by id.
#[derive(Debug, Default)]
pub(crate) struct LimitedPersons {
    /// Those who are suspended, or wait for a moderator.
    hidden: HashSet<String>,
    silenced: HashSet<String>,
}

impl LimitedPersons {
    /// Whether it is a person of whom nothing is shown, or by one.
    pub(crate) fn hides(&self, object: &Object) -> bool {
        let author = object.author.as_deref();
        self.hidden.contains(&object.id)
            || author.is_some_and(|author| self.hidden.contains(author))
    }

    /// Whether nothing of a person is shown.
    pub(crate) fn hides_person(&self, id: &str) -> bool {
        self.hidden.contains(id)
    }

    /// Whether a person is heard by followers only.
    pub(crate) fn is_silenced(&self, id: &str) -> bool {
        self.silenced.contains(id)
    }

    /// Whether it is in no list that is for everyone: a person who is limited, or something by one.
    /// Silenced persons find what is theirs.
    #[cfg(feature = "web")]
    pub(crate) fn unlists(&self, object: &Object, reader: Option<&str>) -> bool {
        let owners = [Some(object.id.as_str()), object.author.as_deref()];
        let mut others = owners.into_iter().flatten().filter(|id| reader != Some(id));
        self.hides(object) || others.any(|id| self.is_silenced(id))
    }

    fn is_empty(&self) -> bool {
        self.hidden.is_empty() && self.silenced.is_empty()
    }
}

/// The persons, if there are any, and the buckets of their streams.
type Cached = CachedRead<Option<Arc<LimitedPersons>>, [Bucket; 3]>;

/// The persons, as they were read last.
pub(crate) struct LimitedPersonsCache {
    store: Arc<SyncedStore>,
    cached: Mutex<Option<Cached>>,
}

impl LimitedPersonsCache {
    pub(super) fn new(store: Arc<SyncedStore>) -> Self {
        Self {
            store,
            cached: Mutex::default(),
        }
    }

    /// Returns the persons; `None` if there are none. Writes of other nodes are seen as soon as the
    /// response cache sees them.
    pub(crate) async fn get(&self) -> Result<Option<Arc<LimitedPersons>>> {
        let now = self.store.now();
        if let (Some(now), Some(read)) = (now, &*self.cached.lock())
            && read.is_valid(now)
        {
            return Ok(read.value.clone());
        }
        let persons = read(&**self.store.storage()).await?;
        let value = (!persons.is_empty()).then(|| Arc::new(persons));
        if let Some(now) = now {
            *self.cached.lock() = Some(CachedRead {
                value: value.clone(),
                buckets: [Stream::Applicants, Stream::Silenced, Stream::Suspended]
                    .map(|stream| Bucket::of_stream(&stream)),
                since: now.time(),
            });
        }
        Ok(value)
    }
}

async fn read(storage: &dyn Storage) -> Result<LimitedPersons> {
    let mut persons = LimitedPersons::default();
    add_members(storage, &Stream::Applicants, &mut persons.hidden).await?;
    add_members(storage, &Stream::Suspended, &mut persons.hidden).await?;
    add_members(storage, &Stream::Silenced, &mut persons.silenced).await?;
    Ok(persons)
}

async fn add_members(
    storage: &dyn Storage,
    stream: &Stream,
    members: &mut HashSet<String>,
) -> Result<()> {
    let mut after = 0;
    loop {
        let page = storage.items_after(stream, after, PAGE_SIZE).await?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = *last;
        members.extend(page.into_iter().map(|(_, id)| id));
    }
}
