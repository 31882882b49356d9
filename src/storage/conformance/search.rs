//! Full-text search.

use serde_json::json;

use super::fixtures::{
    activity, commit, note, object_called, ok, person, public_note, pull, push, put,
};
use crate::{
    model::{AudienceMember, Object, SearchQuery, SearchRequest, Stream, Viewer},
    storage::{SEARCH_REACH, Storage},
};

/// A public post of alice's with that content; the name is its id.
fn post(name: &str, content: &str) -> Object {
    let mut post = public_note(name);
    post.author = Some("alice".into());
    post.body.shift_remove("displayName");
    post.body.insert("content".into(), content.into());
    post
}

fn query(text: &str) -> SearchQuery {
    match SearchQuery::parse(text) {
        Ok(query) => query,
        Err(error) => panic!("the suite itself is wrong: {error}"),
    }
}

/// The ids of what a viewer finds.
async fn found_by(store: &dyn Storage, query: SearchQuery, viewer: Viewer<'_>) -> Vec<String> {
    let request = SearchRequest::newest(query);
    ok(store.search(&request, viewer).await, "A search")
}

/// The ids of what anyone finds.
async fn found(store: &dyn Storage, text: &str) -> Vec<String> {
    found_by(store, query(text), Viewer::Anonymous).await
}

/// Words are found in any case, in title, summary, content and tags, and not within others; all
/// of a query must be there.
pub async fn posts_are_found_by_their_words_newest_first(store: &dyn Storage) {
    let mut titled = post("c", "<p>nothing</p>");
    titled.body.insert("displayName".into(), "Hot Water".into());
    let mut tagged = post("d", "");
    tagged.body.insert("tags".into(), json!(["Water"]));
    let mut summed = post("e", "");
    summed
        .body
        .insert("summary".into(), "warm <b>water</b>".into());
    let posts = [
        post("a", "<p>Cold <i>WATER</i> &amp; tea</p><p>Straße</p>"),
        post("b", "waterfall"),
        titled,
        tagged,
        summed,
    ];
    commit(store, posts.into_iter().map(put).collect()).await;
    for (text, ids) in [
        ("water", vec!["e", "d", "c", "a"]),
        ("Water hot", vec!["c"]),
        ("tea cold", vec!["a"]),
        ("STRAßE", vec!["a"]),
        ("wate", vec![]),
        ("i", vec![]),
        ("water milk", vec![]),
    ] {
        assert_eq!(found(store, text).await, ids, "{text}");
    }
}

/// Words of a phrase follow one another; what has an excluded word or phrase is not found.
pub async fn phrases_and_excluded_words_count(store: &dyn Storage) {
    let posts = [
        post("a", "green tea and milk"),
        post("b", "tea, green: milk"),
        post("c", "green tea"),
    ];
    commit(store, posts.into_iter().map(put).collect()).await;
    for (text, ids) in [
        ("\"green tea\"", vec!["c", "a"]),
        ("\"tea green\"", vec!["b"]),
        ("green-tea", vec!["c", "a"]),
        ("tea -milk", vec!["c"]),
        ("tea -\"green tea\"", vec!["b"]),
        ("\"tea green\" -milk", vec![]),
        ("-milk", vec!["c"]),
    ] {
        assert_eq!(found(store, text).await, ids, "{text}");
    }
}

/// All filters of a query must match, also without any word.
pub async fn posts_are_found_by_author_tag_type_and_day(store: &dyn Storage) {
    let dated = |name: &str, published: &str| {
        let mut post = post(name, "tea");
        post.body.insert("published".into(), published.into());
        post
    };
    let mut tagged = dated("c", "2026-02-01T00:00:00Z");
    tagged.body.insert(
        "tags".into(),
        json!([{ "objectType": "hashtag", "displayName": "Café" }, "two words"]),
    );
    let others = Object {
        author: Some("bob".into()),
        object_type: "article".into(),
        ..dated("d", "2027-12-31T12:00:00Z")
    };
    let posts = [
        dated("a", "2025-12-31T23:59:59Z"),
        dated("b", "2026-01-31T00:00:00Z"),
        tagged,
        others,
        post("e", "no day"),
    ];
    commit(store, posts.into_iter().map(put).collect()).await;
    for (text, ids) in [
        ("from:bob", vec!["d"]),
        ("from:alice tea", vec!["c", "b", "a"]),
        ("from:carol", vec![]),
        ("#CAFÉ", vec!["c"]),
        ("#cafe", vec![]),
        ("#two", vec![]),
        ("type:article", vec!["d"]),
        ("since:2026-01-31", vec!["d", "c", "b"]),
        ("until:2026-01-31", vec!["b", "a"]),
        ("since:2026-01-01 until:2026-01-31", vec!["b"]),
        ("since:2026-01-02 until:2026-02-01 tea", vec!["c", "b"]),
        ("since:2026-02-02 until:2026-02-01", vec![]),
        ("tea #café type:note from:alice until:2026-12-31", vec!["c"]),
    ] {
        assert_eq!(found(store, text).await, ids, "{text}");
    }
}

/// Search follows the rule of who may read, as it is now.
pub async fn found_posts_are_those_that_the_viewer_may_read(store: &dyn Storage) {
    let followers = Stream::Followers("alice".into());
    let for_whom = |name: &str, audience| Object {
        audience,
        ..post(name, "tea")
    };
    let mut changes: Vec<_> = ["alice", "bob", "carol"].map(person).map(put).into();
    changes.extend([
        put(for_whom("own", vec![])),
        put(for_whom("bobs", vec![AudienceMember::Person("bob".into())])),
        put(for_whom(
            "followers",
            vec![AudienceMember::Members(followers.clone())],
        )),
        put(for_whom("all", vec![AudienceMember::Public])),
        push(&followers, "carol"),
    ]);
    commit(store, changes).await;
    let all = vec!["all", "followers", "bobs", "own"];
    for (viewer, ids) in [
        (Viewer::Anonymous, vec!["all"]),
        (Viewer::Person("alice"), all.clone()),
        (Viewer::Person("bob"), vec!["all", "bobs"]),
        (Viewer::Person("carol"), vec!["all", "followers"]),
        (Viewer::Person("nobody"), vec!["all"]),
        (Viewer::Unrestricted, all),
    ] {
        let shown = found_by(store, query("tea"), viewer).await;
        assert_eq!(shown, ids, "{viewer:?}");
    }
    commit(store, vec![pull(&followers, "carol")]).await;
    let shown = found_by(store, query("tea"), Viewer::Person("carol")).await;
    assert_eq!(shown, ["all"], "who left should not find it any more");
}

/// However many matches a viewer may not read, public and own ones are found.
pub async fn private_matches_hide_no_public_ones(store: &dyn Storage) {
    let mut changes = vec![
        put(person("alice")),
        put(person("bob")),
        put(post("public", "tea")),
        put(Object {
            author: Some("bob".into()),
            audience: vec![],
            ..post("own", "tea")
        }),
    ];
    changes.extend((0..=SEARCH_REACH).map(|number| {
        put(Object {
            audience: vec![],
            ..post(&format!("hidden {number}"), "tea")
        })
    }));
    commit(store, changes).await;
    let shown = found_by(store, query("tea"), Viewer::Person("bob")).await;
    assert_eq!(shown, ["own", "public"]);
}

/// Edits, narrowed audiences and deletions take effect with the commit, and an object keeps its
/// place.
pub async fn search_knows_the_state_of_now(store: &dyn Storage) {
    commit(store, vec![put(post("a", "tea")), put(post("b", "tea"))]).await;
    commit(store, vec![put(post("a", "hot milk"))]).await;
    assert_eq!(found(store, "tea").await, ["b"], "an edited post");
    assert_eq!(found(store, "milk").await, ["a"], "an edited post");
    commit(store, vec![put(post("a", "tea"))]).await;
    assert_eq!(found(store, "tea").await, ["b", "a"], "in its old place");
    let narrowed = Object {
        audience: vec![],
        ..post("b", "tea")
    };
    commit(store, vec![put(narrowed)]).await;
    assert_eq!(found(store, "tea").await, ["a"], "a narrowed audience");
    let own = found_by(store, query("tea"), Viewer::Person("alice")).await;
    assert_eq!(own, ["b", "a"], "its author should find it");
    let tombstone = Object {
        deleted: true,
        ..post("a", "tea")
    };
    commit(store, vec![put(tombstone)]).await;
    let all = found_by(store, query("tea"), Viewer::Unrestricted).await;
    assert_eq!(all, ["b"], "a tombstone");
    let posts = vec![put(post("c", "tea")), put(post("c", "milk"))];
    commit(store, posts).await;
    assert_eq!(found(store, "milk").await, ["c"], "two changes in a commit");
    assert!(found(store, "tea").await.is_empty(), "the first of them");
}

/// Pages have as many results as are asked for, and go on before any object that is stored.
pub async fn results_go_on_before_an_object(store: &dyn Storage) {
    let mut changes = Vec::new();
    for number in 0..5 {
        changes.push(put(post(&number.to_string(), "tea")));
        changes.push(put(activity(&format!("activity {number}"))));
    }
    commit(store, changes).await;
    let deleted = Object {
        deleted: true,
        ..post("3", "")
    };
    commit(store, vec![put(deleted)]).await;
    for (before, count, ids) in [
        (None, 2, vec!["4", "2"]),
        (Some("2"), 2, vec!["1", "0"]),
        (Some("3"), 1, vec!["2"]),
        (Some("0"), 2, vec![]),
        (Some("none"), 2, vec![]),
        (None, 0, vec![]),
        (None, 200, vec!["4", "2", "1", "0"]),
    ] {
        let request = SearchRequest {
            query: query("tea"),
            before: before.map(str::to_owned),
            count,
        };
        let shown = ok(store.search(&request, Viewer::Anonymous).await, "A search");
        assert_eq!(shown, ids, "{count} before {before:?}");
    }
}

/// Actors are found by title, nickname and address, and never among posts.
pub async fn actors_are_found_by_the_beginnings_of_their_names(store: &dyn Storage) {
    let called = |object_type, id, name| Object {
        audience: vec![AudienceMember::Public],
        ..object_called(object_type, id, name)
    };
    let mut eve = called("person", "acct:eve@other.example", "Éve Smith-Jones");
    eve.body
        .insert("preferredUsername".into(), "evening".into());
    let hidden = Object {
        audience: vec![],
        author: Some("alice".into()),
        ..called("group", "hidden", "Evening group")
    };
    commit(
        store,
        vec![
            put(eve),
            put(called("group", "g", "Smiths")),
            put(called("application", "app", "Smith")),
            put(hidden),
            put(post("n", "Smith evening")),
        ],
    )
    .await;
    let eve = "acct:eve@other.example";
    for (text, ids) in [
        ("smith", vec!["g", eve]),
        ("ÉV", vec![eve]),
        ("eveni", vec![eve]),
        ("eve@other.example", vec![eve]),
        ("smith jo", vec![eve]),
        ("mith", vec![]),
        ("smithsandjonesandall", vec![]),
    ] {
        let query = query(text).of_actors();
        let shown = found_by(store, query, Viewer::Anonymous).await;
        assert_eq!(shown, ids, "{text}");
    }
    assert_eq!(found(store, "smith").await, ["n"]);
    let actors = query("eveni").of_actors();
    let shown = found_by(store, actors, Viewer::Person("alice")).await;
    assert_eq!(shown, ["hidden", eve]);
}

/// Activities, lists and clients are not found, nor are objects that are only named.
pub async fn what_is_no_post_or_actor_is_not_found(store: &dyn Storage) {
    let of_type = |object_type: &str| Object {
        object_type: object_type.into(),
        ..post(object_type, "tea")
    };
    let types = ["activity", "collection", "application", "place"];
    let mut changes: Vec<_> = types.map(of_type).map(put).into();
    let mut stub = note("stub");
    stub.audience = vec![AudienceMember::Public];
    changes.extend([put(stub), put(post("note", "tea"))]);
    commit(store, changes).await;
    for text in ["tea", "-milk"] {
        assert_eq!(found(store, text).await, ["note"], "{text}");
    }
}

/// No character of a query is an operator of the store.
pub async fn a_query_is_text_whatever_is_in_it(store: &dyn Storage) {
    commit(
        store,
        vec![put(post("a", "tea OR milk: it's 5* \\ % NEAR"))],
    )
    .await;
    for text in [
        "tea*",
        "\"tea",
        "t'ea'",
        "OR",
        "NEAR",
        "it's",
        "5*",
        "a:b",
        "marks:x",
        "tea)",
        "(tea",
        "te\\a",
        "%",
        "tea & milk",
        "!tea",
        "tea:*",
        "^tea",
        "-^",
        "from:'",
        "#tea*",
        "type:\"",
        "{tea}",
        "'' tea",
        "τσάι",
        "日本",
        "😀 tea",
    ] {
        let Ok(query) = SearchQuery::parse(text) else {
            continue;
        };
        let viewer = Viewer::Person("it's");
        for query in [query.clone(), query.of_actors()] {
            let request = SearchRequest::newest(query);
            ok(store.search(&request, viewer).await, text);
        }
    }
    for text in ["OR", "near", "it's", "tea & milk", "milk:", "'' tea", "5*"] {
        assert_eq!(found(store, text).await, ["a"], "{text}");
    }
}

/// Objects are indexed when they are stored, so a new store has none to index.
pub async fn a_store_says_when_all_is_indexed(store: &dyn Storage) {
    commit(store, vec![put(post("a", "tea"))]).await;
    ok(store.set_search_language("simple").await, "The default");
    for _ in 0..2 {
        let more = ok(store.index_older(10).await, "Indexing");
        assert!(!more, "nothing is older than the index");
    }
    assert_eq!(found(store, "tea").await, ["a"]);
}
