//! Objects come back as they were put, once per id and uuid.

use serde_json::json;

use super::fixtures::{commit, find, note, ok, person, put, refused, some};
use crate::{
    model::{AudienceMember, Object, Stream},
    storage::{Change, Expect, Storage, StorageError},
};

fn expecting(object: Object, expect: Expect) -> Change {
    Change::PutObject { object, expect }
}

fn rich(id: &str) -> Object {
    let body = json!({
        "z": 1, "a": -2.5, "big": 9_007_199_254_740_993_u64, "none": null, "yes": true,
        "list": [[], {}, "x", [1, [2, [3]]]], "text": "", "object": {"b": {"c": "d"}, "a": 0},
    });
    Object {
        author: Some("http://elsewhere.example/someone not stored".into()),
        audience: vec![
            AudienceMember::Public,
            AudienceMember::Person("alice".into()),
            AudienceMember::Members(Stream::Followers("alice".into())),
            AudienceMember::Members(Stream::Members("a list".into())),
        ],
        published_by: Some("http://h.example/api/activity/1".into()),
        deleted: true,
        body: body.as_object().cloned().unwrap_or_default().into(),
        ..note(id)
    }
}

/// Every field of an object survives.
pub async fn an_object_comes_back_as_it_was_put(store: &dyn Storage) {
    commit(store, vec![put(person("alice")), put(rich("n"))]).await;
    let found = some(find(store, "n").await, "The object just put");
    let mut wanted = Object {
        version: 1,
        ..rich("n")
    };
    let mut audience = found.audience.clone();
    audience.sort();
    wanted.audience.sort();
    let found = Object { audience, ..found };
    assert_eq!(found, wanted, "an object should come back as it was put");
}

/// Batches answer in order, with `None` for what is not there, and bear repetition.
pub async fn objects_come_in_the_order_asked(store: &dyn Storage) {
    commit(store, vec![put(note("1")), put(note("2"))]).await;
    let found = ok(
        store.find_objects(&["2", "none", "1", "2"]).await,
        "Finding objects",
    );
    let found: Vec<Option<String>> = found.into_iter().map(|o| Some(o?.id.clone())).collect();
    assert_eq!(
        found,
        [Some("2".into()), None, Some("1".into()), Some("2".into())],
        "answers should be in the order of the ids asked for"
    );
    let none = ok(store.find_objects(&[]).await, "Finding no objects");
    assert!(none.is_empty(), "no ids should give no answers");
}

/// A uuid finds its object; nothing else does.
pub async fn an_object_is_found_by_its_uuid(store: &dyn Storage) {
    commit(store, vec![put(note("n"))]).await;
    let found = ok(
        store.find_object_by_uuid("uuid of n").await,
        "Finding by uuid",
    );
    assert_eq!(
        found.as_ref().map(|o| &*o.id),
        Some("n"),
        "the uuid names the object"
    );
    for wrong in ["n", "uuid of N", ""] {
        let none = ok(store.find_object_by_uuid(wrong).await, "Finding by uuid");
        assert!(none.is_none(), "'{wrong}' is no uuid of an object");
    }
}

/// Versions are the store's: 1, then one more with each change.
pub async fn versions_count_changes(store: &dyn Storage) {
    let claimed = Object {
        version: 99,
        ..note("n")
    };
    for version in 1..=3 {
        commit(store, vec![put(claimed.clone())]).await;
        let found = some(find(store, "n").await, "The object");
        assert_eq!(
            found.version, version,
            "each put should count one, whatever version is given"
        );
    }
    commit(store, vec![expecting(note("n"), Expect::Version(3))]).await;
    commit(store, vec![expecting(note("n"), Expect::Present)]).await;
    let found = some(find(store, "n").await, "The object");
    assert_eq!(
        found.version, 5,
        "each put should count one, whatever was expected"
    );
}

/// Preconditions of a put are checked.
pub async fn expectations_of_objects_are_checked(store: &dyn Storage) {
    commit(store, vec![expecting(note("n"), Expect::Absent)]).await;
    let again = store
        .commit(vec![expecting(note("n"), Expect::Absent)])
        .await;
    refused!(
        again,
        StorageError::AlreadyExists(_),
        "A second object of an id"
    );
    let missing = store
        .commit(vec![expecting(note("m"), Expect::Present)])
        .await;
    refused!(
        missing,
        StorageError::Missing(_),
        "An update of an object that is not there"
    );
    for (id, version) in [("n", 0), ("n", 2), ("m", 1), ("m", 0)] {
        let stale = store
            .commit(vec![expecting(note(id), Expect::Version(version))])
            .await;
        refused!(
            stale,
            StorageError::Conflict(_),
            "An update of a version that is not there"
        );
    }
    assert!(
        find(store, "m").await.is_none(),
        "a refused put should store nothing"
    );
    let found = some(find(store, "n").await, "The object");
    assert_eq!(found.version, 1, "a refused put should not count");
}

/// A put replaces all fields, the audience too.
pub async fn a_replaced_object_keeps_nothing_of_the_old_one(store: &dyn Storage) {
    commit(store, vec![put(person("alice")), put(rich("n"))]).await;
    let plain = Object {
        object_type: "comment".into(),
        ..note("n")
    };
    commit(store, vec![put(plain.clone())]).await;
    let wanted = Object {
        version: 2,
        ..plain
    };
    assert_eq!(
        find(store, "n").await,
        Some(wanted),
        "a put should replace all there was"
    );
}

/// Two ids never share a uuid.
pub async fn a_uuid_belongs_to_one_id(store: &dyn Storage) {
    commit(store, vec![put(note("n"))]).await;
    let thief = Object {
        uuid: "uuid of n".into(),
        ..note("m")
    };
    for expect in [Expect::Absent, Expect::Any] {
        let taken = store.commit(vec![expecting(thief.clone(), expect)]).await;
        refused!(
            taken,
            StorageError::AlreadyExists(_),
            "A uuid of another object"
        );
    }
    commit(store, vec![put(note("m"))]).await;
    let taken = store.commit(vec![put(thief)]).await;
    refused!(
        taken,
        StorageError::AlreadyExists(_),
        "A uuid of another object, in an update"
    );
}

/// The first uuid stays.
pub async fn the_uuid_of_an_object_never_changes(store: &dyn Storage) {
    let moved = Object {
        uuid: "another".into(),
        ..note("n")
    };
    commit(store, vec![put(note("n")), put(moved)]).await;
    let found = some(find(store, "n").await, "The object");
    assert_eq!(
        found.uuid, "uuid of n",
        "the uuid an object was first put with should stay"
    );
    let none = ok(
        store.find_object_by_uuid("another").await,
        "Finding by uuid",
    );
    assert!(
        none.is_none(),
        "a uuid that was not taken over should find nothing"
    );
}

/// An audience names stored persons only, the object itself perhaps.
pub async fn persons_in_an_audience_must_be_stored(store: &dyn Storage) {
    let to = |id: &str, person: &str| {
        put(Object {
            audience: vec![AudienceMember::Person(person.into())],
            ..note(id)
        })
    };
    let unknown = store.commit(vec![to("n", "nobody")]).await;
    refused!(
        unknown,
        StorageError::Missing(_),
        "An audience that names a person not stored"
    );
    let late = store
        .commit(vec![to("n", "nobody"), put(person("nobody"))])
        .await;
    refused!(
        late,
        StorageError::Missing(_),
        "An audience that names a person stored later"
    );
    assert!(
        find(store, "n").await.is_none(),
        "a refused put should store nothing"
    );
    commit(
        store,
        vec![
            put(person("somebody")),
            to("n", "somebody"),
            to("myself", "myself"),
        ],
    )
    .await;
    assert!(
        find(store, "myself").await.is_some(),
        "an object may be in its own audience"
    );
}

/// Any Unicode survives, in ids and in bodies; like-looking texts are not the same.
pub async fn any_text_survives(store: &dyn Storage) {
    let odd = [
        "😀👩‍👩‍👧‍👦🏳️‍🌈",
        "שלום \u{202e}abc\u{202c} مرحبا",
        "e\u{301}",
        "é",
        "\u{10ffff}\u{fffe}\u{1}\u{7f}\u{85}\u{2028}",
        "quote ' \" \\ \\u0041 %_ ; -- \n\r\t",
        " leading and trailing ",
        "Case",
        "case",
    ];
    let objects = odd.map(|text| {
        let body = json!({ "content": text, text: [text, {text: text}] });
        Object {
            object_type: text.into(),
            author: Some(text.into()),
            published_by: Some(text.into()),
            audience: vec![AudienceMember::Members(Stream::Members(text.into()))],
            body: body.as_object().cloned().unwrap_or_default().into(),
            version: 1,
            ..note(text)
        }
    });
    commit(store, objects.iter().cloned().map(put).collect()).await;
    for object in objects {
        let found = find(store, &object.id).await;
        assert_eq!(
            found.as_ref(),
            Some(&object),
            "any text should survive as it is"
        );
        let found = ok(
            store.find_object_by_uuid(&object.uuid).await,
            "Finding by uuid",
        );
        assert_eq!(
            found.as_deref(),
            Some(&object),
            "any text should survive as it is"
        );
    }
}

/// Any number that a double can be survives in bodies, to the last digit; in what form it is
/// written doesn't matter.
pub async fn any_number_survives(store: &dyn Storage) {
    let numbers = [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 0.1, 1e23];
    let body = json!({ "numbers": numbers, "large": u64::MAX, "small": i64::MIN });
    let object = Object {
        body: body.as_object().cloned().unwrap_or_default().into(),
        ..note("n")
    };
    commit(store, vec![put(object)]).await;
    let body = some(find(store, "n").await, "The object just put").body;
    for (place, number) in numbers.into_iter().enumerate() {
        assert_eq!(
            body["numbers"][place].as_f64(),
            Some(number),
            "any number should survive"
        );
    }
    let whole = (body["large"].as_u64(), body["small"].as_i64());
    assert_eq!(
        whole,
        (Some(u64::MAX), Some(i64::MIN)),
        "any number should survive"
    );
}

/// An id may be thousands of bytes long, and its end matters.
pub async fn long_ids_are_ids(store: &dyn Storage) {
    let long = |end: &str| format!("http://h.example/{}{end}", noise());
    let (one, two) = (long("1"), long("2"));
    let stream = Stream::Likes(one.clone());
    let author = |id: &str| Object {
        audience: vec![AudienceMember::Members(stream.clone())],
        author: Some(two.clone()),
        uuid: id.chars().rev().take(5).collect(),
        ..note(id)
    };
    commit(store, vec![put(author(&one)), put(author(&two))]).await;
    commit(store, vec![super::fixtures::push(&stream, &two)]).await;
    let found = ok(
        store.find_objects(&[&one, &two]).await,
        "Finding objects by long ids",
    );
    let found: Vec<String> = found.into_iter().flatten().map(|o| o.id.clone()).collect();
    assert_eq!(found, [one, two], "long ids should work like short ones");
}

/// Eight thousand characters that compress badly.
fn noise() -> String {
    let mut state = 1_u32;
    let letter = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(u32::from(b'0') + (state >> 16) % 74).unwrap_or('-')
    };
    std::iter::repeat_with(letter).take(8000).collect()
}
