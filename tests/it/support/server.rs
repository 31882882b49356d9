//! A server in this process.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{Router, body::Body, http::Request};
use hydraulics::{
    App,
    app::{ManualClock, Parts, SeededEntropy, Settings},
    context::Caller,
    model::{AccessToken, Client, ClientKind, Secret, Urls},
    service::accounts::{self, Registration},
    storage::{Change, Storage},
};
use object_store::memory::InMemory;
use serde_json::Map;
use tempfile::TempDir;
use tower::ServiceExt;

use super::{Backend, Reply, Session};

/// When the clock of the tests stands.
pub(crate) const NOW: i64 = 1_800_000_000;

/// The public URL of the server, on a default port so that people are `acct:` ids.
pub(crate) const BASE: &str = "http://pump.example";

/// The password of everyone.
pub(crate) const PASSWORD: &str = "correct-horse-9";

/// A server on a fresh store, with a clock that stands still.
#[derive(Clone)]
pub(crate) struct TestServer {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) backend: Backend,
    storage: Arc<dyn Storage>,
    router: Router,
    nonces: Arc<AtomicU64>,
    folder: Arc<TempDir>,
}

impl TestServer {
    /// A server with the default settings.
    pub(crate) async fn start(backend: Backend) -> Self {
        Self::start_with(backend, |_| ()).await
    }

    /// A server with settings of the test's own.
    pub(crate) async fn start_with(backend: Backend, change: impl FnOnce(&mut Settings)) -> Self {
        let (storage, folder) = backend.open().await;
        let urls = Urls::new(&BASE.parse().expect("a URL")).expect("a public URL");
        let mut settings = Settings::new(urls);
        change(&mut settings);
        let clock = Arc::new(ManualClock::at(NOW));
        Self::on(backend, storage, Arc::new(folder), clock, settings, 7)
    }

    /// Another server on the same store and clock, perhaps with other settings: what one is after a
    /// restart, and what another node is.
    pub(crate) fn again(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.app.settings().clone();
        change(&mut settings);
        let (storage, clock) = (self.storage.clone(), self.clock.clone());
        Self::on(self.backend, storage, self.folder.clone(), clock, settings, 8)
    }

    fn on(
        backend: Backend,
        storage: Arc<dyn Storage>,
        folder: Arc<TempDir>,
        clock: Arc<ManualClock>,
        settings: Settings,
        seed: u64,
    ) -> Self {
        let app = App::new(Parts {
            storage: storage.clone(),
            blobs: Arc::new(InMemory::new()),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(seed)),
            settings,
        });
        let router = hydraulics::http::router(app.clone());
        Self {
            app,
            clock,
            backend,
            storage,
            router,
            nonces: Arc::default(),
            folder,
        }
    }

    /// The answer to a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        Reply::read(
            self.router
                .clone()
                .oneshot(request)
                .await
                .expect("the router answers"),
        )
        .await
    }

    /// A nonce that was not used before.
    pub(crate) fn nonce(&self) -> String {
        format!("nonce{}", self.nonces.fetch_add(1, Ordering::Relaxed))
    }

    /// A registered client that acts for nobody.
    pub(crate) async fn client(&self, name: &str) -> Session {
        let client = Client {
            id: format!("{name}-key"),
            secret: Secret::new(format!("{name}-secret")),
            kind: ClientKind::Native,
            name: Some(name.into()),
            description: None,
            logo_url: None,
            contacts: Vec::new(),
            redirect_uris: Vec::new(),
            created: chrono::DateTime::from_timestamp(NOW, 0).expect("a time"),
            updated: chrono::DateTime::from_timestamp(NOW, 0).expect("a time"),
        };
        let credentials = (client.id.clone(), client.secret.expose().to_owned());
        self.commit(vec![Change::PutClient(client)]).await;
        Session::new(self.clone(), credentials, None, "nobody")
    }

    /// Someone with a new account, and a client that acts for them.
    pub(crate) async fn person(&self, nickname: &str) -> Session {
        let registration = Registration {
            nickname: nickname.into(),
            password: Secret::new(PASSWORD),
            email: None,
            extra: Map::new(),
        };
        let server = self.app.context(Caller::Server);
        let account = accounts::register(&server, registration)
            .await
            .expect("an account can be made");
        let nobody = self.client(&format!("app-of-{nickname}")).await;
        let token = AccessToken {
            token: format!("{nickname}-token"),
            secret: Secret::new(format!("{nickname}-token-secret")),
            client: nobody.key().into(),
            user: account.nickname,
            created: server.now(),
        };
        let credentials = (token.token.clone(), token.secret.expose().to_owned());
        self.commit(vec![Change::PutAccessToken(token)]).await;
        nobody.acting_for(nickname, credentials)
    }

    async fn commit(&self, changes: Vec<Change>) {
        self.app
            .storage()
            .commit(changes)
            .await
            .expect("the store takes it");
    }
}
