//! Rows of OAuth, discovery and static files (pump-api 2.2, 2.3, 1.1).

use super::row::{Auth, JSON, Row, row};

pub(super) fn rows() -> Vec<Row> {
    let missing = "Missing required parameter";
    let token = |method, path| {
        row(method, path, Auth::None, path)
            .answers(400, "text/plain; charset=utf-8")
            .but(path, 400, missing)
    };
    let lrdd = "/api/lrdd?resource=acct:alice@pump.example";
    let finger = "/.well-known/webfinger?resource=acct:alice@pump.example";
    let html = "text/html; charset=utf-8";
    vec![
        token("GET", "/oauth/request_token"),
        token("POST", "/oauth/request_token"),
        token("GET", "/oauth/access_token"),
        token("POST", "/oauth/access_token"),
        row("POST", "/api/dialback", Auth::None, "/api/dialback").answers(400, html),
        row("GET", "/oauth/authorize", Auth::None, "/oauth/authorize").answers(400, html),
        row("POST", "/oauth/authorize", Auth::None, "/oauth/authorize")
            .form("oauth_token=x")
            .answers(403, html),
        row(
            "GET",
            "/.well-known/host-meta",
            Auth::None,
            "/.well-known/host-meta",
        )
        .answers(200, JSON)
        .gives(&["links"]),
        row(
            "GET",
            "/.well-known/host-meta.json",
            Auth::None,
            "/.well-known/host-meta.json",
        )
        .gives(&["links"]),
        row("GET", "/.well-known/webfinger", Auth::None, finger)
            .gives(&["links"])
            .but("/.well-known/webfinger", 400, "No resource parameter")
            .but(
                "/.well-known/webfinger?resource=acct:alice@elsewhere.example",
                404,
                "Unrecognized host",
            )
            .but(
                "/.well-known/webfinger?resource=acct:nobody@pump.example",
                404,
                "No such 'user' with id 'nobody'",
            ),
        row("GET", "/api/lrdd", Auth::None, lrdd)
            .gives(&["links"])
            .but("/api/lrdd", 400, "No resource parameter")
            .but(
                "/api/lrdd?resource=acct:alice@elsewhere.example",
                404,
                "Unrecognized host",
            )
            .but(
                "/api/lrdd?resource=nobody@pump.example",
                404,
                "No such 'user' with id 'nobody'",
            ),
        row("GET", "/", Auth::None, "/").answers(200, html),
        row("GET", "/favicon.ico", Auth::None, "/favicon.ico").answers(200, "image/x-icon"),
        row("GET", "/robots.txt", Auth::None, "/robots.txt")
            .answers(200, "text/plain; charset=utf-8"),
        row(
            "GET",
            "/images/default.png",
            Auth::None,
            "/images/default.png",
        )
        .answers(200, "image/png"),
    ]
}
