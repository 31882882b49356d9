//! Rows of activities and other objects.

use hydraulics::model::PUBLIC;
use serde_json::json;

use super::{ACTIVITY, COLLECTION, OBJECT, arguments, object_errors};
use crate::endpoints::row::{Auth::*, Caller, Row, row};

const NOT_ACTOR: &str = "Only the actor can modify this object.";
const NOT_SEEN: &str = "Only the actor and recipients can view this activity.";
const NOT_AUTHOR: &str = "Only the author can modify this object.";

pub(super) fn activities() -> Vec<Row> {
    let errors = |row: Row| {
        row.but(
            "/api/activity/nothing",
            404,
            "Can't find an activity with id nothing",
        )
        .but("/api/activity/{activity_gone}", 410, "Deleted")
    };
    vec![
        errors(row(
            "GET",
            "/api/activity/:uuid",
            AnyRead,
            "/api/activity/{activity}",
        ))
        .gives(ACTIVITY)
        .not_by_at(
            Caller::Carol,
            "/api/activity/{activity_private}",
            403,
            NOT_SEEN,
        )
        .not_by_at(
            Caller::Client,
            "/api/activity/{activity_private}",
            403,
            NOT_SEEN,
        ),
        errors(
            row(
                "PUT",
                "/api/activity/:uuid",
                User,
                "/api/activity/{activity_to_change}",
            )
            .with(&json!({ "title": "A title" })),
        )
        .gives(ACTIVITY)
        .gives(&["title"])
        .not_by(Caller::Bob, 403, NOT_ACTOR),
        errors(row(
            "DELETE",
            "/api/activity/:uuid",
            User,
            "/api/activity/{activity_to_delete}",
        ))
        .is("Deleted".into())
        .not_by(Caller::Bob, 403, NOT_ACTOR),
    ]
}

pub(super) fn objects() -> Vec<Row> {
    let note = |content: &str| json!({ "objectType": "note", "content": content });
    let feed = |path, name: &str| {
        let of = |uuid: &str| format!("/api/note/{uuid}/{name}");
        let row = arguments(row("GET", path, AnyRead, &of("{note}")))
            .gives(COLLECTION)
            .gives(&["url", "items.0.id"]);
        object_errors(row, &format!("/{name}"))
    };
    let by_id = |path, name: &str| {
        let of = |id: &str| format!("/api/note{name}?id={id}");
        row("GET", path, AnyRead, &of("urn:note:1"))
            .but(
                &format!("/api/nonsense{name}?id=x"),
                404,
                "Unknown type: nonsense",
            )
            .but(&format!("/api/note{name}"), 400, "'id' required")
            .but(
                &of("urn:note:2"),
                404,
                "Can't find a note with ID = urn:note:2",
            )
            .but(&of("http://pump.example/api/note/{gone}"), 410, "Deleted")
            .not_by_at(
                Caller::Carol,
                &of("http://pump.example/api/note/{private}"),
                403,
                "Only the author and recipients can view this object.",
            )
    };
    vec![
        object_errors(
            row("GET", "/api/:type/:uuid", AnyRead, "/api/note/{note}"),
            "",
        )
        .gives(OBJECT)
        .gives(&[
            "likes.totalItems",
            "likes.items.0.id",
            "replies.items.0.inReplyTo.id",
            "shares.totalItems",
            "liked",
            "pump_io.shared",
        ]),
        row(
            "PUT",
            "/api/:type/:uuid",
            User,
            "/api/note/{note_to_change}",
        )
        .with(&note("changed"))
        .gives(OBJECT)
        .but(
            "/api/note/nothing",
            404,
            "Can't find a note with ID = nothing",
        )
        .but("/api/note/{gone}", 410, "Deleted")
        .not_by(Caller::Bob, 403, NOT_AUTHOR),
        row(
            "DELETE",
            "/api/:type/:uuid",
            User,
            "/api/note/{note_to_delete}",
        )
        .is("Deleted".into())
        .but(
            "/api/note/nothing",
            404,
            "Can't find a note with ID = nothing",
        )
        .but("/api/note/{gone}", 410, "Deleted")
        .not_by(Caller::Bob, 403, NOT_AUTHOR),
        feed("/api/:type/:uuid/likes", "likes"),
        feed("/api/:type/:uuid/replies", "replies"),
        feed("/api/:type/:uuid/shares", "shares"),
        by_id("/api/:type?id=ID", "").gives(OBJECT),
        by_id("/api/:type/likes?id=ID", "/likes").gives(COLLECTION),
        by_id("/api/:type/replies?id=ID", "/replies").gives(COLLECTION),
        by_id("/api/:type/shares?id=ID", "/shares").gives(COLLECTION),
        row(
            "GET",
            "/api/collection?id=ID (the public)",
            AnyRead,
            &format!("/api/collection?id={PUBLIC}"),
        )
        .gives(&["id", "objectType"]),
    ]
}
