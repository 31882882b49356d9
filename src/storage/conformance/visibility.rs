//! Visibility of objects.

use super::fixtures::{
    all_ids, commit, ids, may_read, note, ok, person, public_note, pull, push, put,
};
use crate::{
    model::{AudienceMember, Object, PageRequest, Stream, Viewer},
    storage::Storage,
};

const ALICE: Viewer<'_> = Viewer::Person("alice");
const BOB: Viewer<'_> = Viewer::Person("bob");

fn by_alice(id: &str, audience: Vec<AudienceMember>) -> Object {
    Object {
        author: Some("alice".into()),
        audience,
        ..note(id)
    }
}

/// Without an audience, only the author reads.
pub async fn the_author_alone_reads_what_has_no_audience(store: &dyn Storage) {
    commit(store, vec![put(person("alice")), put(person("bob"))]).await;
    commit(
        store,
        vec![put(by_alice("n", vec![])), put(note("by nobody"))],
    )
    .await;
    assert!(
        may_read(store, "n", ALICE).await,
        "an author should read its own"
    );
    assert!(
        !may_read(store, "n", BOB).await,
        "nobody else should read it"
    );
    assert!(
        !may_read(store, "n", Viewer::Anonymous).await,
        "anyone should not read it"
    );
    assert!(
        !may_read(store, "by nobody", ALICE).await,
        "no author, no audience: no reader"
    );
    assert!(
        !may_read(store, "alice", ALICE).await,
        "a person is not its own author by itself"
    );
}

/// Public things are for all.
pub async fn everyone_reads_what_is_public(store: &dyn Storage) {
    commit(store, vec![put(person("alice")), put(public_note("n"))]).await;
    assert!(
        may_read(store, "n", Viewer::Anonymous).await,
        "anyone should read what is public"
    );
    assert!(
        may_read(store, "n", ALICE).await,
        "a person should read what is public"
    );
}

/// A person in the audience reads, others don't.
pub async fn a_person_reads_what_is_addressed_to_it(store: &dyn Storage) {
    commit(
        store,
        vec![
            put(person("alice")),
            put(person("bob")),
            put(person("carol")),
        ],
    )
    .await;
    let to_bob = by_alice("n", vec![AudienceMember::Person("bob".into())]);
    commit(store, vec![put(to_bob)]).await;
    assert!(
        may_read(store, "n", BOB).await,
        "the person addressed should read it"
    );
    assert!(
        !may_read(store, "n", Viewer::Person("carol")).await,
        "others should not"
    );
    assert!(
        !may_read(store, "n", Viewer::Anonymous).await,
        "anyone should not"
    );
}

/// Membership counts when it is read, in every kind of stream.
pub async fn members_read_while_they_are_members(store: &dyn Storage) {
    commit(store, vec![put(person("alice")), put(person("bob"))]).await;
    for stream in [
        Stream::Followers("alice".into()),
        Stream::Members("list".into()),
    ] {
        let id = format!("for {stream}");
        commit(
            store,
            vec![put(by_alice(
                &id,
                vec![AudienceMember::Members(stream.clone())],
            ))],
        )
        .await;
        assert!(
            !may_read(store, &id, BOB).await,
            "before joining, no reading"
        );
        commit(store, vec![push(&stream, "bob")]).await;
        assert!(
            may_read(store, &id, BOB).await,
            "who joined should read what came before, too"
        );
        assert!(
            !may_read(store, &id, Viewer::Anonymous).await,
            "anyone is no member"
        );
        commit(store, vec![pull(&stream, "bob")]).await;
        assert!(
            !may_read(store, &id, BOB).await,
            "who left should not read any more"
        );
        assert!(
            may_read(store, &id, ALICE).await,
            "the author should read it all along"
        );
    }
}

/// [`Viewer::Unrestricted`] reads all that is stored, and answers come in order.
pub async fn everything_stored_is_readable_to_the_server(store: &dyn Storage) {
    commit(store, vec![put(note("n")), put(public_note("p"))]).await;
    let asked = ["p", "none", "n", "p"];
    for (viewer, wanted) in [
        (Viewer::Unrestricted, [true, false, true, true]),
        (Viewer::Anonymous, [true, false, false, true]),
        (ALICE, [true, false, false, true]),
    ] {
        let readable = ok(store.readable(&asked, viewer).await, "Asking who may read");
        assert_eq!(
            readable, wanted,
            "answers should be in the order asked, for {viewer:?}"
        );
    }
    let none = ok(store.readable(&[], ALICE).await, "Asking about nothing");
    assert!(none.is_empty(), "no ids should give no answers");
}

/// Pages, heads and totals hold what the viewer may read, and nothing else.
pub async fn streams_show_what_the_viewer_may_read(store: &dyn Storage) {
    let outbox = Stream::Outbox("alice".into());
    let followers = Stream::Followers("alice".into());
    let friends = Stream::Members("friends".into());
    let people = ["alice", "bob", "carol", "dan"].map(|name| put(person(name)));
    commit(store, people.into()).await;
    let notes = [
        by_alice("public", vec![AudienceMember::Public]),
        by_alice("private", vec![]),
        by_alice("to bob", vec![AudienceMember::Person("bob".into())]),
        by_alice(
            "to followers",
            vec![AudienceMember::Members(followers.clone())],
        ),
        by_alice(
            "to all of them",
            vec![
                AudienceMember::Members(friends.clone()),
                AudienceMember::Members(followers.clone()),
                AudienceMember::Person("carol".into()),
                AudienceMember::Person("bob".into()),
            ],
        ),
    ];
    for note in notes {
        let id = note.id.clone();
        commit(store, vec![put(note), push(&outbox, &id)]).await;
    }
    commit(
        store,
        vec![push(&followers, "carol"), push(&friends, "carol")],
    )
    .await;
    for (viewer, wanted) in [
        (Viewer::Anonymous, vec!["public"]),
        (Viewer::Person("dan"), vec!["public"]),
        (BOB, vec!["to all of them", "to bob", "public"]),
        (
            Viewer::Person("carol"),
            vec!["to all of them", "to followers", "public"],
        ),
        (
            ALICE,
            vec![
                "to all of them",
                "to followers",
                "to bob",
                "private",
                "public",
            ],
        ),
        (
            Viewer::Unrestricted,
            vec![
                "to all of them",
                "to followers",
                "to bob",
                "private",
                "public",
            ],
        ),
    ] {
        let request = PageRequest::default();
        let page = ok(store.list(&outbox, &request, viewer).await, "Listing");
        let seen: Vec<&str> = page.items.iter().map(|object| &*object.id).collect();
        assert_eq!(
            seen, wanted,
            "a page should show what {viewer:?} may read, each once"
        );
        assert_eq!(
            page.total,
            wanted.len() as u64,
            "the total should count that for {viewer:?}"
        );
        let previews = ok(
            store
                .previews(std::slice::from_ref(&outbox), 2, viewer)
                .await,
            "Heads",
        );
        assert_eq!(
            previews[0].total,
            wanted.len() as u64,
            "so should a head for {viewer:?}"
        );
        assert_eq!(
            previews[0].items,
            wanted[..wanted.len().min(2)],
            "and show the newest"
        );
    }
}

/// When an audience changes, streams the object is in already follow.
pub async fn a_change_of_audience_counts_at_once(store: &dyn Storage) {
    let outbox = Stream::Outbox("alice".into());
    let other = Stream::Likes("x".into());
    let mut changes = vec![
        put(public_note("a")),
        put(public_note("b")),
        put(public_note("c")),
    ];
    for stream in [&outbox, &other] {
        changes.extend(["a", "b", "c"].map(|id| push(stream, id)));
    }
    commit(store, changes).await;
    let request = PageRequest::default();
    for (change, wanted) in [
        (note("b"), vec!["c", "a"]),
        (note("b"), vec!["c", "a"]),
        (note("c"), vec!["a"]),
        (public_note("b"), vec!["b", "a"]),
        (public_note("b"), vec!["b", "a"]),
    ] {
        commit(store, vec![put(change)]).await;
        for stream in [&outbox, &other] {
            for viewer in [Viewer::Anonymous, BOB] {
                let page = ok(store.list(stream, &request, viewer).await, "Listing");
                let seen: Vec<&str> = page.items.iter().map(|object| &*object.id).collect();
                assert_eq!(
                    seen, wanted,
                    "a new audience should count at once for {viewer:?}"
                );
                assert_eq!(
                    page.total,
                    wanted.len() as u64,
                    "in totals too, for {viewer:?}"
                );
            }
        }
    }
    let all = all_ids(store, &outbox).await;
    assert_eq!(all, ["c", "b", "a"], "an audience should not move anything");
}

/// A viewer nobody has stored still sees what is public, and what names it as the author.
pub async fn a_viewer_need_not_be_stored(store: &dyn Storage) {
    let stream = Stream::Likes("x".into());
    let own = Object {
        author: Some("ghost".into()),
        ..note("own")
    };
    let changes = vec![put(public_note("p")), put(note("n")), put(own)];
    commit(store, changes).await;
    commit(store, ["p", "n", "own"].map(|id| push(&stream, id)).into()).await;
    let ghost = Viewer::Person("ghost");
    let seen = ids(store, &stream, &PageRequest::default(), ghost).await;
    assert_eq!(
        seen,
        ["own", "p"],
        "a viewer that is not stored sees public things and its own"
    );
}
