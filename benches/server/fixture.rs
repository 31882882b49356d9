//! Initial data of a measured server, created through its API.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hydraulics::app::{Entropy, SystemEntropy};
use serde_json::{Value, json};
use tokio::time::sleep;
use url::{Position, Url};

use super::{
    progress::Progress,
    signing::{ANY_STATUS, Credentials, Signer},
    wire::Connection,
};

/// All but the first follow the first.
pub(crate) const USER_COUNT: usize = 51;

/// How many notes the first has posted.
pub(crate) const NOTE_COUNT: usize = 40;

/// How many followers have a browser.
const BROWSER_COUNT: usize = 10;

/// The password of everyone.
const PASSWORD: &str = "uphill-and-4-ever";

/// How long what was posted may take to be in every inbox.
const SETTLE_TIMEOUT: Duration = Duration::from_mins(2);

/// Everyone.
pub(crate) const PUBLIC: &str = "http://activityschema.org/collection/public";

/// Someone with an account, and a client that acts for them.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) nickname: String,
    pub(crate) id: String,
    pub(crate) credentials: Credentials,
}

impl User {
    /// The path of one of their feeds.
    pub(crate) fn path(&self, feed: &str) -> String {
        format!("/api/user/{}/{feed}", self.nickname)
    }
}

/// A server with people and notes on it.
pub(crate) struct BenchFixture {
    pub(crate) signer: Signer,
    pub(crate) authority: String,
    pub(crate) users: Vec<User>,
    /// The paths of the notes.
    pub(crate) notes: Vec<String>,
    /// The paths of the pages of the public ones.
    pub(crate) pages: Vec<String>,
    /// Cookies of the first followers in their browsers.
    pub(crate) cookies: Vec<String>,
    /// Before all nicknames of this run.
    pub(crate) prefix: String,
}

impl BenchFixture {
    /// Makes it all.
    pub(crate) async fn seed(server: &Url, progress: &Progress) -> Result<Self> {
        let chance: &dyn Entropy = &SystemEntropy;
        let mut world = Self {
            signer: Signer::new(server),
            authority: server[Position::BeforeHost..Position::AfterPort].to_owned(),
            users: Vec::new(),
            notes: Vec::new(),
            pages: Vec::new(),
            cookies: Vec::new(),
            prefix: format!("b{}", chance.token::<4>()),
        };
        let mut connection = Connection::open(&world.authority).await?;
        let client = register_client(&world.signer, &mut connection).await?;
        for number in 0..USER_COUNT {
            progress.step("making accounts", number, USER_COUNT);
            let nickname = format!("{}-{number}", world.prefix);
            let user = register(&world.signer, &mut connection, &client, nickname).await?;
            world.users.push(user);
        }
        let first = &world.users[0];
        let person = json!({ "objectType": "person", "id": first.id });
        for follower in &world.users[1..] {
            let follow = json!({ "verb": "follow", "object": person });
            let feed = follower.path("feed");
            let ask = world
                .signer
                .post(&feed, Some(&follower.credentials), &follow);
            connection.ask(&ask).await?;
        }
        let before = world.inboxes().await?;
        for number in 0..NOTE_COUNT {
            progress.step("posting notes", number, NOTE_COUNT);
            let note = world.note(number, number % 2 == 0);
            let ask = world
                .signer
                .post(&first.path("feed"), Some(&first.credentials), &note);
            let activity: Value = connection.ask(&ask).await?.json()?;
            let id = activity["object"]["id"].as_str();
            let path = world.signer.path_of(id.context("a note has an id")?)?;
            world.notes.push(path.to_owned());
            if number % 2 == 0 {
                let url = activity["object"]["url"].as_str();
                let page = world.signer.path_of(url.context("a note has a page")?)?;
                world.pages.push(page.to_owned());
            }
        }
        world.settle(&before, NOTE_COUNT as u64).await?;
        for follower in &world.users[1..=BROWSER_COUNT] {
            let cookie = world.sign_in(&mut connection, &client, follower).await?;
            world.cookies.push(cookie);
        }
        Ok(world)
    }

    /// Signs someone in, and returns the cookie of their browser. The pages of pump.io are a client
    /// of their own, which signs the request.
    async fn sign_in(
        &self,
        connection: &mut Connection,
        client: &Credentials,
        user: &User,
    ) -> Result<String> {
        let form = self.signer.sign_in(&user.nickname, PASSWORD);
        let answer = connection.ask(&form.answered(ANY_STATUS)).await?;
        if let Some(cookie) = answer.cookie {
            return Ok(cookie);
        }
        let login = json!({ "nickname": user.nickname, "password": PASSWORD });
        let signed = self.signer.post("/main/login", Some(client), &login);
        let answer = connection.ask(&signed.answered(ANY_STATUS)).await?;
        answer.cookie.context("a sign-in sets a cookie")
    }

    /// An activity of the first for all followers, and perhaps for everyone.
    pub(crate) fn note(&self, number: usize, public: bool) -> Value {
        self.note_by(&self.users[0], number, public)
    }

    /// An activity of someone for all followers, and perhaps for everyone.
    pub(crate) fn note_by(&self, author: &User, number: usize, public: bool) -> Value {
        let followers = self.signer.base().to_owned() + &author.path("followers");
        let mut activity = post(number);
        activity["to"] = json!([{ "objectType": "collection", "id": followers }]);
        if public {
            activity["cc"] = json!([{ "objectType": "collection", "id": PUBLIC }]);
        }
        activity
    }

    /// How many activities are in the inbox of everyone.
    pub(crate) async fn inboxes(&self) -> Result<Vec<u64>> {
        let mut connection = Connection::open(&self.authority).await?;
        let mut totals = Vec::new();
        for user in &self.users {
            totals.push(self.inbox(&mut connection, user).await?);
        }
        Ok(totals)
    }

    /// How many are in that of the first, who has what they post at once.
    pub(crate) async fn inbox_of_first(&self) -> Result<u64> {
        let mut connection = Connection::open(&self.authority).await?;
        self.inbox(&mut connection, &self.users[0]).await
    }

    async fn inbox(&self, connection: &mut Connection, user: &User) -> Result<u64> {
        let ask = self
            .signer
            .get(&user.path("inbox?count=1"), &user.credentials);
        let page: Value = connection.ask(&ask).await?.json()?;
        page["totalItems"].as_u64().context("an inbox has a total")
    }

    /// Waits until each inbox has so many more than it had.
    pub(crate) async fn settle(&self, before: &[u64], more: u64) -> Result<()> {
        let begun = Instant::now();
        let mut connection = Connection::open(&self.authority).await?;
        for (user, before) in self.users.iter().zip(before) {
            while self.inbox(&mut connection, user).await? < before + more {
                ensure!(
                    begun.elapsed() < SETTLE_TIMEOUT,
                    "what was posted does not arrive"
                );
                sleep(Duration::from_millis(2)).await;
            }
        }
        Ok(())
    }
}

/// An activity that posts a note, of an ordinary length, to nobody in particular.
pub(crate) fn post(number: usize) -> Value {
    let content = format!(
        "<p>Note number {number}: water runs downhill, and a pump is what makes it run uphill \
         again. Who has seen <a href=\"https://example.com/pumps/{number}\">the new one</a> by the \
         mill?</p>"
    );
    json!({ "verb": "post", "object": { "objectType": "note", "content": content } })
}

pub(crate) async fn register_client(
    signer: &Signer,
    connection: &mut Connection,
) -> Result<Credentials> {
    let registration = json!({
        "type": "client_associate",
        "application_name": "Benchmark",
        "application_type": "native",
    });
    let ask = signer.post("/api/client/register", None, &registration);
    credentials_of(&connection.ask(&ask).await?.json()?)
}

/// The credentials of a client that was registered.
pub(crate) fn credentials_of(client: &Value) -> Result<Credentials> {
    Ok(Credentials {
        key: text(&client["client_id"])?,
        secret: text(&client["client_secret"])?,
        token: None,
    })
}

pub(crate) async fn register(
    signer: &Signer,
    connection: &mut Connection,
    client: &Credentials,
    nickname: String,
) -> Result<User> {
    let registration = json!({ "nickname": nickname, "password": PASSWORD });
    let ask = signer.post("/api/users", Some(client), &registration);
    let account: Value = connection.ask(&ask).await?.json()?;
    let (token, secret) = (text(&account["token"])?, text(&account["secret"])?);
    Ok(User {
        nickname,
        id: text(&account["profile"]["id"])?,
        credentials: client.with_token(&token, &secret),
    })
}

fn text(value: &Value) -> Result<String> {
    let text = value.as_str().context("an answer lacks a text")?;
    Ok(text.to_owned())
}
