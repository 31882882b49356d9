//! What those who write ask for: they name the same things again and again, most of all themselves.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use super::{Kept, LIFETIME};
use crate::{
    model::{Object, Stream, Viewer},
    storage::{Marks, Place, Result},
};

/// How many bytes objects take at most, about, and how many there are expected to be.
const ROOM: u64 = 512 * 1024;
const OBJECTS: usize = 256;

/// Of how many streams it is known how much is in them.
const STREAMS: usize = 1024;

/// What an object takes besides.
const OVERHEAD: usize = 512;

/// What was read lately.
pub(super) struct Lately {
    objects: Cache<Box<str>, Read<Arc<Object>>, ByLength>,
    totals: Cache<Stream, Read<u64>>,
}

/// A time, as the store counts it, and as the clock does.
type Moment = (u64, i64);

/// Something that was read, where it is stored, and when it was asked for.
#[derive(Clone)]
struct Read<T> {
    found: T,
    place: Place,
    asked: Moment,
}

#[derive(Clone)]
struct ByLength;

impl Weighter<Box<str>, Read<Arc<Object>>> for ByLength {
    fn weight(&self, key: &Box<str>, read: &Read<Arc<Object>>) -> u64 {
        let bytes = key.len() + read.found.size() + OVERHEAD;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl Lately {
    pub(super) fn new(room: u64) -> Self {
        let room = room.min(ROOM);
        Self {
            objects: Cache::with_weighter(OBJECTS, room, ByLength),
            totals: Cache::new(STREAMS),
        }
    }
}

impl<T> Read<T> {
    fn new(found: T, place: Place, asked: Moment) -> Self {
        Self {
            found,
            place,
            asked,
        }
    }

    /// What was found, if it is still what would be.
    fn good(self, marks: &Marks, now: Moment) -> Option<T> {
        let is_young = (0..LIFETIME).contains(&(now.1 - self.asked.1));
        let is_good = is_young && marks.hold(&[self.place], self.asked.0);
        is_good.then_some(self.found)
    }
}

impl Kept {
    /// The objects with these ids, in the same order, as the store has them: those that were read lately, and not
    /// written to since, are not read again. `None` if those that are read have more than so many bytes of JSON.
    pub(crate) async fn find_objects_within(
        &self,
        ids: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Vec<Option<Arc<Object>>>>> {
        let Some(marks) = self.storage.marks().filter(|_| self.room > 0) else {
            return self.storage.find_objects_within(ids, max_bytes).await;
        };
        self.look(marks).await?;
        let now = self.now(marks);
        let known = |id: &&str| self.lately.objects.get(*id)?.good(marks, now);
        let mut all: Vec<_> = ids.iter().map(known).collect();
        let gaps = gaps(&all);
        if gaps.is_empty() {
            return Ok(Some(all));
        }
        let asked: Vec<&str> = gaps.iter().map(|gap| ids[*gap]).collect();
        let found = self.storage.find_objects_within(&asked, max_bytes);
        let Some(found) = found.await? else {
            return Ok(None);
        };
        for (gap, object) in gaps.into_iter().zip(found) {
            if let Some(object) = &object {
                let read = Read::new(Arc::clone(object), Place::of_object(ids[gap]), now);
                self.lately.objects.insert(ids[gap].into(), read);
            }
            all[gap] = object;
        }
        Ok(Some(all))
    }

    /// How many items are in each of these streams, about: of what other nodes wrote in the last minute some may not be
    /// counted.
    pub(crate) async fn about_how_many(&self, streams: &[Stream]) -> Result<Vec<u64>> {
        let marks = self.storage.marks();
        let now = marks.map_or((0, 0), |marks| self.now(marks));
        let known = |stream: &Stream| self.lately.totals.get(stream)?.good(marks?, now);
        let mut all: Vec<_> = streams.iter().map(known).collect();
        let gaps = gaps(&all);
        if !gaps.is_empty() {
            let asked: Vec<Stream> = gaps.iter().map(|gap| streams[*gap].clone()).collect();
            let heads = self.storage.heads(&asked, 0, Viewer::Everything).await?;
            for (gap, (stream, head)) in gaps.into_iter().zip(asked.into_iter().zip(heads)) {
                all[gap] = Some(head.total);
                let read = Read::new(head.total, Place::of_stream(&stream), now);
                self.lately.totals.insert(stream, read);
            }
        }
        Ok(all.into_iter().flatten().collect())
    }

    fn now(&self, marks: &Marks) -> Moment {
        (marks.now(), self.clock.now().timestamp())
    }
}

/// Where there is nothing.
fn gaps<T>(all: &[Option<T>]) -> Vec<usize> {
    let each = all.iter().enumerate();
    each.filter(|(_, one)| one.is_none())
        .map(|(at, _)| at)
        .collect()
}
