//! A store for an application that has its people and its content in tables of its own.
//!
//! The application, the *host*, implements [`Host`]: three methods. [`Hosted`] makes a whole
//! [`Storage`](super::Storage) of it and of a built-in backend, which keeps what the host has no notion of: clients and
//! tokens, nonces, jobs, codes, files, activities, inboxes, notes and whatever else people post that is no content
//! of the host's. Of what the host keeps it has the *index*: the id, who may read it (its audience), its
//! version, and in which streams it is. So pages are filtered, counted and cut in one database, for each reader
//! as it should be, and the host need not know how. Its own pages ask by themselves: what has
//! [`Public`](crate::model::Address::Public) in its audience is for everyone.
//!
//! | | is in | and the other |
//! |---|---|---|
//! | what a photo is called and shows | the host's tables, read each time | has its name too, to be searched |
//! | who may read it, how often it changed | the built-in backend | is told of each commit |
//! | that alice likes it, which album it is in | both: the host's for its own pages, the built-in's for the API | |
//! | tokens, inboxes, jobs, … | the built-in backend | |
//!
//! **What is atomic.** A commit that concerns the host is written into an open transaction of the host's, which
//! may refuse it; then the built-in backend commits, or refuses; then the host's transaction is committed. Whatever is
//! refused before the last step leaves no trace in either. Once begun it is brought to its end, even if nobody waits
//! for it any more. So nothing that was answered is lost. Who reads what is between the two commits waits for the second:
//! nobody is given an old row under a new version. That is so for one [`Hosted`]: through another on
//! the same tables one may see, for as long as the host's COMMIT takes, what is said below of one that fails.
//!
//! If the host's own COMMIT fails, if the process dies before it, or if the built-in backend lost its connection and committed
//! for all that, the built-in backend has it, and the host has not: local
//! inboxes have it, and other hosts will be told. The caller was given no answer, or
//! [`Unavailable`](super::StorageError::Unavailable). Then
//!
//! - what was new is in the index and has no row: it is shown as deleted;
//! - what was changed has its old row, under the new version and audience, with all else that was said of it;
//! - what was deleted is deleted here, and still has its row for the host's own pages;
//! - streams have changed, and the host's relations have not.
//!
//! Nothing undoes that, but to [restore](crate::service::accounts::restore) a person puts them again. So there may be
//! nothing left for COMMIT to refuse or to wait for: no deferred constraints, no serializable transactions, no locks of
//! readers. With SQLite that means its WAL mode.
//!
//! **What the host does by itself.** What a row says may be changed by any means: it is read each time. What a row was
//! deleted of is shown as deleted, though it stays where it is counted, and can't be deleted any more: so delete it [in the
//! name of its author](crate::service::activity::act), and [remove](crate::service::accounts::remove) whoever leaves, and the
//! row goes with it. What is new is not known here until it is made known, by
//! [adopting](crate::service::accounts::adopt) a person or publishing a thing.

mod store;
#[cfg(test)]
mod tests;
mod under_way;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::{Change, Result};
use crate::model::Object;
pub use store::Hosted;

/// An application with tables of its own, as [`Hosted`] needs it.
///
/// A table of things needs one column more than the application has use for: the thing's
/// [`id`](Object::id), unique, and empty for what was not made known yet. Streams and their items are named by it too.
/// If its own pages show things, it needs another that says whether everyone may see them.
#[async_trait]
pub trait Host: Send + Sync + 'static {
    /// The properties of a thing that the host's tables have: whatever else is said of it is kept for it. None, if it
    /// is nothing of the host's. Of a property with members, like `image`, the tables need not have all: what
    /// [`find`](Self::find) says nothing of stays as it was said. It depends on nothing but the thing as it is given, and is the same each time. It is
    /// not asked about tombstones, which are nothing of the host's.
    fn keeps(&self, thing: &Object) -> &'static [&'static str];

    /// What the host's tables say of things of a type, by [id](Object::id), in any order: of each the
    /// [kept](Self::keeps) properties that it has. What is not there is left out. A `null` says that there is none, also
    /// within a property: that a picture has no `width`, say, whatever was said of it before.
    ///
    /// What it says is treated like what clients say: HTML in `content` and `summary` is sanitised, `displayName` is plain
    /// text, and what has the wrong shape, such as a picture without an address on the web, is logged and left out.
    async fn find(&self, kind: &str, ids: &[&str]) -> Result<Vec<(String, Map<String, Value>)>>;

    /// Writes what of a commit concerns the host, in order, into a transaction that is left open; to drop it undoes
    /// it. The changes are as [they are documented](Change), and most are none of the host's: it looks for
    ///
    /// - [`PutObject`](Change::PutObject) of what it [keeps](Self::keeps), which may be there or not, and of what has become
    ///   a [tombstone](Object::deleted), which goes;
    /// - [`Push`](Change::Push), [`Pull`](Change::Pull), [`Clear`](Change::Clear) and [`Withdraw`](Change::Withdraw) of
    ///   streams that are relations in its tables. What is pushed may be there already, and what is pulled may be gone;
    /// - [`PutAccount`](Change::PutAccount) and [`RemoveAccount`](Change::RemoveAccount).
    ///
    /// What no longer is anything that it keeps goes like a tombstone. What was expected is compared by the built-in
    /// backend. An error refuses the commit: so what has no place, because the row of its author is missing, is an error.
    async fn write(&self, changes: &[Change]) -> Result<Box<dyn Uncommitted>>;

    /// Whether the host's tables can be reached, for health checks. They can, unless this is implemented.
    async fn ping(&self) -> Result<()> {
        Ok(())
    }

    /// Closes what is open, when the store is [closed](super::Storage::close): after the built-in backend.
    async fn close(&self) {}
}

/// A transaction of the host's with everything in it, to be committed or dropped. Those of sqlx 0.8 are such, with the
/// feature `sqlite` or `postgres`.
#[async_trait]
pub trait Uncommitted: Send {
    /// Makes it durable.
    async fn commit(self: Box<Self>) -> Result<()>;
}
