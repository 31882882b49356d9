//! Whether it is told which places were written to.

use super::fixtures::{
    account, activity, commit, deliver, nickname, note, ok, person, public_note, pull, push, put,
    put_account, residents,
};
use crate::{
    model::{Object, Stream},
    storage::{Bucket, Change, Expect, ModificationClock, Storage},
};

fn new(object: Object) -> Change {
    let expect = Expect::Absent;
    Change::PutObject { object, expect }
}

/// Every commit invalidates its buckets before it returns, if the store has a modification clock.
pub async fn write_invalidates_its_buckets(store: &dyn Storage) {
    let mut given = residents(&["alice", "bob"]);
    given.extend([put(note("n")), put(activity("a")), put(person("dave"))]);
    given.push(push(&Stream::Followers("alice".into()), "bob"));
    commit(store, given).await;
    let likes = Stream::Likes("n".into());
    let unseen = Stream::Unseen("alice".into());
    let stream = |stream: &Stream| Bucket::of_stream(stream);
    let inbox = |name: &str| stream(&Stream::Inbox(name.into()));
    let new_account = Change::PutAccount {
        account: account("dave"),
        expect: Expect::Absent,
    };
    let withdraw = Change::RemoveFromStreams {
        item: "a".into(),
        except: Stream::Users,
        limit: 10,
    };
    for (change, places) in [
        (new(note("m")), vec![Bucket::of_object("m")]),
        (
            push(&likes, "bob"),
            vec![stream(&likes), Bucket::of_memberships("bob")],
        ),
        (
            pull(&likes, "bob"),
            vec![
                stream(&likes),
                Bucket::of_removals(&likes),
                Bucket::of_memberships("bob"),
            ],
        ),
        // It comes into view, wherever it is.
        (
            put(public_note("n")),
            vec![Bucket::of_object("n"), stream(&likes)],
        ),
        (deliver("a", &["alice"], &[], &[]), vec![inbox("alice")]),
        (withdraw, vec![inbox("alice")]),
        (deliver("a", &[], &["alice"], &[]), vec![inbox("alice")]),
        (push(&likes, "alice"), vec![stream(&likes)]),
        (Change::Clear(likes.clone()), vec![stream(&likes)]),
        (push(&unseen, "a"), vec![stream(&unseen)]),
        (Change::Clear(unseen.clone()), vec![stream(&unseen)]),
        (
            new_account,
            vec![
                Bucket::of_account(&nickname("dave")),
                Bucket::of_object("dave"),
            ],
        ),
        (
            put_account("bob"),
            vec![Bucket::of_account(&nickname("bob"))],
        ),
        (
            Change::RemoveAccount(nickname("dave")),
            vec![Bucket::of_account(&nickname("dave"))],
        ),
    ] {
        let Some(before) = store.modification_clock().map(ModificationClock::now) else {
            return;
        };
        commit(store, vec![change.clone()]).await;
        for place in places {
            let holds = store.modification_clock().is_none_or(|modification_clock| {
                modification_clock.unchanged_since(&[place], before)
            });
            assert!(!holds, "{place:?} should not hold after {change:?}");
        }
    }
    reaches_members(store).await;
}

/// A delivery to the members of a stream invalidates their inboxes.
async fn reaches_members(store: &dyn Storage) {
    let Some(before) = store.modification_clock().map(ModificationClock::now) else {
        return;
    };
    let spread = deliver("a", &[], &[], &[Stream::Followers("alice".into())]);
    commit(store, vec![spread]).await;
    let bobs = [
        Bucket::of_stream(&Stream::Inbox("bob".into())),
        Bucket::of_any_fan_out(),
    ];
    let holds = store
        .modification_clock()
        .is_none_or(|modification_clock| modification_clock.unchanged_since(&bobs, before));
    assert!(
        !holds,
        "an inbox should not hold after a delivery to a stream that its owner is in"
    );
}

/// Nothing that was read after the time was asked for is told to be old, unless it is; and a look
/// changes nothing by itself.
pub async fn unrelated_write_keeps_buckets_valid(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    ok(store.sync_changes().await, "Looking at marks");
    let Some(now) = store.modification_clock().map(ModificationClock::now) else {
        return;
    };
    let places = [
        Bucket::of_object("alice"),
        Bucket::of_stream(&Stream::Users),
    ];
    let elsewhere = push(&Stream::Likes("n".into()), "alice");
    commit(store, vec![elsewhere]).await;
    let holds = || {
        store
            .modification_clock()
            .is_none_or(|modification_clock| modification_clock.unchanged_since(&places, now))
    };
    assert!(holds(), "nothing was written there");
    ok(store.sync_changes().await, "Looking at marks");
    assert!(holds(), "a look found something that nobody wrote");
}
