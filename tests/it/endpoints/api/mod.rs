//! Rows of the API (pump-api 2.1).

mod accounts;
mod feeds;
mod lists_and_groups;
mod objects;

use super::row::{Caller, Row};

/// Endpoints of a collection (pump-api 10).
const COLLECTION: &[&str] = &["displayName", "items", "links.self.href", "totalItems"];
const FEED: &[&str] = &["url", "objectTypes", "links.first.href", "author.id"];

const OBJECT: &[&str] = &[
    "id",
    "objectType",
    "author.id",
    "published",
    "updated",
    "links.self.href",
    "likes.url",
];

const ACTIVITY: &[&str] = &[
    "id",
    "verb",
    "actor.id",
    "object.id",
    "published",
    "updated",
    "content",
];

const NO_USER: &str = "No such 'user' with id 'nobody'";
const NOT_SELF: &str = "Not authorized";

pub(super) fn rows() -> Vec<Row> {
    [
        accounts::users(),
        accounts::accounts(),
        feeds::feeds(),
        feeds::people(),
        objects::activities(),
        lists_and_groups::lists_and_groups(),
        objects::objects(),
    ]
    .concat()
}

/// The refusals of everything below an object.
fn object_errors(row: Row, below: &str) -> Row {
    let members = below == "/members";
    let kind = if members { "collection" } else { "note" };
    let at = |kind: &str, uuid: &str| format!("/api/{kind}/{uuid}{below}");
    let row = row.but(
        &at(kind, "nothing"),
        404,
        &format!("Can't find a {kind} with ID = nothing"),
    );
    if members {
        return row;
    }
    row.but(&at("nonsense", "x"), 404, "Unknown type: nonsense")
        .but(
            &at("image", "{note}"),
            404,
            "Can't find a image with ID = {note}",
        )
        .but(&at("note", "{gone}"), 410, "Deleted")
        .not_by_at(
            Caller::Bob,
            &at("image", "{upload}"),
            403,
            "No authorization for this object.",
        )
        .not_by_at(
            Caller::Carol,
            &at("note", "{private}"),
            403,
            "Only the author and recipients can view this object.",
        )
}

/// The refusals of every collection (pump-api 10.1).
fn arguments(row: Row) -> Row {
    let target = row.asked.target.clone();
    [
        ("count=201", "Count must be between 0 and 200"),
        ("count=-1", "Count must be between 0 and 200"),
        ("count=1.5", "Count must be between 0 and 200"),
        ("count=x", "Count must be between 0 and 200"),
        ("before=", " is null"),
        ("since=", " is null"),
        (
            "offset=-1",
            "Offset must be an integer greater than or equal to zero",
        ),
        (
            "before=a&since=b",
            "Can't have both 'before' and 'since' parameters",
        ),
        (
            "before=a&offset=1",
            "Can't have both 'before' and 'offset' parameters",
        ),
        (
            "since=a&offset=1",
            "Can't have both 'since' and 'offset' parameters",
        ),
    ]
    .into_iter()
    .fold(row, |row, (query, message)| {
        row.but(&format!("{target}?{query}"), 400, message)
    })
}
