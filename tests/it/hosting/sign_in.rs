//! Passwords, sessions and pages of the host.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use http::HeaderMap;
use hydraulics::{
    App,
    app::{FramedPage, PageLayout, SignIn, SignInError},
    model::{Nickname, Secret, Standing},
    service::{accounts, moderation},
};
use serde_json::json;

use crate::support::{Request, Session, TestServer, everyone, path};

/// Pages like those of the host.
struct Ours;

impl PageLayout for Ours {
    fn render(&self, page: &FramedPage<'_>) -> String {
        let FramedPage {
            title, head, main, ..
        } = page;
        format!("<title>{title} at our house</title><header>Our house</header>{main}{head}")
    }
}

/// Passwords that are kept elsewhere, and sessions in a header.
struct Elsewhere;

#[async_trait]
impl SignIn for Elsewhere {
    async fn check_password(
        &self,
        app: &App,
        nickname: &Nickname,
        password: &Secret,
    ) -> Result<bool, SignInError> {
        let right = password.expose() == format!("{nickname} sees");
        if right {
            let profile = json!({ "displayName": "Dora D" });
            accounts::adopt(app, nickname, profile.as_object().unwrap().clone()).await?;
        }
        Ok(right)
    }

    async fn current_user(
        &self,
        _: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Nickname>, SignInError> {
        let who = headers.get("x-session").and_then(|who| who.to_str().ok());
        Ok(who.map(Nickname::parse).transpose()?)
    }
}

impl TestServer {
    /// Where someone whom a client has sent is asked to sign in.
    async fn sign_in_page(&self) -> String {
        let client = self.client().await;
        let given = self
            .send(
                Request::post("/oauth/request_token")
                    .callback("oob")
                    .by(&client),
            )
            .await;
        let given = given.is(200).text();
        let token = given
            .split('&')
            .find_map(|pair| pair.strip_prefix("oauth_token="))
            .unwrap();
        format!("/oauth/authorize?oauth_token={token}")
    }
}

on_every_backend!(
    only_passwords_of_the_host_are_accepted,
    api_does_not_reveal_host_passwords,
    pages_use_the_layout_of_the_host,
    layout_of_the_host_gets_the_head_of_a_page,
    host_session_skips_the_sign_in_form,
    suspension_ends_live_feeds_of_host_users,
);

async fn only_passwords_of_the_host_are_accepted(server: TestServer) {
    let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
    let client = server.client().await;
    let registration = json!({ "nickname": "eve", "password": "correct horse 9" });
    server
        .send(Request::post("/api/users").json(&registration).by(&client))
        .await
        .is(403);
    let ctx = &server.ctx();
    let check = async |name, password| accounts::check_password(ctx, name, password).await.unwrap();
    assert_eq!(check("dora", "wrong").await, None);
    let dora = check("dora", "dora sees").await.unwrap();
    assert_eq!(
        check("dora", "dora sees").await,
        Some(dora),
        "she is made known once"
    );
    let profile = server
        .send(Request::get("/api/user/dora/profile"))
        .await
        .ok();
    assert_eq!(profile["displayName"], "Dora D");
}

async fn api_does_not_reveal_host_passwords(server: TestServer) {
    let dora = server.person("dora").await;
    let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
    let dora = Session { server, ..dora };
    for password in ["dora sees", "wrong guess 1"] {
        let user = json!({ "nickname": "dora", "password": password });
        let refused = dora.put("/api/user/dora", &user).await.is(403).json();
        assert_eq!(
            refused["error"],
            "Passwords are not kept here: see http://pump.example/"
        );
    }
}

async fn pages_use_the_layout_of_the_host(server: TestServer) {
    let server = server.hosted(|app| app.with_page_layout(Arc::new(Ours)));
    let sign_in = server.sign_in_page().await;
    for (page, title) in [
        ("/nothing", "Not found"),
        ("/", "Hydraulics"),
        (&*sign_in, "Sign in"),
    ] {
        let answer = server.send(Request::get(page)).await;
        let policy = answer.header("content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("style-src 'self'; "), "{policy}");
        let text = answer.text();
        let framed = format!("<title>{title} at our house</title><header>Our house</header><div");
        assert!(
            text.starts_with(&framed) && !text.contains("style.css"),
            "{text}"
        );
    }
}

async fn layout_of_the_host_gets_the_head_of_a_page(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Good morning", everyone()).await;
    let server = server.hosted(|app| app.with_page_layout(Arc::new(Ours)));
    let read = async |place: &str| {
        let request = Request::get(place).header("accept", "text/html");
        server.send(request).await.text()
    };
    let page = read(path(&note["url"])).await;
    let url = note["url"].as_str().unwrap();
    for element in [
        format!("<link rel=\"canonical\" href=\"{url}\">"),
        "<meta property=\"og:description\" content=\"Good morning\">".to_owned(),
    ] {
        assert!(page.contains(&element), "{element}: {page}");
    }
    let page = read("/alice").await;
    assert!(page.contains("type=\"application/atom+xml\""), "{page}");
    assert!(!page.contains("noindex"), "{page}");
    assert!(read("/nothing").await.contains("noindex"));
}

async fn suspension_ends_live_feeds_of_host_users(server: TestServer) {
    let server = server.again(|settings| settings.live.heartbeat = Duration::from_millis(20));
    let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
    let dora = Nickname::parse("dora").unwrap();
    let none = serde_json::Map::new();
    accounts::adopt(&server.app, &dora, none).await.unwrap();
    let request = Request::get("/main/live").header("x-session", "dora");
    let mut feed = server.listen(request).await;
    assert_eq!(feed.status, 200);
    let ctx = server.ctx();
    let suspended = moderation::set_standing(&ctx, "dora", Standing::Suspended, "");
    suspended.await.unwrap();
    let more = feed.event().await;
    assert!(more.is_none(), "{more:?}");
}

async fn host_session_skips_the_sign_in_form(server: TestServer) {
    let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
    let none = serde_json::Map::new();
    accounts::adopt(&server.app, &Nickname::parse("dora").unwrap(), none)
        .await
        .unwrap();
    let page = server.sign_in_page().await;
    let asked = server.send(Request::get(&page)).await.is(200).text();
    assert!(asked.contains("oauth-authentication"), "{asked}");
    let asked = server
        .send(Request::get(&page).header("x-session", "dora"))
        .await
        .is(200)
        .text();
    assert!(asked.contains("id=\"authorize\""), "{asked}");
    let asked = server
        .send(Request::get(&page).header("x-session", "nobody"))
        .await
        .is(200)
        .text();
    assert!(asked.contains("oauth-authentication"), "{asked}");
}
