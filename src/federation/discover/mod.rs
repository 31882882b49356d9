//! Discovery of actors and objects of other hosts (pump-api 12.2).

mod endpoints;

use std::{collections::BTreeMap, sync::Arc};

use url::Url;

pub(super) use self::endpoints::Endpoint;
pub(crate) use self::endpoints::REGISTRATION_ENDPOINT;
pub(super) use self::endpoints::{ACCESS_TOKEN, AUTHORIZE, REQUEST_TOKEN, WHOAMI};
pub use self::endpoints::{host_endpoints, refresh_endpoints};
use super::fetch::{FetchBudget, Get, get};
use crate::{
    App,
    app::{PeerError, PeerFailure},
    model::{Urls, host_of_id, host_of_url},
    protocol::discovery::{Document, LinkTarget},
};

/// Media types of a discovery document, as pump.io asks for them.
const ACCEPT: &str = "application/json, application/xrd+xml; q=0.5";

/// Relation of the inbox of an actor.
const INBOX: &str = "activity-inbox";

/// An actor or object of another host, and where things of it are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// Its id, which is that of the subject if its host has another name for it.
    pub id: String,
    /// The name of its host.
    pub host: String,
    /// URLs by link relation, such as `self`, `activity-inbox`, `followers` or `dialback`.
    pub links: BTreeMap<String, Url>,
    /// URL of its actor, if its host speaks `ActivityPub`.
    pub actor: Option<Url>,
    /// Whether its host has a group and another actor of one name, as Lemmy may have.
    pub is_shared_name: bool,
}

/// Beginning of the id of a group whose name another actor of its host has, too. People write
/// `!NAME@HOST` for a group.
pub(crate) const GROUP_PREFIX: &str = "acct:!";

/// Looks up an actor or object of another host by its id: `acct:NICK@HOST`, or a web address.
///
/// Webfinger is asked first, then the templates of host-meta that lead to the host or one below it.
/// HTTPS is used; HTTP only if that can't be reached and the host is not known to speak it. A
/// subject of another host counts if that host says the same of itself. `acct:!NAME@HOST` is the
/// group among several actors of one name.
pub async fn discover(app: &App, id: &str, budget: &FetchBudget) -> Result<Discovered, PeerError> {
    let Some(name) = id.strip_prefix(GROUP_PREFIX) else {
        return discover_kind(app, id, false, budget).await;
    };
    let named = discover_kind(app, &format!("acct:{name}"), true, budget).await?;
    Ok(Discovered {
        id: named.id.replacen("acct:", GROUP_PREFIX, 1),
        ..named
    })
}

async fn discover_kind(
    app: &App,
    id: &str,
    is_group: bool,
    budget: &FetchBudget,
) -> Result<Discovered, PeerError> {
    let id = app.urls().canonical_id(id);
    let (host, document) = look_up(app, &id, budget).await?;
    let unusable = |host: &str, text: String| {
        PeerError::new("webfinger", host, PeerFailure::Unusable(text.into()))
    };
    let subject = document.subject.as_deref();
    let subject = subject.map_or_else(|| id.clone(), |subject| app.urls().canonical_id(subject));
    match host_of_id(&subject) {
        Some(other) if other == host => Ok(found(&subject, host, &document, is_group)),
        Some(other) if subject.starts_with("acct:") => {
            let (_, document) = look_up(app, &subject, budget).await?;
            let confirmed = document.subject.as_deref();
            if confirmed.is_some_and(|id| app.urls().canonical_id(id) != subject) {
                let text = format!("{other} does not confirm the subject {subject}");
                return Err(unusable(&host, text));
            }
            Ok(found(&subject, other, &document, is_group))
        }
        _ => Err(unusable(
            &host,
            format!("the subject {subject} is of another host"),
        )),
    }
}

fn found(id: &str, host: String, document: &Document, is_group: bool) -> Discovered {
    let (mut links, mut actors) = (BTreeMap::new(), Vec::new());
    for link in &document.links {
        let LinkTarget::Href(href) = &link.place else {
            continue;
        };
        let Some(url) = web_url(href) else { continue };
        if !link.media_type.as_deref().is_some_and(is_activity_pub) {
            links.entry(link.rel.to_string()).or_insert(url);
        } else if link.rel == "self" {
            actors.push((link.actor_type.as_deref().map(|kind| kind == "Group"), url));
        }
    }
    let has = |kind: bool| actors.iter().any(|(known, _)| *known == Some(kind));
    let is_shared_name = has(true) && has(false);
    let meant = actors
        .iter()
        .position(|(known, _)| *known == Some(is_group));
    let actor = (!actors.is_empty()).then(|| actors.swap_remove(meant.unwrap_or(0)).1);
    Discovered {
        id: id.to_owned(),
        host,
        links,
        actor,
        is_shared_name,
    }
}

/// Whether a link leads to an object of `ActivityPub`.
fn is_activity_pub(media_type: &str) -> bool {
    media_type.starts_with("application/activity+json")
        || media_type.starts_with("application/ld+json")
}

/// Whether a document says of its subject what a Pump server says, or leads to an actor.
fn is_useful(document: &Document) -> bool {
    let found = found("", String::new(), document, false);
    let is_pump = |rel: &&str| found.links.contains_key(*rel);
    found.actor.is_some() || [INBOX, "self", "dialback"].iter().any(is_pump)
}

fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && host_of_url(&url).is_some();
    is_web.then_some(url)
}

/// Finds the document of an id, in one way or the other. Errors are those of the last way, but for
/// those of the host as a whole. A 404 of webfinger or lrdd denies the id: host-meta was read.
async fn look_up(
    app: &App,
    id: &str,
    budget: &FetchBudget,
) -> Result<(String, Document), PeerError> {
    let Some(host) = host_of_id(id) else {
        return Err(PeerError::new(
            "webfinger",
            id,
            PeerFailure::BadAddress(id.into()),
        ));
    };
    let secure = look_up_by(app, "https", &host, id, budget).await;
    let document = match secure {
        Err(error) if is_unreached(&error) && endpoints::may_be_plain(app, &host).await? => {
            // The first error says more, if that fails as well.
            let plain = look_up_by(app, "http", &host, id, budget).await;
            plain.map_err(|other| if is_unreached(&other) { error } else { other })?
        }
        result => result?,
    };
    Ok((host, document))
}

/// Whether a host could not be reached, so that it may be tried in another way. A bad certificate
/// is no reason to do without one.
fn is_unreached(error: &PeerError) -> bool {
    matches!(
        error.cause,
        PeerFailure::Unreachable(_) | PeerFailure::TimedOut(_)
    )
}

async fn look_up_by(
    app: &App,
    scheme: &str,
    host: &str,
    id: &str,
    budget: &FetchBudget,
) -> Result<Document, PeerError> {
    let bare = id.strip_prefix("acct:").filter(|bare| *bare != id);
    let mut webfinger = None;
    for resource in [Some(id), bare].into_iter().flatten() {
        let url = format!(
            "{scheme}://{host}/.well-known/webfinger?resource={}",
            Urls::encode(resource)
        );
        match useful_document(app, "webfinger", host, &url, budget).await {
            Ok(document) => return Ok(document),
            Err(error) if ends_the_search(&error) => return Err(error),
            Err(error) => webfinger = graver(webfinger, error),
        }
    }
    let (mut lrdd, mut unread, mut is_read) = (None, None, false);
    for path in endpoints::HOST_META {
        let url = format!("{scheme}://{host}{path}");
        let host_meta = match document(app, "host-meta", host, &url, budget).await {
            Ok(host_meta) => host_meta,
            Err(error) if ends_the_search(&error) => return Err(error),
            Err(error) => {
                unread = graver(unread, error);
                continue;
            }
        };
        is_read = true;
        for template in host_meta.templates("lrdd") {
            let url = template.replace("{uri}", &Urls::encode(id));
            if !is_at_or_below(&url, host) {
                continue;
            }
            match useful_document(app, "lrdd", host, &url, budget).await {
                Ok(document) => return Ok(document),
                Err(error) => lrdd = graver(lrdd, error),
            }
        }
        if lrdd.is_some() {
            break;
        }
    }
    // A host that shows no host-meta may show nothing at all, and does not deny the account.
    let failed = webfinger.clone().filter(PeerError::is_of_host);
    let denied = if is_read { webfinger } else { unread };
    Err(failed.or(lrdd).or(denied).unwrap_or_else(|| {
        let text = "no lrdd template of this host in host-meta";
        PeerError::new("host-meta", host, PeerFailure::Unusable(text.into()))
    }))
}

/// Returns the later of two errors, unless the earlier one is of the host as a whole.
fn graver(earlier: Option<PeerError>, later: PeerError) -> Option<PeerError> {
    earlier.filter(PeerError::is_of_host).or(Some(later))
}

/// Whether a URL is on a host or one below it: no host can have others asked.
fn is_at_or_below(url: &str, host: &str) -> bool {
    host_of_id(url).is_some_and(|at| {
        let below = at.strip_suffix(host);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}

/// Whether other ways to the same host would fail in the same way.
fn ends_the_search(error: &PeerError) -> bool {
    !matches!(
        error.cause,
        PeerFailure::Status(_)
            | PeerFailure::Unusable(_)
            | PeerFailure::TooLarge
            | PeerFailure::Redirected(_)
            | PeerFailure::NotPublic
    )
}

async fn useful_document(
    app: &App,
    step: &'static str,
    host: &str,
    url: &str,
    budget: &FetchBudget,
) -> Result<Document, PeerError> {
    let found = document(app, step, host, url, budget).await?;
    if is_useful(&found) {
        Ok(found)
    } else {
        let text = "no links to an inbox or profile of the Pump API";
        Err(PeerError::new(
            step,
            host,
            PeerFailure::Unusable(text.into()),
        ))
    }
}

/// Fetches a discovery document.
async fn document(
    app: &App,
    step: &'static str,
    host: &str,
    url: &str,
    budget: &FetchBudget,
) -> Result<Document, PeerError> {
    let bad = || PeerError::new(step, host, PeerFailure::BadAddress(url.into()));
    let url = web_url(url).ok_or_else(bad)?;
    let request = Get {
        step,
        url: &url,
        accept: ACCEPT,
        proof: None,
    };
    let fetched = get(app, &request, budget).await?;
    Document::parse(&fetched.body).map_err(|error| {
        let text: Arc<str> = error.to_string().into();
        PeerError::new(step, host, PeerFailure::Unusable(text))
    })
}
