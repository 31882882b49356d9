//! A person with a browser that keeps its session, on the pages.

use crate::support::{Answer, PASSWORD, Request, TestServer};

pub(crate) struct Reader {
    server: TestServer,
    cookie: String,
    pub(crate) language: &'static str,
}

impl Reader {
    /// Someone who has not signed in.
    pub(crate) fn stranger(server: &TestServer) -> Self {
        Self {
            server: server.clone(),
            cookie: String::new(),
            language: "en",
        }
    }

    /// Someone with an account, which is made, in a browser of a name.
    pub(crate) async fn member(server: &TestServer, nickname: &str, agent: &str) -> Self {
        server.account(nickname).await;
        Self::signed_in(server, nickname, agent).await
    }

    /// Someone who signs in to an account.
    pub(crate) async fn signed_in(server: &TestServer, nickname: &str, agent: &str) -> Self {
        let mut reader = Self::stranger(server);
        let answer = reader.sign_in(nickname, PASSWORD, agent).await.is(303);
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        cookie.clone_into(&mut reader.cookie);
        reader
    }

    /// Tries to sign in.
    pub(crate) async fn sign_in(&self, nickname: &str, password: &str, agent: &str) -> Answer {
        let fields = [("nickname", nickname), ("password", password)];
        let request = self.request(Request::post("/main/login").form(&fields));
        self.server.send(request.header("user-agent", agent)).await
    }

    /// A request as the browser makes it.
    pub(crate) fn request(&self, request: Request) -> Request {
        request
            .header("origin", self.server.app.urls().origin())
            .header("cookie", &self.cookie)
            .header("accept", "text/html")
            .header("accept-language", self.language)
    }

    pub(crate) async fn open(&self, target: &str) -> Answer {
        self.server.send(self.request(Request::get(target))).await
    }

    /// The text of a page that is there.
    pub(crate) async fn read(&self, target: &str) -> String {
        self.open(target).await.is(200).text()
    }

    pub(crate) async fn post(&self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Request::post(target).form(fields));
        self.server.send(request).await
    }

    /// Posts a form that leads on, and returns the page it leads to.
    #[track_caller]
    pub(crate) fn done(&self, answer: &Answer) -> String {
        assert_eq!(
            answer.status.as_u16(),
            303,
            "{}: {}",
            answer.what,
            answer.text()
        );
        answer
            .header("location")
            .strip_prefix(self.server.app.urls().origin())
            .unwrap()
            .to_owned()
    }

    /// Posts a form that leads on, and reads where it leads to.
    pub(crate) async fn submit(&self, target: &str, fields: &[(&str, &str)]) -> String {
        let place = self.done(&self.post(target, fields).await);
        let page = place.split('#').next().unwrap().to_owned();
        self.read(&page).await
    }
}

/// The text between two others, in a page.
pub(crate) fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split_once(after).unwrap().0
}
