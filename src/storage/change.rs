//! The typed writes of the storage contract.

use chrono::{DateTime, Utc};

use super::{HostOutcome, Result, StorageError};
use crate::model::{
    AccessToken, Account, ActivityPubReach, Authorization, BearerToken, Class, Client, Code,
    HostBlock, Job, Media, Nickname, Object, RemoteAccount, RemoteCredential, RemoteHost,
    RequestToken, SiteRecord, SiteRecordKind, Stream,
};

/// An ordered list of changes, to be applied as a whole.
pub type Changes = Vec<Change>;

/// Precondition of a write; if it does not hold, the commit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing of that key, else [`StorageError::AlreadyExists`](super::StorageError).
    Absent,
    /// Something of that key, else [`StorageError::Missing`](super::StorageError).
    Present,
    /// An object, account or job of that version, else
    /// [`StorageError::Conflict`](super::StorageError).
    Version(i64),
    /// No precondition.
    Any,
}

/// Treatment of a push of an item that is in the stream already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicate {
    /// Fail the commit with [`StorageError::AlreadyExists`](super::StorageError).
    Reject,
    /// Leave the entry where it is.
    Ignore,
}

/// Bringing an activity to inboxes. Each local account among the recipients gets it once. An
/// existing entry stays as it is; a recipient in both roles gets it as direct.
///
/// For the [remote accounts](RemoteAccount) among them one delivery waits for each destination from
/// now on: a shared inbox, or else an account. One that waits already stays as it is. Other
/// recipients are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Delivery {
    /// The id of the activity.
    pub activity: String,
    /// Whether it is major.
    pub major: bool,
    /// Ids of persons who get it directly.
    pub direct: Vec<String>,
    /// Ids of persons who get it otherwise.
    pub persons: Vec<String>,
    /// Streams whose members, as of this commit, get it.
    pub members: Vec<Stream>,
    /// Streams whose members, as of this commit, do not get it, however they are recipients.
    pub except_members: Vec<Stream>,
    /// Name of the host that it came from: nothing waits for that.
    pub except_host: Option<String>,
    /// Accounts of `ActivityPub` for which it waits.
    pub activitypub: ActivityPubReach,
    /// When it is enqueued for others, to the second.
    pub enqueued: DateTime<Utc>,
}

/// Taking away what a person allowed: access tokens, bearer tokens, authorizations, and request
/// tokens they signed in for. If it is taken from all clients, codes that were sent to recover
/// access or to confirm an address end as well. Of a revocation and an exchange at the same time,
/// one comes after the other: no token is left of an exchange that did not find what it exchanges
/// removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The person.
    pub user: Nickname,
    /// The client that they allowed it; `None` takes it from all.
    pub client: Option<String>,
    /// The name of an access token, or the digest of a bearer token, that stays.
    pub except_token: Option<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Stores an object under its id. The store gives it the next version: 1 for a new one, else
    /// one more than it had ([`Object::version`] as given is not looked at). With [`Expect::Any`]
    /// an existing object is replaced. The persons its audience names must be stored, here or
    /// earlier (the object itself may be one): else
    /// [`StorageError::Missing`](super::StorageError). `id` and `uuid` never change: an existing
    /// object keeps the uuid it has, whatever is given, and a uuid that belongs to another id is
    /// [`StorageError::AlreadyExists`](super::StorageError).
    PutObject {
        /// The object.
        object: Object,
        /// The precondition.
        expect: Expect,
    },
    /// Adds an object on top of a stream. It must be stored, here or earlier: else
    /// [`StorageError::Missing`](super::StorageError).
    Push {
        /// The stream.
        stream: Stream,
        /// The id of the object.
        item: String,
        /// Class of the entry, in inboxes and outboxes.
        class: Option<Class>,
        /// The treatment of an item that is there already.
        duplicate: Duplicate,
    },
    /// Takes an object out of a stream; [`StorageError::Missing`](super::StorageError) if it is not
    /// there.
    RemoveItem {
        /// The stream.
        stream: Stream,
        /// The id of the object.
        item: String,
    },
    /// Takes an object out of as many of the streams it is in as are given, whichever, but for one;
    /// [`StorageError::Missing`](super::StorageError) if the object is not stored.
    RemoveFromStreams {
        /// The id of the object.
        item: String,
        /// The stream it stays in, if it is in it.
        except: Stream,
        /// The most streams to take it out of.
        limit: u32,
    },
    /// Takes everything out of a stream.
    Clear(Stream),
    /// Changes nothing. [`StorageError::AlreadyExists`](super::StorageError) if an item of a
    /// stream, after the changes before this one, has that `displayName`, by every byte. Of two
    /// commits that check a name and push an item of that name, one fails.
    CheckName {
        /// The stream.
        stream: Stream,
        /// The name that must be free.
        name: String,
    },
    /// Brings an activity to inboxes. It must be stored, here or earlier: else
    /// [`StorageError::Missing`](super::StorageError), even if there is nobody to bring it to.
    Deliver(Delivery),
    /// Enqueues an activity, if it is stored, for the remote accounts among the members of streams,
    /// as [`Self::Deliver`] does. It is brought to no inbox, and persons are not looked at.
    PassOn(Delivery),
    /// Stores an account. Its person must be stored, here or earlier: else
    /// [`StorageError::Missing`](super::StorageError). A person that belongs to another account is
    /// [`StorageError::AlreadyExists`](super::StorageError), and with [`Expect::Absent`] so is a
    /// nickname that differs in case only from one that is or was stored. Versions are given as to
    /// objects.
    PutAccount {
        /// The account.
        account: Account,
        /// The precondition.
        expect: Expect,
    },
    /// Removes an account with its tokens, of both kinds, and codes;
    /// [`StorageError::Missing`](super::StorageError) if there is none. Objects and streams stay.
    RemoveAccount(Nickname),
    /// Stores a client, replacing the one of that id. [`Client::unused_since`] can only be taken
    /// from a client that is stored, not given or changed.
    PutClient(Client),
    /// Removes a client with its tokens, of both kinds;
    /// [`StorageError::Missing`](super::StorageError) if there is none.
    RemoveClient(String),
    /// Notes that a client was seen at a time: it is [unused](Client::unused_since) since then, if it
    /// was for a day. Never fails: unknown clients are ignored.
    UseClient {
        /// The client.
        id: String,
        /// The time, to the second.
        at: DateTime<Utc>,
    },
    /// Stores a request token; its client and user are not looked for. ([`Expect::Version`] is not
    /// for tokens.)
    PutRequestToken {
        /// The token.
        token: RequestToken,
        /// The precondition.
        expect: Expect,
    },
    /// Removes a request token; [`StorageError::Missing`](super::StorageError) if there is none.
    RemoveRequestToken(String),
    /// Stores an access token, replacing the one of that name. Its client and account must be
    /// stored, here or earlier: else [`StorageError::Missing`](super::StorageError). The client is
    /// not [unused](Client::unused_since) any more.
    PutAccessToken(AccessToken),
    /// Removes an access token; [`StorageError::Missing`](super::StorageError) if there is none.
    RemoveAccessToken(String),
    /// Stores an authorization of OAuth 2.0. Its client and account must be stored, here or
    /// earlier: else
    /// [`StorageError::Missing`](super::StorageError). A taken digest is [`StorageError::AlreadyExists`](super::StorageError).
    PutAuthorization(Authorization),
    /// Removes the authorization with a digest; [`StorageError::Missing`](super::StorageError) if
    /// there is none.
    RemoveAuthorization(String),
    /// Stores a bearer token. Its client, and its account if it has one, must be stored, here or
    /// earlier: else
    /// [`StorageError::Missing`](super::StorageError). A taken digest is [`StorageError::AlreadyExists`](super::StorageError).
    /// With a token of a person the client is not [unused](Client::unused_since) any more; with one
    /// of its own it is since then, if it was for a day.
    PutBearerToken(BearerToken),
    /// Removes the bearer token with a digest; [`StorageError::Missing`](super::StorageError) if
    /// there is none.
    RemoveBearerToken(String),
    /// Removes the bearer tokens, if there are any, that were given for the code with a digest.
    RevokeCode(String),
    /// Takes away what a person allowed, if there is anything.
    Revoke(Revocation),
    /// Takes away what can still become access of a person, if there is anything: authorizations,
    /// request tokens they signed in for, and codes that were sent to recover access. Such a code,
    /// if it was not used, expires one second before it was made, and can't be used any more.
    RevokePending(Nickname),
    /// Stores a code. A known digest is
    /// [`StorageError::AlreadyExists`](super::StorageError), an unknown account [`StorageError::Missing`](super::StorageError).
    PutCode(Code),
    /// Uses a code, by its digest, and with it all that were sent to the same person for the same
    /// purpose.
    /// [`StorageError::Missing`](super::StorageError) if there is none, [`StorageError::Conflict`](super::StorageError)
    /// if it was used before or has [ended](Self::RevokePending): of two uses one succeeds.
    UseCode(String),
    /// Stores a job under its id. Versions are given as to objects.
    PutJob {
        /// The job.
        job: Job,
        /// The precondition.
        expect: Expect,
    },
    /// Removes a job of that id and version; [`StorageError::Conflict`](super::StorageError) if
    /// there is another one or none.
    RemoveJob {
        /// Its id.
        id: String,
        /// The version it must have.
        version: i64,
    },
    /// Stores a record under its id. Versions are given as to objects.
    PutSiteRecord {
        /// The record.
        record: SiteRecord,
        /// The precondition.
        expect: Expect,
    },
    /// Removes a record; [`StorageError::Conflict`](super::StorageError) if it has another version.
    RemoveSiteRecord {
        /// Its id.
        id: String,
        /// The version it must have.
        version: i64,
    },
    /// Stores what is known of a file. Its object must be stored, here or earlier. A taken path is
    /// [`StorageError::AlreadyExists`](super::StorageError).
    PutMedia(Media),
    /// Stores a remote account, replacing the one of that id. Its object must be stored, here or
    /// earlier: else [`StorageError::Missing`](super::StorageError). Its host is stored with it, if
    /// it is not known.
    PutRemoteAccount(RemoteAccount),
    /// Stores a host. Of one that is known, the [state of
    /// deliveries](crate::model::DeliveryState) stays.
    PutRemoteHost(RemoteHost),
    /// Stores credentials, replacing those of that host and identity.
    PutRemoteCredential(RemoteCredential),
    /// Stores credentials, unless there are some of that host and identity.
    AddRemoteCredential(RemoteCredential),
    /// Removes credentials of that host and identity that have this client id, if there are any.
    RemoveRemoteCredential {
        /// The host.
        host: String,
        /// The identity.
        identity: String,
        /// The client id.
        client_id: String,
    },
    /// Ends or continues a lease: removes deliveries, if they wait, and stores the state of the
    /// host, if it is known and the lease still stands.
    SettleHost(HostOutcome),
    /// Removes all deliveries to that host; to all hosts if `None`.
    DropOutgoing(Option<String>),
    /// Stores a block, replacing the one of that host.
    PutHostBlock(HostBlock),
    /// Removes the block of that host; [`StorageError::Missing`](super::StorageError) if there is
    /// none.
    RemoveHostBlock(String),
}

impl Expect {
    /// Compares what is there, by version, with what was expected. A value without a version counts
    /// as version 0.
    pub(super) fn check(self, stored: Option<i64>, what: &str) -> Result<()> {
        match (self, stored) {
            (Self::Absent, Some(_)) => Err(StorageError::AlreadyExists(what.into())),
            (Self::Present, None) => Err(StorageError::Missing(what.into())),
            (Self::Version(wanted), stored) if stored != Some(wanted) => {
                Err(StorageError::Conflict(what.into()))
            }
            _ => Ok(()),
        }
    }
}

/// Effects of a change on what is cached, waited for, or locked. Invalidation, notification, the
/// credential version and locks derive from these, and not from the kind of change.
#[derive(Default)]
pub(super) struct Effects<'a> {
    /// Whether it may change what is shown anywhere.
    pub(super) is_global: bool,
    /// The id of an object that is new.
    pub(super) new_object: Option<&'a str>,
    /// An account that is new.
    pub(super) new_account: Option<&'a Account>,
    /// The stream whose entries it changes or depends on.
    pub(super) stream: Option<&'a Stream>,
    /// The item that is added to the stream.
    pub(super) added: Option<&'a str>,
    /// The item that is removed from the stream.
    pub(super) removed: Option<&'a str>,
    /// Whether all items are removed from the stream.
    pub(super) is_cleared: bool,
    /// A delivery to inboxes.
    pub(super) delivery: Option<&'a Delivery>,
    /// Whether it may change or remove a client, an access token, a bearer token or an account.
    pub(super) is_of_credentials: bool,
}

impl Change {
    /// Returns the effects.
    ///
    /// A replaced object may change visibility anywhere, as may an object removed from unnamed
    /// streams, and a person whom a moderator limits. All are rare compared with inserts, so they
    /// are global.
    pub(super) fn effects(&self) -> Effects<'_> {
        let mut effects = Effects::default();
        match self {
            Self::PutObject {
                object,
                expect: Expect::Absent,
            } => effects.new_object = Some(&object.id),
            Self::PutAccount {
                account,
                expect: Expect::Absent,
            } => effects.new_account = Some(account),
            Self::PutAccount { .. } | Self::RemoveAccount(_) => {
                effects.is_global = true;
                effects.is_of_credentials = true;
            }
            Self::PutObject { .. } | Self::RemoveFromStreams { .. } => effects.is_global = true,
            Self::Clear(stream) => {
                effects.is_global = !stream.is_apart();
                effects.is_cleared = true;
                effects.stream = Some(stream);
            }
            Self::Push { stream, item, .. } => {
                effects.is_global = stream.is_of_standing();
                effects.stream = Some(stream);
                effects.added = Some(item);
            }
            Self::RemoveItem { stream, item } => {
                effects.is_global = stream.is_of_standing();
                effects.stream = Some(stream);
                effects.removed = Some(item);
            }
            Self::CheckName { stream, .. } => effects.stream = Some(stream),
            Self::Deliver(delivery) => effects.delivery = Some(delivery),
            Self::PutSiteRecord { record, .. } => effects.is_global = record.kind.is_cached(),
            Self::RemoveSiteRecord { id, .. } => {
                let kind = id.split(' ').next().and_then(SiteRecordKind::parse);
                effects.is_global = kind.is_some_and(SiteRecordKind::is_cached);
            }
            Self::PutClient(_)
            | Self::RemoveClient(_)
            | Self::UseClient { .. }
            | Self::PutAccessToken(_)
            | Self::RemoveAccessToken(_)
            | Self::RemoveBearerToken(_)
            | Self::RevokeCode(_)
            | Self::Revoke(_) => effects.is_of_credentials = true,
            Self::PutRequestToken { .. }
            | Self::RemoveRequestToken(_)
            | Self::PutAuthorization(_)
            | Self::RemoveAuthorization(_)
            | Self::PutBearerToken(_)
            | Self::RevokePending(_)
            | Self::PutCode(_)
            | Self::UseCode(_)
            | Self::PutJob { .. }
            | Self::RemoveJob { .. }
            | Self::PutMedia(_)
            | Self::PassOn(_)
            | Self::PutRemoteAccount(_)
            | Self::PutRemoteHost(_)
            | Self::PutRemoteCredential(_)
            | Self::AddRemoteCredential(_)
            | Self::RemoveRemoteCredential { .. }
            | Self::SettleHost(_)
            | Self::DropOutgoing(_)
            | Self::PutHostBlock(_)
            | Self::RemoveHostBlock(_) => {}
        }
        effects
    }
}
