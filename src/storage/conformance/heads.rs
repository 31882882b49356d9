//! The newest of streams, and how many there are.

use super::{
    given::{commit, ok, public_note, push, put},
    streams::{stream, with_items},
};
use crate::{
    model::{Head, Stream, Viewer},
    storage::Storage,
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
    let heads = ok(
        store.heads(&asked, 2, Viewer::Everything).await,
        "Asking for heads",
    );
    let head = |total, items: &[&str]| Head {
        total,
        items: items.iter().map(ToString::to_string).collect(),
    };
    let top = head(3, &["c", "b"]);
    let wanted = [head(2, &["p", "a"]), Head::default(), top.clone(), top];
    assert_eq!(heads, wanted, "heads should be in the order of the streams");
    let heads = ok(
        store.heads(&asked, 0, Viewer::Anyone).await,
        "Asking for totals",
    );
    let totals: Vec<(u64, usize)> = heads.iter().map(|h| (h.total, h.items.len())).collect();
    assert_eq!(
        totals,
        [(1, 0), (0, 0), (0, 0), (0, 0)],
        "a head of none still has its total"
    );
    let none = ok(
        store.heads(&[], 4, Viewer::Everything).await,
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
    let heads = ok(
        store.heads(&asked, 4, Viewer::Everything).await,
        "Asking for heads of things",
    );
    for (number, (stream, head)) in asked.iter().zip(heads).enumerate() {
        let wanted: &[&str] = match number {
            0..4 => &[],
            _ => &[["a", "b", "c", "d"][number % 4]],
        };
        assert_eq!(head.items, wanted, "the newest of {stream}");
        assert_eq!(head.total, wanted.len() as u64, "the total of {stream}");
    }
}
