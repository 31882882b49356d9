//! A plain hyper service with two Pump servers in the same process, for
//! `one.localhost` and `two.localhost`, each below `/pump`. They share nothing.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
};
use http::{Request, Response, header};
use hydraulics::{App, AppParts, Settings, model::Urls, storage::memory::Memory};
use object_store::memory::InMemory;
use tower::ServiceExt;

/// Anything that goes wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// All that is served, by the host that is asked.
#[derive(Clone, Default)]
pub struct Service {
    servers: Arc<HashMap<String, (App, Router)>>,
}

impl Service {
    /// Pump servers below `/pump` of these hosts, which may have ports. Their data is in memory
    /// only.
    pub fn on(hosts: &[&str]) -> Result<Self, Error> {
        let servers = hosts.iter().map(|host| {
            let urls = Urls::new(&format!("http://{host}/pump").parse()?)?;
            let (storage, blobs) = (Arc::new(Memory::new()), Arc::new(InMemory::new()));
            let app = App::new(AppParts::new(storage, blobs, Settings::new(urls)));
            let router = hydraulics::router(app.clone());
            Ok(((*host).to_owned(), (app, router)))
        });
        let servers: Result<_, Error> = servers.collect();
        Ok(Self {
            servers: Arc::new(servers?),
        })
    }

    /// The Pump server of a host.
    pub fn server(&self, host: &str) -> Option<&App> {
        self.servers.get(host).map(|(app, _)| app)
    }

    /// Answers: what is Pump's by its path goes there, and all else is our own.
    pub async fn answer<B>(&self, request: Request<B>) -> Result<Response<Body>, Infallible>
    where
        B: HttpBody<Data = Bytes, Error: Into<Error>> + Send + 'static,
    {
        let path = request.uri().path();
        let is_pumps = path.starts_with("/pump/") || path.starts_with("/.well-known/");
        let host = request.headers().get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        match self.servers.get(host).filter(|_| is_pumps) {
            Some((_, router)) => router.clone().oneshot(request).await,
            None => {
                let text = format!("You asked {host} for {path}, and that is all we know.\n");
                Ok(Response::new(Body::from(text)))
            }
        }
    }
}
