//! A store for an application that has its people and its content in tables of its own.
//!
//! The application, the *host*, implements [`Host`]: three methods. [`Hosted`] combines it with a
//! built-in backend into a complete [`Storage`](super::Storage). The backend stores everything that
//! the host has no tables for: clients, tokens, nonces, jobs, codes, files, activities, inboxes,
//! and other content. For each of the host's objects the backend has an *index* entry: its id,
//! audience, version, and streams. So pages are filtered, counted and cut in one database, for each
//! reader as it should be, and the host need not know how. Its own pages ask by themselves: what
//! has [`Public`](crate::model::AudienceMember::Public) in its audience is for everyone.
//!
//! | | is in | and the other |
//! |---|---|---|
//! | what a photo is called and shows | the host's tables, read each time | its name, for search |
//! | who may read it, how often it changed | the built-in backend | is told of each commit |
//! | that alice likes it, which album it is in | both: for the host's pages, and for the API | |
//! | tokens, inboxes, jobs, … | the built-in backend | |
//!
//! **Atomicity.** A commit that concerns the host is written into an open transaction of the host.
//! Then the built-in backend commits, and then the host's transaction. Either may reject it. A
//! rejection before the last step leaves no trace in either. Once begun it is brought to its end,
//! even if nobody waits for it any more. So nothing that was answered is lost. A read between the
//! two commits waits for the second, so an old row is never returned under a new version. That
//! holds within one [`Hosted`]. Another one on the same tables may see the intermediate state, as
//! described below for a failed commit, while the host's COMMIT runs.
//!
//! The backend may have a commit that the host lacks: if the host's COMMIT fails, if the process
//! dies before it, or if the backend lost its connection but committed. Local inboxes then have the
//! activity, and other hosts will be told. The caller was given no answer, or
//! [`Unavailable`](super::StorageError::Unavailable). Then
//!
//! - a new object is in the index and has no row: it is shown as deleted;
//! - a changed object has its old row, under the new version and audience, with all other
//!   properties new;
//! - a deleted object is a tombstone in the backend, and keeps its row for the host's own pages;
//! - streams have changed, and the host's relations have not.
//!
//! Nothing undoes that, but to [restore](crate::service::accounts::restore) a person puts them
//! again. So there may be nothing left for COMMIT to refuse or to wait for: no deferred
//! constraints, no serializable transactions, no locks of readers. With SQLite that means its WAL
//! mode.
//!
//! **Search.** Of the properties that the host stores only the name is in the index. So an object
//! is found by its name, author, type and day, and by properties that the host has no column for.
//!
//! **Writes of the host itself.** Rows may be changed by any means: they are read each time. An
//! object without its row is shown as deleted, but it is still counted and can't be deleted any
//! more. So delete it [in the name of its author](crate::service::activity::perform_json), and
//! [remove](crate::service::accounts::remove) accounts that leave; their rows go with them. Rows
//! that the host inserts itself are invisible until it [adopts](crate::service::accounts::adopt)
//! the person or publishes the object.

mod in_flight;
mod store;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::{Change, Result};
use crate::model::Object;
pub use store::Hosted;

/// An application with tables of its own, as [`Hosted`] needs it.
///
/// A table of things needs one column more than the application has use for: the thing's
/// [`id`](Object::id), unique, and empty for what was not made known yet. Streams and their items
/// are named by it too. If its own pages show things, it needs another that says whether everyone
/// may see them.
#[async_trait]
pub trait Host: Send + Sync + 'static {
    /// The properties of a thing that the host's tables have: whatever else is said of it is kept
    /// for it. None, if it is nothing of the host's. Of a property with members, like
    /// `image`, the tables need not have all: what [`load`](Self::load) says nothing of stays as it
    /// was said. It depends on nothing but the thing as it is given, and is the same each time. It
    /// is not asked about tombstones, which are nothing of the host's.
    fn stored_properties(&self, thing: &Object) -> &'static [&'static str];

    /// Loads the [stored properties](Self::stored_properties) of objects of a type by
    /// [id](Object::id), in any order. Missing ids are left out. A `null` says that there is none,
    /// also within a property: that a picture has no `width`, say, whatever was said of it before.
    ///
    /// Its values are treated like client input: HTML in `content` and `summary` is sanitised, and
    /// `displayName` is plain text. Values of the wrong shape, such as a picture without a web
    /// address, are logged and left out.
    async fn load(&self, kind: &str, ids: &[&str]) -> Result<Vec<(String, Map<String, Value>)>>;

    /// Writes what of a commit concerns the host, in order, into a transaction that is left open;
    /// to drop it undoes it. The changes are as [they are documented](Change), and most are none of
    /// the host's: it looks for
    ///
    /// - [`PutObject`](Change::PutObject) of what it [keeps](Self::stored_properties), which may be
    ///   there or not, and of what has become a [tombstone](Object::deleted), which goes;
    /// - [`Push`](Change::Push), [`RemoveItem`](Change::RemoveItem),
    ///   [`Clear`](Change::Clear) and [`RemoveFromStreams`](Change::RemoveFromStreams) of streams
    ///   that are relations in its tables. A pushed item may be there already, and a removed one
    ///   may be gone;
    /// - [`PutAccount`](Change::PutAccount) and [`RemoveAccount`](Change::RemoveAccount).
    ///
    /// An object that is no longer of a stored kind is removed like a tombstone. Preconditions are
    /// checked by the built-in backend. An error refuses the commit: so what has no place, because
    /// the row of its author is missing, is an error.
    async fn begin_write(&self, changes: &[Change]) -> Result<Box<dyn HostTransaction>>;

    /// Whether the host's tables can be reached, for health checks. They can, unless this is
    /// implemented.
    async fn ping(&self) -> Result<()> {
        Ok(())
    }

    /// Closes what is open, when the store is [closed](super::Storage::close): after the built-in
    /// backend.
    async fn close(&self) {}
}

/// A transaction of the host's with everything in it, to be committed or dropped. Those of sqlx 0.8
/// are such, with the feature `sqlite` or `postgres`.
#[async_trait]
pub trait HostTransaction: Send {
    /// Makes it durable.
    async fn commit(self: Box<Self>) -> Result<()>;
}
