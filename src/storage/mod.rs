//! The storage contract: implement [`Storage`] over your own tables and your users speak Pump.
//!
//! Reads are small capability traits, each dyn-safe, taking ids in batches; not found is `None`.
//! Writes all go through one method, [`Commit::commit`]: an ordered list of typed [`Change`]s that
//! takes effect as a whole or not at all.
//!
//! A backend keeps seven kinds of thing: *objects* (persons, notes, lists, activities: JSON with an
//! id), *streams* (ordered sets of objects: inboxes, followers, likes) and *accounts* (of people
//! who can sign in). Then there are *credentials* (OAuth clients, tokens, mailed codes) and *jobs*
//! (deferred work). *Site records* are reports, invitations, announcements and the audit log, and
//! *remotes* are other hosts, their accounts, and deliveries that wait for them.
//! The services decide the meaning of a change; a backend stores, orders, counts and compares. Ids
//! may be any text without U+0000, thousands of bytes long, and are the same only if every byte is.
//! An audience is a set: its order may change. Times are kept to the whole second.
//!
//! An application that has tables of its own for people and content only, and no wish to keep the
//! rest, implements the three methods of [`hosted::Host`] instead.
//!
//! Every promise below has a function in the conformance suite, and every built-in backend
//! passes it.

mod access;
mod broadcast;
mod cached_read;
mod change;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod connect;
mod credential_version;
mod delegate;
mod error;
pub mod hosted;
pub mod memory;
mod modification_clock;
#[cfg(feature = "postgres")]
pub mod postgres;
mod remotes;
mod search;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::model::{
    AccessToken, Account, Authorization, BearerToken, Client, ClientIdentity, Code, CodePurpose,
    Grant, Job, Media, Nickname, Nonce, Object, Page, PageRequest, RequestToken, SiteRecord,
    SiteRecordKind, Stream, StreamPreview, Uploaded, Viewer,
};
pub(crate) use access::check_access;
use access::remember;
pub use broadcast::{ChangeBroadcaster, ChangeNotification, Subscription};
#[cfg(test)]
pub(crate) use cached_read::MAX_AGE_SECONDS;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "web"))]
pub(crate) use cached_read::ReadTime;
pub(crate) use cached_read::{CachedRead, Now};
pub use change::{Change, Changes, Delivery, Duplicate, Expect, Revocation};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use connect::connect;
pub use credential_version::CredentialVersion;
pub(crate) use delegate::{delegate_storage, delegate_trait};
pub use error::{Result, StorageError};
pub use hosted::Hosted;
pub use modification_clock::{Bucket, Invalidation, ModificationClock};
pub use remotes::{HostOutcome, MAX_LEASED_OF_DESTINATION, Remotes};
pub use search::{SEARCH_REACH, Search, SearchEntry};

/// How long the position of an item that was taken out of a stream is remembered at least: 30 days.
pub const POSITION_RETENTION_SECONDS: i64 = 30 * 24 * 3600;

/// Among how many of the newest entries that not everyone may read, of each class, a
/// [head](Streams::previews) looks for items at least.
pub const HEAD_REACH: u32 = 256;

/// Stored objects, by id.
#[async_trait]
pub trait Objects: Send + Sync {
    /// The objects with these ids, in the same order, `None` where there is none. Ids may repeat.
    async fn find_objects(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>>;

    /// The same objects, or `None` if they [have](Object::size) more than `max_bytes` together. A
    /// store that reads them from elsewhere holds no more than that of them at once.
    async fn find_objects_within(
        &self,
        ids: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Vec<Option<Arc<Object>>>>> {
        let found = self.find_objects(ids).await?;
        let length = found.iter().flatten().map(|one| one.size());
        Ok((length.sum::<usize>() <= max_bytes).then_some(found))
    }

    /// The object whose local URLs end in `uuid`.
    async fn find_object_by_uuid(&self, uuid: &str) -> Result<Option<Arc<Object>>>;

    /// Returns for each id, in the same order, whether `viewer` may read the object. Its author
    /// may. So may an audience member:
    /// [`Public`](crate::model::AudienceMember::Public), the viewer's [`Person`](crate::model::AudienceMember::Person),
    /// or [`Members`](crate::model::AudienceMember::Members) of a stream that now contains the
    /// viewer. `false` for ids that are not stored. [`Viewer::Unrestricted`] may read all that is
    /// stored.
    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>>;

    /// Whether `viewer` may [read](Self::readable) the object with that id, or could before. That is
    /// under an audience that it had then, or as a member of a stream that they [were taken out
    /// of](POSITION_RETENTION_SECONDS) since. Of a former audience 1,000 addresses are remembered
    /// at least, or that everyone was among them. `false` for ids that are not stored.
    async fn was_readable(&self, id: &str, viewer: Viewer<'_>) -> Result<bool>;

    /// Up to `count` objects by that author that are no tombstones, activities among them, in any
    /// order.
    async fn list_objects_by(&self, author: &str, count: u32) -> Result<Vec<Object>>;
}

/// Streams: ordered sets of objects. A stream that was never pushed to is empty.
#[async_trait]
pub trait Streams: Send + Sync {
    /// Returns one page of a stream, newest first by order of arrival. It has the items that pass
    /// the filter, that `viewer` may [read](Objects::readable), and that match the [name
    /// query](PageRequest::name_query), if there is one. Offset, count and total refer to those
    /// items only. The item a cursor names need not be visible or pass the filter. It must be in
    /// the stream, or have been [pulled](Change::RemoveItem) or
    /// [withdrawn](Change::RemoveFromStreams) from it in the last
    /// [`POSITION_RETENTION_SECONDS`]: then the page begins where the item was. Else it is
    /// [`StorageError::NotInStream`]. The page of [`Cursor::Since`](crate::model::Cursor) is the
    /// `count` items *nearest* to its item, newest first. A page ends early, with those that are
    /// nearest to its cursor, where its items would have more than
    /// [`max_bytes`](PageRequest::max_bytes) of JSON together.
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page>;

    /// For each stream, in the same order, how many items `viewer` may read, and the ids of the
    /// newest `count` of them. A backend may leave out ids for a person that come after
    /// [`HEAD_REACH`] entries which not everyone may read: they are on the pages of the stream.
    async fn previews(
        &self,
        streams: &[Stream],
        count: u32,
        viewer: Viewer<'_>,
    ) -> Result<Vec<StreamPreview>>;

    /// For each pair, in the same order, whether the object with that id is in that stream.
    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>>;

    /// Up to `count` items of a stream with a place above `after`, in the order in which they came,
    /// each with its place. Places are above 0. An item keeps its position while it is in the
    /// stream, and later items have higher ones. So a caller that continues from the last position
    /// gets every item that was there at the start and stays.
    async fn items_after(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>>;

    /// Whether the object with that id is in any stream but that one.
    async fn is_in_other_stream(&self, item: &str, except: &Stream) -> Result<bool>;
}

/// Accounts: who can sign in.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The account of that name; case matters.
    async fn find_account(&self, nickname: &Nickname) -> Result<Option<Account>>;

    /// For each person id, in the same order, the account that belongs to it.
    async fn find_accounts_of(&self, persons: &[&str]) -> Result<Vec<Option<Account>>>;

    /// The number of accounts with an unconfirmed mail address and no other.
    async fn count_unconfirmed(&self) -> Result<u64>;
}

/// OAuth clients, tokens and nonces.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The client with that key.
    async fn find_client(&self, id: &str) -> Result<Option<Client>>;

    /// All clients, by when they were created, oldest first.
    async fn list_clients(&self) -> Result<Vec<Client>>;

    /// All clients of an identity, by when they were created, oldest first.
    async fn list_clients_of(&self, identity: &ClientIdentity) -> Result<Vec<Client>> {
        let mut clients = self.list_clients().await?;
        clients.retain(|client| client.identity.as_ref() == Some(identity));
        Ok(clients)
    }

    /// The access token.
    async fn find_access_token(&self, token: &str) -> Result<Option<AccessToken>>;

    /// The oldest access token of a client for a person.
    async fn find_access_token_for(
        &self,
        client: &str,
        user: &Nickname,
    ) -> Result<Option<AccessToken>>;

    /// The request token, expired or not.
    async fn find_request_token(&self, token: &str) -> Result<Option<RequestToken>>;

    /// Remembers a nonce: `true` if it is new, `false` if it was used before. Of two concurrent
    /// calls exactly one gets `true`, on every node that shares the database. Nonces survive the
    /// process, but the call need not wait for the disk.
    async fn use_nonce(&self, nonce: &Nonce<'_>) -> Result<bool>;

    /// Forgets nonces with a timestamp before this one (in seconds since 1970). Request tokens,
    /// authorizations, bearer tokens and codes that expired before it go as well, and positions of
    /// items that were taken out [so long](POSITION_RETENTION_SECONDS) before it.
    async fn delete_expired(&self, timestamp: i64) -> Result<()>;

    /// Forgets clients that have been [unused](Client::unused_since) since before this time (in
    /// seconds since 1970) and have no request token and no authorization. For clients with an
    /// [identity](Client::identity) `proven_before` is that time.
    async fn forget_unused_clients(&self, before: i64, proven_before: i64) -> Result<()>;
}

/// Whether credentials that were read are still as they were, so that they can be kept in memory.
#[async_trait]
pub trait CredentialVersioning: Send + Sync {
    /// Version of all credentials; increases when a client, token or account is changed or removed.
    /// Creation and expiry need not increase it. Local commits increase it before they return,
    /// remote ones when this handle [refreshes](Self::refresh_credential_version). So what was read
    /// after this was asked is, as far as this handle knows, good for as long as the answer is the
    /// same. `None`, always, if the store can't tell: then nothing is kept.
    fn credential_version(&self) -> Option<i64>;

    /// Looks whether others have changed credentials:
    /// [`credential_version`](Self::credential_version) then counts all commits, on every node,
    /// that had returned when this was called.
    async fn refresh_credential_version(&self) -> Result<()>;
}

/// Whether objects, streams and accounts that were read are still as they were, so that answers can
/// be kept in memory. A store that says nothing of it has each answer made anew.
#[async_trait]
pub trait ChangeTracking: Send + Sync {
    /// When places were written to last: by commits of this handle before they return, by those of
    /// others when this handle [looks](Self::sync_changes). `None`, always, if the store can't
    /// tell.
    fn modification_clock(&self) -> Option<&ModificationClock> {
        None
    }

    /// Looks what others wrote: [`modification_clock`](Self::modification_clock) then count all
    /// commits, on every node, that had returned when this was called.
    async fn sync_changes(&self) -> Result<()> {
        Ok(())
    }
}

/// OAuth 2.0, and what people allowed by either kind of OAuth.
#[async_trait]
pub trait Grants: Send + Sync {
    /// The authorization with that digest, expired or not.
    async fn find_authorization(&self, digest: &str) -> Result<Option<Authorization>>;

    /// The bearer token with that digest, expired or not.
    async fn find_bearer_token(&self, digest: &str) -> Result<Option<BearerToken>>;

    /// Returns a person's grants: one for each client and scope with tokens, expired or not, newest
    /// tokens first.
    async fn list_grants(&self, user: &Nickname) -> Result<Vec<Grant>>;
}

/// Codes that were sent by mail.
#[async_trait]
pub trait Codes: Send + Sync {
    /// The code with that digest, used or not, expired or not.
    async fn find_code(&self, digest: &str) -> Result<Option<Code>>;

    /// The code that was made last for someone for a purpose, used or not, expired or not.
    async fn find_newest_code(&self, user: &Nickname, purpose: CodePurpose)
    -> Result<Option<Code>>;
}

/// Work that is done later. A worker lists due jobs and leases one by storing it with a later time
/// under [`Expect::Version`]. When it is done it removes the job, or stores the time of the next
/// attempt. Of two who take the same job one gets [`StorageError::Conflict`].
#[async_trait]
pub trait Jobs: Send + Sync {
    /// At most `count` jobs of a queue that are due by `now`, those that are due longest first.
    async fn list_due_jobs(&self, queue: &str, now: DateTime<Utc>, count: u32) -> Result<Vec<Job>>;

    /// The job with that id, due or not.
    async fn find_job(&self, id: &str) -> Result<Option<Job>>;
}

/// Records of the site: reports, invitations, announcements, the audit log.
#[async_trait]
pub trait SiteRecords: Send + Sync {
    /// The record with that id.
    async fn find_site_record(&self, id: &str) -> Result<Option<SiteRecord>>;

    /// At most `count` records of a kind, newest first, and of those of one second the one that was
    /// stored last. With `before` only those that come after that record in this order; there are
    /// none if it is not stored.
    async fn list_site_records(
        &self,
        kind: SiteRecordKind,
        before: Option<&str>,
        count: u32,
    ) -> Result<Vec<SiteRecord>>;
}

/// Uploaded files.
#[async_trait]
pub trait Files: Send + Sync {
    /// Returns the metadata of the file at that path.
    async fn find_media(&self, path: &str) -> Result<Option<Media>>;

    /// Returns the metadata of the files of an object, by path.
    async fn list_media_of(&self, object: &str) -> Result<Vec<Media>>;

    /// How many files have a path that begins with the nickname and a slash, without those of
    /// tombstones, and how many bytes they have together.
    async fn uploaded(&self, nickname: &Nickname) -> Result<Uploaded>;

    /// How many files there are, without those of tombstones, and how many bytes they have
    /// together.
    async fn uploaded_by_all(&self) -> Result<Uploaded>;
}

/// The one way to write, and to hear that something was written.
#[async_trait]
pub trait Commit: Send + Sync {
    /// Applies the changes in order, all or none; when this returns they are durable, and every
    /// later read on every node sees them. An error means that nothing was changed, but for
    /// [`StorageError::Unavailable`]: a store that was lost meanwhile may have done it all.
    async fn commit(&self, changes: Changes) -> Result<()>;

    /// Subscribes to commits from now on, of this node and all others. For every commit that pushes
    /// or delivers there are, soon after it can be read, news that name each of those streams and
    /// activities, or [`ChangeNotification::Resync`]. There may be more news than commits. A node
    /// that dies the moment after it has committed may take the news of that with it, so who must
    /// not miss anything looks for itself now and then. To be called within a Tokio runtime.
    fn subscribe(&self) -> Subscription;
}

/// A whole backend.
#[async_trait]
pub trait Storage:
    Objects
    + Streams
    + Accounts
    + Credentials
    + CredentialVersioning
    + ChangeTracking
    + Grants
    + Codes
    + Jobs
    + SiteRecords
    + Files
    + Remotes
    + Search
    + Commit
{
    /// Whether the store can be reached now.
    async fn ping(&self) -> Result<()>;

    /// Returns how many connections to a database are in use, and how many there may be; `None` if
    /// there are none.
    fn connections(&self) -> Option<(u32, u32)> {
        None
    }

    /// Finishes the commits under way, then lets go of files, connections and tasks. Later calls,
    /// and those that have not begun, may fail with [`StorageError::Unavailable`], but none waits
    /// for ever; closing again does nothing. A store that was not closed loses nothing either, but
    /// may leave part of itself beside its file.
    async fn close(&self);
}
