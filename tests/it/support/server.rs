//! A server in process.

use std::sync::Arc;

use axum::{Router, body::Body};
use http_body_util::BodyExt;
use hydraulics::{
    App, Caller, Context,
    app::{AppParts, Mailer, ManualClock, SeededEntropy, Settings, Transport},
    federation::block_host,
    model::{AccessToken, Client, ClientKind, HostBlock, Nickname, Secret, Urls},
    service::accounts::{self, Registration},
    storage::{Change, Storage},
};
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt;

use super::{
    Answer, Backend, Credentials, LiveFeed, Network, RemoteHosts, Request, Session, document,
};

/// The time at which every server starts, in seconds since 1970.
pub(crate) const NOW: i64 = 1_800_000_000;

/// The password of every user.
pub(crate) const PASSWORD: &str = "correct horse 9";

/// The public URL of the server, on a default port so that people are `acct:` ids.
pub(crate) const BASE: &str = "http://pump.example";

/// A server at `http://pump.example` with an empty store, whose clock stands still.
#[derive(Clone)]
pub(crate) struct TestServer {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    storage: Arc<dyn Storage>,
    transport: Arc<dyn Transport>,
    router: Router,
    folder: Arc<TempDir>,
}

impl TestServer {
    /// A server with the default settings.
    pub(crate) async fn on(backend: Backend) -> Self {
        Self::with(backend, |_| ()).await
    }

    /// A server with other settings.
    pub(crate) async fn with(backend: Backend, set: impl FnOnce(&mut Settings)) -> Self {
        let settings = settings(set);
        Self::fresh(backend, settings, 7, Arc::new(RemoteHosts)).await
    }

    /// A server that is part of a network, at a public URL such as `https://one.example`.
    pub(crate) async fn at(backend: Backend, network: &Network, url: &str) -> Self {
        let urls = Urls::new(&url::Url::parse(url).unwrap()).unwrap();
        let seed = url.bytes().map(u64::from).sum();
        let settings = settings(|settings| settings.urls = urls);
        let server = Self::fresh(backend, settings, seed, network.transport()).await;
        network.join(&server);
        server
    }

    async fn fresh(
        backend: Backend,
        settings: Settings,
        seed: u64,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let (storage, folder) = backend.open().await;
        let clock = Arc::new(ManualClock::at(NOW));
        Self::start(
            storage,
            Arc::new(folder),
            clock,
            settings,
            seed,
            None,
            transport,
        )
    }

    /// A server in memory, for tests in which storage plays no part.
    pub(crate) async fn in_memory() -> Self {
        Self::on(Backend::Memory).await
    }

    /// Another server on the same store and clock, perhaps set up in another way: what a restart
    /// is, or another node.
    pub(crate) fn again(&self, set: impl FnOnce(&mut Settings)) -> Self {
        self.again_with(set, None)
    }

    /// The same server with another way to other hosts.
    pub(crate) fn connected_to(&self, transport: impl Transport + 'static) -> Self {
        let blobs = Arc::new(object_store::memory::InMemory::new());
        let settings = self.app.settings().clone();
        let mut parts = AppParts::new(self.storage.clone(), blobs, settings);
        parts.clock = self.clock.clone();
        parts.entropy = Arc::new(SeededEntropy::new(9));
        parts.transport = Arc::new(transport);
        self.hosted(|_| App::new(parts))
    }

    /// [`Self::again`] with another way to send mail.
    pub(super) fn again_with(
        &self,
        set: impl FnOnce(&mut Settings),
        mailer: Option<Arc<dyn Mailer>>,
    ) -> Self {
        let mut settings = self.app.settings().clone();
        set(&mut settings);
        let (storage, folder) = (self.storage.clone(), self.folder.clone());
        let transport = Arc::clone(&self.transport);
        let clock = self.clock.clone();
        Self::start(storage, folder, clock, settings, 8, mailer, transport)
    }

    /// The same server as part of a network.
    pub(crate) fn joined(&self, network: &Network) -> Self {
        let (storage, folder) = (self.storage.clone(), self.folder.clone());
        let (clock, settings) = (self.clock.clone(), self.app.settings().clone());
        let transport = network.transport();
        let joined = Self::start(storage, folder, clock, settings, 9, None, transport);
        network.join(&joined);
        joined
    }

    /// Two nodes on one store, each with a connection of its own.
    pub(crate) async fn two(backend: Backend, set: impl Fn(&mut Settings)) -> [Self; 2] {
        let (storages, folder) = backend.open_twice().await;
        let (folder, clock) = (Arc::new(folder), Arc::new(ManualClock::at(NOW)));
        let mut seed = 7;
        storages.map(|storage| {
            let settings = settings(&set);
            seed += 1;
            let (folder, clock) = (folder.clone(), clock.clone());
            let transport = Arc::new(RemoteHosts);
            Self::start(storage, folder, clock, settings, seed, None, transport)
        })
    }

    /// The same server, hosted by an application that adds something to it.
    pub(crate) fn hosted(&self, add: impl FnOnce(App) -> App) -> Self {
        let app = add(self.app.clone());
        Self {
            router: hydraulics::http::router(app.clone()),
            app,
            ..self.clone()
        }
    }

    fn start(
        storage: Arc<dyn Storage>,
        folder: Arc<TempDir>,
        clock: Arc<ManualClock>,
        settings: Settings,
        seed: u64,
        mailer: Option<Arc<dyn Mailer>>,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let blobs = Arc::new(object_store::memory::InMemory::new());
        let mut parts = AppParts::new(storage.clone(), blobs, settings);
        parts.clock = clock.clone();
        parts.entropy = Arc::new(SeededEntropy::new(seed));
        parts.transport = transport.clone();
        let app = App::new(parts);
        let app = match mailer {
            Some(mailer) => app.with_mailer(mailer),
            None => app,
        };
        let router = hydraulics::http::router(app.clone());
        Self {
            app,
            clock,
            storage,
            transport,
            router,
            folder,
        }
    }

    /// The server's own context.
    pub(crate) fn ctx(&self) -> Context {
        self.app.context(Caller::Server)
    }

    /// Sends a request, and reads the whole answer.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let request = request.at(self.app.urls());
        self.send_raw(request.build(&*self.clock)).await
    }

    /// Sends a request for a live feed.
    pub(crate) async fn listen(&self, request: Request) -> LiveFeed {
        let request = request.header("accept", "text/event-stream");
        let request = request.at(self.app.urls());
        let response = self.respond(request.build(&*self.clock)).await;
        LiveFeed::of(response)
    }

    pub(crate) async fn respond(&self, request: http::Request<Body>) -> http::Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request as it is. The answer must be one that `docs/openapi.yaml` describes.
    pub(crate) async fn send_raw(&self, request: http::Request<Body>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let asked = document::Asked::of(&request);
        let response = self.respond(request).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            what,
            status: parts.status,
            headers: parts.headers,
            body,
        };
        document::check(&asked, &answer);
        answer.has_each_id_once();
        answer
    }

    /// Registers a client over the API.
    pub(crate) async fn client(&self) -> Credentials {
        let registration = json!({
            "type": "client_associate",
            "application_type": "native",
            "application_name": "Test Client",
        });
        let answer = self
            .send(Request::post("/api/client/register").json(&registration))
            .await
            .is(200)
            .json();
        Credentials::client(
            answer["client_id"].as_str().unwrap(),
            answer["client_secret"].as_str().unwrap(),
        )
    }

    /// Makes an account, and gives a client of its own a token for it.
    pub(crate) async fn user(&self, nickname: &str) -> Credentials {
        self.account(nickname).await;
        let client = Client {
            name: Some(format!("app-of-{nickname}")),
            ..Client::new(
                format!("client-of-{nickname}"),
                Secret::new("client-secret"),
                ClientKind::Native,
                self.ctx().now(),
            )
        };
        let token = AccessToken {
            token: format!("token-of-{nickname}"),
            secret: Secret::new("token-secret"),
            client: client.id.clone(),
            user: Nickname::parse(nickname).unwrap(),
            created: self.ctx().now(),
        };
        let credentials = Credentials::client(&client.id, "client-secret")
            .with_token(&token.token, "token-secret");
        let changes = vec![Change::PutClient(client), Change::PutAccessToken(token)];
        self.app.storage().commit(changes).await.unwrap();
        credentials
    }

    /// Someone with an account, and a client that acts for them.
    pub(crate) async fn person(&self, nickname: &str) -> Session {
        let credentials = self.user(nickname).await;
        Session {
            server: self.clone(),
            nickname: nickname.into(),
            credentials,
        }
    }

    /// Several of these, by nickname.
    pub(crate) async fn people<const N: usize>(&self, nicknames: [&str; N]) -> [Session; N] {
        let mut people = Vec::with_capacity(N);
        for nickname in nicknames {
            people.push(self.person(nickname).await);
        }
        people
            .try_into()
            .unwrap_or_else(|_| unreachable!("one for each"))
    }

    /// Has nothing to do with a host any more.
    pub(crate) async fn block_host(&self, host: &str) {
        let block = HostBlock {
            host: host.into(),
            subdomains: false,
            reason: None,
            created: self.ctx().now(),
        };
        block_host(&self.app, block).await.unwrap();
    }

    /// Makes an account with [`PASSWORD`].
    pub(crate) async fn account(&self, nickname: &str) {
        let registration = Registration::new(nickname, Secret::new(PASSWORD));
        accounts::register(&self.ctx(), registration).await.unwrap();
    }
}

/// The default settings, but that passwords are hashed in no time, and what else is set.
fn settings(set: impl FnOnce(&mut Settings)) -> Settings {
    let url = url::Url::parse(BASE).unwrap();
    let mut settings = Settings::new(Urls::new(&url).unwrap());
    settings.hashing = argon2::Params::new(argon2::Params::MIN_M_COST, 1, 1, None).unwrap();
    set(&mut settings);
    settings
}
