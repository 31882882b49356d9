//! Discovery, uploads and the files beside them, through the router and a store in memory.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use bytes::Bytes;
use http_body_util::BodyExt;
use object_store::memory::InMemory;
use serde_json::{Map, Value, json};
use tower::ServiceExt;
use url::Url;

use crate::{
    App,
    app::{ManualClock, Parts, SeededEntropy, Settings},
    context::Caller,
    model::{AccessToken, Client, ClientKind, Secret, Urls},
    service::accounts::{self, Registration},
    storage::{Change, memory::Memory},
};

/// The authorisation of alice's client, and of bob's.
const ALICE: &str = r#"OAuth oauth_consumer_key="c", oauth_token="alice", oauth_signature_method="PLAINTEXT", oauth_signature="s%26s""#;
const BOB: &str = r#"OAuth oauth_consumer_key="c", oauth_token="bob", oauth_signature_method="PLAINTEXT", oauth_signature="s%26s""#;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

struct Server(Router);

impl Server {
    async fn at(base: &str) -> Self {
        let mut settings = Settings::new(Urls::new(&Url::parse(base).unwrap()).unwrap());
        settings.oauth.plaintext_without_tls = true;
        settings.uploads.max_bytes = 10_000;
        let app = App::new(Parts {
            storage: Arc::new(Memory::new()),
            blobs: Arc::new(InMemory::new()),
            clock: Arc::new(ManualClock::at(1_793_880_000)),
            entropy: Arc::new(SeededEntropy::new(1)),
            settings,
        });
        let created = app.clock().now();
        let client = Client {
            id: "c".into(),
            secret: Secret::new("s"),
            kind: ClientKind::Native,
            name: None,
            description: None,
            logo_url: None,
            contacts: Vec::new(),
            redirect_uris: Vec::new(),
            created,
            updated: created,
        };
        app.storage()
            .commit(vec![Change::PutClient(client)])
            .await
            .unwrap();
        for nickname in ["alice", "bob"] {
            let registration = Registration {
                nickname: nickname.into(),
                password: Secret::new("a password of length"),
                email: None,
                extra: Map::new(),
            };
            let ctx = app.context(Caller::Server);
            let account = accounts::register(&ctx, registration).await.unwrap();
            let token = AccessToken {
                token: nickname.into(),
                secret: Secret::new("s"),
                client: "c".into(),
                user: account.nickname,
                created,
            };
            let put = Change::PutAccessToken(token);
            app.storage().commit(vec![put]).await.unwrap();
        }
        Self(super::router(app))
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, Body::empty()).await
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "h.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body).unwrap()).await
    }

    async fn upload(&self, media_type: &str, body: impl Into<Body>) -> Answer {
        let headers = [("authorization", ALICE), ("content-type", media_type)];
        self.ask("POST", "/api/user/alice/uploads", &headers, body.into())
            .await
    }
}

fn png(width: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(image::RgbImage::new(width, 9))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn path(url: &Value) -> String {
    url.as_str()
        .unwrap()
        .strip_prefix("https://h.example")
        .unwrap()
        .into()
}

#[tokio::test]
async fn host_meta_has_its_links_in_order_in_both_forms() {
    let server = Server::at("https://h.example").await;
    let api = "http://apinamespace.org";
    let links = json!({ "links": [
        { "rel": "lrdd", "type": "application/xrd+xml",
          "template": "https://h.example/api/lrdd?resource={uri}" },
        { "rel": "lrdd", "type": "application/json",
          "template": "https://h.example/.well-known/webfinger?resource={uri}" },
        { "rel": "registration_endpoint", "href": "https://h.example/api/client/register" },
        { "rel": format!("{api}/oauth/request_token"), "href": "https://h.example/oauth/request_token" },
        { "rel": format!("{api}/oauth/authorize"), "href": "https://h.example/oauth/authorize" },
        { "rel": format!("{api}/oauth/access_token"), "href": "https://h.example/oauth/access_token" },
        { "rel": "dialback", "href": "https://h.example/api/dialback" },
        { "rel": format!("{api}/activitypub/whoami"), "href": "https://h.example/api/whoami" },
    ]});
    for (at, accept) in [
        ("/.well-known/host-meta.json", "text/html"),
        ("/.well-known/host-meta", "application/json"),
        ("/.well-known/host-meta", "*/*"),
    ] {
        let answer = server.get(at, &[("accept", accept)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header(header::CONTENT_TYPE),
            "application/json; charset=utf-8"
        );
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
        assert_eq!(answer.json(), links);
    }
    let answer = server.get("/.well-known/host-meta", &[]).await;
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/xrd+xml");
    assert_eq!(answer.text().matches("<Link ").count(), 8);
}

#[tokio::test]
async fn people_are_found_however_clients_ask_for_them() {
    for base in ["https://h.example", "http://h.example:8080"] {
        let server = Server::at(base).await;
        let profile = format!("{base}/api/user/alice/profile");
        for resource in [
            "acct:alice@h.example",
            "alice@h.example",
            "alice@H.EXAMPLE:8080",
            &profile,
        ] {
            let path = format!("/.well-known/webfinger?resource={}", Urls::encode(resource));
            let found = server.get(&path, &[]).await;
            assert_eq!(found.status, 200, "{resource}");
            assert_eq!(
                found.header(header::CONTENT_TYPE),
                "application/json; charset=utf-8"
            );
            assert!(found.header(header::SERVER).contains("pump.io/"));
            let links = found.json()["links"].clone();
            let rels: Vec<_> = links
                .as_array()
                .unwrap()
                .iter()
                .map(|link| link["rel"].clone())
                .collect();
            assert_eq!(
                rels,
                [
                    "http://webfinger.net/rel/profile-page",
                    "dialback",
                    "self",
                    "activity-inbox",
                    "activity-outbox",
                    "followers",
                    "following",
                    "favorites",
                    "lists"
                ]
            );
            assert_eq!(links[2]["href"], profile);
            let head = server.ask("HEAD", &path, &[], Body::empty()).await;
            assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        }
    }
}

#[tokio::test]
async fn what_is_not_found_is_told_by_what_was_asked() {
    let server = Server::at("https://h.example").await;
    for (query, status, message) in [
        ("", 400, "No resource parameter"),
        ("?resource=", 400, "No resource parameter"),
        ("?other=alice@h.example", 400, "No resource parameter"),
        (
            "?resource=nobody@h.example",
            404,
            "No such 'user' with id 'nobody'",
        ),
        (
            "?resource=Alice@h.example",
            404,
            "No such 'user' with id 'Alice'",
        ),
        ("?resource=alice@other.example", 404, "Unrecognized host"),
        (
            "?resource=https://h.example/api/note/x",
            404,
            "No such 'note' with id 'https://h.example/api/note/x'",
        ),
        ("?resource=https://h.example/x", 404, "Unknown object type"),
        ("?resource=%F0%9F%90%98", 404, "Unrecognized host"),
    ] {
        let answer = server.get(&format!("/api/lrdd{query}"), &[]).await;
        assert_eq!(answer.status, status, "{query}");
        assert_eq!(answer.json(), json!({ "error": message }));
        let page = server
            .get(&format!("/.well-known/webfinger{query}"), &[])
            .await;
        assert_eq!(page.status, status, "{query}");
        assert!(page.header(header::CONTENT_TYPE).starts_with("text/html"));
    }
    let missing = server
        .get("/.well-known/oauth-authorization-server", &[])
        .await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn lrdd_answers_in_the_form_that_is_asked_for() {
    let server = Server::at("https://h.example").await;
    let at = "/api/lrdd?resource=acct:alice@h.example";
    let xrd = server.get(at, &[]).await;
    assert_eq!(xrd.header(header::CONTENT_TYPE), "application/xrd+xml");
    assert!(
        xrd.text()
            .contains(r#"<Link rel="self" href="https://h.example/api/user/alice/profile"/>"#)
    );
    let jrd = server.get(at, &[("accept", "application/json")]).await;
    assert_eq!(jrd.json()["links"][2]["rel"], "self");
}

#[tokio::test]
async fn an_upload_is_the_authors_alone_until_it_is_posted() {
    let server = Server::at("https://h.example").await;
    let uploaded = server.upload("image/png", png(400)).await;
    assert_eq!(uploaded.status, 200, "{}", uploaded.text());
    let object = uploaded.json();
    assert_eq!(object["author"]["id"], "acct:alice@h.example");
    assert_eq!(object["fullImage"]["width"], 400);
    let small = path(&object["image"]["url"]);
    let full = path(&object["fullImage"]["url"]);
    for at in [&small, &full] {
        let own = server.get(at, &[("authorization", ALICE)]).await;
        assert_eq!(own.status, 200);
        assert_eq!(own.header(header::CONTENT_TYPE), "image/png");
        assert_eq!(own.header(header::CACHE_CONTROL), "private, no-cache");
        assert_eq!(
            own.header(header::CONTENT_LENGTH),
            own.body.len().to_string()
        );
        assert!(
            own.header(header::CONTENT_SECURITY_POLICY)
                .contains("sandbox")
        );
        assert_eq!(own.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(image::load_from_memory(&own.body).is_ok());
        assert_eq!(server.get(at, &[("authorization", BOB)]).await.status, 403);
        assert_eq!(server.get(at, &[]).await.status, 403);
    }
    let post = json!({
        "verb": "post",
        "object": { "objectType": "image", "id": object["id"] },
        "to": [{ "objectType": "collection", "id": crate::model::PUBLIC }],
    });
    let headers = [
        ("authorization", ALICE),
        ("content-type", "application/json"),
    ];
    let posted = server
        .ask(
            "POST",
            "/api/user/alice/feed",
            &headers,
            post.to_string().into(),
        )
        .await;
    assert_eq!(posted.status, 200, "{}", posted.text());
    let open = server.get(&small, &[]).await;
    assert_eq!(open.status, 200);
    assert!(open.header(header::CACHE_CONTROL).starts_with("public"));
}

#[tokio::test]
async fn files_are_served_whole_in_part_or_not_again() {
    let server = Server::at("https://h.example").await;
    let uploaded = server
        .upload("text/html; charset=utf-8", "<script>")
        .await
        .json();
    assert_eq!(uploaded["mimeType"], "text/html");
    let at = path(&uploaded["fileUrl"]);
    let alice = ("authorization", ALICE);
    let whole = server.get(&at, &[alice]).await;
    assert_eq!(whole.text(), "<script>");
    assert!(
        whole
            .header(header::CONTENT_DISPOSITION)
            .starts_with("attachment")
    );
    let etag = whole.header(header::ETAG);
    let again = server.get(&at, &[alice, ("if-none-match", etag)]).await;
    assert_eq!(
        (again.status, again.body.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    let part = server.get(&at, &[alice, ("range", "bytes=1-6")]).await;
    assert_eq!(
        (part.status, part.text()),
        (StatusCode::PARTIAL_CONTENT, "script")
    );
    assert_eq!(part.header(header::CONTENT_RANGE), "bytes 1-6/8");
    let outside = server.get(&at, &[alice, ("range", "bytes=8-")]).await;
    assert_eq!(outside.status, 416);
    let head = server.ask("HEAD", &at, &[alice], Body::empty()).await;
    assert_eq!(
        (head.status, head.header(header::CONTENT_LENGTH)),
        (StatusCode::OK, "8")
    );
    for nowhere in [
        "/uploads/x",
        "/uploads/",
        "/uploads/../x",
        "/uploads/%2e%2e/x",
    ] {
        assert_eq!(server.get(nowhere, &[alice]).await.status, 404, "{nowhere}");
    }
}

#[tokio::test]
async fn bad_uploads_are_refused_with_a_sentence() {
    let server = Server::at("https://h.example").await;
    let chunks = (0..20).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 1000])));
    let chunked = Body::from_stream(futures_util::stream::iter(chunks));
    assert_eq!(server.upload("image/png", chunked).await.status, 413);
    let json = |body: &'static str| server.upload("application/json", body);
    for (answer, status) in [
        (server.upload("image/png", png(9).split_off(9)).await, 400),
        (server.upload("", "x").await, 400),
        (server.upload("image/heic", "x").await, 415),
        (json("{").await, 400),
        (json("[]").await, 400),
        (json("{}").await, 400),
        (json(r#"{"mimeType":"image/png"}"#).await, 400),
        (json(r#"{"mimeType":"image/png","data":"&"}"#).await, 400),
        (json(r#"{"mimeType":1,"data":[]}"#).await, 400),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.json()["error"].is_string());
    }
    let good = json(r#"{"mimeType":"audio/ogg","data":"aGVsbG8="}"#).await;
    assert_eq!(good.json()["objectType"], "audio");
    let headers = [("authorization", BOB), ("content-type", "text/plain")];
    let others = server
        .ask("POST", "/api/user/alice/uploads", &headers, "x".into())
        .await;
    assert_eq!(others.status, 401);
}

#[tokio::test]
async fn the_files_of_the_server_itself_are_there() {
    let server = Server::at("https://h.example").await;
    for (path, kind) in [
        ("/images/default.png", "image/png"),
        ("/favicon.ico", "image/x-icon"),
        ("/static/logo.svg", "image/svg+xml"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ] {
        let answer = server.get(path, &[]).await;
        assert_eq!(
            (answer.status, answer.header(header::CONTENT_TYPE)),
            (StatusCode::OK, kind)
        );
    }
    let robots = server.get("/robots.txt", &[]).await;
    assert_eq!(robots.text(), "User-agent: *\nDisallow: /api/\n");
    let avatar = server.get("/images/default.png", &[]).await;
    let avatar = image::load_from_memory(&avatar.body).unwrap();
    assert_eq!((avatar.width(), avatar.height()), (96, 96));
}
