//! The tables of the documentation are what is done.

use super::*;

const PAGE: &str = include_str!("../../../../../docs/architecture/activitypub.md");

const OWN_GROUP: &str = "https://h.example/api/group/g";

/// The rows of the table whose first column has a title.
fn table(title: &str) -> Vec<Vec<&'static str>> {
    let from = PAGE.split_once(&format!("\n| {title} |")).unwrap().1;
    let rows = from
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

#[test]
fn verbs_are_sent_as_the_documentation_says() {
    let theirs = json!({ "objectType": "note", "id": "https://p.example/n", "author": ann() });
    let mut verbs = 0;
    for row in table("AS1 verb") {
        for verb in row[0].split(", ").map(|verb| verb.trim_matches('`')) {
            let thing = match verb {
                "post" | "create" | "update" | "delete" => note(),
                "move" => person("acct:bob@h.example"),
                "follow" | "stop-following" | "join" | "leave" | "block" => ann(),
                _ => theirs.clone(),
            };
            let sent = sent(verb, thing, json!({ "target": ann(), "choice": "Tea" })).unwrap();
            assert_eq!(sent["type"], row[1].trim_matches('`'), "{verb}");
            verbs += 1;
        }
    }
    assert_eq!(verbs, 17);
}

#[test]
fn audiences_are_sent_as_the_documentation_says() {
    let as1 = |names: &str| -> Vec<Value> {
        let names = names.split(", ").filter(|name| *name != "-");
        names
            .map(|name| match name {
                "public" => collection(PUBLIC),
                "followers" => collection(FOLLOWERS),
                "others" => collection("https://h.example/api/user/eve/followers"),
                "list" => collection("https://h.example/api/collection/l"),
                "group" => json!({ "objectType": "group", "id": "acct:tea@lemmy.example" }),
                "own group" => json!({ "objectType": "group", "id": OWN_GROUP }),
                "person" => ann(),
                other => panic!("{other}"),
            })
            .collect()
    };
    let as2 = |names: &str, is_public: bool| -> Vec<&str> {
        let names = names.split(", ").filter(|name| *name != "-");
        names
            .flat_map(|name| match name {
                "public" => vec![PUBLIC_ADDRESS],
                "followers" if is_public => vec![AS2_FOLLOWERS],
                "followers" => vec![AS2_FOLLOWERS, FOLLOWERS],
                "group" => vec!["https://lemmy.example/c/tea"],
                "own group" => vec![OWN_GROUP],
                "person" => vec![ANN],
                other => panic!("{other}"),
            })
            .collect()
    };
    let rows = table("AS1 `to`");
    assert_eq!(rows.len(), 16);
    for row in rows {
        let sent = sent(
            "post",
            note(),
            json!({ "to": as1(row[0]), "cc": as1(row[1]) }),
        );
        let Some(sent) = sent else {
            assert_eq!(row[2..], ["not sent", "not sent"], "{row:?}");
            continue;
        };
        let is_public = row[2..].iter().any(|names| names.contains("public"));
        assert_eq!(sent["to"], json!(as2(row[2], is_public)), "{row:?}");
        assert_eq!(sent["cc"], json!(as2(row[3], is_public)), "{row:?}");
    }
}
