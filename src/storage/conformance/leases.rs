//! Leases of hosts that deliveries wait for.

use futures_util::future::join_all;

use super::{
    fixtures::{activity, at, awaited, commit, deliver, ok, put, some, strangers},
    remotes::failing_state,
};
use crate::{
    model::{DeliveryState, HostLease, RemoteAccount},
    storage::{Change, Changes, HostOutcome, MAX_LEASED_OF_DESTINATION, Storage},
};

/// One person of each host, whose id is `zed@HOST`, and activities that wait for all of them.
async fn setup(store: &dyn Storage, hosts: &[&str], activities: &[&str]) {
    let ids: Vec<String> = hosts.iter().map(|host| format!("zed@{host}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let pairs: Vec<(&str, &str)> = ids.iter().copied().zip(hosts.iter().copied()).collect();
    let mut changes: Changes = strangers(&pairs);
    changes.extend(activities.iter().map(|id| put(activity(id))));
    commit(store, changes).await;
    for id in activities {
        commit(store, vec![deliver(id, &[], &ids, &[])]).await;
    }
}

/// Leases up to nine hosts from one second to another.
async fn lease(store: &dyn Storage, now: i64, until: i64) -> Vec<HostLease> {
    let leased = store.lease_hosts(at(now), at(until), 9, 9, false).await;
    ok(leased, "Leasing hosts")
}

/// The same, by name, as they come.
async fn names(store: &dyn Storage, now: i64, until: i64) -> Vec<String> {
    let leased = lease(store, now, until).await;
    leased.into_iter().map(|lease| lease.host.name).collect()
}

/// An outcome without a lease.
fn settled(host: &str, done: &[u64], state: DeliveryState, is_last: bool) -> Change {
    settled_for(None, host, done, state, is_last)
}

/// The same, of a lease until that second.
fn settled_for(
    until: Option<i64>,
    host: &str,
    done: &[u64],
    state: DeliveryState,
    is_last: bool,
) -> Change {
    Change::SettleHost(HostOutcome {
        host: host.into(),
        lease: until.map(at),
        done: done.to_vec(),
        state,
        is_last,
    })
}

/// A state whose next attempt is at that second.
fn next_at(second: i64) -> DeliveryState {
    DeliveryState {
        next_attempt: Some(at(second)),
        ..DeliveryState::default()
    }
}

/// Then it is leased again. Hosts that nothing waits for are not.
pub async fn a_host_is_leased_until_a_time(store: &dyn Storage) {
    assert!(lease(store, 10, 20).await.is_empty(), "there is no host");
    setup(store, &["h"], &["1"]).await;
    commit(store, strangers(&[("zoe", "idle")])).await;
    assert_eq!(names(store, 10, 20).await, ["h"], "it is free");
    assert!(lease(store, 19, 30).await.is_empty(), "it is leased");
    assert_eq!(names(store, 20, 30).await, ["h"], "the lease has ended");
    assert!(lease(store, 29, 40).await.is_empty(), "by another lease");
    commit(store, vec![Change::DropOutgoing(None)]).await;
    assert!(lease(store, 50, 60).await.is_empty(), "nothing waits");
}

/// Its own, of the accounts as they are now.
pub async fn a_lease_has_the_oldest_deliveries(store: &dyn Storage) {
    setup(store, &["h", "i"], &["1", "2", "3"]).await;
    let leased = store.lease_hosts(at(10), at(20), 9, 2, false).await;
    let mut leased = ok(leased, "Leasing hosts");
    leased.sort_by(|a, b| a.host.name.cmp(&b.host.name));
    assert_eq!(leased.len(), 2, "both hosts");
    for lease in leased {
        let name = &lease.host.name;
        let host = ok(store.find_remote_host(name).await, "Finding a host");
        assert_eq!(host.as_ref(), Some(&lease.host), "the host");
        let mut all = Vec::new();
        for id in ["1", "2"] {
            let waiting = ok(store.list_outgoing_of(id, 9).await, "Listing deliveries");
            all.extend(waiting.into_iter().filter(|one| one.account.host == *name));
        }
        assert_eq!(lease.deliveries, all, "the oldest two for {name}");
    }
}

/// So that the others get some, and in order.
pub async fn one_destination_gets_a_part_of_a_lease(store: &dyn Storage) {
    let ids: Vec<String> = (100..100 + MAX_LEASED_OF_DESTINATION + 4)
        .map(|number| number.to_string())
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    setup(store, &["h", "i"], &ids).await;
    commit(store, strangers(&[("zoe", "h")])).await;
    commit(
        store,
        vec![put(activity("1")), deliver("1", &["zoe"], &[], &[])],
    )
    .await;
    let leased = store.lease_hosts(at(10), at(20), 9, 64, false).await;
    for lease in ok(leased, "Leasing hosts") {
        let leased = lease.deliveries.iter().map(|one| &*one.activity);
        let mut wanted = ids[..MAX_LEASED_OF_DESTINATION].to_vec();
        wanted.extend((lease.host.name == "h").then_some("1"));
        let leased: Vec<&str> = leased.collect();
        assert_eq!(leased, wanted, "the oldest for {}", lease.host.name);
    }
}

/// However many ask, each host is leased to one of them.
pub async fn of_concurrent_leases_one_gets_a_host(store: &dyn Storage) {
    let hosts = ["a", "b", "c", "d", "e"];
    setup(store, &hosts, &["1"]).await;
    for round in 0..3 {
        let (now, until) = (at(round * 100), at(round * 100 + 100));
        let takers = (0..8).map(|_| store.lease_hosts(now, until, 2, 9, false));
        let mut taken = Vec::new();
        for leased in join_all(takers).await {
            let leased = ok(leased, "Leasing hosts at once");
            assert!(leased.len() <= 2, "no more than were asked for");
            taken.extend(leased.into_iter().map(|lease| lease.host.name));
        }
        // Those that passed over what another was taking may have left some.
        taken.extend(names(store, round * 100, round * 100 + 100).await);
        taken.sort();
        assert_eq!(taken, hosts, "each of them once");
    }
}

/// Those that are due longest first; new ones have always been.
pub async fn hosts_are_leased_when_they_are_due(store: &dyn Storage) {
    setup(store, &["a", "b", "c", "d"], &["1"]).await;
    let states = [("a", 30), ("b", 10), ("c", 20)];
    let changes = states.map(|(host, next)| settled(host, &[], next_at(next), true));
    commit(store, changes.into()).await;
    assert_eq!(names(store, 9, 10).await, ["d"], "the others are not due");
    assert_eq!(names(store, 20, 21).await, ["d", "b", "c"], "a is not due");
    let some = store.lease_hosts(at(30), at(31), 3, 9, false).await;
    let some = ok(some, "Leasing three hosts").into_iter();
    let some: Vec<String> = some.map(|lease| lease.host.name).collect();
    assert_eq!(some, ["d", "b", "c"], "the longest due of all");
    assert_eq!(names(store, 30, 31).await, ["a"], "what is left");
}

/// So that those that answer need not wait for those that do not.
pub async fn failing_hosts_are_left_out_on_request(store: &dyn Storage) {
    setup(store, &["a", "b", "c"], &["1"]).await;
    let slow = DeliveryState {
        failures: 1,
        ..DeliveryState::default()
    };
    let states = [("a", failing_state()), ("c", slow)];
    let changes = states.map(|(host, state)| settled(host, &[], state, true));
    commit(store, changes.into()).await;
    let leased = store.lease_hosts(at(1000), at(1001), 9, 9, true).await;
    let leased = ok(leased, "Leasing hosts that answer").into_iter();
    let leased: Vec<String> = leased.map(|lease| lease.host.name).collect();
    assert_eq!(leased, ["b"], "a is failing, and c is slow");
    let all = lease(store, 1001, 1002).await;
    let first = all.iter().find(|lease| lease.host.name == "a");
    let first = some(first, "A failing host");
    assert_eq!(first.host.delivery, failing_state(), "its state");
    assert_eq!(all.len(), 3, "all that are due");
}

/// With what is left, if that was the last of it; else its lease goes on.
pub async fn a_settled_host_is_free_for_others(store: &dyn Storage) {
    setup(store, &["h"], &["1", "2", "3"]).await;
    let leased = lease(store, 10, 20).await;
    let positions: Vec<u64> = leased[0].deliveries.iter().map(|d| d.position).collect();
    let state = DeliveryState::default();
    let part = settled("h", &positions[..1], state.clone(), false);
    commit(store, vec![part]).await;
    assert!(awaited(store, "1").await.is_empty(), "the first is through");
    assert!(lease(store, 11, 20).await.is_empty(), "it is still leased");
    let last = settled("h", &positions[1..2], state, true);
    commit(store, vec![last]).await;
    let left = lease(store, 11, 20).await;
    assert_eq!(left[0].deliveries, leased[0].deliveries[2..], "the last");
    assert_eq!(left.len(), 1, "it is free");
}

/// But what it did is done, so that it is not done again.
pub async fn a_worker_that_lost_its_lease_changes_no_state(store: &dyn Storage) {
    setup(store, &["h"], &["1", "2", "3"]).await;
    let first = lease(store, 10, 20).await.remove(0);
    assert_eq!(first.until, at(20), "the end of the lease");
    let position = |index: usize| first.deliveries[index].position;
    assert_eq!(names(store, 20, 30).await, ["h"], "another one has it");
    for is_last in [false, true] {
        let late = settled_for(Some(20), "h", &[position(0)], failing_state(), is_last);
        commit(store, vec![late]).await;
        assert!(names(store, 21, 40).await.is_empty(), "it is still leased");
    }
    assert!(awaited(store, "1").await.is_empty(), "what it did is done");
    let second = settled_for(Some(30), "h", &[position(1)], next_at(25), true);
    commit(store, vec![second]).await;
    let late = settled_for(Some(20), "h", &[], failing_state(), true);
    commit(store, vec![late]).await;
    let host = some(
        ok(store.find_remote_host("h").await, "Finding a host"),
        "The host",
    );
    assert_eq!(host.delivery, next_at(25), "its state is of the second");
    let left = lease(store, 25, 40).await.remove(0);
    assert_eq!(left.deliveries, first.deliveries[2..], "the last is left");
}

/// Positions of others, or of none, and hosts that are not known.
pub async fn settling_ignores_what_does_not_wait(store: &dyn Storage) {
    setup(store, &["h", "i"], &["1"]).await;
    let leased = lease(store, 10, 20).await;
    let all: Vec<u64> = leased
        .iter()
        .flat_map(|lease| lease.deliveries.iter().map(|one| one.position))
        .collect();
    let unknown = [0, 1_000_000, u64::MAX, i64::MAX.unsigned_abs()];
    let changes = vec![
        settled("none", &all, failing_state(), true),
        settled("h", &unknown, DeliveryState::default(), true),
        settled("h", &all, failing_state(), true),
        settled("h", &all, failing_state(), true),
    ];
    commit(store, changes).await;
    assert_eq!(awaited(store, "1").await, ["zed@i"], "that of i waits");
    let host = ok(store.find_remote_host("none").await, "Finding a host");
    assert_eq!(host, None, "settling makes no host");
    let host = ok(store.find_remote_host("h").await, "Finding a host");
    let host = some(host, "The host");
    assert_eq!(host.delivery, failing_state(), "its state is stored");
}

/// In one commit, with other changes.
pub async fn many_hosts_are_settled_at_once(store: &dyn Storage) {
    let hosts: Vec<String> = (0..40).map(|number| format!("h{number}")).collect();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    setup(store, &hosts, &["1", "2"]).await;
    let leased = ok(
        store.lease_hosts(at(10), at(20), 100, 1, false).await,
        "Leasing many hosts",
    );
    assert_eq!(leased.len(), 40, "all of them");
    let mut changes: Changes = leased
        .iter()
        .map(|lease| {
            let done: Vec<u64> = lease.deliveries.iter().map(|one| one.position).collect();
            settled(&lease.host.name, &done, DeliveryState::default(), true)
        })
        .collect();
    changes.push(put(activity("3")));
    commit(store, changes).await;
    assert!(awaited(store, "1").await.is_empty(), "all are through");
    assert_eq!(awaited(store, "2").await.len(), 40, "the others wait");
    assert_eq!(lease(store, 10, 20).await.len(), 9, "they are free");
}

/// Also where one of them fails.
pub async fn leases_settled_side_by_side_end_by_themselves(store: &dyn Storage) {
    let hosts = ["a", "b", "c", "d"];
    setup(store, &hosts, &["1"]).await;
    let settlements = lease(store, 10, 20).await.into_iter().map(|lease| {
        let name = &lease.host.name;
        let done: Vec<u64> = lease.deliveries.iter().map(|one| one.position).collect();
        let id = if name == "b" {
            "unknown"
        } else {
            &*lease.deliveries[0].account.id
        };
        let account = RemoteAccount {
            id: id.into(),
            inbox: Some(format!("https://{name}/inbox")),
            ..lease.deliveries[0].account.clone()
        };
        let settled = settled(name, &done, DeliveryState::default(), true);
        store.commit(vec![Change::PutRemoteAccount(account), settled])
    });
    let done = join_all(settlements).await;
    let failed = done.iter().filter(|done| done.is_err()).count();
    assert_eq!(failed, 1, "that with an account of no object");
    assert_eq!(awaited(store, "1").await, ["zed@b"], "what was not settled");
    assert!(lease(store, 11, 20).await.is_empty(), "b is leased still");
    let found = store.find_remote_accounts(&["zed@a"]).await;
    let found = ok(found, "Finding an account").into_iter().flatten();
    let inboxes: Vec<Option<String>> = found.map(|account| account.inbox).collect();
    assert_eq!(
        inboxes,
        [Some("https://a/inbox".into())],
        "the account of a"
    );
}
