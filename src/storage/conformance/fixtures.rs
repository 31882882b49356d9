//! Things to store, and short ways to ask; for the promises only.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Map;

use crate::{
    model::{
        ACTIVITY, AccessToken, Account, AudienceMember, Class, Client, ClientKind, Nickname,
        Object, PageRequest, Protocol, RemoteAccount, RequestToken, Secret, Stream, Viewer,
    },
    storage::{Change, Changes, Delivery, Duplicate, Expect, Result, Storage, StorageError},
};

/// The value, or a panic that says what should have worked.
pub(super) fn ok<T>(result: Result<T>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what} should work, but the store says: {error} ({error:?})"),
    }
}

/// The value, or a panic that says what is not there.
pub(super) fn some<T>(value: Option<T>, what: &str) -> T {
    match value {
        Some(value) => value,
        None => panic!("{what} should be there, but the store says there is none"),
    }
}

/// Asserts that a call failed with a certain variant.
macro_rules! refused {
    ($result:expr, $variant:pat, $what:expr) => {
        match $result {
            Err($variant) => {}
            Err(error) => panic!(
                "{} should be refused with {}, but was refused with {error:?}",
                $what,
                stringify!($variant)
            ),
            Ok(_) => panic!("{} should be refused, but was taken", $what),
        }
    };
}
pub(super) use refused;

/// Commits what should be fine.
pub(super) async fn commit(store: &dyn Storage, changes: Changes) {
    ok(store.commit(changes).await, "A commit of good changes");
}

/// A note of that name, by nobody and for nobody.
pub(super) fn note(name: &str) -> Object {
    object("note", name)
}

/// An activity of that name, by nobody and for nobody.
pub(super) fn activity(name: &str) -> Object {
    object(ACTIVITY, name)
}

/// A note that everyone may read.
pub(super) fn public_note(name: &str) -> Object {
    Object {
        audience: vec![AudienceMember::Public],
        ..note(name)
    }
}

/// A person; the name is the id.
pub(super) fn person(name: &str) -> Object {
    object("person", name)
}

/// A thing of that type and id that is called something.
pub(super) fn object_called(object_type: &str, id: &str, name: &str) -> Object {
    let mut called = object(object_type, id);
    called.body.insert("displayName".into(), name.into());
    called
}

fn object(object_type: &str, name: &str) -> Object {
    let called = Map::from_iter([("displayName".to_owned(), name.into())]);
    Object::new(object_type, name, format!("uuid of {name}"), called)
}

/// A nickname that is one.
pub(super) fn nickname(name: &str) -> Nickname {
    match Nickname::parse(name) {
        Ok(nickname) => nickname,
        Err(error) => panic!("the suite itself is wrong: {error}"),
    }
}

/// So many seconds since 1970.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// An account of a nickname, for the person whose id is the same text.
pub(super) fn account(name: &str) -> Account {
    Account::new(nickname(name), name, at(1_700_000_000))
}

/// A client that registered at that second.
pub(super) fn client(id: &str, created: i64) -> Client {
    Client::new(
        id,
        Secret::new("client secret"),
        ClientKind::Native,
        at(created),
    )
}

/// An access token given at that second.
pub(super) fn access_token(token: &str, client: &str, user: &str, created: i64) -> AccessToken {
    AccessToken {
        token: token.into(),
        secret: Secret::new("token secret"),
        client: client.into(),
        user: nickname(user),
        created: at(created),
    }
}

/// A request token good until that second.
pub(super) fn request_token(token: &str, client: &str, expires: i64) -> RequestToken {
    RequestToken {
        token: token.into(),
        secret: Secret::new("request secret"),
        client: client.into(),
        callback: "oob".into(),
        user: None,
        verifier: None,
        approved: false,
        expires: at(expires),
    }
}

/// Stores an object, whatever there is.
pub(super) fn put(object: Object) -> Change {
    Change::PutObject {
        object,
        expect: Expect::Any,
    }
}

/// Stores an account, whatever there is.
pub(super) fn put_account(name: &str) -> Change {
    Change::PutAccount {
        account: account(name),
        expect: Expect::Any,
    }
}

/// Adds an unclassified item that must not be there.
pub(super) fn push(stream: &Stream, item: &str) -> Change {
    Change::Push {
        stream: stream.clone(),
        item: item.into(),
        class: None,
        duplicate: Duplicate::Reject,
    }
}

/// Adds a classified item that must not be there.
pub(super) fn push_as(stream: &Stream, item: &str, major: bool, direct: bool) -> Change {
    Change::Push {
        stream: stream.clone(),
        item: item.into(),
        class: Some(Class { major, direct }),
        duplicate: Duplicate::Reject,
    }
}

/// Takes an item out.
pub(super) fn pull(stream: &Stream, item: &str) -> Change {
    Change::RemoveItem {
        stream: stream.clone(),
        item: item.into(),
    }
}

/// Brings a major activity to persons directly, to persons, and to members.
pub(super) fn deliver(
    activity: &str,
    direct: &[&str],
    persons: &[&str],
    members: &[Stream],
) -> Change {
    let owned = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
    Change::Deliver(Delivery {
        activity: activity.into(),
        major: true,
        direct: owned(direct),
        persons: owned(persons),
        members: members.to_vec(),
        ..Delivery::default()
    })
}

/// Stores persons with accounts of the same name.
pub(super) fn residents(names: &[&str]) -> Changes {
    let persons = names.iter().map(|name| put(person(name)));
    let accounts = names.iter().map(|name| put_account(name));
    persons.chain(accounts).collect()
}

/// The ids on a page.
pub(super) async fn ids(
    store: &dyn Storage,
    stream: &Stream,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Vec<String> {
    let page = ok(
        store.list(stream, request, viewer).await,
        "Listing a stream",
    );
    page.items.iter().map(|object| object.id.clone()).collect()
}

/// The ids on the first page, of up to 200, without regard to who may read them.
pub(super) async fn all_ids(store: &dyn Storage, stream: &Stream) -> Vec<String> {
    let request = PageRequest {
        count: 200,
        ..PageRequest::default()
    };
    ids(store, stream, &request, Viewer::Unrestricted).await
}

/// Whether one object may be read.
pub(super) async fn may_read(store: &dyn Storage, id: &str, viewer: Viewer<'_>) -> bool {
    ok(store.readable(&[id], viewer).await, "Asking who may read") == [true]
}

/// The object of that id, if there is one.
pub(super) async fn find(store: &dyn Storage, id: &str) -> Option<Object> {
    let found = ok(store.find_objects(&[id]).await, "Finding an object");
    assert_eq!(
        found.len(),
        1,
        "one id was asked for, so there is one answer"
    );
    found.into_iter().next().flatten().map(Arc::unwrap_or_clone)
}

/// Whether an error is the loss of a race.
pub(super) fn lost(error: &StorageError) -> bool {
    matches!(
        error,
        StorageError::AlreadyExists(_) | StorageError::Conflict(_)
    )
}

/// A remote account of that id, of which nothing but its host is known.
pub(super) fn remote_account(id: &str, host: &str) -> RemoteAccount {
    RemoteAccount {
        id: id.into(),
        host: host.into(),
        protocol: Protocol::Pump,
        inbox: None,
        shared_inbox: None,
        profile_url: None,
        public_key: None,
        multikeys: Vec::new(),
        fetched: None,
        failing_since: None,
    }
}

/// Stores persons of other hosts, given by id and host.
pub(super) fn strangers(strangers: &[(&str, &str)]) -> Changes {
    let persons = strangers.iter().map(|(id, _)| put(person(id)));
    let accounts = strangers.iter();
    let accounts = accounts.map(|(id, host)| Change::PutRemoteAccount(remote_account(id, host)));
    persons.chain(accounts).collect()
}

/// Ids of the accounts that an activity waits for, in alphabetical order.
pub(super) async fn awaited(store: &dyn Storage, activity: &str) -> Vec<String> {
    let waiting = ok(
        store.list_outgoing_of(activity, 1000).await,
        "Listing the deliveries of an activity",
    );
    let mut ids: Vec<String> = waiting.into_iter().map(|one| one.account.id).collect();
    ids.sort();
    ids
}
