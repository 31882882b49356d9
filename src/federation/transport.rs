//! The way to the hosts of strangers, and the one place that names the HTTP client for it.

use std::{error::Error, io, net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt;
use http::{Request, Response};
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::net::lookup_host;
use url::Url;

use super::Guard;
use crate::app::{FinalUrl, Incoming, Transport, TransportError};

/// How long it may take to reach a host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a host may be silent.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How long an answer may take as a whole.
const TOTAL_TIMEOUT: Duration = Duration::from_mins(5);

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 4;

/// Domains that exist in documentation only (RFC 2606): what names them is made up.
const RESERVED_DOMAINS: [&str; 5] = [
    "example",
    "invalid",
    "example.com",
    "example.net",
    "example.org",
];

/// HTTP and HTTPS to hosts that a [`Guard`] admits. Addresses are checked when they are connected
/// to, so that a name that changes its mind gains nothing; and so is every redirect. Only reads
/// follow redirects: else any host could have this server send its requests to others.
pub struct HttpTransport {
    reading: Client,
    writing: Client,
    guard: Guard,
}

impl HttpTransport {
    /// A transport that names itself so to others, and asks whom the guard admits.
    pub fn new(user_agent: &str, guard: Guard) -> Result<Self, TransportError> {
        Self::trusting(user_agent, guard, &[])
    }

    /// The same, which also trusts certificates of these authorities, in PEM. It is an error if
    /// there are bytes and no certificate in them.
    pub fn trusting(
        user_agent: &str,
        guard: Guard,
        authorities: &[u8],
    ) -> Result<Self, TransportError> {
        let lookup = |name: String| async move {
            let found = lookup_host((name, 0)).await?;
            io::Result::Ok(found.collect())
        };
        Self::with_lookup(user_agent, guard, authorities, lookup)
    }

    fn with_lookup<L, F>(
        user_agent: &str,
        guard: Guard,
        authorities: &[u8],
        lookup: L,
    ) -> Result<Self, TransportError>
    where
        L: Fn(String) -> F + Send + Sync + 'static,
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        let authorities = certificates(authorities).map_err(TransportError::Failed)?;
        let tls = tls(authorities).map_err(|error| TransportError::Failed(error.into()))?;
        let resolver = Arc::new(Resolver {
            guard: guard.clone(),
            lookup,
        });
        let client = |redirects| {
            let client = Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(user_agent)
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(READ_TIMEOUT)
                .timeout(TOTAL_TIMEOUT)
                .no_proxy()
                .referer(false)
                .dns_resolver(Arc::clone(&resolver))
                .redirect(redirects)
                .build();
            client.map_err(|error| TransportError::Failed(error.into()))
        };
        let followed = guard.clone();
        let follow = redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > MAX_REDIRECTS || !followed.allows_url(attempt.url()) {
                attempt.stop()
            } else {
                attempt.follow()
            }
        });
        Ok(Self {
            reading: client(follow)?,
            writing: client(redirect::Policy::none())?,
            guard,
        })
    }
}

/// Sends a request, and once more if the connection broke before there was an answer. Some hosts
/// close each connection after an answer without saying so, when we may have taken it up again.
async fn execute(
    client: &Client,
    request: reqwest::Request,
) -> Result<reqwest::Response, reqwest::Error> {
    let again = request.try_clone();
    match (client.execute(request).await, again) {
        (Err(error), Some(again)) if broke(&error) => client.execute(again).await,
        (answer, _) => answer,
    }
}

/// Whether a request failed because its connection ended, once there was one.
fn broke(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect() && !error.is_timeout()
}

/// Whether a URL is of a reserved domain, or below one.
fn is_reserved(url: &Url) -> bool {
    let host = url.domain().unwrap_or_default().trim_end_matches('.');
    RESERVED_DOMAINS.iter().any(|domain| {
        let below = host.strip_suffix(domain);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}

/// Reads certificates in PEM.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Box<dyn Error + Send + Sync>> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>()?;
    if certificates.is_empty() && !pem.is_empty() {
        return Err("there is no certificate in it".into());
    }
    Ok(certificates)
}

/// TLS as all of our clients speak it, with these authorities beside those of the web.
pub(crate) fn tls(
    authorities: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, rustls::Error> {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    for certificate in authorities {
        roots.add(certificate)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        let forbidden = || TransportError::Forbidden(request.uri().to_string());
        let url = Url::parse(&request.uri().to_string()).map_err(|_| forbidden())?;
        if !self.guard.allows_url(&url) || is_reserved(&url) {
            return Err(forbidden());
        }
        let failed = |error: reqwest::Error| TransportError::Failed(error.without_url().into());
        let client = if request.method().is_safe() {
            &self.reading
        } else {
            &self.writing
        };
        let request = request.try_into().map_err(failed)?;
        let answer = execute(client, request).await.map_err(failed)?;
        let mut response = Response::new(());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        if *answer.url() != url {
            response
                .extensions_mut()
                .insert(FinalUrl(answer.url().clone()));
        }
        let body = answer
            .bytes_stream()
            .map_err(|error| io::Error::other(error.without_url()));
        Ok(response.map(|()| Box::pin(body) as Incoming))
    }
}

/// Looks up names, and leaves out the addresses that may not be asked.
struct Resolver<L> {
    guard: Guard,
    lookup: L,
}

impl<L, F> Resolve for Resolver<L>
where
    L: Fn(String) -> F + Send + Sync,
    F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
{
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.guard.clone();
        let found = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let mut admitted = found.await?;
            admitted.retain(|address| guard.allows(address.ip()));
            if admitted.is_empty() {
                let refused = format!("{} has no address that may be asked", name.as_str());
                return Err(refused.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// A host, at all of our own addresses, that sends `/there` to where it is told, and says who
    /// asked for anything else. Returns its port.
    async fn host() -> u16 {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = vec![0; 4096];
                let length = stream.read(&mut asked).await.unwrap();
                let asked = String::from_utf8_lossy(&asked[..length]).to_lowercase();
                let answer = if let Some((_, rest)) = asked.split_once(" /there?") {
                    let to = rest.split(' ').next().unwrap_or_default();
                    format!(
                        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"
                    )
                } else {
                    let agent = asked.split("user-agent: ").nth(1).unwrap_or_default();
                    let agent = agent.split('\r').next().unwrap_or_default();
                    format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{agent}",
                        agent.len()
                    )
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        port
    }

    fn transport(allowed: &[&str]) -> HttpTransport {
        let allowed = allowed.iter().map(|network| network.parse().unwrap());
        HttpTransport::new("tester/1", Guard::new(allowed.collect())).unwrap()
    }

    fn get(url: String) -> Request<Bytes> {
        Request::get(url).body(Bytes::new()).unwrap()
    }

    /// Innermost cause of a failure.
    fn cause_of(answer: Result<Response<Incoming>, TransportError>) -> String {
        let failed = answer.err().unwrap();
        let mut cause: &dyn Error = &failed;
        while let Some(source) = cause.source() {
            cause = source;
        }
        cause.to_string()
    }

    #[tokio::test]
    async fn an_answer_comes_with_status_and_body() {
        let port = host().await;
        let transport = transport(&["127.0.0.0/8"]);
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("http://127.0.0.1:{port}/there?http://127.0.0.1:{port}/"),
        ] {
            let answer = transport.send(get(url.clone())).await.unwrap();
            assert_eq!(answer.status(), 200);
            let redirected = answer.extensions().get::<FinalUrl>();
            let last = redirected.map(|FinalUrl(last)| last.to_string());
            let there = url.split_once("/there?").map(|(_, to)| to.to_owned());
            assert_eq!(last, there);
            let body: Vec<Bytes> = answer.into_body().try_collect().await.unwrap();
            assert_eq!(body.concat(), b"tester/1");
        }
    }

    #[tokio::test]
    async fn write_is_sent_on_to_nobody() {
        let port = host().await;
        let url = format!("http://127.0.0.1:{port}/there?http://127.0.0.1:{port}/");
        let request = Request::post(url).body(Bytes::from_static(b"{}")).unwrap();
        let answer = transport(&["127.0.0.0/8"]).send(request).await.unwrap();
        assert_eq!(answer.status(), 307);
        assert!(answer.extensions().get::<FinalUrl>().is_none());
    }

    #[tokio::test]
    async fn private_address_is_blocked_under_every_name() {
        let port = host().await;
        let closed = transport(&[]);
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("http://[::ffff:127.0.0.1]:{port}/"),
        ] {
            assert!(closed.send(get(url.clone())).await.is_err(), "{url}");
        }
    }

    #[test]
    fn reserved_domains_are_known_with_all_below_them() {
        for (url, reserved) in [
            ("https://pump.example/x", true),
            ("https://a.b.Example.COM./", true),
            ("http://x.invalid:8080/", true),
            ("https://notexample.com/", false),
            ("https://example.de/", false),
            ("https://example.com.de/", false),
            ("http://127.0.0.1/", false),
        ] {
            assert_eq!(is_reserved(&Url::parse(url).unwrap()), reserved, "{url}");
        }
    }

    #[tokio::test]
    async fn nobody_is_led_behind_our_walls() {
        let port = host().await;
        let open = transport(&["127.0.0.2/32"]);
        let redirect = |to: &str| get(format!("http://127.0.0.2:{port}/there?{to}"));
        for inner in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://[::ffff:127.0.0.1]:{port}/"),
            "file:///etc/passwd".into(),
        ] {
            let answer = open.send(redirect(&inner)).await.unwrap();
            assert_eq!(answer.status(), 307, "{inner} is not followed");
        }
        let named = open.send(redirect(&format!("http://localhost:{port}/")));
        assert_eq!(
            cause_of(named.await),
            "localhost has no address that may be asked"
        );
        let answer = open.send(redirect(&format!("http://127.0.0.2:{port}/")));
        assert_eq!(answer.await.unwrap().status(), 200);
    }

    #[tokio::test]
    async fn name_that_changes_its_mind_gains_nothing() {
        let port = host().await;
        let asked = Arc::new(AtomicU8::new(0));
        // The first address is allowed, and those of later looks are within.
        let looks = Arc::clone(&asked);
        let lookup = move |_: String| {
            let last = 2 - looks.fetch_add(1, Ordering::SeqCst).min(1);
            async move { Ok(vec![SocketAddr::from(([127, 0, 0, last], 0))]) }
        };
        let guard = Guard::new(vec!["127.0.0.2/32".parse().unwrap()]);
        let open = HttpTransport::with_lookup("tester/1", guard, &[], lookup).unwrap();
        let url = format!("http://pump.test:{port}/");
        let answer = open.send(get(url.clone())).await.unwrap();
        let body: Vec<Bytes> = answer.into_body().try_collect().await.unwrap();
        assert_eq!(body.concat(), b"tester/1");
        for looks in [2, 3] {
            assert_eq!(
                cause_of(open.send(get(url.clone())).await),
                "pump.test has no address that may be asked"
            );
            assert_eq!(asked.load(Ordering::SeqCst), looks);
        }
    }

    /// A host that answers the first request of its only lasting connection, and resets it when a
    /// second comes. Later connections have one answer each. Returns its port.
    async fn forgetful_host() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut asked = vec![0; 4096];
            let (mut kept, _) = listener.accept().await.unwrap();
            for answered in [true, false] {
                assert!(kept.read(&mut asked).await.unwrap() > 0);
                if answered {
                    kept.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                        .await
                        .unwrap();
                }
            }
            kept.set_zero_linger().unwrap();
            drop(kept);
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut asked).await.unwrap() > 0);
            let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        });
        port
    }

    #[tokio::test]
    async fn request_on_a_connection_that_ended_is_sent_once_more() {
        for method in ["GET", "POST"] {
            let url = format!("http://127.0.0.1:{}/", forgetful_host().await);
            let transport = transport(&["127.0.0.0/8"]);
            for status in [200, 202] {
                let request = Request::builder().method(method).uri(&url);
                let request = request.body(Bytes::from_static(b"{}")).unwrap();
                let answer = transport.send(request).await.unwrap();
                assert_eq!(answer.status(), status, "{method}");
                let _: Vec<Bytes> = answer.into_body().try_collect().await.unwrap();
            }
        }
    }

    #[tokio::test]
    async fn packed_body_is_not_unpacked() {
        const PACKED: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let length = stream.read(&mut [0; 4096]).await.unwrap();
            assert!(length > 0);
            let head: &[u8] =
                b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10\r\n\r\n";
            stream.write_all(&[head, PACKED].concat()).await.unwrap();
        });
        let url = format!("http://127.0.0.1:{port}/");
        let answer = transport(&["127.0.0.0/8"]).send(get(url)).await.unwrap();
        let body: Vec<Bytes> = answer.into_body().try_collect().await.unwrap();
        assert_eq!(body.concat(), PACKED);
    }
}
