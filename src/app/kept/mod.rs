//! Answers kept in memory, and sent again for as long as they are what would be read.
//!
//! What an answer was made of is put down while it is made ([`Watched`]), and a store says what was written to since
//! ([`Marks`](crate::storage::Marks)). So who asks again is told the truth, at the price of looking whether it still is:
//! what this node wrote is seen at once; what other nodes wrote too, by a look into the store, that many who ask
//! at once have in common; and what other processes wrote to a store that is used by one node, within [`SOON`].

mod lately;
mod watched;

use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderName, HeaderValue};
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use self::lately::Lately;
use super::{Clock, looks::Looks};
use crate::storage::{Marks, Place, Result, Storage};
pub(crate) use watched::Watched;

/// How long what other processes wrote to the store of a single node may go unseen.
const SOON: TimeDelta = TimeDelta::milliseconds(100);

/// How long an answer is kept at most, in seconds: for those who change a database by hand, of which nobody is told.
const LIFETIME: i64 = 60;

/// Of what there is room for, how much one answer may take.
const SHARE: u64 = 8;

/// In how many parts they are held.
const SHARDS: usize = 4;

/// What a small answer takes, in bytes.
const SMALL: u64 = 1024;

/// About what an answer takes besides what is in it.
const OVERHEAD: usize = 256;

/// What was answered with 200.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// Its headers, in order.
    pub(crate) headers: Box<[(HeaderName, HeaderValue)]>,
    /// Its body.
    pub(crate) body: Bytes,
}

/// An answer, and until when it is good.
#[derive(Clone)]
struct Entry {
    answer: Arc<Answer>,
    /// When it was begun, as the store counts time, and as the clock does.
    since: u64,
    at: i64,
    /// What it was made of.
    places: Arc<[Place]>,
}

/// Answers by what was asked.
pub(crate) struct Kept {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    looks: Looks,
    room: u64,
    entries: Cache<Box<str>, Entry, Bytewise>,
    lately: Lately,
}

/// What was asked, that was not answered from memory.
pub(crate) struct Question {
    key: Box<str>,
    since: u64,
    at: i64,
    watched: Arc<Watched>,
}

#[derive(Clone)]
struct Bytewise;

impl Weighter<Box<str>, Entry> for Bytewise {
    fn weight(&self, key: &Box<str>, entry: &Entry) -> u64 {
        let Answer { headers, body } = &*entry.answer;
        let aside = size_of_val(&*entry.places) + size_of_val(&**headers);
        let bytes = key.len() + body.len() + aside + OVERHEAD;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl Kept {
    /// Nothing yet, and room for so many bytes.
    pub(super) fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, room: u64) -> Self {
        Self {
            storage,
            looks: Looks::new(Arc::clone(&clock)),
            clock,
            room,
            entries: entries(room),
            lately: Lately::new(room),
        }
    }

    /// The answer to a question, if it is known; else the question, by which to [`keep`](Self::keep) the answer, if it
    /// can be kept. The question must say all on which the answer depends besides the store: who asks, and for what.
    pub(crate) async fn ask(
        &self,
        key: Box<str>,
    ) -> Result<std::result::Result<Arc<Answer>, Option<Question>>> {
        let Some(marks) = self.storage.marks().filter(|_| self.room > 0) else {
            return Ok(Err(None));
        };
        self.look(marks).await?;
        let at = self.clock.now().timestamp();
        if let Some(entry) = self.entries.get(&key) {
            let is_young = (0..LIFETIME).contains(&(at - entry.at));
            if is_young && marks.hold(&entry.places, entry.since) {
                return Ok(Ok(entry.answer));
            }
        }
        Ok(Err(Some(Question {
            key,
            since: marks.now(),
            at,
            watched: Arc::new(Watched::new(Arc::clone(&self.storage))),
        })))
    }

    /// Keeps an answer, unless it takes too much or was made of something of which it is not known when it changes.
    pub(crate) fn keep(&self, question: Question, answer: Answer) {
        let Some(places) = question.watched.places() else {
            return;
        };
        let entry = Entry {
            answer: Arc::new(answer),
            since: question.since,
            at: question.at,
            places,
        };
        if Bytewise.weight(&question.key, &entry) <= self.room / SHARE {
            self.entries.insert(question.key, entry);
        }
    }

    /// Whether an answer of that many bytes may be kept.
    pub(crate) fn fits(&self, length: usize) -> bool {
        u64::try_from(length).is_ok_and(|length| length <= self.room / SHARE)
    }

    async fn look(&self, marks: &Marks) -> Result<()> {
        if marks.are_shared() {
            return self.looks.now(self.storage.look_at_marks()).await;
        }
        // Nobody waits for that: while another process writes our own store may wait for it.
        if let Some(turn) = self.looks.turn_after(SOON) {
            let storage = Arc::clone(&self.storage);
            tokio::spawn(async move {
                let _turn = turn;
                if let Err(error) = storage.look_at_marks().await {
                    tracing::debug!(%error, "what other processes wrote could not be looked at");
                }
            });
        }
        Ok(())
    }
}

/// In so few shards that a large answer fits in each. It is known of as many as there would be room for if they were small
/// that they were asked for before: so small ones that come again take the place of large ones that don't.
fn entries(room: u64) -> Cache<Box<str>, Entry, Bytewise> {
    let many = usize::try_from(room / SMALL).unwrap_or(usize::MAX);
    let mut options = OptionsBuilder::new();
    options
        .estimated_items_capacity(many)
        .weight_capacity(room)
        .shards(SHARDS);
    match options.build() {
        Ok(options) => Cache::with_options(
            options,
            Bytewise,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        ),
        Err(_) => Cache::with_weighter(many, room, Bytewise),
    }
}

impl Question {
    /// Through what everything is to be read that the answer is made of.
    pub(crate) fn watched(&self) -> Arc<Watched> {
        Arc::clone(&self.watched)
    }
}

#[cfg(test)]
mod tests;
