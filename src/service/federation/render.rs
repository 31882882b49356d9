//! Activities rendered for receivers. Receivers that may read the same things share a rendering.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::{Weighter, sync::Cache};

use crate::{
    Context,
    context::Caller,
    model::Object,
    service::{Result, access, present::render_outgoing},
};

/// Verbs of activities that are sent also to those who may not read them any more. They tell that
/// something is gone or has changed.
const ALWAYS_SENT_VERBS: [&str; 2] = ["delete", "update"];

/// Longest time for which a rendering is used, in seconds. Later activities tell of changes made
/// meanwhile.
const MAX_AGE_SECONDS: i64 = 10;

/// Limits of the cached renderings and of the objects they are made of, in bytes.
const MAX_RENDERING_BYTES: u64 = 4 * 1024 * 1024;
const MAX_OBJECT_BYTES: u64 = 2 * 1024 * 1024;

/// Expected number of cached renderings.
const EXPECTED_RENDERINGS: usize = 64;

/// Overhead of a cached rendering, in bytes.
const OVERHEAD_BYTES: usize = 256;

/// Id and version of an activity.
type ActivityKey = (Box<str>, i64);

/// Ids of the things in a rendering that only some receivers may read, and this one may; in order.
type Readable = Box<[Box<str>]>;

/// Value of a cache, and when it was made.
#[derive(Clone)]
struct Timed<T>(DateTime<Utc>, T);

/// Renders activities for receivers.
pub(super) struct Renderer {
    objects: Cache<ActivityKey, Timed<Arc<[Arc<Object>]>>, Weight>,
    renderings: Cache<(ActivityKey, Readable), Timed<Bytes>, Weight>,
}

#[derive(Clone)]
struct Weight;

impl Weighter<ActivityKey, Timed<Arc<[Arc<Object>]>>> for Weight {
    fn weight(&self, key: &ActivityKey, objects: &Timed<Arc<[Arc<Object>]>>) -> u64 {
        let objects = objects.1.iter().map(|object| object.size());
        (key.0.len() + objects.sum::<usize>() + OVERHEAD_BYTES) as u64
    }
}

impl Weighter<(ActivityKey, Readable), Timed<Bytes>> for Weight {
    fn weight(&self, key: &(ActivityKey, Readable), rendering: &Timed<Bytes>) -> u64 {
        let ids = key.1.iter().map(|id| id.len() + size_of_val(id));
        (key.0.0.len() + ids.sum::<usize>() + rendering.1.len() + OVERHEAD_BYTES) as u64
    }
}

impl Renderer {
    /// Creates a renderer that has rendered nothing yet.
    pub(super) fn new() -> Self {
        let expected = EXPECTED_RENDERINGS;
        Self {
            objects: Cache::with_weighter(expected, MAX_OBJECT_BYTES, Weight),
            renderings: Cache::with_weighter(expected, MAX_RENDERING_BYTES, Weight),
        }
    }

    /// Returns the JSON of an activity for a receiver. `None` if it is not for that receiver, or
    /// not any more.
    pub(super) async fn render(
        &self,
        ctx: &Context,
        activity: &Arc<Object>,
        receiver: &str,
    ) -> Result<Option<Bytes>> {
        if activity.deleted {
            return Ok(None);
        }
        let ctx = &ctx.with_caller(Caller::Receiver(receiver.into()));
        let now = ctx.now();
        let key: ActivityKey = (activity.id.as_str().into(), activity.version);
        let known = fresh(self.objects.get(&key), now);
        let (objects, rendered) = if let Some(objects) = known {
            (objects, None)
        } else {
            let (rendered, objects) = render_outgoing(ctx, activity).await?;
            let objects: Arc<[Arc<Object>]> = objects.into();
            let made = Timed(now, Arc::clone(&objects));
            self.objects.insert(key.clone(), made);
            (objects, Some(rendered))
        };
        let things = std::iter::once(activity).chain(objects.iter());
        let things: Vec<&Object> = things.map(|object| &**object).collect();
        let visibility = access::readable(ctx, ctx.viewer(), &things).await?;
        let verb = activity.scan_text_property("verb");
        let is_always_sent = ALWAYS_SENT_VERBS.contains(&verb.as_deref().unwrap_or_default());
        if !visibility[0] && !is_always_sent {
            return Ok(None);
        }
        let key = (key, readable_ids(&things, &visibility));
        if let Some(rendering) = fresh(self.renderings.get(&key), now) {
            return Ok(Some(rendering));
        }
        let rendered = match rendered {
            Some(rendered) => rendered,
            None => render_outgoing(ctx, activity).await?.0,
        };
        let rendered = Bytes::from(rendered);
        self.renderings.insert(key, Timed(now, rendered.clone()));
        Ok(Some(rendered))
    }
}

/// Returns the ids of what may be read, in the same order whatever that of the things. Everyone may
/// read persons.
fn readable_ids(things: &[&Object], visibility: &[bool]) -> Readable {
    let readable = things.iter().zip(visibility).filter(|(_, may)| **may);
    let readable = readable.filter(|(thing, _)| thing.object_type != "person");
    let mut ids: Vec<Box<str>> = readable
        .map(|(thing, _)| thing.id.as_str().into())
        .collect();
    ids.sort_unstable();
    ids.into()
}

/// Returns a cached value that is young enough.
fn fresh<T>(cached: Option<Timed<T>>, now: DateTime<Utc>) -> Option<T> {
    let Timed(made, value) = cached?;
    (now - made < TimeDelta::seconds(MAX_AGE_SECONDS)).then_some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    #[test]
    fn receivers_share_a_rendering_only_if_they_may_read_the_same() {
        let object = |id: &str, kind: &str| Object::new(kind, id, "x", Map::new());
        let (post, note) = (object("a", "activity"), object("b", "note"));
        let (parent, person) = (object("c", "note"), object("d", "person"));
        let ids = readable_ids(
            &[&post, &note, &parent, &person],
            &[true, false, true, true],
        );
        assert_eq!(*ids, ["a".into(), "c".into()]);
        // Things come in any order.
        let same = readable_ids(
            &[&post, &parent, &person, &note],
            &[true, true, true, false],
        );
        assert_eq!(same, ids);
        let other = readable_ids(&[&post, &parent, &note], &[true, false, true]);
        assert_ne!(other, ids);
    }
}
