//! Hosts joined in memory: servers, and stubs that answer as they are told.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Weak},
};

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderValue, Method, Request, Response, header};
use hydraulics::app::{Clock, FinalUrl, Incoming, Transport, TransportError};
use parking_lot::Mutex;
use serde_json::{Value, json};
use url::Url;

use super::TestServer;

/// Maximum redirects, as over HTTP.
const MAX_REDIRECTS: usize = 4;

/// A host that is no server of ours.
pub(crate) type Stub = dyn Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync;

/// A way in which a host fails.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It can't be reached.
    Refused,
    /// Its certificate is not trusted.
    Untrusted,
    /// It answers with this status.
    Status(u16),
    /// It answers 200 with this.
    Body(&'static str),
    /// It answers 200 with this JSON.
    Json(&'static str),
    /// It answers without end.
    Endless,
    /// It sends on to this URL.
    Redirect(String),
    /// It refuses signatures of other kinds than RFC 9421, and asks for this one.
    Wants(&'static str),
}

/// Hosts by origin. A clone is the same network; its servers end with the last one.
#[derive(Clone, Default)]
pub(crate) struct Network(Arc<Mutex<State>>);

/// The way to a network that is still there.
struct Way(Weak<Mutex<State>>);

#[derive(Default)]
struct State {
    hosts: HashMap<String, Host>,
    /// Beginnings of URLs without their scheme, and how these fail.
    faults: Vec<(String, Fault)>,
    requests: Vec<Request<Bytes>>,
    /// Whether its servers seem to speak `ActivityPub` only.
    activitypub_only: bool,
}

#[derive(Clone)]
enum Host {
    Server(Box<TestServer>),
    Stub(Arc<Stub>),
}

/// An answer of a stub.
pub(crate) fn answer(status: u16, media_type: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    let response = Response::builder().status(status);
    let response = response.header(header::CONTENT_TYPE, media_type);
    response.body(body.into()).unwrap()
}

/// Answers a person as pump.io 6 does: in ActivityStreams 2 under the address of their page, unless
/// ActivityStreams 1 is asked for by its own name.
pub(crate) fn pump_io_6_person(request: &Request<Bytes>, id: &str) -> Response<Bytes> {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|it| it.to_str().ok()).unwrap_or("*/*");
    if accept.contains("*/*") || accept.contains("application/stream+json") {
        let person = json!({ "objectType": "person", "id": id });
        return answer(200, "application/json; charset=utf-8", person.to_string());
    }
    let page = format!("https://{}/zed", request.uri().host().unwrap_or_default());
    let person = json!({ "type": "Person", "id": page });
    answer(200, "application/ld+json", person.to_string())
}

/// A time as a `Date` header has it.
pub(crate) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

impl Network {
    /// Makes a server part of the network, under its public URL.
    pub(crate) fn join(&self, server: &TestServer) {
        let host = Host::Server(Box::new(server.clone()));
        let origin = server.app.urls().origin().to_owned();
        self.0.lock().hosts.insert(origin, host);
    }

    /// A network on which servers see of each other that they speak `ActivityPub`, and nothing of
    /// the Pump API.
    pub(crate) fn of_activitypub() -> Self {
        let network = Self::default();
        network.0.lock().activitypub_only = true;
        network
    }

    /// The way from one of its hosts to the others.
    pub(super) fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(Way(Arc::downgrade(&self.0)))
    }

    /// Makes a stub part of the network, under an origin such as `https://stub.example`.
    pub(crate) fn stub(
        &self,
        origin: &str,
        stub: impl Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) {
        let stub = Host::Stub(Arc::new(stub));
        self.0.lock().hosts.insert(origin.to_owned(), stub);
    }

    /// Lets all URLs fail that begin so, after their scheme.
    pub(crate) fn fail(&self, beginning: &str, fault: Fault) {
        self.0
            .lock()
            .faults
            .insert(0, (beginning.to_owned(), fault));
    }

    /// Ends all faults.
    pub(crate) fn mend(&self) {
        self.0.lock().faults.clear();
    }

    /// Returns the requests since the last call: method and URL.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.0.lock().requests);
        let line = |request: &Request<Bytes>| format!("{} {}", request.method(), request.uri());
        requests.iter().map(line).collect()
    }

    /// Returns the bodies that were sent to URLs that begin so since the last call, oldest first.
    pub(crate) fn take_bodies(&self, beginning: &str) -> Vec<Bytes> {
        let mut state = self.0.lock();
        let is_one = |request: &Request<Bytes>| {
            !request.body().is_empty() && request.uri().to_string().starts_with(beginning)
        };
        let (taken, left): (Vec<_>, Vec<_>) = std::mem::take(&mut state.requests)
            .into_iter()
            .partition(is_one);
        state.requests = left;
        taken.into_iter().map(Request::into_body).collect()
    }

    /// Returns the last request whose URL holds a text.
    pub(crate) fn last_request(&self, text: &str) -> Option<Request<Bytes>> {
        let state = self.0.lock();
        let mut latest = state.requests.iter().rev();
        latest
            .find(|it| it.uri().to_string().contains(text))
            .cloned()
    }

    async fn exchange(
        &self,
        url: &Url,
        request: Request<Bytes>,
    ) -> Result<Response<Incoming>, TransportError> {
        let unreached = |cause: &str| Err(TransportError::Failed(cause.into()));
        let bare = url.as_str().split_once("://").map_or("", |(_, bare)| bare);
        let (fault, host, activitypub_only) = {
            let mut state = self.0.lock();
            state.requests.push(request.clone());
            let fault = state.faults.iter().find(|(it, _)| bare.starts_with(&**it));
            let host = state.hosts.get(&url.origin().ascii_serialization());
            let is_message = request.headers().contains_key("signature-input");
            let fault = fault.map(|(_, fault)| fault.clone());
            let fault = fault.filter(|fault| !is_message || !matches!(fault, Fault::Wants(_)));
            (fault, host.cloned(), state.activitypub_only)
        };
        let whole = |response: Response<Bytes>| {
            response.map(|body| stream::iter([Ok::<_, io::Error>(body)]).boxed())
        };
        match (fault, host) {
            (Some(Fault::Refused), _) | (None, None) => unreached("connection refused"),
            (Some(Fault::Untrusted), _) => unreached("invalid peer certificate: UnknownIssuer"),
            (Some(Fault::Status(status)), _) => Ok(whole(answer(status, "text/plain", "no"))),
            (Some(Fault::Body(body)), _) => Ok(whole(answer(200, "text/plain", body))),
            (Some(Fault::Json(body)), _) => Ok(whole(answer(200, "application/json", body))),
            (Some(Fault::Endless), _) => {
                let piece = || Ok(Bytes::from(vec![b' '; 65_536]));
                Ok(Response::new(stream::repeat_with(piece).boxed()))
            }
            (Some(Fault::Wants(signature)), _) => {
                let response = Response::builder().status(401);
                let response = response.header("accept-signature", signature);
                Ok(whole(response.body(Bytes::new()).unwrap()))
            }
            (Some(Fault::Redirect(to)), _) => {
                let response = Response::builder().status(302).header(header::LOCATION, to);
                Ok(whole(response.body(Bytes::new()).unwrap()))
            }
            (None, Some(Host::Stub(stub))) => Ok(whole(stub(&request))),
            (None, Some(Host::Server(_))) if activitypub_only && is_host_meta(url) => {
                Ok(whole(answer(404, "text/plain", "no")))
            }
            (None, Some(Host::Server(server))) => {
                let response = serve(&server, url, request).await;
                if activitypub_only && url.path() == "/.well-known/webfinger" {
                    return Ok(whole(actors_only(response).await));
                }
                Ok(response)
            }
        }
    }
}

fn is_host_meta(url: &Url) -> bool {
    url.path().starts_with("/.well-known/host-meta") || url.path() == "/api/lrdd"
}

/// Leaves nothing but links to actors in the answer of webfinger.
async fn actors_only(served: Response<Incoming>) -> Response<Bytes> {
    let status = served.status().as_u16();
    let pieces: Vec<Bytes> = served.into_body().try_collect().await.unwrap();
    let Ok(mut document) = serde_json::from_slice::<Value>(&pieces.concat()) else {
        return answer(status, "text/plain", "no");
    };
    if let Some(links) = document["links"].as_array_mut() {
        links.retain(|link| link["type"] == "application/activity+json");
    }
    answer(status, "application/jrd+json", document.to_string())
}

/// Has a server answer as it would over HTTP.
async fn serve(server: &TestServer, url: &Url, request: Request<Bytes>) -> Response<Incoming> {
    let mut request = request.map(Body::from);
    let host = HeaderValue::from_str(url.authority()).unwrap();
    request.headers_mut().insert(header::HOST, host);
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    *request.uri_mut() = path.parse().unwrap();
    let mut response = server.respond(request).await;
    let date = http_date(server.clock.now()).parse().unwrap();
    response.headers_mut().insert(header::DATE, date);
    response.map(|body| body.into_data_stream().map_err(io::Error::other).boxed())
}

#[async_trait]
impl Transport for Way {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        let network = Network(self.0.upgrade().expect("the network is there"));
        let first = Url::parse(&request.uri().to_string()).unwrap();
        let mut url = first.clone();
        let mut request = request;
        for _ in 0..=MAX_REDIRECTS {
            let mut response = network.exchange(&url, request.clone()).await?;
            let location = response.headers().get(header::LOCATION);
            let next = location.and_then(|next| url.join(next.to_str().unwrap()).ok());
            let is_followed = response.status().is_redirection() && request.method().is_safe();
            let Some(next) = next.filter(|_| is_followed) else {
                if url != first {
                    response.extensions_mut().insert(FinalUrl(url));
                }
                return Ok(response);
            };
            // As HTTP clients do it.
            *request.method_mut() = Method::GET;
            *request.body_mut() = Bytes::new();
            *request.uri_mut() = next.as_str().parse().unwrap();
            if next.origin() != url.origin() {
                request.headers_mut().remove(header::AUTHORIZATION);
            }
            url = next;
        }
        Err(TransportError::Failed("too many redirects".into()))
    }
}
