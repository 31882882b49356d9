//! Deliveries to other hosts.

use super::fixtures::{
    activity, all_ids, at, awaited, commit, deliver, find, nickname, ok, person, push, put,
    refused, remote_account, residents, some, strangers,
};
use crate::{
    model::{
        ActivityPubReach, HostBlock, OutgoingDelivery, Protocol, RemoteAccount, RemoteHost, Stream,
        WaitingHost,
    },
    storage::{Change, Delivery, Storage, StorageError},
};

/// A delivery to persons, enqueued at that second.
fn delivery(activity: &str, persons: &[&str], enqueued: i64) -> Delivery {
    Delivery {
        activity: activity.into(),
        persons: persons.iter().map(ToString::to_string).collect(),
        enqueued: at(enqueued),
        ..Delivery::default()
    }
}

async fn waiting(store: &dyn Storage, activity: &str) -> Vec<OutgoingDelivery> {
    ok(
        store.list_outgoing_of(activity, 1000).await,
        "Listing the deliveries of an activity",
    )
}

/// A person with that shared inbox.
fn sharing(id: &str, host: &str, shared_inbox: &str) -> Change {
    Change::PutRemoteAccount(RemoteAccount {
        shared_inbox: Some(shared_inbox.into()),
        ..remote_account(id, host)
    })
}

/// Named directly or not, or members of a stream: once each. Recipients without a remote account
/// are passed over, and accounts here get it as ever.
pub async fn remote_recipients_are_enqueued_by_destination(store: &dyn Storage) {
    let followers = Stream::Followers("alice".into());
    let mut changes = residents(&["alice", "bob"]);
    changes.extend(strangers(&[
        ("zed", "h"),
        ("zoe", "h"),
        ("zak", "i"),
        ("zeb", "j"),
    ]));
    changes.extend(["bob", "zak", "zed"].map(|member| push(&followers, member)));
    changes.extend([put(activity("1")), put(activity("2"))]);
    commit(store, changes).await;
    let persons = &["zoe", "bob", "alice", "none"];
    let lists = [followers];
    commit(store, vec![deliver("1", &["zed"], persons, &lists)]).await;
    assert_eq!(awaited(store, "1").await, ["zak", "zed", "zoe"]);
    assert_eq!(all_ids(store, &Stream::Inbox("bob".into())).await, ["1"]);
    for remote in ["zed", "zoe", "zak"] {
        let inbox = all_ids(store, &Stream::Inbox(remote.into())).await;
        assert!(inbox.is_empty(), "{remote} has an inbox elsewhere");
    }
    commit(
        store,
        vec![Change::Deliver(delivery("2", &["zeb", "bob"], 70))],
    )
    .await;
    let found = waiting(store, "2").await;
    let wanted = OutgoingDelivery {
        position: found.first().map_or(0, |one| one.position),
        activity: "2".into(),
        account: remote_account("zeb", "j"),
        created: at(70),
    };
    assert_eq!(found, [wanted], "everything about it");
    let last = waiting(store, "1")
        .await
        .last()
        .map_or(0, |one| one.position);
    assert!(last < found[0].position, "later ones have higher positions");
    let two = ok(store.list_outgoing_of("1", 2).await, "Listing two");
    assert_eq!(two, waiting(store, "1").await[..2], "the oldest two");
    assert!(two[0].position < two[1].position, "oldest first");
    assert!(waiting(store, "none").await.is_empty(), "no activity");
    commit(
        store,
        vec![put(activity("3")), deliver("3", &["bob"], &[], &[])],
    )
    .await;
    assert!(awaited(store, "3").await.is_empty(), "nobody is elsewhere");
}

/// However many it is for. Others of the host get theirs.
pub async fn a_shared_inbox_gets_one_delivery(store: &dyn Storage) {
    let members = Stream::Members("list".into());
    let mut changes = strangers(&[("zed", "h"), ("zoe", "h"), ("zak", "h"), ("zeb", "h")]);
    changes.extend(["zed", "zoe", "zeb"].map(|id| sharing(id, "h", "https://h/all")));
    changes.extend([push(&members, "zed"), push(&members, "zak")]);
    changes.extend([put(activity("1")), put(activity("2"))]);
    commit(store, changes).await;
    for id in ["1", "2"] {
        let lists = std::slice::from_ref(&members);
        commit(store, vec![deliver(id, &["zeb"], &["zoe"], lists)]).await;
        let for_whom = awaited(store, id).await;
        let alone = for_whom.iter().filter(|id| *id == "zak").count();
        assert_eq!((for_whom.len(), alone), (2, 1), "{for_whom:?}");
    }
    commit(store, vec![deliver("1", &["zed"], &[], &[])]).await;
    assert_eq!(awaited(store, "1").await.len(), 2, "it waits already");
}

/// Those who join in the same commit count if they join before it.
pub async fn members_are_those_before_a_delivery(store: &dyn Storage) {
    let members = Stream::Members("list".into());
    let mut changes = strangers(&[("zed", "h"), ("zoe", "h"), ("zak", "h")]);
    changes.push(put(activity("1")));
    changes.push(push(&members, "zed"));
    commit(store, changes).await;
    let ignoring = |item: &str| Change::Push {
        stream: members.clone(),
        item: item.into(),
        class: None,
        duplicate: crate::storage::Duplicate::Ignore,
    };
    let lists = std::slice::from_ref(&members);
    let changes = vec![
        ignoring("zoe"),
        deliver("1", &[], &[], lists),
        ignoring("zak"),
    ];
    commit(store, changes).await;
    assert_eq!(awaited(store, "1").await, ["zed", "zoe"]);
}

/// Also if other deliveries of the same commit came from elsewhere.
pub async fn nothing_is_enqueued_for_the_host_it_came_from(store: &dyn Storage) {
    let mut changes = strangers(&[("zed", "h"), ("zoe", "i"), ("zak", "h.i")]);
    changes.extend(["1", "2", "3"].map(|id| put(activity(id))));
    commit(store, changes).await;
    let from = |activity, host: Option<&str>, enqueued| {
        Change::Deliver(Delivery {
            except_host: host.map(str::to_owned),
            ..delivery(activity, &["zed", "zoe", "zak"], enqueued)
        })
    };
    let changes = vec![
        from("1", Some("h"), 1),
        from("2", None, 2),
        from("3", Some("i"), 3),
    ];
    commit(store, changes).await;
    assert_eq!(awaited(store, "1").await, ["zak", "zoe"], "not for h");
    assert_eq!(awaited(store, "2").await, ["zak", "zed", "zoe"], "for all");
    assert_eq!(awaited(store, "3").await, ["zak", "zed"], "not for i");
    for (id, enqueued) in [("1", 1), ("2", 2), ("3", 3)] {
        for one in waiting(store, id).await {
            assert_eq!(one.created, at(enqueued), "each at its time");
        }
    }
}

/// Members of streams who are here get nothing by it, and persons nothing at all.
pub async fn passing_on_is_for_remote_members_only(store: &dyn Storage) {
    let (followers, others) = (
        Stream::Followers("alice".into()),
        Stream::Members("list".into()),
    );
    let mut changes = residents(&["alice", "bob"]);
    changes.extend(strangers(&[
        ("zed", "h"),
        ("zoe", "i"),
        ("zak", "j"),
        ("zeb", "h"),
    ]));
    changes.extend(["bob", "zed", "zoe"].map(|member| push(&followers, member)));
    changes.extend(["zoe", "zak"].map(|member| push(&others, member)));
    commit(store, changes).await;
    let pass_on = |host: Option<&str>, enqueued| {
        Change::PassOn(Delivery {
            members: vec![followers.clone(), others.clone()],
            except_host: host.map(str::to_owned),
            ..delivery("1", &["zeb", "bob"], enqueued)
        })
    };
    let changes = vec![put(activity("1")), pass_on(Some("i"), 1)];
    commit(store, changes).await;
    assert_eq!(awaited(store, "1").await, ["zak", "zed"]);
    assert!(
        all_ids(store, &Stream::Inbox("bob".into()))
            .await
            .is_empty()
    );
    commit(store, vec![pass_on(None, 2)]).await;
    let all = waiting(store, "1").await;
    let times: Vec<_> = all.iter().map(|one| one.created).collect();
    assert_eq!(times, [at(1), at(1), at(2)], "zoe waits besides");
    let unknown = Delivery {
        members: vec![followers.clone()],
        ..delivery("2", &[], 1)
    };
    commit(store, vec![Change::PassOn(unknown)]).await;
    assert_eq!(awaited(store, "2").await, [""; 0], "it is not stored");
}

/// Of those that speak `ActivityPub`; those of the Pump API are always reached.
pub async fn nothing_is_enqueued_for_unreached_accounts(store: &dyn Storage) {
    let followers = Stream::Followers("alice".into());
    let mut changes = residents(&["alice", "bob"]);
    changes.extend(strangers(&[("zed", "h"), ("zoe", "i")]));
    for (id, host) in [("zak", "j"), ("zeb", "j"), ("zia", "k")] {
        changes.push(put(person(id)));
        changes.push(Change::PutRemoteAccount(RemoteAccount {
            protocol: Protocol::ActivityPub,
            profile_url: Some(format!("https://{host}/{id}")),
            shared_inbox: (host == "j").then(|| "https://j/all".into()),
            ..remote_account(id, host)
        }));
    }
    let members = ["bob", "zed", "zak", "zeb", "zia"];
    changes.extend(members.map(|member| push(&followers, member)));
    let (all, none) = (ActivityPubReach::All, ActivityPubReach::None);
    let one = |id: &str| ActivityPubReach::One(id.into());
    let cases = [
        (all, vec!["zak", "zed", "zia", "zoe"]),
        (none, vec!["zed", "zoe"]),
        (one("zeb"), vec!["zeb", "zed", "zoe"]),
        (one("zia"), vec!["zed", "zia", "zoe"]),
        (one("alice"), vec!["zed", "zoe"]),
    ];
    commit(store, changes).await;
    let (mut changes, mut passed_on) = (Vec::new(), Vec::new());
    for (number, (reach, _)) in cases.iter().enumerate() {
        let whole = Delivery {
            members: vec![followers.clone()],
            activitypub: reach.clone(),
            ..delivery(&number.to_string(), &["zoe", "zia"], 1)
        };
        changes.push(put(activity(&number.to_string())));
        changes.push(Change::Deliver(whole.clone()));
        let id = format!("passed on {number}");
        passed_on.push(put(activity(&id)));
        let activity = id;
        passed_on.push(Change::PassOn(Delivery { activity, ..whole }));
    }
    commit(store, changes).await;
    commit(store, passed_on).await;
    for (number, (reach, wanted)) in cases.iter().enumerate() {
        for (id, persons) in [(number.to_string(), 1), (format!("passed on {number}"), 0)] {
            let mut found = awaited(store, &id).await;
            // Any of those who share an inbox stands for all.
            if reach.is_all() {
                found.retain(|id| id != "zeb");
                found.extend((!found.contains(&"zak".to_owned())).then(|| "zak".to_owned()));
                found.sort();
            }
            let mut wanted = wanted.clone();
            wanted.retain(|id| *id != "zoe" || persons > 0);
            assert_eq!(found, wanted, "{reach:?} {id}");
        }
    }
    assert_eq!(all_ids(store, &Stream::Inbox("bob".into())).await.len(), 5);
}

/// One that waits is not enqueued again; one that is through is.
pub async fn an_enqueued_delivery_keeps_its_place(store: &dyn Storage) {
    let mut changes = strangers(&[("zed", "h"), ("zoe", "h")]);
    changes.push(put(activity("1")));
    commit(store, changes).await;
    commit(store, vec![Change::Deliver(delivery("1", &["zed"], 1))]).await;
    let first = waiting(store, "1").await;
    let both = Change::Deliver(delivery("1", &["zed", "zoe"], 2));
    commit(store, vec![both.clone()]).await;
    let all = waiting(store, "1").await;
    assert_eq!(all[..1], first, "the first is as it was");
    assert_eq!((all.len(), all[1].created), (2, at(2)), "the other is new");
    commit(store, vec![Change::DropOutgoing(None)]).await;
    commit(store, vec![both]).await;
    let again = waiting(store, "1").await;
    assert_eq!(again.len(), 2, "both are enqueued anew");
    assert!(
        again[0].position > all[1].position,
        "no position comes twice"
    );
}

/// As with every other change.
pub async fn a_commit_that_fails_enqueues_nothing(store: &dyn Storage) {
    let mut changes = strangers(&[("zed", "h")]);
    changes.push(put(activity("1")));
    commit(store, changes).await;
    let bad = [
        vec![
            deliver("1", &["zed"], &[], &[]),
            deliver("none", &["zed"], &[], &[]),
        ],
        vec![
            deliver("1", &["zed"], &[], &[]),
            Change::RemoveHostBlock("none".into()),
        ],
    ];
    for changes in bad {
        let done = store.commit(changes).await;
        refused!(done, StorageError::Missing(_), "A part of a commit");
        assert!(awaited(store, "1").await.is_empty(), "all or nothing");
    }
}

/// Each host that is among them.
pub async fn many_remote_members_are_reached_at_once(store: &dyn Storage) {
    let members = Stream::Members("list".into());
    let names: Vec<(String, String)> = (0..300)
        .map(|number| (format!("z{number:03}"), format!("h{}", number % 7)))
        .collect();
    let names: Vec<(&str, &str)> = names.iter().map(|(id, host)| (&**id, &**host)).collect();
    let mut changes = strangers(&names);
    changes.extend(names.iter().map(|(id, _)| push(&members, id)));
    changes.push(put(activity("1")));
    commit(store, changes).await;
    commit(store, vec![deliver("1", &[], &[], &[members])]).await;
    let ids: Vec<&str> = names.iter().map(|(id, _)| *id).collect();
    assert_eq!(awaited(store, "1").await, ids);
}

/// Or all of them.
pub async fn deliveries_are_dropped_by_host(store: &dyn Storage) {
    let mut changes = strangers(&[("zed", "h"), ("zoe", "h"), ("zak", "i")]);
    changes.push(put(activity("1")));
    changes.push(deliver("1", &[], &["zed", "zoe", "zak"], &[]));
    commit(store, changes).await;
    commit(store, vec![Change::DropOutgoing(Some("none".into()))]).await;
    assert_eq!(awaited(store, "1").await.len(), 3, "an unknown host");
    commit(store, vec![Change::DropOutgoing(Some("h".into()))]).await;
    assert_eq!(awaited(store, "1").await, ["zak"], "those for h");
    commit(store, vec![deliver("1", &["zed"], &[], &[])]).await;
    commit(store, vec![Change::DropOutgoing(None)]).await;
    assert!(awaited(store, "1").await.is_empty(), "all of them");
}

/// Tombstones, accounts here that are gone, and blocks leave what waits alone.
pub async fn deliveries_outlive_what_is_deleted(store: &dyn Storage) {
    let mut changes = residents(&["alice"]);
    changes.extend(strangers(&[("zed", "h")]));
    changes.push(put(activity("1")));
    changes.push(deliver("1", &["zed", "alice"], &[], &[]));
    commit(store, changes).await;
    let mut buried = Vec::new();
    for id in ["1", "zed", "alice"] {
        let mut object = some(find(store, id).await, "An object");
        object.deleted = true;
        buried.push(put(object));
    }
    buried.push(Change::RemoveAccount(nickname("alice")));
    buried.push(Change::PutHostBlock(HostBlock {
        host: "h".into(),
        subdomains: true,
        reason: None,
        created: at(1),
    }));
    commit(store, buried).await;
    assert_eq!(awaited(store, "1").await, ["zed"]);
    let accounts = ok(store.find_remote_accounts(&["zed"]).await, "Finding it");
    assert_eq!(accounts, [Some(remote_account("zed", "h"))]);
}

/// Only those that something waits for, with how much, and since when.
pub async fn waiting_hosts_are_listed_by_name(store: &dyn Storage) {
    let strange = [("zed", "h"), ("zoe", "i"), ("zak", "B"), ("zeb", "none")];
    let mut changes = strangers(&strange);
    changes.extend(["1", "2"].map(|id| put(activity(id))));
    changes.push(Change::Deliver(delivery("1", &["zed", "zoe"], 5)));
    changes.push(Change::Deliver(delivery("2", &["zed", "zak"], 3)));
    commit(store, changes).await;
    let list = async |after, count| {
        let hosts = store.list_waiting_hosts(after, count).await;
        ok(hosts, "Listing hosts")
    };
    let host = |name: &str, waiting, oldest| WaitingHost {
        host: RemoteHost {
            name: name.into(),
            ..RemoteHost::default()
        },
        waiting,
        oldest: at(oldest),
    };
    let all = [host("B", 1, 3), host("h", 2, 5), host("i", 1, 5)];
    assert_eq!(list("", 9).await, all, "by name, byte by byte");
    assert_eq!(list("B", 1).await, all[1..2], "one after B");
    assert_eq!(list("h", 9).await, all[2..], "after h");
    assert_eq!(list("i", 9).await, [], "after the last");
}
