use super::*;
use crate::protocol::as2::incoming::{self, Incoming, Persons};

/// `to` and `cc` of the copy of a note with AS1 addressees.
fn addressees(to: Value, cc: Value, also_to: &[&str]) -> Option<(Value, Value)> {
    let post = done(
        "post",
        note(),
        json!({ "to": to, "cc": cc, "bto": [ann()], "bcc": [ann()] }),
    );
    let copy = OutgoingCopy {
        also_to,
        ..OutgoingCopy::default()
    };
    let sent = copy_of(post, copy)?;
    for secret in ["bto", "bcc"] {
        assert_eq!((sent.get(secret), sent["object"].get(secret)), (None, None));
    }
    assert_eq!(
        (&sent["to"], &sent["cc"]),
        (&sent["object"]["to"], &sent["object"]["cc"])
    );
    Some((sent["to"].clone(), sent["cc"].clone()))
}

#[test]
fn audiences_are_those_of_the_table() {
    let (followers, list) = (
        collection(FOLLOWERS),
        collection("https://h.example/api/collection/l"),
    );
    let others = collection("https://h.example/api/user/eve/followers");
    let public = collection(PUBLIC);
    let eve = person("acct:eve@h.example");
    let group = json!({ "objectType": "group", "id": "acct:tea@lemmy.example" });
    let (tea, eve_url) = (
        "https://lemmy.example/c/tea",
        "https://h.example/api/user/eve/profile",
    );
    for (to, cc, as_to, as_cc) in [
        (
            json!([public]),
            json!([]),
            json!([PUBLIC_ADDRESS]),
            json!([AS2_FOLLOWERS]),
        ),
        (
            json!([public, ann()]),
            json!([followers, eve]),
            json!([PUBLIC_ADDRESS]),
            json!([AS2_FOLLOWERS, ANN, eve_url]),
        ),
        (
            json!([]),
            json!([public, ann()]),
            json!([AS2_FOLLOWERS]),
            json!([PUBLIC_ADDRESS, ANN]),
        ),
        (
            json!([]),
            json!([followers]),
            json!([AS2_FOLLOWERS, FOLLOWERS]),
            json!([]),
        ),
        (
            json!([ann()]),
            json!([followers, eve]),
            json!([AS2_FOLLOWERS, FOLLOWERS, ANN]),
            json!([eve_url]),
        ),
        (
            json!([ann()]),
            json!([eve, ann()]),
            json!([ANN]),
            json!([eve_url]),
        ),
        (
            json!([list, ann()]),
            json!([others]),
            json!([ANN]),
            json!([]),
        ),
        (json!([group]), json!([]), json!([tea]), json!([])),
        (
            json!([group, public]),
            json!([]),
            json!([PUBLIC_ADDRESS, tea]),
            json!([AS2_FOLLOWERS]),
        ),
    ] {
        assert_eq!(
            addressees(to.clone(), cc.clone(), &[]),
            Some((as_to, as_cc)),
            "{to} {cc}"
        );
    }
    for nobody in [
        json!([]),
        json!([list]),
        json!([others]),
        json!([person("acct:pam@pump.example")]),
    ] {
        assert_eq!(addressees(nobody.clone(), json!([]), &[]), None, "{nobody}");
    }
}

#[test]
fn copy_names_those_it_is_for() {
    let list = json!([collection("https://h.example/api/collection/l")]);
    let copied = addressees(
        list.clone(),
        json!([]),
        &["acct:ann@p.example", "acct:cat@p.example"],
    );
    assert_eq!(
        copied,
        Some((json!([ANN, "https://p.example/users/cat"]), json!([])))
    );
    let post = done("post", note(), json!({ "to": list, "cc": [] }));
    let copy = OutgoingCopy {
        also_to: &["acct:ann@p.example"],
        ..OutgoingCopy::default()
    };
    let sent = copy_of(post, copy).unwrap();
    assert_eq!(sent["object"]["tag"][0]["name"], "@ann@p.example");
}

#[test]
fn group_is_named_as_the_audience() {
    let group = json!({ "objectType": "group", "id": "https://h.example/api/group/g" });
    let sent = sent("post", note(), json!({ "to": [group], "cc": [] })).unwrap();
    for document in [&sent, &sent["object"]] {
        assert_eq!(document["to"], json!(["https://h.example/api/group/g"]));
        assert_eq!(document["audience"], "https://h.example/api/group/g");
    }
}

#[test]
fn audience_is_not_wider_after_both_ways() {
    let urls = Urls::new(&"https://p.example".parse().unwrap()).unwrap();
    let lookup = |url: &str| match url {
        BOB => Some("acct:bob@h.example".to_owned()),
        "https://h.example/api/user/eve/profile" => Some("acct:eve@h.example".to_owned()),
        _ => None,
    };
    let eve = person("acct:eve@h.example");
    let parts = [
        collection(PUBLIC),
        collection(FOLLOWERS),
        eve,
        collection("https://h.example/api/collection/l"),
    ];
    let ids = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    for chosen in 0..1_u32 << (2 * parts.len()) {
        let pick = |shift: usize| -> Vec<&Value> {
            let picked = parts.iter().enumerate();
            let picked = picked.filter(|(at, _)| chosen >> (at + shift) & 1 == 1);
            picked.map(|(_, part)| part).collect()
        };
        let (to, cc) = (json!(pick(0)), json!(pick(parts.len())));
        let Some(sent) = sent("post", note(), json!({ "to": to, "cc": cc })) else {
            continue;
        };
        let read = incoming::activity(&Persons::new(&urls, &lookup), &object(sent));
        let Incoming::Activity(read) = read else {
            panic!("{read:?}")
        };
        let mut meant = [ids(&to), ids(&cc)].concat();
        if meant.iter().any(|id| id == PUBLIC) {
            meant.push(FOLLOWERS.to_owned());
        }
        if meant.iter().any(|id| id == FOLLOWERS) {
            meant.push(AS2_FOLLOWERS.to_owned());
        }
        for reached in [ids(&read["to"]), ids(&read["cc"])].concat() {
            assert!(meant.contains(&reached), "{reached} of {to} {cc}");
        }
    }
}
