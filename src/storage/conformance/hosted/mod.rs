//! The suite for a [`Host`](crate::storage::hosted::Host): that its tables and the built-in backend
//! are one store. The host decides which objects it stores, so it brings a [`HostFixture`].
//!
//! The [whole suite](crate::conformance_suite) is for the store that comes of it, too: it shows
//! that nothing of what the host does not keep gets lost.

mod fixture;

use futures_util::future::join_all;
use serde_json::Value;

use super::fixtures::{all_ids, commit, find, ok, push, put, refused, some};
use crate::{
    model::{Object, PageRequest, Stream, Viewer},
    protocol::html::sanitise,
    storage::{Change, Duplicate, Expect, Result, Storage, StorageError},
};
pub use fixture::{HostFixture, HostedContractTest};

/// Someone who is known to both.
async fn known(store: &dyn Storage, cast: &dyn HostFixture, name: &str) -> Object {
    let person = cast.create_user(&super::fixtures::nickname(name)).await;
    commit(store, vec![put(person.clone())]).await;
    person
}

/// Alice, and things of hers that are stored.
async fn stored(store: &dyn Storage, cast: &dyn HostFixture) -> (Object, Vec<Object>) {
    let alice = known(store, cast, "alice").await;
    let things = cast.things(&alice, 0);
    assert!(!things.is_empty(), "the cast should have things to store");
    commit(store, things.iter().cloned().map(new).collect()).await;
    (alice, things)
}

fn new(object: Object) -> Change {
    let expect = Expect::Absent;
    Change::PutObject { object, expect }
}

fn changed(object: Object, version: i64) -> Change {
    let expect = Expect::Version(version);
    Change::PutObject { object, expect }
}

/// A person, if the host keeps something of people.
fn if_kept<'a>(cast: &dyn HostFixture, person: &'a Object) -> Option<&'a Object> {
    (!cast.stored_properties(person).is_empty()).then_some(person)
}

/// The thing with other text wherever the host keeps text of it.
fn reworded(cast: &dyn HostFixture, thing: &Object, text: &str) -> Object {
    let mut thing = thing.clone();
    for name in cast.stored_properties(&thing) {
        if let Some(Value::String(said)) = thing.body.get(*name).cloned() {
            let mut said = format!("{said}{text}");
            // As it comes to a store, and out of this one in any case.
            if ["content", "summary"].contains(name) {
                said = sanitise(&said);
            }
            thing.body.insert((*name).into(), said.into());
        }
    }
    thing
}

async fn is_as_put(store: &dyn Storage, thing: &Object, version: i64, what: &str) {
    let found = some(find(store, &thing.id).await, "What the host keeps");
    let wanted = Object {
        version,
        ..thing.clone()
    };
    assert_eq!(found, wanted, "{what} ({})", thing.object_type);
}

/// Persons and things, by id, by uuid, and in the order asked.
pub async fn host_properties_round_trip(store: &dyn Storage, cast: &dyn HostFixture) {
    let (alice, things) = stored(store, cast).await;
    for thing in things.iter().chain(if_kept(cast, &alice)) {
        assert!(
            !cast.stored_properties(thing).is_empty(),
            "the host should keep something of a {} of the cast",
            thing.object_type
        );
        is_as_put(store, thing, 1, "it should come back as it was put").await;
        let found = ok(
            store.find_object_by_uuid(&thing.uuid).await,
            "Finding by uuid",
        );
        let found = found.map(|found| found.id.clone());
        assert_eq!(found.as_ref(), Some(&thing.id), "its uuid should find it");
    }
    let mut ids: Vec<&str> = things.iter().map(|thing| &*thing.id).collect();
    ids.push("none");
    ids.reverse();
    let found = ok(store.find_objects(&ids).await, "Finding several");
    let found: Vec<&str> = found
        .iter()
        .map(|o| o.as_ref().map_or("none", |o| &*o.id))
        .collect();
    assert_eq!(
        found, ids,
        "answers should be in the order of the ids asked for"
    );
    assert_eq!(
        cast.rows().await,
        things.len(),
        "each thing is a row of the host's"
    );
}

/// Where the host keeps text it keeps any.
pub async fn host_properties_take_any_text(store: &dyn Storage, cast: &dyn HostFixture) {
    let alice = known(store, cast, "alice").await;
    let odd = [
        "😀👩‍👩‍👧‍👦",
        "e\u{301} é",
        "' \" \\ \\u0041 %_ ; --\n\r\t",
        " ",
        "\u{2028}\u{1}",
    ];
    for (number, text) in odd.into_iter().enumerate() {
        for thing in cast.things(&alice, number) {
            let thing = reworded(cast, &thing, text);
            commit(store, vec![new(thing.clone())]).await;
            is_as_put(store, &thing, 1, "any text should survive").await;
        }
    }
}

/// Properties without a column of the host are stored by the backend.
pub async fn other_properties_are_stored_for_the_host(store: &dyn Storage, cast: &dyn HostFixture) {
    let (_, things) = stored(store, cast).await;
    for thing in things {
        let mut thing = thing;
        thing
            .body
            .insert("of no use to the host".into(), vec![1, 2].into());
        commit(store, vec![changed(thing.clone(), 1)]).await;
        is_as_put(store, &thing, 2, "what else is said should be kept").await;
    }
}

/// Nor what it has no place for within a property that it keeps, until that is taken away.
pub async fn other_members_of_a_host_property_are_stored(
    store: &dyn Storage,
    cast: &dyn HostFixture,
) {
    let (_, things) = stored(store, cast).await;
    for thing in things {
        let mut more = thing.clone();
        for name in cast.stored_properties(&thing) {
            if let Some(Value::Object(within)) = more.body.get_mut(*name) {
                within.insert("of no use to the host".into(), vec![1, 2].into());
            }
        }
        commit(store, vec![changed(more.clone(), 1)]).await;
        let what = "what else is said within a property should be kept";
        is_as_put(store, &more, 2, what).await;
        commit(store, vec![changed(thing.clone(), 2)]).await;
        let what = "what was taken away within a property should be gone";
        is_as_put(store, &thing, 3, what).await;
    }
}

/// A change is seen, and what was taken away is gone.
pub async fn a_change_replaces_what_was_there(store: &dyn Storage, cast: &dyn HostFixture) {
    let (alice, things) = stored(store, cast).await;
    let rows = cast.rows().await;
    for thing in things.iter().chain(if_kept(cast, &alice)) {
        let thing = thing.clone();
        let other = reworded(cast, &thing, " and more");
        commit(store, vec![changed(other.clone(), 1)]).await;
        is_as_put(store, &other, 2, "a change should be seen").await;
        let mut less = other;
        for name in cast.stored_properties(&less) {
            if less.body.get(*name).is_some_and(Value::is_string) {
                less.body.shift_remove(*name);
            }
        }
        if cast.stored_properties(&less) == cast.stored_properties(&thing) {
            commit(store, vec![changed(less.clone(), 2)]).await;
            is_as_put(store, &less, 3, "what was taken away should be gone").await;
        }
    }
    assert_eq!(cast.rows().await, rows, "a change is no row of its own");
}

/// A commit rejected by the built-in backend leaves nothing in the host's tables.
pub async fn a_refused_commit_leaves_no_row(store: &dyn Storage, cast: &dyn HostFixture) {
    let alice = known(store, cast, "alice").await;
    let things = cast.things(&alice, 0);
    let mut changes: Vec<Change> = things.iter().cloned().map(new).collect();
    changes.push(push(&Stream::Likes("x".into()), "not stored"));
    refused!(
        store.commit(changes).await,
        StorageError::Missing(_),
        "A commit with a bad last change"
    );
    assert_eq!(cast.rows().await, 0, "a row was written after all");
    for thing in &things {
        assert_eq!(
            find(store, &thing.id).await,
            None,
            "it was stored after all"
        );
    }
    commit(store, things.into_iter().map(new).collect()).await;
}

/// Nor is a change of what is there.
pub async fn a_refused_change_leaves_the_row_as_it_was(
    store: &dyn Storage,
    cast: &dyn HostFixture,
) {
    let (alice, things) = stored(store, cast).await;
    for thing in things.iter().chain(if_kept(cast, &alice)) {
        let thing = thing.clone();
        let other = reworded(cast, &thing, " and more");
        refused!(
            store.commit(vec![changed(other, 7)]).await,
            StorageError::Conflict(_),
            "A change of a version that is not there"
        );
        is_as_put(store, &thing, 1, "a refused change should change nothing").await;
    }
}

/// Of several who change the same version, one does, and it is theirs that is in the host's tables.
pub async fn concurrent_changes_succeed_once(store: &dyn Storage, cast: &dyn HostFixture) {
    let (_, things) = stored(store, cast).await;
    for thing in things {
        let others: Vec<Object> = (0..4)
            .map(|number| reworded(cast, &thing, &number.to_string()))
            .collect();
        let writes = others
            .iter()
            .map(|other| store.commit(vec![changed(other.clone(), 1)]));
        let done: Vec<Result<()>> = join_all(writes).await;
        let won: Vec<&Object> = others
            .iter()
            .zip(&done)
            .filter_map(|(other, done)| done.is_ok().then_some(other))
            .collect();
        assert_eq!(
            won.len(),
            1,
            "of concurrent changes exactly one should win, of {done:?}"
        );
        is_as_put(store, won[0], 2, "what won should be in both").await;
    }
}

/// Many commits at the same time.
pub async fn many_things_at_once_are_all_there(store: &dyn Storage, cast: &dyn HostFixture) {
    let alice = known(store, cast, "alice").await;
    let uploads = Stream::Uploads(alice.id.clone());
    let things: Vec<Object> = (0..8)
        .flat_map(|number| cast.things(&alice, number))
        .collect();
    let commits = things
        .iter()
        .map(|thing| store.commit(vec![new(thing.clone()), push(&uploads, &thing.id)]));
    for done in join_all(commits).await {
        ok(done, "A commit that conflicts with no other");
    }
    for thing in &things {
        is_as_put(store, thing, 1, "it should be there").await;
    }
    let listed = all_ids(store, &uploads).await.len();
    assert_eq!(listed, things.len(), "all that was pushed is there");
    assert_eq!(cast.rows().await, things.len(), "each thing is a row");
}

/// A `delete` activity leaves a tombstone in the backend and removes the host's row.
pub async fn a_tombstone_stays_and_the_row_goes(store: &dyn Storage, cast: &dyn HostFixture) {
    let (_, things) = stored(store, cast).await;
    for (left, thing) in things.iter().enumerate().rev() {
        let mut gone = thing.clone();
        gone.deleted = true;
        gone.body
            .retain(|name, _| ["objectType", "id"].contains(&name.as_str()));
        commit(store, vec![changed(gone.clone(), 1)]).await;
        is_as_put(store, &gone, 2, "a tombstone should stay").await;
        assert_eq!(
            cast.rows().await,
            left,
            "the row of what was deleted should go"
        );
    }
}

/// An object whose row the host deleted is a tombstone, not an unknown id.
pub async fn object_without_row_is_a_tombstone(store: &dyn Storage, cast: &dyn HostFixture) {
    let (_, things) = stored(store, cast).await;
    for thing in things {
        cast.delete_row(&thing).await;
        let found = some(find(store, &thing.id).await, "A tombstone");
        assert!(found.deleted, "what has no row any more is deleted");
        let types = |thing: &Object| thing.body.get("objectTypes").cloned();
        assert_eq!(
            types(&found),
            types(&thing),
            "what is in a list is cleared by its types"
        );
        for name in cast.stored_properties(&thing) {
            assert!(
                !found.body.contains_key(*name),
                "'{name}' of it is still told"
            );
        }
    }
}

/// Pages of streams show the host's current rows.
pub async fn pages_show_things_as_they_are_now(store: &dyn Storage, cast: &dyn HostFixture) {
    let (alice, things) = stored(store, cast).await;
    let uploads = Stream::Uploads(alice.id.clone());
    let pushes = things.iter().map(|thing| push(&uploads, &thing.id));
    commit(store, pushes.collect()).await;
    let now: Vec<Object> = things
        .iter()
        .map(|thing| reworded(cast, thing, " now"))
        .collect();
    commit(
        store,
        now.iter().cloned().map(|thing| changed(thing, 1)).collect(),
    )
    .await;
    let request = PageRequest::default();
    let page = store.list(&uploads, &request, Viewer::Unrestricted).await;
    let page = ok(page, "Listing a stream");
    for (shown, wanted) in page.items.iter().rev().zip(&now) {
        assert_eq!(
            shown.body, wanted.body,
            "a page should show things as they are now"
        );
    }
    assert_eq!(page.items.len(), now.len(), "all that was pushed is shown");
}

/// Whether a relation is one of the host's or not, it can be made, made again, and undone.
pub async fn relations_can_be_made_and_undone(store: &dyn Storage, cast: &dyn HostFixture) {
    let (alice, things) = stored(store, cast).await;
    for thing in &things {
        let id = || thing.id.clone();
        for stream in [
            Stream::Likes(id()),
            Stream::Shares(id()),
            Stream::Members(id()),
        ] {
            let again = Change::Push {
                stream: stream.clone(),
                item: alice.id.clone(),
                class: None,
                duplicate: Duplicate::Ignore,
            };
            commit(store, vec![push(&stream, &alice.id), again]).await;
            assert_eq!(
                all_ids(store, &stream).await.len(),
                1,
                "'{stream}' has one item"
            );
            commit(store, vec![super::fixtures::pull(&stream, &alice.id)]).await;
            assert!(
                all_ids(store, &stream).await.is_empty(),
                "'{stream}' has none"
            );
            commit(
                store,
                vec![push(&stream, &alice.id), Change::Clear(stream.clone())],
            )
            .await;
        }
        let withdrawn = Change::RemoveFromStreams {
            item: id(),
            except: Stream::OrphanedUploads,
            limit: 10,
        };
        commit(
            store,
            vec![
                push(&Stream::Favorites(alice.id.clone()), &thing.id),
                withdrawn,
            ],
        )
        .await;
        is_as_put(store, thing, 1, "what it is in changes nothing about it").await;
    }
}
