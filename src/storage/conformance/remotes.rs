//! Remote accounts, their hosts, credentials there, and blocks.

use super::fixtures::{at, commit, ok, person, put, refused, remote_account, strangers};
use crate::{
    model::{
        DeliveryState, HostBlock, Multikey, Protocol, RemoteAccount, RemoteCredential, RemoteHost,
        Secret,
    },
    storage::{Change, HostOutcome, Storage, StorageError},
};

/// A state in which every field has a value.
pub(super) fn failing_state() -> DeliveryState {
    DeliveryState {
        failing_since: Some(at(100)),
        failures: 3,
        last_error: Some("503 é😀".into()),
        last_success: Some(at(50)),
        next_attempt: Some(at(200)),
        clock_offset: -7,
    }
}

async fn find_host(store: &dyn Storage, name: &str) -> Option<RemoteHost> {
    ok(store.find_remote_host(name).await, "Finding a host")
}

fn multikey(id: &str) -> Multikey {
    Multikey {
        id: id.into(),
        key: format!("z{id}"),
    }
}

/// With every field, the newest version of each, and `None` for those that are none.
pub async fn remote_accounts_come_in_the_order_asked(store: &dyn Storage) {
    let full = RemoteAccount {
        inbox: Some("https://h.example/inbox?é".into()),
        shared_inbox: Some("https://h.example/all".into()),
        profile_url: Some("https://h.example/zed".into()),
        public_key: Some("a key".into()),
        multikeys: ["#a", "#é"].map(multikey).into(),
        fetched: Some(at(1_700_000_000)),
        failing_since: Some(at(1_800_000_000)),
        ..remote_account("acct:zed@h.example", "h.example")
    };
    let moved = remote_account("acct:zoe@i.example", "other.example:8080");
    let mut changes = strangers(&[
        ("acct:zed@h.example", "h.example"),
        ("acct:zoe@i.example", "i.example"),
    ]);
    changes.push(put(person("acct:zak@h.example")));
    commit(store, changes).await;
    let again = [full.clone(), moved.clone()].map(Change::PutRemoteAccount);
    commit(store, again.into()).await;
    let ids = [
        "none",
        "acct:zoe@i.example",
        "acct:zak@h.example",
        "acct:zed@h.example",
        "acct:zoe@i.example",
    ];
    let found = store.find_remote_accounts(&ids).await;
    let wanted = [None, Some(moved.clone()), None, Some(full), Some(moved)];
    assert_eq!(ok(found, "Finding remote accounts"), wanted);
    let none = store.find_remote_accounts(&[]).await;
    assert!(ok(none, "Finding none").is_empty(), "no id, no account");
}

/// By the newest URL of each, and only those that speak `ActivityPub`.
pub async fn actors_are_found_by_their_urls(store: &dyn Storage) {
    let names = ["acct:zed@h", "acct:zoe@h", "acct:zak@h"];
    commit(store, strangers(&names.map(|name| (name, "h")))).await;
    let actor = |name: &str, protocol, url: &str| RemoteAccount {
        protocol,
        profile_url: Some(url.into()),
        ..remote_account(name, "h")
    };
    let zed = actor("acct:zed@h", Protocol::ActivityPub, "https://h/zed");
    let old = actor("acct:zoe@h", Protocol::ActivityPub, "https://h/old");
    let zoe = actor("acct:zoe@h", Protocol::ActivityPub, "https://h/zoé");
    let zak = actor("acct:zak@h", Protocol::Pump, "https://h/zak");
    for account in [zed.clone(), old, zoe.clone(), zak] {
        commit(store, vec![Change::PutRemoteAccount(account)]).await;
    }
    let urls = [
        "https://h/old",
        "https://h/zoé",
        "https://h/zak",
        "acct:zed@h",
        "https://h/zed",
        "https://h/zoé",
    ];
    let found = ok(store.find_actors(&urls).await, "Finding actors");
    let again = Some(zoe.clone());
    assert_eq!(found, [None, again, None, None, Some(zed), Some(zoe)]);
    let none = store.find_actors(&[]).await;
    assert!(ok(none, "Finding none").is_empty(), "no URL, no actor");
}

/// Page by page, each of them once, as it is now.
pub async fn remote_accounts_are_listed_by_place(store: &dyn Storage) {
    let names = ["zed", "zoe", "zak"];
    commit(store, strangers(&names.map(|name| (name, "h")))).await;
    let again = remote_account("zed", "i");
    commit(store, vec![Change::PutRemoteAccount(again.clone())]).await;
    let mut listed = Vec::new();
    let mut after = 0;
    while let Some((place, account)) = ok(
        store.list_remote_accounts(after, 1).await,
        "Listing accounts",
    )
    .pop()
    {
        assert!(place > after, "places grow");
        after = place;
        listed.push(account);
    }
    assert!(listed.contains(&again), "the newest version");
    let mut ids: Vec<&str> = listed.iter().map(|account| &*account.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["zak", "zed", "zoe"]);
    let all = ok(store.list_remote_accounts(0, 9).await, "Listing accounts");
    assert_eq!(all.len(), 3, "up to so many");
}

/// Its id is that of a stored object.
pub async fn the_object_of_a_remote_account_must_be_stored(store: &dyn Storage) {
    let account = remote_account("acct:zed@h.example", "h.example");
    let put = store.commit(vec![Change::PutRemoteAccount(account)]).await;
    refused!(put, StorageError::Missing(_), "An account of no object");
    let host = find_host(store, "h.example").await;
    assert_eq!(host, None, "the host of an account that was refused");
}

/// Other accounts leave the row as it is.
pub async fn a_host_is_stored_with_its_first_account(store: &dyn Storage) {
    assert_eq!(find_host(store, "h").await, None, "an unknown host");
    commit(
        store,
        strangers(&[("zed", "h"), ("zoe", "h"), ("zak", "i")]),
    )
    .await;
    for name in ["h", "i"] {
        let host = RemoteHost {
            name: name.into(),
            ..RemoteHost::default()
        };
        assert_eq!(find_host(store, name).await, Some(host), "a new host");
    }
    let known = RemoteHost {
        name: "h".into(),
        endpoints: [("lrdd".into(), "https://h/lrdd?é".into())].into(),
        discovered: Some(at(10)),
        delivery: DeliveryState::default(),
    };
    commit(store, vec![Change::PutRemoteHost(known.clone())]).await;
    commit(store, strangers(&[("zeb", "h")])).await;
    let host = find_host(store, "h").await;
    assert_eq!(host, Some(known), "a host that was known");
}

/// Only settling changes that state.
pub async fn a_host_that_is_put_keeps_its_delivery_state(store: &dyn Storage) {
    let host = |discovered, delivery| RemoteHost {
        name: "h".into(),
        endpoints: [("x".into(), "y".into())].into(),
        discovered: Some(at(discovered)),
        delivery,
    };
    let put = |host| commit(store, vec![Change::PutRemoteHost(host)]);
    put(host(10, failing_state())).await;
    let fresh = host(10, DeliveryState::default());
    assert_eq!(find_host(store, "h").await, Some(fresh), "a new host");
    let outcome = HostOutcome {
        host: "h".into(),
        lease: None,
        done: Vec::new(),
        state: failing_state(),
        is_last: true,
    };
    commit(store, vec![Change::SettleHost(outcome)]).await;
    put(host(20, DeliveryState::default())).await;
    let known = host(20, failing_state());
    assert_eq!(find_host(store, "h").await, Some(known), "a known host");
}

/// One pair for each identity at a host. Of two that replace one at once, none removes the other's.
pub async fn credentials_at_a_host_are_replaced_and_removed(store: &dyn Storage) {
    let credential = |host: &str, identity: &str, client_id: &str| RemoteCredential {
        host: host.into(),
        identity: identity.into(),
        client_id: client_id.into(),
        secret: Secret::new(format!("secret of {client_id}")),
        created: at(1_700_000_000),
    };
    let find = async |host: &str, identity: &str| {
        let found = store.find_remote_credential(host, identity).await;
        ok(found, "Finding credentials")
    };
    let others = [
        credential("h", "acct:bob@us", "2"),
        credential("i", "us", "3"),
    ];
    let mut changes = vec![Change::PutRemoteCredential(credential("h", "us", "1"))];
    changes.extend(others.clone().map(Change::PutRemoteCredential));
    commit(store, changes).await;
    let newer = credential("h", "us", "4");
    commit(store, vec![Change::PutRemoteCredential(newer.clone())]).await;
    assert_eq!(find("h", "us").await, Some(newer.clone()), "the newer pair");
    let first = credential("", "us", "5");
    let added = [
        first.clone(),
        credential("", "us", "6"),
        credential("h", "us", "7"),
    ];
    commit(store, added.map(Change::AddRemoteCredential).into()).await;
    assert_eq!(find("", "us").await, Some(first), "the first pair");
    assert_eq!(find("h", "us").await, Some(newer.clone()), "it was there");
    let remove = |client_id: &str| Change::RemoveRemoteCredential {
        host: "h".into(),
        identity: "us".into(),
        client_id: client_id.into(),
    };
    commit(store, vec![remove("1")]).await;
    assert_eq!(find("h", "us").await, Some(newer), "another pair was meant");
    commit(store, vec![remove("4"), remove("4")]).await;
    assert_eq!(find("h", "us").await, None, "a pair that was removed");
    for other in others {
        let found = find(&other.host, &other.identity).await;
        assert_eq!(found.as_ref(), Some(&other), "a pair for somebody else");
    }
}

/// All of them, as they were put last.
pub async fn host_blocks_are_listed_by_name(store: &dyn Storage) {
    let block = |host: &str, reason: Option<&str>| HostBlock {
        host: host.into(),
        subdomains: reason.is_some(),
        reason: reason.map(str::to_owned),
        created: at(1_700_000_000),
    };
    let list = async || ok(store.list_host_blocks().await, "Listing blocks");
    assert_eq!(list().await, [], "there is none yet");
    let blocks = [block("c", None), block("B", None), block("a.b", None)];
    commit(store, blocks.map(Change::PutHostBlock).into()).await;
    let changed = block("c", Some("spam é😀"));
    commit(store, vec![Change::PutHostBlock(changed.clone())]).await;
    let all = [block("B", None), block("a.b", None), changed.clone()];
    assert_eq!(list().await, all, "by name, byte by byte");
    let remove = |host: &str| store.commit(vec![Change::RemoveHostBlock(host.into())]);
    ok(remove("B").await, "Removing a block");
    refused!(
        remove("B").await,
        StorageError::Missing(_),
        "Removing it twice"
    );
    assert_eq!(list().await, [block("a.b", None), changed], "the others");
}
