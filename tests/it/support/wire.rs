//! What a server is asked as it stands on the wire.

use axum::body::Body;
use hydraulics::{
    Context,
    context::Caller,
    model::{AccessToken, Client, ClientKind, Nickname, Secret},
    service::accounts::{self, Registration},
    storage::Change,
};
use serde_json::{Map, json};

use super::{Answer, Credentials, PASSWORD, Request, TestServer};

impl TestServer {
    /// The server's own context.
    pub(crate) fn ctx(&self) -> Context {
        self.app.context(Caller::Server)
    }

    /// Sends a request, and reads the whole answer.
    pub(crate) async fn ask(&self, request: Request) -> Answer {
        self.ask_raw(request.build(&*self.clock)).await
    }

    /// Sends a request as it is.
    pub(crate) async fn ask_raw(&self, request: http::Request<Body>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let reply = self.send(request).await;
        Answer {
            what,
            status: reply.status,
            headers: reply.headers,
            body: reply.body,
        }
    }

    /// Registers a client over the API.
    pub(crate) async fn registered(&self) -> Credentials {
        let registration = json!({
            "type": "client_associate",
            "application_type": "native",
            "application_name": "Test Client",
        });
        let request = Request::post("/api/client/register").json(&registration);
        let answer = self.ask(request).await.is(200).json();
        Credentials::client(
            answer["client_id"].as_str().unwrap(),
            answer["client_secret"].as_str().unwrap(),
        )
    }

    /// Makes an account, and gives a client of its own a token for it.
    pub(crate) async fn signer(&self, nickname: &str) -> Credentials {
        self.account(nickname).await;
        let client = Client {
            id: format!("client-of-{nickname}"),
            secret: Secret::new("client-secret"),
            kind: ClientKind::Native,
            name: Some("Test Client".into()),
            description: None,
            logo_url: None,
            contacts: Vec::new(),
            redirect_uris: Vec::new(),
            created: self.ctx().now(),
            updated: self.ctx().now(),
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

    /// Makes an account with [`PASSWORD`].
    pub(crate) async fn account(&self, nickname: &str) {
        let registration = Registration {
            nickname: nickname.into(),
            password: Secret::new(PASSWORD),
            email: None,
            extra: Map::new(),
        };
        accounts::register(&self.ctx(), registration).await.unwrap();
    }
}
