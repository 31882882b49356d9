//! Activities reach inboxes.

use super::fixtures::{
    activity, all_ids, commit, deliver, note, ok, person, push, push_as, put, put_account, refused,
    residents,
};
use crate::{
    model::{Filter, PageRequest, Stream, Viewer},
    storage::{Change, Changes, Delivery, Storage, StorageError},
};

fn inbox(person: &str) -> Stream {
    Stream::Inbox(person.into())
}

/// The ids in an inbox that are filed so.
async fn filed(store: &dyn Storage, person: &str, major: bool, direct: bool) -> Vec<String> {
    let request = PageRequest {
        filter: Filter {
            major: Some(major),
            direct,
        },
        ..PageRequest::default()
    };
    super::fixtures::ids(store, &inbox(person), &request, Viewer::Unrestricted).await
}

/// Once each, on top, however often they are named.
pub async fn accounts_get_what_is_delivered_once(store: &dyn Storage) {
    let followers = Stream::Followers("carol".into());
    commit(store, residents(&["alice", "bob", "carol"])).await;
    let first = vec![
        put(activity("1")),
        deliver("1", &[], &["alice", "bob", "alice"], &[]),
    ];
    commit(store, first).await;
    commit(store, vec![push(&followers, "alice"), put(activity("2"))]).await;
    let lists = [followers.clone(), followers];
    commit(store, vec![deliver("2", &[], &["alice"], &lists)]).await;
    assert_eq!(
        all_ids(store, &inbox("alice")).await,
        ["2", "1"],
        "each once, the newest on top"
    );
    assert_eq!(
        all_ids(store, &inbox("bob")).await,
        ["1"],
        "only what was for bob"
    );
    assert!(
        all_ids(store, &inbox("carol")).await.is_empty(),
        "nothing was for carol"
    );
    let previews = store
        .previews(&[inbox("alice"), inbox("bob")], 0, Viewer::Unrestricted)
        .await;
    let totals: Vec<u64> = ok(previews, "Heads")
        .iter()
        .map(|head| head.total)
        .collect();
    assert_eq!(totals, [2, 1], "totals should count each delivery once");
}

/// Direct wins, whatever else a person is; and majors are filed apart from minors.
pub async fn direct_recipient_also_in_audience_gets_it_as_direct(store: &dyn Storage) {
    let followers = Stream::Followers("carol".into());
    commit(store, residents(&["alice", "bob"])).await;
    commit(
        store,
        vec![push(&followers, "alice"), push(&followers, "bob")],
    )
    .await;
    let lists = [followers];
    let major = vec![
        put(activity("1")),
        deliver("1", &["alice"], &["alice", "bob"], &lists),
    ];
    commit(store, major).await;
    let minor = Change::Deliver(Delivery {
        activity: "2".into(),
        direct: vec!["bob".into()],
        members: lists.to_vec(),
        ..Delivery::default()
    });
    commit(store, vec![put(activity("2")), minor]).await;
    assert_eq!(
        filed(store, "alice", true, true).await,
        ["1"],
        "major and direct for alice"
    );
    assert_eq!(
        filed(store, "alice", false, false).await,
        ["2"],
        "minor for alice"
    );
    assert!(
        filed(store, "alice", false, true).await.is_empty(),
        "but not direct"
    );
    assert_eq!(
        filed(store, "bob", true, false).await,
        ["1"],
        "major for bob"
    );
    assert!(
        filed(store, "bob", true, true).await.is_empty(),
        "but not direct"
    );
    assert_eq!(
        filed(store, "bob", false, true).await,
        ["2"],
        "minor and direct for bob"
    );
}

/// All members of all streams named, as they are now.
pub async fn members_of_streams_get_it(store: &dyn Storage) {
    let (followers, list) = (
        Stream::Followers("x".into()),
        Stream::Members("list".into()),
    );
    commit(store, residents(&["alice", "bob", "carol", "dan"])).await;
    commit(
        store,
        vec![push(&followers, "alice"), push(&followers, "carol")],
    )
    .await;
    commit(
        store,
        vec![
            push(&list, "bob"),
            super::fixtures::pull(&followers, "carol"),
        ],
    )
    .await;
    let lists = [followers, list, Stream::Members("never pushed to".into())];
    commit(
        store,
        vec![put(activity("1")), deliver("1", &[], &[], &lists)],
    )
    .await;
    for (name, wanted) in [("alice", 1), ("bob", 1), ("carol", 0), ("dan", 0)] {
        let got = all_ids(store, &inbox(name)).await.len();
        assert_eq!(got, wanted, "{name} should get {wanted}");
    }
}

/// Persons elsewhere, unknown ids and things that are no persons are no error.
pub async fn recipients_without_an_account_are_passed_over(store: &dyn Storage) {
    let followers = Stream::Followers("x".into());
    commit(store, residents(&["alice", "gone"])).await;
    commit(
        store,
        vec![Change::RemoveAccount(super::fixtures::nickname("gone"))],
    )
    .await;
    commit(store, vec![put(person("remote")), put(note("no person"))]).await;
    commit(
        store,
        ["remote", "no person", "gone", "alice"]
            .map(|id| push(&followers, id))
            .into(),
    )
    .await;
    let odd = ["remote", "not stored", "no person", "gone"];
    commit(
        store,
        vec![put(activity("1")), deliver("1", &odd, &odd, &[followers])],
    )
    .await;
    for id in odd {
        assert!(
            all_ids(store, &inbox(id)).await.is_empty(),
            "'{id}' has no account, so no inbox"
        );
    }
    assert_eq!(
        all_ids(store, &inbox("alice")).await,
        ["1"],
        "alice has an account"
    );
    commit(
        store,
        vec![put_account("gone"), deliver("1", &["gone"], &[], &[])],
    )
    .await;
    assert_eq!(
        all_ids(store, &inbox("gone")).await,
        ["1"],
        "who is back gets things again"
    );
}

/// A second delivery does not move, refile or count what is there.
pub async fn redelivery_leaves_the_existing_entry_alone(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    commit(store, vec![put(activity("1")), put(activity("2"))]).await;
    commit(store, vec![push_as(&inbox("alice"), "1", false, false)]).await;
    commit(store, vec![deliver("2", &[], &["alice"], &[])]).await;
    commit(store, vec![deliver("1", &["alice", "bob"], &[], &[])]).await;
    assert_eq!(
        all_ids(store, &inbox("alice")).await,
        ["2", "1"],
        "what is there stays in place"
    );
    assert_eq!(
        filed(store, "alice", false, false).await,
        ["1"],
        "and is filed as it was"
    );
    assert!(
        filed(store, "alice", true, true).await.is_empty(),
        "and not anew"
    );
    assert_eq!(
        all_ids(store, &inbox("bob")).await,
        ["1"],
        "others get it all the same"
    );
    let previews = ok(
        store
            .previews(&[inbox("alice")], 0, Viewer::Unrestricted)
            .await,
        "Heads",
    );
    assert_eq!(previews[0].total, 2, "what is there is not counted again");
}

/// Delivering something unknown fails, even to nobody.
pub async fn delivered_activity_must_be_stored(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    for direct in [&["alice"][..], &[]] {
        let unknown = store.commit(vec![deliver("1", direct, &[], &[])]).await;
        refused!(
            unknown,
            StorageError::Missing(_),
            "A delivery of what is not stored"
        );
    }
}

/// Accounts and members of the same commit are reached.
pub async fn changes_of_the_same_commit_count_for_delivery(store: &dyn Storage) {
    let followers = Stream::Followers("x".into());
    let mut changes: Changes = residents(&["alice", "bob"]);
    changes.extend([push(&followers, "alice"), put(activity("1"))]);
    changes.push(deliver(
        "1",
        &["bob"],
        &[],
        std::slice::from_ref(&followers),
    ));
    changes.push(super::fixtures::pull(&followers, "alice"));
    changes.extend([put(activity("2")), deliver("2", &[], &[], &[followers])]);
    commit(store, changes).await;
    assert_eq!(
        all_ids(store, &inbox("alice")).await,
        ["1"],
        "alice was a member for the first"
    );
    assert_eq!(
        all_ids(store, &inbox("bob")).await,
        ["1"],
        "bob's account was made before it"
    );
}

/// A few hundred recipients in one commit.
pub async fn many_are_reached_at_once(store: &dyn Storage) {
    let followers = Stream::Followers("x".into());
    let names: Vec<String> = (0..300).map(|number| format!("user{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    commit(store, residents(&names)).await;
    commit(
        store,
        names.iter().map(|name| push(&followers, name)).collect(),
    )
    .await;
    let direct = &names[..150];
    commit(
        store,
        vec![
            put(activity("1")),
            deliver("1", direct, &names, &[followers]),
        ],
    )
    .await;
    let inboxes: Vec<Stream> = names.iter().map(|name| inbox(name)).collect();
    let previews = ok(
        store.previews(&inboxes, 5, Viewer::Unrestricted).await,
        "Heads",
    );
    assert_eq!(previews.len(), 300, "as many heads as streams");
    assert!(
        previews
            .iter()
            .all(|head| head.total == 1 && head.items == ["1"]),
        "each of many recipients should get it once"
    );
    let directly = filed(store, names[149], true, true).await.len();
    let otherwise = filed(store, names[150], true, true).await.len();
    assert_eq!(
        (directly, otherwise),
        (1, 0),
        "direct for those it is direct for"
    );
}

/// However they are recipients, and whoever else is; for remote accounts nothing waits either.
pub async fn members_of_excepted_streams_get_nothing(store: &dyn Storage) {
    let followers = Stream::Followers("x".into());
    let (muted, blocked) = (Stream::MutedBy("x".into()), Stream::BlockedBy("x".into()));
    commit(store, residents(&["alice", "bob", "carol", "dan", "eve"])).await;
    let mut changes: Changes = ["alice", "bob", "dan"]
        .map(|name| push(&followers, name))
        .into();
    changes.extend([push(&muted, "bob"), put(activity("1"))]);
    // The last of them in the same commit.
    changes.push(push(&blocked, "carol"));
    changes.push(Change::Deliver(Delivery {
        activity: "1".into(),
        major: true,
        direct: vec!["carol".into(), "dan".into()],
        persons: vec!["bob".into(), "eve".into()],
        members: vec![followers.clone()],
        except_members: vec![muted.clone(), blocked.clone()],
        ..Delivery::default()
    }));
    commit(store, changes).await;
    for (name, ids) in [
        ("alice", &["1"][..]),
        ("bob", &[]),
        ("carol", &[]),
        ("dan", &["1"]),
        ("eve", &["1"]),
    ] {
        assert_eq!(all_ids(store, &inbox(name)).await, ids, "inbox of {name}");
    }
    let direct = filed(store, "dan", true, true).await;
    assert_eq!(
        direct,
        ["1"],
        "a direct recipient who is left gets it directly"
    );
    let previews = store
        .previews(&[inbox("dan")], 0, Viewer::Unrestricted)
        .await;
    assert_eq!(ok(previews, "Heads")[0].total, 1, "counted once");
    let again = Delivery {
        activity: "2".into(),
        members: vec![followers],
        except_members: vec![muted],
        ..Delivery::default()
    };
    let unknown = store.commit(vec![Change::Deliver(again)]).await;
    assert!(
        matches!(unknown, Err(StorageError::Missing(_))),
        "an activity that is not stored can't be delivered: {unknown:?}"
    );
}
