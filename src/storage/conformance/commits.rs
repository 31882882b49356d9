//! All or nothing, one after the other.

use futures_util::future::join_all;

use super::fixtures::{
    account, activity, all_ids, client, commit, deliver, find, lost, may_read, note, ok, person,
    public_note, push, push_as, put, refused, residents,
};
use crate::{
    model::{Account, AudienceMember, Media, Object, Stream, Viewer},
    storage::{Change, Changes, Duplicate, Expect, Result, Storage, StorageError},
};

fn likes() -> Stream {
    Stream::Likes("x".into())
}

fn inbox() -> Stream {
    Stream::Inbox("alice".into())
}

/// Commits all at once, and gives the errors; all of them must be lost races.
async fn race(store: &dyn Storage, commits: Vec<Changes>) -> usize {
    let results = join_all(commits.into_iter().map(|changes| store.commit(changes))).await;
    let mut won = 0;
    for result in results {
        match result {
            Ok(()) => won += 1,
            Err(error) => assert!(
                lost(&error),
                "a lost race should say so, but said {error:?}"
            ),
        }
    }
    won
}

/// When the last of many kinds of changes fails, none of the others was made.
pub async fn a_commit_that_fails_leaves_no_trace(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    commit(store, vec![put(public_note("old")), push(&likes(), "old")]).await;
    let failed = store.commit(vec![
        put(note("old")),
        put(activity("new")),
        push(&Stream::Outbox("bob".into()), "new"),
        push_as(&inbox(), "old", true, true),
        Change::Clear(likes()),
        deliver("new", &["alice"], &["bob"], &[]),
        Change::PutClient(client("c", 1)),
        Change::PutMedia(Media {
            path: "p".into(),
            object: "new".into(),
            media_type: "image/png".into(),
            size: 1,
        }),
        Change::RemoveAccount(super::fixtures::nickname("bob")),
        push(&likes(), "not stored"),
    ]);
    refused!(
        failed.await,
        StorageError::Missing(_),
        "A commit with a bad last change"
    );
    let old = find(store, "old").await;
    assert_eq!(
        old.map(|object| object.version),
        Some(1),
        "an object was changed after all"
    );
    assert_eq!(
        find(store, "new").await,
        None,
        "an object was stored after all"
    );
    for stream in [
        Stream::Outbox("bob".into()),
        inbox(),
        Stream::Inbox("bob".into()),
    ] {
        assert!(
            all_ids(store, &stream).await.is_empty(),
            "'{stream}' was pushed to after all"
        );
    }
    assert_eq!(
        all_ids(store, &likes()).await,
        ["old"],
        "a stream was cleared after all"
    );
    let previews = ok(
        store
            .previews(&[likes(), inbox()], 0, Viewer::Unrestricted)
            .await,
        "Heads",
    );
    let totals: Vec<u64> = previews.iter().map(|head| head.total).collect();
    assert_eq!(totals, [1, 0], "totals changed after all");
    let heads = ok(
        store.previews(&[likes()], 0, Viewer::Anonymous).await,
        "Heads",
    );
    assert_eq!(
        heads[0].total, 1,
        "the number of public things changed after all"
    );
    let client = ok(store.find_client("c").await, "Finding a client");
    assert!(client.is_none(), "a client was stored after all");
    let media = ok(store.find_media("p").await, "Finding a file");
    assert!(media.is_none(), "a file was stored after all");
    let bob = ok(store.find_accounts_of(&["bob"]).await, "Finding accounts");
    assert!(bob[0].is_some(), "an account was removed after all");
}

/// Nothing to do is done.
pub async fn an_empty_commit_is_fine(store: &dyn Storage) {
    commit(store, Vec::new()).await;
    ok(
        store.ping().await,
        "Asking whether the store can be reached",
    );
}

/// Each change works on what the ones before it left.
pub async fn a_change_sees_the_changes_before_it(store: &dyn Storage) {
    let expecting = |expect| Change::PutObject {
        object: note("n"),
        expect,
    };
    commit(
        store,
        vec![
            expecting(Expect::Absent),
            expecting(Expect::Present),
            expecting(Expect::Version(2)),
            push(&likes(), "n"),
            super::fixtures::pull(&likes(), "n"),
            push(&likes(), "n"),
            Change::Clear(likes()),
            push(&likes(), "n"),
        ],
    )
    .await;
    let version = find(store, "n").await.map(|object| object.version);
    assert_eq!(version, Some(3), "three puts in one commit count three");
    assert_eq!(
        all_ids(store, &likes()).await,
        ["n"],
        "the last change of a stream stands"
    );
}

/// Two pushes that refuse duplicates, at the same time.
pub async fn concurrent_pushes_of_one_item_succeed_once(store: &dyn Storage) {
    for round in 0..5 {
        let id = format!("n {round}");
        commit(store, vec![put(note(&id))]).await;
        // Each also pushes something of its own, which must go the way of the commit.
        let commits = ["one", "two"].map(|name| {
            let own = format!("{id} {name}");
            vec![put(note(&own)), push(&inbox(), &own), push(&likes(), &id)]
        });
        let won = race(store, commits.into()).await;
        assert_eq!(
            won, 1,
            "of two concurrent pushes of one item exactly one should win"
        );
        assert_eq!(
            all_ids(store, &likes()).await.len(),
            round + 1,
            "it is there once"
        );
        assert_eq!(
            all_ids(store, &inbox()).await.len(),
            round + 1,
            "so is what came with it"
        );
    }
}

/// Several updates of the same version, at the same time.
pub async fn concurrent_writes_to_one_version_succeed_once(store: &dyn Storage) {
    commit(store, vec![put(note("n"))]).await;
    for version in 1..4 {
        let write = |number: u32| {
            let object = Object {
                object_type: number.to_string(),
                ..note("n")
            };
            let expect = Expect::Version(version);
            vec![Change::PutObject { object, expect }]
        };
        let won = race(store, (0..4).map(write).collect()).await;
        assert_eq!(
            won, 1,
            "of concurrent writes to one version exactly one should win"
        );
        let now = find(store, "n").await.map(|object| object.version);
        assert_eq!(
            now,
            Some(version + 1),
            "the version counts the one that won"
        );
    }
}

/// Of several who change an account as they read it, one does.
pub async fn concurrent_writes_to_one_account_succeed_once(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    for version in 1..4 {
        let write = |number: u32| {
            let account = Account {
                email: Some(format!("{number}@h.example")),
                ..account("alice")
            };
            let expect = Expect::Version(version);
            vec![Change::PutAccount { account, expect }]
        };
        let won = race(store, (0..4).map(write).collect()).await;
        assert_eq!(
            won, 1,
            "of concurrent writes to one version of an account exactly one should win"
        );
    }
}

/// Several people register the same name, at the same time.
pub async fn concurrent_claims_of_a_nickname_succeed_once(store: &dyn Storage) {
    let claim = |number: u32| {
        let id = format!("person {number}");
        let account = Account {
            person: id.clone(),
            ..account("alice")
        };
        let expect = Expect::Absent;
        vec![
            put(person(&id)),
            Change::PutAccount { account, expect },
            push(&Stream::Users, &id),
        ]
    };
    let won = race(store, (0..4).map(claim).collect()).await;
    assert_eq!(
        won, 1,
        "of concurrent claims of a nickname exactly one should win"
    );
    assert_eq!(
        all_ids(store, &Stream::Users).await.len(),
        1,
        "only the winner is a user"
    );
}

/// Many at once to one stream, from all sides.
pub async fn concurrent_pushes_all_arrive_and_are_counted(store: &dyn Storage) {
    let followers = Stream::Followers("x".into());
    commit(store, residents(&["alice", "bob"])).await;
    commit(
        store,
        vec![push(&followers, "alice"), push(&followers, "bob")],
    )
    .await;
    let commits = (0..24).map(|number| {
        let id = format!("n {number}");
        let streams = [Stream::Outbox("bob".into()), likes()];
        let first = &streams[number % 2];
        let second = &streams[(number + 1) % 2];
        vec![
            put(activity(&id)),
            push(first, &id),
            deliver(&id, &[], &["bob"], std::slice::from_ref(&followers)),
            push(second, &id),
        ]
    });
    let done: Vec<Result<()>> = join_all(commits.map(|changes| store.commit(changes))).await;
    for result in done {
        ok(result, "A concurrent commit that conflicts with no other");
    }
    for stream in [
        inbox(),
        Stream::Inbox("bob".into()),
        Stream::Outbox("bob".into()),
        likes(),
    ] {
        let listed = all_ids(store, &stream).await;
        assert_eq!(
            listed.len(),
            24,
            "all that was pushed to '{stream}' is there"
        );
        let previews = ok(
            store.previews(&[stream], 0, Viewer::Unrestricted).await,
            "Heads",
        );
        assert_eq!(previews[0].total, 24, "and counted");
    }
}

/// New things with their audiences, and what goes with them: each is there as a whole, or refused
/// for a reason of its own.
pub async fn posts_at_the_same_time_stand_by_themselves(store: &dyn Storage) {
    let followers = Stream::Followers("x".into());
    commit(store, residents(&["alice", "bob"])).await;
    commit(store, vec![push(&followers, "bob"), put(note("taken"))]).await;
    let new = |object| Change::PutObject {
        object,
        expect: Expect::Absent,
    };
    let audiences = [
        vec![AudienceMember::Public],
        vec![AudienceMember::Members(followers.clone())],
        vec![AudienceMember::Person("alice".into())],
        vec![AudienceMember::Person("not stored".into())],
    ];
    let commits = (0..40).map(|number| {
        let id = format!("n {number}");
        let audience = audiences[number % 4].clone();
        let thing = match number % 5 {
            0 => note("taken"),
            _ => note(&format!("of {id}")),
        };
        let file = |stream| Change::Push {
            stream,
            item: id.clone(),
            class: None,
            duplicate: Duplicate::Ignore,
        };
        vec![
            new(thing),
            new(Object {
                audience,
                ..activity(&id)
            }),
            file(inbox()),
            deliver(&id, &["alice"], &[], std::slice::from_ref(&followers)),
            file(likes()),
        ]
    });
    let done: Vec<Result<()>> = join_all(commits.map(|changes| store.commit(changes))).await;
    for (number, result) in done.into_iter().enumerate() {
        let right = match result {
            Ok(()) => number % 5 != 0 && number % 4 != 3,
            Err(StorageError::AlreadyExists(what)) => number % 5 == 0 && what == "taken",
            Err(StorageError::Missing(what)) => number % 4 == 3 && what == "not stored",
            Err(_) => false,
        };
        assert!(right, "commit {number} should stand by itself");
    }
    let bobs = Stream::Inbox("bob".into());
    for stream in [inbox(), bobs, likes()] {
        let previews = store.previews(std::slice::from_ref(&stream), 0, Viewer::Unrestricted);
        let counted = ok(previews.await, "Heads")[0].total;
        let listed = all_ids(store, &stream).await.len();
        assert_eq!((counted, listed), (24, 24), "in '{stream}'");
    }
    for (number, anyone, alice, bob) in [
        (4, true, true, true),
        (1, false, false, true),
        (2, false, true, false),
    ] {
        let id = format!("n {number}");
        let of = [
            Viewer::Anonymous,
            Viewer::Person("alice"),
            Viewer::Person("bob"),
        ];
        let mut may = Vec::new();
        for viewer in of {
            may.push(may_read(store, &id, viewer).await);
        }
        assert_eq!(may, [anyone, alice, bob], "who may read '{id}'");
    }
}

/// Good and bad commits at the same time do not touch each other.
pub async fn failing_neighbours_do_not_matter(store: &dyn Storage) {
    let commits = (0..24).map(|number| {
        let id = format!("n {number}");
        let mut changes = vec![put(note(&id)), push(&likes(), &id)];
        if number % 2 == 1 {
            changes.push(push(&likes(), "not stored"));
        }
        changes
    });
    let done: Vec<Result<()>> = join_all(commits.map(|changes| store.commit(changes))).await;
    for (number, result) in done.into_iter().enumerate() {
        assert_eq!(
            result.is_ok(),
            number % 2 == 0,
            "commit {number} should stand by itself"
        );
    }
    let mut listed = all_ids(store, &likes()).await;
    listed.sort();
    let mut wanted: Vec<String> = (0..24).step_by(2).map(|n| format!("n {n}")).collect();
    wanted.sort();
    assert_eq!(
        listed, wanted,
        "the good commits are there, and nothing of the bad ones"
    );
}
