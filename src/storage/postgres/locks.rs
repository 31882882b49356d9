//! What a commit begins with: the streams that it names are made, and those that it touches are locked.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;

use super::commit::{Asked, Outcome};
use crate::{
    model::{Address, Stream},
    storage::{Change, Expect, sql::key},
};

/// The streams of changes, by key.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// Those that are named, with their names.
    named: BTreeMap<Vec<u8>, String>,
    /// Those that are added to or taken from.
    touched: BTreeSet<Vec<u8>>,
    /// Those whose inboxes are.
    persons: BTreeSet<Vec<u8>>,
    /// The streams whose members' inboxes are.
    members: BTreeSet<Vec<u8>>,
    /// Objects whose streams are counted anew if this is not whether they are public.
    changed: (Vec<Vec<u8>>, Vec<bool>),
    /// Objects that leave so many streams.
    leaving: (Vec<Vec<u8>>, Vec<i64>),
}

impl Locks {
    /// Those that changes need.
    pub(super) fn of(changes: &[&Change]) -> Self {
        let mut locks = Self::default();
        for change in changes {
            locks.add(change);
        }
        locks
    }

    fn add(&mut self, change: &Change) {
        match change {
            Change::Push { stream, .. }
            | Change::Pull { stream, .. }
            | Change::CheckName { stream, .. }
            | Change::Clear(stream) => {
                self.name(stream);
                self.touched.insert(key::of_stream(stream));
            }
            Change::Withdraw { item, most, .. } => {
                self.leaving.0.push(key::of(item));
                self.leaving.1.push(i64::from(*most) + 1);
            }
            Change::PutObject { object, expect } => {
                // What is new is in no stream.
                if *expect != Expect::Absent {
                    self.changed.0.push(key::of(&object.id));
                    self.changed
                        .1
                        .push(object.audience.contains(&Address::Public));
                }
                for address in &object.audience {
                    if let Address::Members(stream) = address {
                        self.name(stream);
                    }
                }
            }
            Change::PutAccount { account, .. } => {
                self.name(&Stream::Inbox(account.person.clone()));
            }
            Change::Deliver(delivery) => {
                let all = delivery.direct.iter().chain(&delivery.persons);
                self.persons.extend(all.map(|id| key::of(id)));
                let members = delivery.members.iter();
                self.members.extend(members.map(key::of_stream));
            }
            _ => {}
        }
    }

    fn name(&mut self, stream: &Stream) {
        self.named
            .insert(key::of_stream(stream), stream.to_string());
    }

    /// Makes and locks them.
    pub(super) async fn take(self, connection: &mut PgConnection) -> Outcome {
        if !self.named.is_empty() {
            let query = sqlx::query("SELECT make_streams($1, $2)");
            self.bind_named(query).execute(&mut *connection).await?;
        }
        let reached = [&self.touched, &self.persons, &self.members];
        let none = reached.iter().all(|keys| keys.is_empty());
        if none && self.changed.0.is_empty() && self.leaving.0.is_empty() {
            return Ok(());
        }
        let query = sqlx::query("SELECT lock_streams($1, $2, $3, $4, $5, $6, $7)");
        self.bind_locked(query).execute(connection).await?;
        Ok(())
    }

    /// Binds those that are named, as columns.
    pub(super) fn bind_named<'q>(&'q self, query: Asked<'q>) -> Asked<'q> {
        let (keys, names): (Vec<&Vec<u8>>, Vec<&String>) = self.named.iter().unzip();
        query.bind(keys).bind(names)
    }

    fn bind_locked<'q>(&'q self, query: Asked<'q>) -> Asked<'q> {
        let keys = |keys: &'q BTreeSet<Vec<u8>>| keys.iter().collect::<Vec<_>>();
        query
            .bind(keys(&self.touched))
            .bind(keys(&self.persons))
            .bind(keys(&self.members))
            .bind(&self.changed.0)
            .bind(&self.changed.1)
            .bind(&self.leaving.0)
            .bind(&self.leaving.1)
    }
}
