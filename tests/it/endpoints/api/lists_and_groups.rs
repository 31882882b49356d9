//! Rows of lists and groups.

use serde_json::json;

use super::{COLLECTION, arguments, object_errors};
use crate::endpoints::row::{Auth::*, Caller, Row, row};

pub(super) fn lists_and_groups() -> Vec<Row> {
    let group = |path, target: &str| {
        let by_id = target.replace("/{group}", "") + "?id=urn:group:1";
        let feed = arguments(row("GET", path, AnyRead, target))
            .gives(COLLECTION)
            .gives(&["url"]);
        let by_id = row("GET", path, AnyRead, &by_id)
            .gives(COLLECTION)
            .but(
                by_id.split('?').next().unwrap_or_default(),
                400,
                "'id' required",
            )
            .but(
                &by_id.replace(":1", ":2"),
                404,
                "Can't find a group with ID = urn:group:2",
            );
        vec![
            feed.but(
                &target.replace("{group}", "nothing"),
                404,
                "Can't find a group with ID = nothing",
            ),
            by_id,
        ]
    };
    let members = "/api/collection/{list}/members";
    let lists = vec![
        object_errors(
            arguments(row(
                "GET",
                "/api/collection/:uuid/members",
                AnyRead,
                members,
            )),
            "/members",
        )
        .gives(COLLECTION)
        .gives(&["url", "author.id"]),
        row("POST", "/api/collection/:uuid/members", User, members)
            .with(&json!({ "objectType": "person", "id": "acct:bob@pump.example" }))
            .gives(&["id", "objectType"])
            .but(
                "/api/collection/nothing/members",
                404,
                "Can't find a collection with ID = nothing",
            )
            .not_by(Caller::Bob, 403, "Only the author can modify this object.")
            .not_with(
                &json!({ "objectType": "note", "id": "http://pump.example/api/note/{note}" }),
                400,
                "Can't add to http://pump.example/api/collection/{list}: incorrect type.",
            ),
    ];
    [
        lists,
        group("/api/group/:uuid/members", "/api/group/{group}/members"),
        group("/api/group/:uuid/inbox", "/api/group/{group}/inbox"),
        group("/api/group/:uuid/documents", "/api/group/{group}/documents"),
    ]
    .concat()
}
