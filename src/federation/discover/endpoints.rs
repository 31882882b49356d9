//! Endpoints of hosts, as their host-meta names them; stored, and read again when they are old or
//! fail.

use std::collections::BTreeMap;

use chrono::{SubsecRound, TimeDelta};
use url::Url;

use super::{document, ends_the_search, is_unreached, web_url};
use crate::{
    App,
    app::{PeerError, PeerFailure},
    federation::FetchBudget,
    model::{RemoteHost, host_of_url},
    protocol::discovery::LinkTarget,
    storage::Change,
};

/// Paths of host-meta, in the order in which they are tried.
pub(super) const HOST_META: [&str; 2] = ["/.well-known/host-meta.json", "/.well-known/host-meta"];

/// How long endpoints are good without being looked at.
const MAX_AGE: TimeDelta = TimeDelta::days(1);

/// Age from which on endpoints are read again if the one that is needed is missing.
const MIN_DOUBTED_AGE: TimeDelta = TimeDelta::minutes(1);

/// Relation of the endpoint where clients are registered.
pub(crate) const REGISTRATION_ENDPOINT: &str = "registration_endpoint";

/// Relations of the endpoints that are kept; a host could name any number of others.
const RELATIONS: [&str; 6] = [
    REGISTRATION_ENDPOINT,
    "dialback",
    REQUEST_TOKEN,
    AUTHORIZE,
    ACCESS_TOKEN,
    WHOAMI,
];

/// Relations of the endpoints of remote sign-in (pump-api 12.1).
pub(in crate::federation) const REQUEST_TOKEN: &str = "http://apinamespace.org/oauth/request_token";
pub(in crate::federation) const AUTHORIZE: &str = "http://apinamespace.org/oauth/authorize";
pub(in crate::federation) const ACCESS_TOKEN: &str = "http://apinamespace.org/oauth/access_token";
pub(in crate::federation) const WHOAMI: &str = "http://apinamespace.org/activitypub/whoami";

/// Whether what is read of a host is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retention {
    Stored,
    /// It is read for someone who has proved nothing, and could name any number of hosts.
    Dropped,
}

/// Returns a host with its endpoints, as they were read within the last day. Older ones are read
/// again, and serve on if they can't be.
pub async fn host_endpoints(
    app: &App,
    host: &str,
    budget: &FetchBudget,
) -> Result<RemoteHost, PeerError> {
    known_endpoints(app, host, Retention::Stored, budget).await
}

async fn known_endpoints(
    app: &App,
    host: &str,
    retention: Retention,
    budget: &FetchBudget,
) -> Result<RemoteHost, PeerError> {
    let stored = stored_host(app, host).await?;
    let stored = stored.filter(|stored| !stored.endpoints.is_empty());
    let age = |stored: &RemoteHost| Some(app.clock().now() - stored.discovered?);
    let read = || read_endpoints(app, host, retention, budget);
    match stored {
        Some(stored) if age(&stored).is_some_and(|age| age < MAX_AGE) => Ok(stored),
        Some(stored) => Ok(read().await.unwrap_or(stored)),
        None => read().await,
    }
}

async fn stored_host(app: &App, host: &str) -> Result<Option<RemoteHost>, PeerError> {
    let stored = app.storage().find_remote_host(host).await;
    stored.map_err(|error| PeerError::new("host-meta", host, error.into()))
}

/// Whether a host that could not be reached by HTTPS may be tried by HTTP. One that is known to
/// speak HTTPS may not: whoever is in between could cut that off.
pub(super) async fn may_be_plain(app: &App, host: &str) -> Result<bool, PeerError> {
    let stored = stored_host(app, host).await?;
    let is_secure = |url: &String| url.starts_with("https:");
    Ok(!stored.is_some_and(|stored| stored.endpoints.values().any(is_secure)))
}

/// Reads the endpoints of a host from its host-meta, and stores them.
pub async fn refresh_endpoints(
    app: &App,
    host: &str,
    budget: &FetchBudget,
) -> Result<RemoteHost, PeerError> {
    read_endpoints(app, host, Retention::Stored, budget).await
}

async fn read_endpoints(
    app: &App,
    host: &str,
    retention: Retention,
    budget: &FetchBudget,
) -> Result<RemoteHost, PeerError> {
    let endpoints = match read_host_meta(app, "https", host, budget).await {
        Err(error) if is_unreached(&error) && may_be_plain(app, host).await? => {
            let plain = read_host_meta(app, "http", host, budget).await;
            plain.map_err(|other| if is_unreached(&other) { error } else { other })?
        }
        result => result?,
    };
    let host = RemoteHost {
        name: host.to_owned(),
        endpoints,
        discovered: Some(app.clock().now().trunc_subsecs(0)),
        ..RemoteHost::default()
    };
    if retention == Retention::Stored {
        let change = Change::PutRemoteHost(host.clone());
        let stored = app.storage().commit(vec![change]).await;
        stored.map_err(|error| PeerError::new("host-meta", &host.name, error.into()))?;
    }
    Ok(host)
}

/// Reads both forms of host-meta, unless the first one names all that is needed.
async fn read_host_meta(
    app: &App,
    scheme: &str,
    host: &str,
    budget: &FetchBudget,
) -> Result<BTreeMap<String, String>, PeerError> {
    let mut endpoints = BTreeMap::new();
    let mut last = None;
    for path in HOST_META {
        let url = format!("{scheme}://{host}{path}");
        match document(app, "host-meta", host, &url, budget).await {
            Ok(document) => {
                for link in document.links {
                    if let LinkTarget::Href(href) = link.place
                        && RELATIONS.contains(&&*link.rel)
                        && web_url(&href).is_some()
                    {
                        endpoints.entry(link.rel.into_owned()).or_insert(href);
                    }
                }
            }
            Err(error) if ends_the_search(&error) => return Err(error),
            Err(error) => last = Some(error),
        }
        if endpoints.contains_key(REGISTRATION_ENDPOINT) {
            break;
        }
    }
    match last {
        Some(error) if endpoints.is_empty() => Err(error),
        _ => Ok(endpoints),
    }
}

/// An endpoint of a host, on that host.
pub(in crate::federation) struct Endpoint {
    pub(in crate::federation) url: Url,
    host: String,
    rel: &'static str,
    retention: Retention,
}

impl Endpoint {
    /// Finds an endpoint by its relation.
    pub(in crate::federation) async fn find(
        app: &App,
        host: &str,
        rel: &'static str,
        budget: &FetchBudget,
    ) -> Result<Self, PeerError> {
        Self::known_or_read(app, host, rel, Retention::Stored, budget).await
    }

    /// The same for someone who claims to be of the host: nothing of it is stored.
    pub(in crate::federation) async fn find_for_claim(
        app: &App,
        host: &str,
        rel: &'static str,
        budget: &FetchBudget,
    ) -> Result<Self, PeerError> {
        Self::known_or_read(app, host, rel, Retention::Dropped, budget).await
    }

    async fn known_or_read(
        app: &App,
        host: &str,
        rel: &'static str,
        retention: Retention,
        budget: &FetchBudget,
    ) -> Result<Self, PeerError> {
        let known = known_endpoints(app, host, retention, budget).await?;
        let read = known.discovered;
        let found = Self::of(known, rel, retention);
        let is_old = read.is_none_or(|read| app.clock().now() - read >= MIN_DOUBTED_AGE);
        if found.is_err() && is_old {
            let now = read_endpoints(app, host, retention, budget).await?;
            return Self::of(now, rel, retention);
        }
        found
    }

    fn of(host: RemoteHost, rel: &'static str, retention: Retention) -> Result<Self, PeerError> {
        let unusable = |text: String| {
            PeerError::new("host-meta", &host.name, PeerFailure::Unusable(text.into()))
        };
        let url = host.endpoints.get(rel).and_then(|url| web_url(url));
        let url = url.ok_or_else(|| unusable(format!("no {rel} in host-meta")))?;
        if host_of_url(&url).as_ref() != Some(&host.name) {
            return Err(unusable(format!("the {rel} {url} is on another host")));
        }
        Ok(Self {
            url,
            host: host.name,
            rel,
            retention,
        })
    }

    /// Returns the endpoint as it is named now, after a request to it failed; the same failure if
    /// it is where it was.
    pub(in crate::federation) async fn moved(
        &self,
        app: &App,
        failure: PeerError,
        budget: &FetchBudget,
    ) -> Result<Self, PeerError> {
        let is_gone = match &failure.cause {
            PeerFailure::Status(answer) => matches!(answer.status.as_u16(), 404 | 405 | 410),
            PeerFailure::Redirected(_) => true,
            _ => is_unreached(&failure),
        };
        if !is_gone {
            return Err(failure);
        }
        match read_endpoints(app, &self.host, self.retention, budget).await {
            Ok(host) => match Self::of(host, self.rel, self.retention) {
                Ok(now) if now.url != self.url => Ok(now),
                _ => Err(failure),
            },
            Err(_) => Err(failure),
        }
    }
}
