//! Spellings of ids.

use super::*;

fn urls(text: &str) -> Urls {
    Urls::new(&Url::parse(text).unwrap()).unwrap()
}

#[test]
fn all_spellings_of_a_person_of_ours_lead_to_one_id() {
    for (base, id, spellings) in [
        (
            "https://pump.example",
            "acct:bob@pump.example",
            "acct:bob@pump.example ACCT:bob@PUMP.example bob@pump.example @bob@pump.example. \
             acct:bob@pump.example:443 bob@pump.example:80 acct:bob@localhost:8080 \
             https://pump.example/bob http://PUMP.example:80/bob/ \
             HTTPS://pump.example:443/api/user/bob/profile http://pump.example/api/user/bob \
             http://localhost:8080/bob http://127.0.0.1/api/user/bob/profile \
             http://localhost.:8080/bob http://0.0.0.0/bob http://[::]:8080/bob \
             http://[::ffff:127.0.0.1]:8080/bob",
        ),
        (
            "http://pump.example:8080",
            "http://pump.example:8080/api/user/bob/profile",
            "acct:bob@pump.example acct:bob@Pump.example:8080 bob@pump.example:8080 \
             https://pump.example:8080/bob http://PUMP.EXAMPLE:8080/api/user/bob/profile \
             http://pump.example:8080/api/user/bob",
        ),
        (
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/api/user/bob/profile",
            "acct:bob@127.0.0.1:8080 http://localhost:8080/bob http://[::1]:8080/bob \
             bob@localhost:8080",
        ),
        (
            "https://bücher.example/pump",
            "acct:bob@xn--bcher-kva.example",
            "https://BÜCHER.example/pump/bob bob@bücher.example acct:bob@xn--bcher-kva.example",
        ),
    ] {
        for spelling in spellings.split_whitespace() {
            assert_eq!(urls(base).canonical_id(spelling), id, "{base} {spelling}");
        }
    }
}

#[test]
fn other_things_of_ours_keep_their_path() {
    let urls = urls("https://pump.example/at");
    for (spelling, id) in [
        ("http://PUMP.example:80/at/api/note/Ab_1", "/api/note/Ab_1"),
        (
            "https://pump.example/at/api/user/bob/followers",
            "/api/user/bob/followers",
        ),
        (
            "https://pump.example./at/api/user/bob/followers",
            "/api/user/bob/followers",
        ),
        ("http://localhost:99/at/", "/"),
    ] {
        assert_eq!(urls.canonical_id(spelling), urls.absolute(id));
    }
}

#[test]
fn ids_of_other_hosts_stay_as_they_are() {
    for (base, ids) in [
        (
            "https://pump.example/at",
            "https://pump.example/attic https://pump.example/bob \
             https://pump.example:8080/at/bob https://sub.pump.example/at/bob \
             https://pump.example.evil/at/bob acct:bob@evil.example \
             acct:bob@pump.example:8080 acct:bob@pump.example/x acct:a/b@pump.example \
             urn:x:bob@pump.example mailto:bob@pump.example tag:pump.example,2027:x bob \
             http: https:/// javascript:bob@pump.example",
        ),
        (
            "http://127.0.0.1:8080",
            "http://localhost:8081/bob http://127.0.0.1/bob http://h.localhost:8080/bob acct:bob@localhost:8081",
        ),
        (
            "http://127.0.0.2",
            "acct:bob@127.0.0.3 http://127.0.0.1/bob http://localhost/bob",
        ),
    ] {
        for id in ids.split_whitespace().chain([PUBLIC, ""]) {
            assert_eq!(urls(base).canonical_id(id), id, "{base}");
        }
    }
    for spelling in [
        "zed@Evil.example",
        "ACCT:zed@Evil.example",
        "@zed@Evil.example",
    ] {
        assert_eq!(
            urls("https://pump.example").canonical_id(spelling),
            "acct:zed@evil.example"
        );
    }
}

#[test]
fn ids_that_mean_the_same_elsewhere_have_one_spelling() {
    let urls = urls("https://pump.example");
    for (id, spellings) in [
        (
            PUBLIC,
            "https://activityschema.org/collection/public \
             HTTP://ActivitySchema.org:80/collection/public/ \
             http://activityschema.org./collection/Public",
        ),
        (
            "http://activityschema.org/collection/public2",
            "http://activityschema.org/collection/public2",
        ),
        (
            "acct:bob@other.example",
            "acct:bob@OTHER.example acct:bob@other.example:443 acct:bob@other.example. \
             ACCT:bob@other.example:80 @bob@Other.example acct:@bob@other.example",
        ),
        ("acct:bob@other.example:81", "acct:bob@Other.example.:81"),
        (
            "acct:b-o.b_@xn--bcher-kva.example",
            "acct:b-o.b_@BÜCHER.example",
        ),
        ("urn:isbn:97A", "URN:ISBN:97A urn:isbn:97A Urn:isbn:97A"),
        (
            "urn:uuid:f481d2dc-0721",
            "URN:UUID:F481D2DC-0721 urn:uuid:F481d2dc-0721",
        ),
        ("urn:X", "URN:X"),
    ] {
        for spelling in spellings.split_whitespace().chain([id]) {
            assert_eq!(urls.canonical_id(spelling), id, "{spelling}");
        }
    }
}

#[test]
fn ids_that_can_be_taken_for_others_are_no_ids() {
    for id in [
        "acct:bob\n@other.example",
        "acct:\u{202e}bob@other.example",
        "acct:bob@evil.example#@other.example",
        "acct:bob@other.example/x",
        "acct:bob@other.example#x",
        "acct:bob@other.\u{200b}example",
        "acct:bob @other.example",
        "acct:<b>bob@other.example",
        "acct:a/b@other.example",
    ] {
        assert!(!names_host(id), "{id:?}");
    }
    let urls = urls("https://pump.example");
    for start in ["urn:x:a", "tag:pump.example,2027:x"] {
        for odd in ["\n", "\u{202e}", "\u{a0}", "<", "\u{200b}"] {
            let id = format!("{start}{odd}b");
            assert!(!urls.may_be_given(&id), "{id:?}");
        }
    }
}

#[test]
fn a_client_may_give_an_id_that_is_of_no_other_host() {
    let is_free = |id: &str| urls("https://pump.example").may_be_given(id);
    for id in [
        "urn:x",
        "URN:note:1",
        "tag:pump.example,2027:x",
        "TAG:bob@PUMP.example,2027:x",
        "urn:uuid:f481d2dc-0721-4119-a0a9-58b6f083836e",
    ] {
        assert!(is_free(id) && !names_host(id), "{id}");
    }
    for id in [
        "urn:uuid:f481d2dc-0721-5119-a0a9-58b6f083836e",
        "URN:Uuid:F481D2DC-0721-5119-A0A9-58B6F083836E",
        "urn:uuid:f481d2dc07215119a0a958b6f083836e",
        "urn:",
        "urn",
        "x",
        "bob",
        "",
        "tag:example.com,2027:x",
        "tag:pump.example",
        "tag:pump.example@evil.example,2027:x",
        "javascript:x",
        "http:",
    ] {
        assert!(!is_free(id) && !names_host(id), "{id}");
    }
    for id in [
        "http://h.example/x",
        "HTTPS://h.example",
        "acct:zed@h.example",
        "ACCT:z@h",
    ] {
        assert!(!is_free(id) && names_host(id), "{id}");
    }
    for id in ["acct:zed", "acct:@h.example", "acct:zed@", "zed@h.example"] {
        assert!(!names_host(id), "{id}");
    }
}
