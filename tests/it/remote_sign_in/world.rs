//! Two servers, and bob of the second one with a browser.

use hydraulics::model::{RemoteAccount, Secret};
use serde_json::{Value, json};

use crate::support::{Answer, Backend, Browser, Network, Request, TestServer, public};

pub(super) const BOB: &str = "acct:bob@two.example";

/// `one.example`, where bob signs in, and `two.example`, where his account is.
pub(super) struct World {
    pub(super) network: Network,
    pub(super) one: TestServer,
    pub(super) two: TestServer,
}

/// A sign-in that was begun at `one.example`.
pub(super) struct Begun {
    /// The cookie with the ticket.
    pub(super) ticket: String,
    /// The page of the other server.
    pub(super) page: String,
}

impl World {
    pub(super) async fn make(backend: Backend) -> Self {
        let network = Network::default();
        let one = TestServer::at(backend, &network, "https://one.example").await;
        let two = TestServer::at(backend, &network, "https://two.example").await;
        two.account("bob").await;
        network.take_requests();
        Self { network, one, two }
    }

    /// Fills in the form.
    pub(super) async fn ask(&self, address: &str, continue_to: &str) -> Answer {
        let fields = [("webfinger", address), ("continueTo", continue_to)];
        self.one
            .send(Request::post("/main/remote").form(&fields))
            .await
    }

    /// Begins the sign-in of an address.
    pub(super) async fn begin(&self, address: &str, continue_to: &str) -> Begun {
        let answer = self.ask(address, continue_to).await.is(302);
        Begun {
            ticket: cookie(&answer, "remote_ticket"),
            page: answer.header("location").to_owned(),
        }
    }

    /// Signs bob in at his own server, and returns where it sends him when he presses a button.
    pub(super) async fn press(&self, begun: &Begun, button: &str) -> String {
        let page = begun.page.strip_prefix("https://two.example").unwrap();
        let mut browser = Browser::open(&self.two, page).await;
        assert!(browser.page.contains("one.example"), "{}", browser.page);
        browser.sign_in("bob").await;
        let answer = browser.press(button).await.is(303);
        let back = answer
            .header("location")
            .strip_prefix("https://one.example");
        back.unwrap().to_owned()
    }

    /// Follows the way back.
    pub(super) async fn come_back(&self, path: &str, ticket: &str) -> Answer {
        self.one
            .send(Request::get(path).header("cookie", ticket))
            .await
    }

    /// Signs bob in, and returns the cookie of his session.
    pub(super) async fn sign_in(&self) -> String {
        let begun = self.begin("bob@two.example", "").await;
        let back = self.press(&begun, "authorize").await;
        let answer = self.come_back(&back, &begun.ticket).await.is(302);
        cookie(&answer, "remote_session")
    }

    /// Whether the front page says that bob is signed in.
    pub(super) async fn knows_bob(&self, session: &str) -> bool {
        let front = self.one.send(Request::get("/").header("cookie", session));
        let front = front.await.is(200);
        let stored = if session.is_empty() {
            "no-cache"
        } else {
            "no-store"
        };
        assert_eq!(front.header("cache-control"), stored);
        front.text().contains(BOB)
    }

    /// Bob as the first server knows him: the body of his object, and his account.
    pub(super) async fn stored_bob(&self) -> (Value, RemoteAccount) {
        let storage = self.one.app.storage();
        let person = storage
            .find_objects(&[BOB])
            .await
            .unwrap()
            .remove(0)
            .unwrap();
        let account = storage
            .find_remote_accounts(&[BOB])
            .await
            .unwrap()
            .remove(0);
        (person.body.clone().into_map().into(), account.unwrap())
    }
}

/// A public note, posted over the proxy.
pub(super) fn note(session: &str, content: &str) -> Request {
    let note = json!({ "objectType": "note", "content": content });
    let activity = json!({ "verb": "post", "object": note, "to": [public()] });
    let request = Request::post("/main/proxy").json(&activity);
    request.header("cookie", session)
}

/// A cookie that an answer sets, with its name.
pub(super) fn cookie(answer: &Answer, name: &str) -> String {
    let set = set_cookie(answer, name);
    set.split(';').next().unwrap().to_owned()
}

/// The `Set-Cookie` of a name.
pub(super) fn set_cookie(answer: &Answer, name: &str) -> String {
    let values = answer.headers.get_all("set-cookie").iter();
    let mut values = values.map(|value| value.to_str().unwrap().to_owned());
    let found = values.find(|value| value.starts_with(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no cookie {name}: {answer:?}"))
}

/// The digest under which a cookie's text is stored.
pub(super) fn digest(cookie: &str) -> String {
    Secret::new(cookie.split_once('=').unwrap().1).digest()
}
