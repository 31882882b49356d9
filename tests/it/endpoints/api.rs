//! The API (pump-api 2.1).

use hydraulics::model::PUBLIC;
use serde_json::{Value, json};

use super::{
    row::{Auth::*, Row, Who, row},
    world::PICTURE,
};

/// Endpoints of a collection (pump-api 10).
const COLLECTION: &[&str] = &["displayName", "items", "links.self.href", "totalItems"];
const FEED: &[&str] = &["url", "objectTypes", "links.first.href", "author.id"];
const PERSON: &[&str] = &[
    "id",
    "objectType",
    "preferredUsername",
    "links.activity-inbox.href",
    "followers.url",
];
const USER: &[&str] = &["nickname", "profile.id", "published", "updated"];
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
const NOT_ACTOR: &str = "Only the actor can modify this object.";
const NOT_SEEN: &str = "Only the actor and recipients can view this activity.";
const NOT_AUTHOR: &str = "Only the author can modify this object.";
const NOT_SELF: &str = "Not authorized";

pub(super) fn rows() -> Vec<Row> {
    [
        users(),
        accounts(),
        feeds(),
        people(),
        activities(),
        lists_and_groups(),
        objects(),
    ]
    .concat()
}

fn users() -> Vec<Row> {
    let newcomer = json!({ "nickname": "eve", "password": "a good pass 1" });
    vec![
        row("POST", "/api/client/register", None, "/api/client/register")
            .form("type=client_associate&application_name=x")
            .gives(&["client_id", "client_secret", "expires_at"])
            .not_form("", 400, "No registration type provided")
            .not_form(
                "type=client_associate&client_id=x",
                400,
                "Only set client_id for update.",
            )
            .not_form(
                "type=client_associate&access_token=x",
                400,
                "access_token not needed for registration.",
            )
            .not_form(
                "type=client_associate&client_secret=x",
                400,
                "Only set client_secret for update.",
            )
            .not_form(
                "type=client_associate&contacts=x",
                400,
                "contacts must be space-separate email addresses.",
            )
            .not_form(
                "type=client_associate&application_type=x",
                400,
                "Unknown application_type.",
            )
            .not_form("type=client_associate&logo_url=x", 400, "Invalid logo_url.")
            .not_form(
                "type=client_associate&redirect_uris=x",
                400,
                "redirect_uris must be space-separated URLs.",
            )
            .not_form("type=x", 400, "Invalid registration type")
            .not_form(
                "type=client_update&client_id=client-of-alice&client_secret=x",
                403,
                "Unauthorized",
            ),
        row("POST", "/api/users", Client, "/api/users")
            .with(&newcomer)
            .gives(USER)
            .gives(&["token", "secret"])
            .not_with(
                &json!({ "password": "a good pass 1" }),
                400,
                "Bad nickname: 'undefined'",
            )
            .not_with(
                &json!({ "nickname": "a b", "password": "a good pass 1" }),
                400,
                "Bad nickname: 'a b'",
            )
            .not_with(
                &json!({ "nickname": "api", "password": "a good pass 1" }),
                400,
                "Bad nickname: 'api'",
            )
            .not_with(
                &json!({ "nickname": "eve", "password": "short1" }),
                400,
                "Bad password",
            )
            .not_with(
                &json!({ "nickname": "eve", "password": "allletters" }),
                400,
                "Bad password",
            )
            .not_with(
                &user("alice"),
                409,
                "Already have a(n) 'user' with id 'alice'",
            ),
        arguments(row("GET", "/api/users", ClientRead, "/api/users"))
            .gives(COLLECTION)
            .gives(&[
                "id",
                "objectTypes",
                "items.0.nickname",
                "items.0.profile.id",
            ]),
    ]
}

/// An account as it may be sent.
fn user(nickname: &str) -> Value {
    json!({ "nickname": nickname, "password": "correct horse 9", "hobby": "chess" })
}

fn accounts() -> Vec<Row> {
    vec![
        row("GET", "/api/user/:n", AnyRead, "/api/user/alice")
            .gives(USER)
            .but("/api/user/nobody", 404, NO_USER),
        row("PUT", "/api/user/:n", User, "/api/user/alice")
            .with(&user("alice"))
            .gives(USER)
            .gives(&["hobby"])
            .but("/api/user/nobody", 404, NO_USER)
            .not_by(Who::Bob, 401, NOT_SELF),
        row("DELETE", "/api/user/:n", User, "/api/user/dora")
            .by(Who::Dora)
            .is("Deleted.".into())
            .but("/api/user/nobody", 404, NO_USER)
            .not_by(Who::Bob, 401, NOT_SELF),
        row(
            "GET",
            "/api/user/:n/profile",
            AnyRead,
            "/api/user/alice/profile",
        )
        .gives(PERSON)
        .but("/api/user/nobody/profile", 404, NO_USER),
        row(
            "PUT",
            "/api/user/:n/profile",
            User,
            "/api/user/alice/profile",
        )
        .with(&json!({ "objectType": "person", "summary": "new" }))
        .gives(PERSON)
        .gives(&["summary"])
        .but("/api/user/nobody/profile", 404, NO_USER)
        .not_by(Who::Bob, 401, NOT_SELF),
        row(
            "GET",
            "/api/proxy/:id",
            UserRead,
            "/api/proxy/{image}.PQbPMbifGMr_MNDw",
        )
        .answers(200, "image/png")
        .but("/api/proxy/x", 404, "No such proxy"),
        row("GET", "/api/whoami", UserRead, "/api/whoami")
            .answers(302, "text/plain; charset=utf-8"),
    ]
}

fn feeds() -> Vec<Row> {
    let note = json!({ "object": { "objectType": "note", "content": "x" } });
    let minor = json!({ "object": { "objectType": "comment", "content": "x", "inReplyTo": { "objectType": "note", "id": "http://pump.example/api/note/{note}" } } });
    let feed = |path, target: &str| {
        arguments(row("GET", path, AnyRead, target))
            .gives(COLLECTION)
            .gives(FEED)
            .but(&target.replace("alice", "nobody"), 404, NO_USER)
    };
    let inbox = |path, target: &str| {
        arguments(row("GET", path, UserRead, target))
            .gives(COLLECTION)
            .gives(FEED)
            .but(&target.replace("alice", "nobody"), 404, NO_USER)
            .not_by(Who::Bob, 401, NOT_SELF)
    };
    let post = |path, target: &str, body: &Value| {
        row("POST", path, User, target)
            .with(body)
            .gives(ACTIVITY)
            .but(&target.replace("alice", "nobody"), 404, NO_USER)
            .not_by(Who::Bob, 401, NOT_SELF)
            .not_with(&json!({ "actor": { "objectType": "person", "id": "acct:bob@pump.example" }, "object": { "objectType": "note" } }), 400, "Invalid actor")
    };
    vec![
        feed("/api/user/:n/feed", "/api/user/alice/feed").but(
            "/api/user/alice/feed?before=x",
            400,
            "id 'x' not found in stream 'user:alice:outbox'",
        ),
        feed("/api/user/:n/feed/major", "/api/user/alice/feed/major"),
        feed("/api/user/:n/feed/minor", "/api/user/alice/feed/minor"),
        post("/api/user/:n/feed", "/api/user/alice/feed", &note),
        post(
            "/api/user/:n/feed/major",
            "/api/user/alice/feed/major",
            &note,
        )
        .not_with(&minor, 400, "Only major activities to this feed."),
        post(
            "/api/user/:n/feed/minor",
            "/api/user/alice/feed/minor",
            &minor,
        )
        .not_with(&note, 400, "Only minor activities to this feed."),
        inbox("/api/user/:n/inbox", "/api/user/alice/inbox").but(
            "/api/user/alice/inbox?since=x",
            400,
            "id 'x' not found in stream 'user:alice:inbox'",
        ),
        inbox("/api/user/:n/inbox/major", "/api/user/alice/inbox/major"),
        inbox("/api/user/:n/inbox/minor", "/api/user/alice/inbox/minor"),
        inbox("/api/user/:n/inbox/direct", "/api/user/alice/inbox/direct"),
        inbox(
            "/api/user/:n/inbox/direct/major",
            "/api/user/alice/inbox/direct/major",
        ),
        inbox(
            "/api/user/:n/inbox/direct/minor",
            "/api/user/alice/inbox/direct/minor",
        ),
    ]
}

fn people() -> Vec<Row> {
    let feed = |path, target: &str| {
        arguments(row("GET", path, AnyRead, target))
            .gives(COLLECTION)
            .gives(&["url", "author.id"])
            .but(&target.replace("alice", "nobody"), 404, NO_USER)
    };
    let carol = json!({ "objectType": "person", "id": "acct:carol@pump.example" });
    let bob = json!({ "objectType": "person", "id": "acct:bob@pump.example" });
    let note = |name: &str| json!({ "objectType": "note", "id": format!("http://pump.example/api/note/{{{name}}}") });
    vec![
        feed("/api/user/:n/followers", "/api/user/alice/followers").gives(&["objectTypes"]),
        feed("/api/user/:n/following", "/api/user/alice/following").gives(&["objectTypes"]),
        row("POST", "/api/user/:n/following", User, "/api/user/alice/following")
            .with(&carol)
            .gives(&["id", "objectType"])
            .not_with(&bob, 400, "Already have a(n) 'edge' with id 'acct:alice@pump.example→acct:bob@pump.example'")
            .not_by(Who::Bob, 401, NOT_SELF),
        feed("/api/user/:n/favorites", "/api/user/alice/favorites"),
        row("POST", "/api/user/:n/favorites", User, "/api/user/alice/favorites")
            .with(&note("note_to_like"))
            .gives(&["id", "objectType", "author.id"])
            .not_with(&note("note"), 400, "Already have a(n) 'favorite' with id 'acct:alice@pump.example♥http://pump.example/api/note/{note}'")
            .not_by(Who::Bob, 401, NOT_SELF),
        feed("/api/user/:n/lists/:type", "/api/user/alice/lists/person").gives(&["objectTypes"]),
        arguments(row("GET", "/api/user/:n/uploads", UserRead, "/api/user/alice/uploads"))
            .gives(COLLECTION)
            .not_by(Who::Bob, 401, NOT_SELF),
        row("POST", "/api/user/:n/uploads", User, "/api/user/alice/uploads")
            .raw("text/plain", "hello")
            .gives(OBJECT)
            .gives(&["fileUrl", "mimeType"])
            .not_by(Who::Bob, 401, NOT_SELF),
        row("POST", "/api/user/:n/uploads (base64)", User, "/api/user/alice/uploads")
            .with(&json!({ "mimeType": "image/png", "data": PICTURE }))
            .gives(OBJECT)
            .gives(&["image.url", "image.width"])
            .not_with(&json!({ "data": "aGVsbG8=" }), 400, "No mime type")
            .not_with(&json!({ "mimeType": "text/plain" }), 400, "No data"),
    ]
}

fn activities() -> Vec<Row> {
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
            Who::Carol,
            "/api/activity/{activity_private}",
            403,
            NOT_SEEN,
        )
        .not_by_at(
            Who::Client,
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
        .not_by(Who::Bob, 403, NOT_ACTOR),
        errors(row(
            "DELETE",
            "/api/activity/:uuid",
            User,
            "/api/activity/{activity_to_delete}",
        ))
        .is("Deleted".into())
        .not_by(Who::Bob, 403, NOT_ACTOR),
    ]
}

fn lists_and_groups() -> Vec<Row> {
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
            .not_by(Who::Bob, 403, "Only the author can modify this object.")
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

fn objects() -> Vec<Row> {
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
                Who::Carol,
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
        .not_by(Who::Bob, 403, NOT_AUTHOR),
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
        .not_by(Who::Bob, 403, NOT_AUTHOR),
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
            Who::Bob,
            &at("image", "{upload}"),
            403,
            "No authorization for this object.",
        )
        .not_by_at(
            Who::Carol,
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
