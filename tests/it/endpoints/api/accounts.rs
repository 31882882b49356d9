//! Rows of clients, users and accounts.

use serde_json::{Value, json};

use super::{COLLECTION, NO_USER, NOT_SELF, arguments};
use crate::endpoints::row::{Auth::*, Caller, Row, row};

const PERSON: &[&str] = &[
    "id",
    "objectType",
    "preferredUsername",
    "links.activity-inbox.href",
    "followers.url",
];

const USER: &[&str] = &["nickname", "profile.id", "published", "updated"];

pub(super) fn users() -> Vec<Row> {
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

pub(super) fn accounts() -> Vec<Row> {
    vec![
        row("GET", "/api/user/:n", AnyRead, "/api/user/alice")
            .gives(USER)
            .but("/api/user/nobody", 404, NO_USER),
        row("PUT", "/api/user/:n", User, "/api/user/alice")
            .with(&user("alice"))
            .gives(USER)
            .gives(&["hobby"])
            .but("/api/user/nobody", 404, NO_USER)
            .not_by(Caller::Bob, 401, NOT_SELF),
        row("DELETE", "/api/user/:n", User, "/api/user/dora")
            .by(Caller::Dora)
            .is("Deleted.".into())
            .but("/api/user/nobody", 404, NO_USER)
            .not_by(Caller::Bob, 401, NOT_SELF),
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
        .not_by(Caller::Bob, 401, NOT_SELF),
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
