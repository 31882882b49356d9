//! First step of a commit: creates the streams that it names and locks those that it modifies.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;

use super::driver::PgQuery;
use crate::{
    model::{AudienceMember, Stream},
    storage::{
        Change, Expect,
        sql::{
            key::{self, Key},
            write::WriteResult,
        },
    },
};

/// Stream locks of a commit, by key.
#[derive(Debug, Default)]
pub(super) struct StreamLocks {
    /// Named streams, with their names.
    named: BTreeMap<Key, String>,
    /// Streams that are modified.
    modified: BTreeSet<Key>,
    /// Persons whose inboxes are modified.
    persons: BTreeSet<Key>,
    /// Streams whose members' inboxes are modified.
    members: BTreeSet<Key>,
    /// Objects whose streams are counted anew if this is not whether they are public.
    visibility_changes: (Vec<Key>, Vec<bool>),
    /// Objects that leave so many streams.
    removals: (Vec<Key>, Vec<i64>),
}

impl StreamLocks {
    /// Collects the locks of changes.
    pub(super) fn of(changes: &[&Change]) -> Self {
        let mut locks = Self::default();
        for change in changes {
            locks.add(change);
        }
        locks
    }

    fn add(&mut self, change: &Change) {
        let effects = change.effects();
        if let Some(stream) = effects.stream {
            self.add_named(stream);
            self.modified.insert(key::stream_key(stream));
        }
        if let Some(delivery) = effects.delivery {
            let all = delivery.direct.iter().chain(&delivery.persons);
            self.persons.extend(all.map(|id| key::digest_key(id)));
            let members = delivery.members.iter();
            self.members.extend(members.map(key::stream_key));
        }
        match change {
            Change::RemoveFromStreams {
                item, limit: most, ..
            } => {
                self.removals.0.push(key::digest_key(item));
                self.removals.1.push(i64::from(*most) + 1);
            }
            Change::PutObject { object, expect } => {
                // A new object is in no stream.
                if *expect != Expect::Absent {
                    self.visibility_changes.0.push(key::digest_key(&object.id));
                    self.visibility_changes
                        .1
                        .push(object.audience.contains(&AudienceMember::Public));
                }
                for address in &object.audience {
                    if let AudienceMember::Members(stream) = address {
                        self.add_named(stream);
                    }
                }
            }
            Change::PutAccount { account, .. } => {
                self.add_named(&Stream::Inbox(account.person.clone()));
            }
            _ => {}
        }
    }

    fn add_named(&mut self, stream: &Stream) {
        self.named
            .insert(key::stream_key(stream), stream.to_string());
    }

    /// Creates and locks the streams.
    pub(super) async fn acquire(self, connection: &mut PgConnection) -> WriteResult {
        if !self.named.is_empty() {
            let query = sqlx::query("SELECT ensure_streams($1, $2)");
            self.bind_named(query).execute(&mut *connection).await?;
        }
        let reached = [&self.modified, &self.persons, &self.members];
        let none = reached.iter().all(|keys| keys.is_empty());
        if none && self.visibility_changes.0.is_empty() && self.removals.0.is_empty() {
            return Ok(());
        }
        let query = sqlx::query("SELECT lock_streams($1, $2, $3, $4, $5, $6, $7)");
        self.bind_locked(query).execute(connection).await?;
        Ok(())
    }

    /// Binds those that are named, as columns.
    pub(super) fn bind_named<'q>(&'q self, query: PgQuery<'q>) -> PgQuery<'q> {
        let (keys, names): (Vec<Key>, Vec<&String>) =
            self.named.iter().map(|(key, name)| (*key, name)).unzip();
        query.bind(keys).bind(names)
    }

    fn bind_locked<'q>(&'q self, query: PgQuery<'q>) -> PgQuery<'q> {
        let keys = |keys: &'q BTreeSet<Key>| keys.iter().copied().collect::<Vec<_>>();
        query
            .bind(keys(&self.modified))
            .bind(keys(&self.persons))
            .bind(keys(&self.members))
            .bind(&self.visibility_changes.0)
            .bind(&self.visibility_changes.1)
            .bind(&self.removals.0)
            .bind(&self.removals.1)
    }
}
