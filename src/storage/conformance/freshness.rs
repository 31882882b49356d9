//! Whether it is told which places were written to.

use super::given::{
    account, activity, commit, deliver, nickname, note, ok, person, public_note, pull, push, put,
    put_account, residents,
};
use crate::{
    model::{Object, Stream},
    storage::{Change, Expect, Marks, Place, Storage},
};

fn new(object: Object) -> Change {
    let expect = Expect::Absent;
    Change::PutObject { object, expect }
}

/// Whatever is written, when it is answered the places it was written to don't hold any more; where the store can
/// tell.
pub async fn what_is_written_to_does_not_hold(store: &dyn Storage) {
    let mut given = residents(&["alice", "bob"]);
    given.extend([put(note("n")), put(activity("a")), put(person("dave"))]);
    given.push(push(&Stream::Followers("alice".into()), "bob"));
    commit(store, given).await;
    let likes = Stream::Likes("n".into());
    let stream = |stream: &Stream| Place::of_stream(stream);
    let inbox = |name: &str| stream(&Stream::Inbox(name.into()));
    let new_account = Change::PutAccount {
        account: account("dave"),
        expect: Expect::Absent,
    };
    let withdraw = Change::Withdraw {
        item: "a".into(),
        but: Stream::Users,
        most: 10,
    };
    for (change, places) in [
        (new(note("m")), vec![Place::of_object("m")]),
        (
            push(&likes, "bob"),
            vec![stream(&likes), Place::of_holders("bob")],
        ),
        (
            pull(&likes, "bob"),
            vec![
                stream(&likes),
                Place::of_losses(&likes),
                Place::of_holders("bob"),
            ],
        ),
        // It comes into view, wherever it is.
        (
            put(public_note("n")),
            vec![Place::of_object("n"), stream(&likes)],
        ),
        (deliver("a", &["alice"], &[], &[]), vec![inbox("alice")]),
        (withdraw, vec![inbox("alice")]),
        (deliver("a", &[], &["alice"], &[]), vec![inbox("alice")]),
        (push(&likes, "alice"), vec![stream(&likes)]),
        (Change::Clear(likes.clone()), vec![stream(&likes)]),
        (
            new_account,
            vec![
                Place::of_account(&nickname("dave")),
                Place::of_object("dave"),
            ],
        ),
        (
            put_account("bob"),
            vec![Place::of_account(&nickname("bob"))],
        ),
        (
            Change::RemoveAccount(nickname("dave")),
            vec![Place::of_account(&nickname("dave"))],
        ),
    ] {
        let Some(before) = store.marks().map(Marks::now) else {
            return;
        };
        commit(store, vec![change.clone()]).await;
        for place in places {
            let holds = store
                .marks()
                .is_none_or(|marks| marks.hold(&[place], before));
            assert!(!holds, "{place:?} should not hold after {change:?}");
        }
    }
    reaches_members(store).await;
}

/// What goes to the members of a stream is in their inboxes.
async fn reaches_members(store: &dyn Storage) {
    let Some(before) = store.marks().map(Marks::now) else {
        return;
    };
    let spread = deliver("a", &[], &[], &[Stream::Followers("alice".into())]);
    commit(store, vec![spread]).await;
    let bobs = [
        Place::of_stream(&Stream::Inbox("bob".into())),
        Place::of_spreading(),
    ];
    let holds = store.marks().is_none_or(|marks| marks.hold(&bobs, before));
    assert!(
        !holds,
        "an inbox should not hold after a delivery to a stream that its owner is in"
    );
}

/// Nothing that was read after the time was asked for is told to be old, unless it is; and a look changes nothing by
/// itself.
pub async fn what_is_not_written_to_goes_on_to_hold(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    ok(store.look_at_marks().await, "Looking at marks");
    let Some(now) = store.marks().map(Marks::now) else {
        return;
    };
    let places = [Place::of_object("alice"), Place::of_stream(&Stream::Users)];
    let elsewhere = push(&Stream::Likes("n".into()), "alice");
    commit(store, vec![elsewhere]).await;
    let holds = || store.marks().is_none_or(|marks| marks.hold(&places, now));
    assert!(holds(), "nothing was written there");
    ok(store.look_at_marks().await, "Looking at marks");
    assert!(holds(), "a look found something that nobody wrote");
}
