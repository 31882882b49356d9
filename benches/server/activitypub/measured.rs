//! The measured server, and the author on it.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use hydraulics::app::{Entropy, SystemEntropy};
use serde_json::{Value, json};
use tokio::time::sleep;
use url::{Position, Url};

use super::{persons::actor_id, signing::Key};
use crate::{
    arguments::Backend,
    database::Database,
    federation::Hosts,
    fixture::{PUBLIC, post, register, register_client},
    process::{Process, Watch},
    signing::{Credentials, Signer},
    wire::Connection,
};

/// Address of our own server, which is its name.
const OWN_HOST: Ipv4Addr = Ipv4Addr::new(127, 76, 0, 1);

/// How long a server must do nothing to be at rest, and how much of a processor is nothing.
const REST_DURATION: Duration = Duration::from_millis(500);
const RESTING_CPU: f64 = 0.02;

/// How long it may take to come to rest.
const REST_TIMEOUT: Duration = Duration::from_mins(3);

/// The author, as other servers see them.
pub(super) struct Author {
    pub(super) id: String,
    pub(super) address: String,
    /// Path of the inbox.
    pub(super) inbox: String,
    /// Paths of the actor and of the first page of followers.
    pub(super) actor: String,
    pub(super) followers: String,
}

/// By which API the author posts.
enum Account {
    Pump {
        nickname: String,
        credentials: Credentials,
    },
    /// That of Mastodon, with a token.
    Mastodon { token: String },
}

/// A server with an author on it.
pub(super) struct Measured {
    pub(super) name: String,
    pub(super) authority: String,
    /// Different in each run, for ids that were never seen.
    pub(super) run: String,
    pub(super) watch: Watch,
    pub(super) author: Author,
    /// Its memory before it had anything to do, in KiB.
    pub(super) idle_kib: Option<u64>,
    account: Account,
    signer: Signer,
    own: Option<(Database, Process)>,
}

/// A server of others that runs.
pub(super) struct Other<'a> {
    pub(super) url: &'a Url,
    pub(super) name: &'a str,
    pub(super) process: Watch,
    pub(super) nickname: &'a str,
    pub(super) token: &'a str,
}

impl Measured {
    /// Starts our own server on an empty database.
    pub(super) async fn own(backend: Backend, key: &Key) -> Result<Self> {
        let database = Database::fresh(backend).await?;
        let process = Process::serve_peer(database.folder(), &database.url, OWN_HOST, &[]).await?;
        let authority = OWN_HOST.to_string();
        let (signer, watch) = (Signer::new(&process.url), process.watch());
        let idle_kib = watch.resident();
        let mut connection = Connection::open(&authority).await?;
        let client = register_client(&signer, &mut connection).await?;
        let user = register(&signer, &mut connection, &client, "author".into()).await?;
        Ok(Self {
            name: backend.name().into(),
            author: Author::find(&authority, &user.nickname, key).await?,
            authority,
            run: run_name(),
            watch,
            idle_kib,
            account: Account::Pump {
                nickname: user.nickname,
                credentials: user.credentials,
            },
            signer,
            own: Some((database, process)),
        })
    }

    /// Takes a server of others as it is.
    pub(super) async fn other(other: &Other<'_>, key: &Key) -> Result<Self> {
        let authority = other.url[Position::BeforeHost..Position::AfterPort].to_owned();
        Ok(Self {
            name: other.name.into(),
            author: Author::find(&authority, other.nickname, key).await?,
            authority,
            run: run_name(),
            watch: other.process,
            idle_kib: other.process.resident(),
            account: Account::Mastodon {
                token: other.token.into(),
            },
            signer: Signer::new(other.url),
            own: None,
        })
    }

    /// Posts a public note by the author.
    pub(super) async fn post(&self, connection: &mut Connection, number: usize) -> Result<()> {
        let mut note = post(number);
        let ask = match &self.account {
            Account::Pump {
                nickname,
                credentials,
            } => {
                let feed = format!("/api/user/{nickname}/feed");
                let followers = format!("{}/api/user/{nickname}/followers", self.signer.base());
                note["to"] = json!([{ "objectType": "collection", "id": PUBLIC }]);
                note["cc"] = json!([{ "objectType": "collection", "id": followers }]);
                self.signer.post(&feed, Some(credentials), &note)
            }
            Account::Mastodon { token } => {
                let status = json!({
                    "status": note["object"]["content"],
                    "visibility": "public",
                    "content_type": "text/html",
                });
                self.signer.post_as("/api/v1/statuses", token, &status)
            }
        };
        connection.ask(&ask).await?;
        Ok(())
    }

    /// Waits until the server does nothing more, and returns since when.
    pub(super) async fn rest(&self) -> Result<Instant> {
        let begun = Instant::now();
        loop {
            let (at, before) = (Instant::now(), self.cpu()?);
            sleep(REST_DURATION).await;
            if self.cpu()? - before <= REST_DURATION.as_secs_f64() * RESTING_CPU {
                return Ok(at);
            }
            ensure!(
                begun.elapsed() < REST_TIMEOUT,
                "the server does not come to rest"
            );
        }
    }

    /// The processor time that it has used, in seconds.
    pub(super) fn cpu(&self) -> Result<f64> {
        self.watch.cpu().context("the server has no process here")
    }

    /// Stops it if it is ours, and leaves nothing behind.
    pub(super) async fn end(self) -> Result<()> {
        if let Some((database, process)) = self.own {
            process.stop().await?;
            database.remove().await?;
        }
        Ok(())
    }
}

fn run_name() -> String {
    let chance: &dyn Entropy = &SystemEntropy;
    chance.token::<4>()
}

impl Author {
    /// Finds somebody as another server does, in the name of its first person.
    async fn find(authority: &str, nickname: &str, key: &Key) -> Result<Self> {
        let address = format!("{nickname}@{authority}");
        let asks = actor_id(&Hosts::address(0).to_string(), "p0");
        let mut connection = Connection::open(authority).await?;
        let mut fetch = async |path: &str| -> Result<Value> {
            let ask = key.request(&asks, authority, path, None)?;
            connection.ask(&ask).await?.json()
        };
        let found = fetch(&format!("/.well-known/webfinger?resource=acct:{address}")).await?;
        let links = found["links"].as_array().context("a person has links")?;
        let link = links
            .iter()
            .find(|link| link["rel"] == "self" && link["type"] == "application/activity+json");
        let id = link.and_then(|link| link["href"].as_str());
        let id = id.context("a person has an actor")?.to_owned();
        let actor = path_of(&id)?;
        let shown = fetch(&actor).await?;
        let path = |name: &str| {
            let url = shown[name].as_str();
            path_of(url.with_context(|| format!("an actor has {name}"))?)
        };
        let (inbox, followers) = (path("inbox")?, path("followers")?);
        let collection = fetch(&followers).await?;
        let first = &collection["first"];
        let first = first.as_str().or(first["id"].as_str());
        Ok(Self {
            address: format!("@{address}"),
            inbox,
            followers: first.map_or(Ok(followers), path_of)?,
            actor,
            id,
        })
    }
}

fn path_of(url: &str) -> Result<String> {
    let url = Url::parse(url)?;
    Ok(url[Position::BeforePath..Position::AfterQuery].to_owned())
}
