//! Posts that no page of this server has made.

use super::reader::Reader;
use crate::support::{Answer, PASSWORD, Request, TestServer, everyone};

const FORMS: [&str; 4] = ["/main/login", "/main/logout", "/main/register", "/main/act"];

on_every_backend!(
    posts_of_other_sites_are_refused,
    posts_that_name_no_site_are_refused,
    posts_of_own_pages_are_taken,
    forged_post_does_nothing,
);

/// Posts to a form with these headers in the place of those of a browser.
async fn post(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> Answer {
    let fields = [
        ("nickname", "mallory"),
        ("password", PASSWORD),
        ("repeat", PASSWORD),
    ];
    let mut request = Request::post(path).form(&fields);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    server.send(request.header("accept", "text/html")).await
}

async fn posts_of_other_sites_are_refused(server: TestServer) {
    for path in FORMS {
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "http://pump.example:81")],
            &[("origin", "http://evil.pump.example")],
            &[("origin", "https://pump.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://pump.example"),
            ],
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://evil.example"),
            ],
        ] {
            let answer = post(&server, path, headers).await.is(403);
            assert!(answer.header("content-type").starts_with("text/html"));
            assert_eq!(answer.header("set-cookie"), "", "{path} {headers:?}");
        }
    }
}

async fn posts_that_name_no_site_are_refused(server: TestServer) {
    for path in FORMS {
        post(&server, path, &[]).await.is(403);
        let referer = [("referer", "http://pump.example/")];
        post(&server, path, &referer).await.is(403);
    }
}

async fn posts_of_own_pages_are_taken(server: TestServer) {
    for (number, headers) in [
        &[("origin", "http://pump.example")][..],
        &[("sec-fetch-site", "same-origin")],
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://pump.example"),
        ],
    ]
    .iter()
    .enumerate()
    {
        let status = if number == 0 { 303 } else { 409 };
        post(&server, "/main/register", headers).await.is(status);
        post(&server, "/main/login", headers).await.is(303);
        post(&server, "/main/logout", headers).await.is(303);
    }
}

async fn forged_post_does_nothing(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = bob.note("Like me", everyone()).await;
    let reader = Reader::signed_in(&server, "alice", "A browser").await;
    let fields = [
        ("verb", "favorite"),
        ("id", note["id"].as_str().unwrap()),
        ("kind", "note"),
        ("back", "/"),
    ];
    let form = reader.request(Request::post("/main/act").form(&fields));
    let forged = form.clone().header("origin", "https://evil.example");
    server.send(forged).await.is(403);
    assert_eq!(alice.feed("favorites").await["totalItems"], 0);
    server.send(form).await.is(303);
    assert_eq!(alice.feed("favorites").await["totalItems"], 1);
    let forged = Request::post("/main/logout").form(&[]);
    let forged = reader
        .request(forged)
        .header("sec-fetch-site", "cross-site");
    server.send(forged).await.is(403);
    reader.open("/main/messages").await.is(200);
}
