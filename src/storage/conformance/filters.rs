//! Classes, and totals that fit what is listed.

use super::{
    fixtures::{
        all_ids, commit, deliver, ids, note, ok, person, public_note, pull, push, push_as, put,
        residents,
    },
    paging::{FILTERS, VIEWERS, forty_five, ids_of, inbox, page},
};
use crate::{
    model::{AudienceMember, Class, Cursor, Filter, Object, Page, PageRequest, Stream, Viewer},
    storage::{Change, Storage},
};

/// Each filter shows exactly its classes.
pub async fn filters_show_their_classes_only(store: &dyn Storage) {
    let classes = [(false, false), (false, true), (true, false), (true, true)];
    for (major, direct) in classes {
        let id = format!("{major} {direct}");
        commit(
            store,
            vec![put(note(&id)), push_as(&inbox(), &id, major, direct)],
        )
        .await;
    }
    for filter in FILTERS {
        let wanted: Vec<String> = classes
            .into_iter()
            .rev()
            .filter(|(major, direct)| {
                filter.major.is_none_or(|wanted| wanted == *major) && (!filter.direct || *direct)
            })
            .map(|(major, direct)| format!("{major} {direct}"))
            .collect();
        let page = page(store, 20, Cursor::Newest, filter, Viewer::Unrestricted).await;
        assert_eq!(
            ids_of(&page),
            wanted,
            "{filter:?} should show its classes only"
        );
        assert_eq!(
            page.total,
            wanted.len() as u64,
            "{filter:?} should count its classes only"
        );
    }
}

/// Without a class, an entry shows only where no class is asked for.
pub async fn entries_without_a_class_pass_the_default_filter_only(store: &dyn Storage) {
    commit(store, vec![put(note("n")), push(&inbox(), "n")]).await;
    for filter in FILTERS {
        let page = page(store, 20, Cursor::Newest, filter, Viewer::Unrestricted).await;
        let wanted = usize::from(filter == Filter::default());
        assert_eq!(
            page.items.len(),
            wanted,
            "an entry without a class, under {filter:?}"
        );
        assert_eq!(page.total, wanted as u64, "its total, under {filter:?}");
    }
}

/// After all kinds of changes, a total is the number of items that can be listed.
pub async fn totals_are_what_listing_shows(store: &dyn Storage) {
    forty_five(store).await;
    commit(store, residents(&["alice", "bob"])).await;
    let pulls = ["item 0", "item 1", "item 2", "item 5", "item 10"];
    let pulls = pulls.map(|id| Change::RemoveItem {
        stream: inbox(),
        item: id.into(),
    });
    commit(store, pulls.into()).await;
    let delivered = |id| deliver(id, &["alice"], &["bob"], &[]);
    commit(store, vec![put(note("new")), delivered("new")]).await;
    commit(store, vec![put(public_note("open")), delivered("open")]).await;
    commit(store, vec![put(public_note("shut")), delivered("shut")]).await;
    commit(store, vec![delivered("new")]).await;
    commit(
        store,
        vec![put(public_note("bare")), push(&inbox(), "bare")],
    )
    .await;
    // Major and minor, direct and not, and of no class: to and from the public.
    let hidden = ["item 3", "item 15", "item 30", "bare", "shut"];
    commit(store, hidden.map(|id| put(note(id))).into()).await;
    let shown = ["item 4", "item 7", "item 20", "item 35"];
    commit(store, shown.map(|id| put(public_note(id))).into()).await;
    for viewer in VIEWERS {
        for filter in FILTERS {
            let request = PageRequest {
                count: 200,
                filter,
                ..PageRequest::default()
            };
            let page = ok(store.list(&inbox(), &request, viewer).await, "Listing");
            let shown = page.items.len() as u64;
            assert_eq!(page.total, shown, "the total for {viewer:?}, {filter:?}");
        }
        let previews = ok(store.previews(&[inbox()], 200, viewer).await, "Heads");
        assert_eq!(
            previews[0].total,
            previews[0].items.len() as u64,
            "the head for {viewer:?}"
        );
        let request = PageRequest {
            count: 200,
            ..PageRequest::default()
        };
        assert_eq!(
            ids(store, &inbox(), &request, viewer).await,
            previews[0].items,
            "as listed"
        );
    }
    commit(store, vec![Change::Clear(inbox())]).await;
    for filter in FILTERS {
        let page = page(store, 20, Cursor::Newest, filter, Viewer::Unrestricted).await;
        assert_eq!(
            page,
            Page::default(),
            "a cleared stream has no total, under {filter:?}"
        );
    }
    assert!(
        all_ids(store, &inbox()).await.is_empty(),
        "a cleared stream is empty"
    );
}

/// Where very much is not for everyone, a total is what the viewer may read, whatever was counted
/// for them and others before.
pub async fn totals_are_right_where_much_is_private(store: &dyn Storage) {
    let followers = || AudienceMember::Members(Stream::Followers("alice".into()));
    let friends = || AudienceMember::Members(Stream::Members("friends".into()));
    let people = PEOPLE.map(|name| put(person(name)));
    commit(store, people.into()).await;
    let join = |stream, name| push(&stream, name);
    commit(store, vec![join(Stream::Followers("alice".into()), "bob")]).await;
    let audience = |number: usize| match number % 30 {
        0 => vec![AudienceMember::Public],
        1 => vec![],
        2 => vec![AudienceMember::Person("dan".into())],
        3 => vec![friends(), AudienceMember::Person("bob".into())],
        _ => vec![followers()],
    };
    let author = |number: usize| if number % 50 == 7 { "carol" } else { "alice" };
    let some: Vec<_> = (0..900)
        .map(|n| (n, author(n).into(), audience(n)))
        .collect();
    publish(store, &some).await;
    check_totals(store, "at first").await;
    check_totals(store, "as counted before").await;

    let some = (900..960).map(|n| (n, author(n).into(), audience(n)));
    publish(store, &some.collect::<Vec<_>>()).await;
    publish(store, &[(960, "dan".into(), vec![friends(), followers()])]).await;
    check_totals(store, "after more").await;

    let followers_of_alice = Stream::Followers("alice".into());
    commit(store, vec![pull(&followers_of_alice, "bob")]).await;
    commit(store, vec![push(&followers_of_alice, "carol")]).await;
    commit(store, vec![push(&Stream::Members("friends".into()), "dan")]).await;
    check_totals(store, "after some joined and some left").await;

    let lost = [1, 2, 4, 5, 30, 960].map(|n| pull(&outbox(), &id_of(n)));
    commit(store, lost.into()).await;
    check_totals(store, "after some was taken out").await;

    for (number, author, audience) in [
        (6, "alice", vec![AudienceMember::Person("dan".into())]),
        (7, "dan", vec![]),
        (8, "alice", vec![AudienceMember::Public]),
        (60, "alice", vec![followers()]),
    ] {
        commit(store, vec![put(by(author, number, audience))]).await;
        check_totals(store, "after it was for others").await;
    }

    // So many kinds that nobody would count by kind.
    let some = (1000..1100).map(|n| (n, format!("author {n}"), audience(n)));
    publish(store, &some.collect::<Vec<_>>()).await;
    check_totals(store, "after many wrote").await;
    commit(store, vec![pull(&outbox(), &id_of(1001))]).await;
    check_totals(store, "after one of these went").await;
}

const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dan"];

fn outbox() -> Stream {
    Stream::Outbox("alice".into())
}

fn id_of(number: usize) -> String {
    format!("note {number}")
}

fn by(author: &str, number: usize, audience: Vec<AudienceMember>) -> Object {
    Object {
        author: Some(author.into()),
        audience,
        ..note(&id_of(number))
    }
}

/// How a note is filed, by its number.
fn class_of(number: usize) -> Class {
    Class {
        major: number.is_multiple_of(3),
        direct: number.is_multiple_of(7),
    }
}

async fn publish(store: &dyn Storage, notes: &[(usize, String, Vec<AudienceMember>)]) {
    let mut changes = Vec::new();
    for (number, author, audience) in notes {
        let Class { major, direct } = class_of(*number);
        changes.push(put(by(author, *number, audience.clone())));
        changes.push(push_as(&outbox(), &id_of(*number), major, direct));
    }
    commit(store, changes).await;
}

/// Compares the totals of everyone under each filter with what they may read.
async fn check_totals(store: &dyn Storage, when: &str) {
    let items = ok(store.items_after(&outbox(), 0, 2000).await, "Listing items");
    let ids: Vec<&str> = items.iter().map(|(_, id)| &**id).collect();
    let class = |id: &str| {
        let number = id.split(' ').nth(1).and_then(|number| number.parse().ok());
        class_of(number.unwrap_or_default())
    };
    let persons = PEOPLE.map(Viewer::Person);
    for viewer in [Viewer::Unrestricted, Viewer::Anonymous]
        .into_iter()
        .chain(persons)
    {
        let readable = ok(store.readable(&ids, viewer).await, "Asking who may read");
        let previews = ok(
            store.previews(&[outbox()], 2, viewer).await,
            "Asking for heads",
        );
        let visible = readable.iter().filter(|may| **may).count();
        assert_eq!(
            previews[0].total, visible as u64,
            "{when}, a head should count what {viewer:?} may read"
        );
        for filter in FILTERS {
            let seen = ids.iter().zip(&readable);
            let seen = seen.filter(|(id, may)| **may && filter.matches(class(id)));
            let request = PageRequest {
                filter,
                count: 1,
                ..PageRequest::default()
            };
            let page = ok(store.list(&outbox(), &request, viewer).await, "Listing");
            assert_eq!(
                page.total,
                seen.count() as u64,
                "{when}, a total should count what {viewer:?} may read under {filter:?}"
            );
        }
    }
}
