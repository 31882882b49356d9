//! The newest of streams, and how many there are.

use super::{
    fixtures::{commit, note, ok, person, public_note, push, put},
    streams::{stream, with_items},
};
use crate::{
    model::{AudienceMember, Object, Stream, StreamPreview, Viewer},
    storage::{HEAD_REACH, Storage},
};

/// Heads answer in order, with as many ids as asked for, and totals of all.
pub async fn heads_answer_in_the_order_asked(store: &dyn Storage) {
    with_items(store, &["a", "b", "c"]).await;
    let other = Stream::Favorites("bob".into());
    commit(
        store,
        vec![put(public_note("p")), push(&other, "a"), push(&other, "p")],
    )
    .await;
    let asked = [other, Stream::Users, stream(), stream()];
    let previews = ok(
        store.previews(&asked, 2, Viewer::Unrestricted).await,
        "Asking for heads",
    );
    let head = |total, items: &[&str]| StreamPreview {
        total,
        items: items.iter().map(ToString::to_string).collect(),
    };
    let top = head(3, &["c", "b"]);
    let wanted = [
        head(2, &["p", "a"]),
        StreamPreview::default(),
        top.clone(),
        top,
    ];
    assert_eq!(
        previews, wanted,
        "heads should be in the order of the streams"
    );
    let heads = ok(
        store.previews(&asked, 0, Viewer::Anonymous).await,
        "Asking for totals",
    );
    let totals: Vec<(u64, usize)> = heads.iter().map(|h| (h.total, h.items.len())).collect();
    assert_eq!(
        totals,
        [(1, 0), (0, 0), (0, 0), (0, 0)],
        "a head of none still has its total"
    );
    let none = ok(
        store.previews(&[], 4, Viewer::Unrestricted).await,
        "Asking for no heads",
    );
    assert!(none.is_empty(), "no streams should give no heads");
}

/// Likes, replies and shares are those of one thing, whatever its id.
pub async fn heads_of_things_are_their_own(store: &dyn Storage) {
    with_items(store, &["a", "b", "c", "d"]).await;
    let ids = ["x", "x x", " x", "likes x", "é 😀 \" ' %_ *?[x]", "\u{1}\n"];
    let all = |id: &str| {
        let of = |stream: fn(String) -> Stream| stream(id.into());
        [
            Stream::Likes,
            Stream::Replies,
            Stream::Shares,
            Stream::Members,
        ]
        .map(of)
    };
    for id in &ids[1..] {
        let changes = all(id).into_iter().zip(["a", "b", "c", "d"]);
        commit(
            store,
            changes.map(|(stream, item)| push(&stream, item)).collect(),
        )
        .await;
    }
    let asked: Vec<Stream> = ids.iter().flat_map(|id| all(id)).collect();
    let previews = ok(
        store.previews(&asked, 4, Viewer::Unrestricted).await,
        "Asking for heads of things",
    );
    for (number, (stream, head)) in asked.iter().zip(previews).enumerate() {
        let wanted: &[&str] = match number {
            0..4 => &[],
            _ => &[["a", "b", "c", "d"][number % 4]],
        };
        assert_eq!(head.items, wanted, "the newest of {stream}");
        assert_eq!(head.total, wanted.len() as u64, "the total of {stream}");
    }
}

/// However much of a stream a person may not read: what they may is counted, and found if it is
/// not too far down.
pub async fn heads_look_at_the_newest_of_what_is_private(store: &dyn Storage) {
    let replies = Stream::Replies("x".into());
    let bob = Viewer::Person("bob");
    let by = |author: &str, id: &str, audience: Vec<AudienceMember>| {
        let note = Object {
            author: Some(author.into()),
            audience,
            ..note(id)
        };
        vec![put(note), push(&replies, id)]
    };
    let for_bob = || vec![AudienceMember::Person("bob".into())];
    commit(store, vec![put(person("bob"))]).await;
    commit(store, by("eve", "first", vec![AudienceMember::Public])).await;
    let mut hidden = Vec::new();
    // More than are counted each time, and of more authors than are counted for all viewers at
    // once.
    for number in 0..3 * HEAD_REACH {
        let author = format!("author {}", number % 100);
        hidden.extend(by(&author, &format!("hidden {number}"), vec![]));
    }
    commit(store, hidden).await;
    let head = async || {
        let previews = store.previews(std::slice::from_ref(&replies), 4, bob).await;
        let head = ok(previews, "Asking for heads").remove(0);
        (head.total, head.items.join(" "))
    };
    assert_eq!(head().await, (1, "first".into()), "nothing else is for bob");
    commit(store, by("eve", "to bob", for_bob())).await;
    assert_eq!(head().await, (2, "to bob first".into()), "one more is");
    let some = (0..10).flat_map(|number| by("eve", &format!("more {number}"), vec![]));
    commit(store, some.collect()).await;
    commit(store, by("bob", "of bob", vec![])).await;
    commit(store, by("eve", "for all", vec![AudienceMember::Public])).await;
    let wanted = (4, "for all of bob to bob first".into());
    assert_eq!(head().await, wanted, "what is within reach is found");
    commit(store, vec![super::fixtures::pull(&replies, "to bob")]).await;
    assert_eq!(head().await, (3, "for all of bob first".into()), "one went");
}
