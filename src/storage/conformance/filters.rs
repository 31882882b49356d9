//! Classes, and totals that fit what is listed.

use super::{
    given::{all_ids, commit, deliver, ids, note, ok, public_note, push, push_as, put, residents},
    paging::{FILTERS, VIEWERS, forty_five, ids_of, inbox, page},
};
use crate::{
    model::{Cursor, Filter, Page, PageRequest, Viewer},
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
        let page = page(store, 20, Cursor::Newest, filter, Viewer::Everything).await;
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
        let page = page(store, 20, Cursor::Newest, filter, Viewer::Everything).await;
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
    let pulls = pulls.map(|id| Change::Pull {
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
        let heads = ok(store.heads(&[inbox()], 200, viewer).await, "Heads");
        assert_eq!(
            heads[0].total,
            heads[0].items.len() as u64,
            "the head for {viewer:?}"
        );
        let request = PageRequest {
            count: 200,
            ..PageRequest::default()
        };
        assert_eq!(
            ids(store, &inbox(), &request, viewer).await,
            heads[0].items,
            "as listed"
        );
    }
    commit(store, vec![Change::Clear(inbox())]).await;
    for filter in FILTERS {
        let page = page(store, 20, Cursor::Newest, filter, Viewer::Everything).await;
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
