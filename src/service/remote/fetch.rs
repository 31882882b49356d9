//! Things fetched from their own servers, on behalf of this server, or else of a person here.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::activitypub::{self, FetchedActor};
#[cfg(feature = "web")]
use crate::service::ErrorKind;
use crate::{
    Context,
    federation::{
        FetchBudget, PeerError, PeerFailure, discover, get_as2, person_identity, server_identity,
        signed_get,
    },
    model::{Account, AudienceMember, ClientIdentity, RemoteAccount, host_of_id},
    protocol::as1::sanitize_received,
};

/// A thing as its own server says.
pub(crate) struct FetchedThing {
    /// The thing, sanitised; with its id.
    pub(crate) thing: Map<String, Value>,
    /// The actor of an activity, the author of a thing, as it was said.
    pub(crate) by: Option<Value>,
    /// All of it, as it was said.
    pub(crate) whole: Map<String, Value>,
    /// Its readers here: everyone if it was shown to this server, else whom it was shown to.
    pub(crate) audience: AudienceMember,
    /// The account of an actor of `ActivityPub` who is new: it, or its author.
    pub(crate) account: Option<RemoteAccount>,
}

/// Fetches things of other servers, within one budget and for so long. The others are fetched when
/// they are named again.
pub(crate) struct Fetcher<'a> {
    ctx: &'a Context,
    /// On whose behalf, and for whom that makes it readable.
    identities: Vec<(String, AudienceMember)>,
    budget: FetchBudget,
    limit: Duration,
    deadline: Instant,
    /// A document in ActivityStreams 2 that its own server shows, which is not fetched again.
    pub(crate) shown: Option<Map<String, Value>>,
}

impl<'a> Fetcher<'a> {
    /// Fetches on behalf of this server, and what that may not read, on behalf of an account.
    pub(crate) fn new(ctx: &'a Context, account: Option<&Account>, limit: Duration) -> Self {
        let urls = ctx.urls();
        let person = account.map(|account| {
            let audience = AudienceMember::Person(account.person.clone());
            (person_identity(urls, &account.nickname), audience)
        });
        let server = (server_identity(urls), AudienceMember::Public);
        let client = ctx.client().and_then(|client| client.identity.as_ref());
        Self {
            ctx,
            identities: std::iter::once(server).chain(person).collect(),
            budget: FetchBudget::default().caused_by(client.and_then(ClientIdentity::host)),
            limit,
            deadline: Instant::now() + limit,
            shown: None,
        }
    }

    /// Fetches the thing with an id. `None` if its server does not show it, or shows another.
    pub(crate) async fn thing(&self, id: &str) -> Option<FetchedThing> {
        self.try_thing(id).await.ok().flatten()
    }

    /// The same. The error is of a server that could not be asked, and may show it later.
    pub(crate) async fn try_thing(&self, id: &str) -> Result<Option<FetchedThing>, PeerError> {
        if id.starts_with("acct:") {
            return self.discovered(id).await;
        }
        if !id.starts_with("http") {
            return Ok(None);
        }
        let host = host_of_id(id).unwrap_or_default();
        if self.shown(id).is_some() || activitypub::speaks_it(self.ctx, &host).await {
            return self.as2_thing(id).await;
        }
        let direct = self.at(id, id).await;
        if matches!(direct, Ok(Some(_))) {
            return direct;
        }
        match self.discovered(id).await {
            Ok(None) if activitypub::is_pump_host(self.ctx, &host).await => direct,
            Ok(None) => match self.as2_thing(id).await {
                Ok(None) => direct,
                found => found,
            },
            discovered => discovered,
        }
    }

    /// Fetches the thing with an id from a server that speaks `ActivityPub`.
    async fn as2_thing(&self, id: &str) -> Result<Option<FetchedThing>, PeerError> {
        if !self.ctx.app().settings().federation.speaks_activitypub() || is_upload(id) {
            return Ok(None);
        }
        let fetched = async {
            let document = match self.shown(id) {
                Some(shown) => shown.clone(),
                None => get_as2(self.ctx.app(), id, &self.budget).await?,
            };
            activitypub::read_thing(self.ctx, id, &document, &self.budget).await
        };
        let fetched = self.in_time(id, fetched).await;
        let fetched = match fetched.inspect_err(|error| self.note(id, error)) {
            Ok(fetched) => fetched,
            Err(error) if error.is_temporary() => return Err(error),
            Err(_) => None,
        };
        Ok(fetched.and_then(|found| {
            Some(FetchedThing {
                thing: sanitize_received(found.thing.clone()).ok()?,
                by: Some(Value::Object(found.author)),
                whole: found.thing,
                audience: AudienceMember::Public,
                account: found.account,
            })
        }))
    }

    /// Fetches a document in ActivityStreams 2 by its URL.
    #[cfg(feature = "web")]
    pub(crate) async fn document(&self, url: &str) -> Result<Map<String, Value>, PeerError> {
        let fetched = get_as2(self.ctx.app(), url, &self.budget);
        let fetched = self.in_time(url, fetched).await;
        fetched.inspect_err(|error| self.note(url, error))
    }

    fn shown(&self, id: &str) -> Option<&Map<String, Value>> {
        let shown = self.shown.as_ref();
        shown.filter(|shown| shown.get("id").and_then(Value::as_str) == Some(id))
    }

    /// Returns the account of the actor with a URL, who is fetched and stored if they are not
    /// known. `None` for who can't be had.
    #[cfg(feature = "web")]
    pub(crate) async fn actor_at(
        &self,
        url: &str,
    ) -> crate::service::Result<Option<RemoteAccount>> {
        let known = self.ctx.storage().find_actors(&[url]).await?;
        if let Some(known) = known.into_iter().flatten().next() {
            return Ok(Some(known));
        }
        let fetched = activitypub::fetch_actor(self.ctx, url, &self.budget);
        let fetched = self.in_time(url, fetched).await;
        let fetched = fetched.inspect_err(|error| self.note(url, error));
        let Ok(Some(actor)) = fetched else {
            return Ok(None);
        };
        match activitypub::store_actor(self.ctx, actor).await {
            Err(error) if error.kind() != ErrorKind::Internal => Ok(None),
            stored => stored.map(Some),
        }
    }

    /// Fetches the actor with an id from its URL.
    async fn actor(&self, id: &str, url: &str) -> Result<Option<FetchedThing>, PeerError> {
        if !self.ctx.app().settings().federation.speaks_activitypub() {
            return Ok(None);
        }
        let fetched = activitypub::fetch_actor(self.ctx, url, &self.budget);
        let fetched = self.in_time(url, fetched).await;
        let fetched = fetched.inspect_err(|error| self.note(url, error))?;
        let fetched = fetched.and_then(|actor| actor.known_as(id));
        Ok(fetched.and_then(|actor| {
            let FetchedActor {
                profile, account, ..
            } = actor;
            Some(FetchedThing {
                thing: sanitize_received(profile.clone()).ok()?,
                by: None,
                whole: profile,
                audience: AudienceMember::Public,
                account: Some(account),
            })
        }))
    }

    /// Returns the id of the person whose page or profile a web address is.
    pub(crate) async fn person_at(&self, address: &str) -> Option<String> {
        let found = discover(self.ctx.app(), address, &self.budget);
        let found = self.in_time(address, found).await;
        let found = found.inspect_err(|error| self.note(address, error)).ok()?;
        found.id.starts_with("acct:").then_some(found.id)
    }

    /// Fetches the thing with an id from where its server says that it is.
    async fn discovered(&self, id: &str) -> Result<Option<FetchedThing>, PeerError> {
        let found = self.in_time(id, discover(self.ctx.app(), id, &self.budget));
        let found = match found.await.inspect_err(|error| self.note(id, error)) {
            Ok(found) => found,
            Err(error) if error.is_temporary() => return Err(error),
            Err(_) => return Ok(None),
        };
        let is_pump = found.links.contains_key("activity-inbox");
        if let Some(actor) = found.actor.as_ref().filter(|_| !is_pump) {
            return self.actor(id, actor.as_str()).await;
        }
        let Some(place) = found.links.get("self") else {
            return Ok(None);
        };
        let Some(mut fetched) = self.at(id, place.as_str()).await? else {
            return Ok(None);
        };
        let links = fetched
            .thing
            .entry("links")
            .or_insert_with(|| Value::Object(Map::new()));
        for (relation, url) in &found.links {
            if matches!(&**relation, "self" | "activity-inbox" | "activity-outbox")
                && links.get(relation).is_none()
            {
                links[relation] = serde_json::json!({ "href": url.as_str() });
            }
        }
        Ok(Some(fetched))
    }

    /// Fetches the thing with an id from a URL of its own host.
    async fn at(&self, id: &str, url: &str) -> Result<Option<FetchedThing>, PeerError> {
        if host_of_id(url) != host_of_id(id) || is_upload(url) {
            return Ok(None);
        }
        let mut last = None;
        for (identity, audience) in &self.identities {
            let fetched = signed_get(self.ctx.app(), identity, url, &self.budget);
            match self.in_time(url, fetched).await {
                Ok(json) => return Ok(self.read(id, json, audience.clone())),
                Err(error) => {
                    self.note(url, &error);
                    // Another identity is shown more, but reaches no more.
                    let is_answered = error.answer().is_some();
                    last = Some(error);
                    if !is_answered {
                        break;
                    }
                }
            }
        }
        last.filter(PeerError::is_temporary).map_or(Ok(None), Err)
    }

    fn read(&self, id: &str, json: Value, audience: AudienceMember) -> Option<FetchedThing> {
        let Value::Object(whole) = json else {
            return None;
        };
        let by = whole.get("author").or_else(|| whole.get("actor")).cloned();
        let mut thing = sanitize_received(whole.clone()).ok()?;
        let said = thing.get("id").and_then(Value::as_str)?;
        if self.ctx.urls().canonical_id(said) != id || whole.contains_key("deleted") {
            return None;
        }
        thing.insert("id".into(), id.into());
        Some(FetchedThing {
            thing,
            by,
            whole,
            audience,
            account: None,
        })
    }

    /// Waits for requests for as long as there is time.
    async fn in_time<T>(
        &self,
        address: &str,
        requests: impl Future<Output = Result<T, PeerError>>,
    ) -> Result<T, PeerError> {
        let is_over = Instant::now() >= self.deadline;
        let requests = timeout_at(self.deadline, requests);
        let done = if is_over { None } else { requests.await.ok() };
        done.unwrap_or_else(|| {
            Err(PeerError {
                host: host_of_id(address).unwrap_or_default().into(),
                step: "fetch",
                cause: PeerFailure::TimedOut(self.limit),
            })
        })
    }

    #[allow(clippy::unused_self, reason = "it reads like the calls beside it")]
    fn note(&self, what: &str, error: &PeerError) {
        tracing::info!(what, %error, "could not fetch from another server");
    }
}

/// Whether a URL may be of a file that someone uploaded, which says what they like.
fn is_upload(url: &str) -> bool {
    let is_below = |url: Url| url.path().to_ascii_lowercase().starts_with("/uploads/");
    Url::parse(url).is_ok_and(is_below)
}

#[cfg(test)]
mod tests {
    use std::{future, sync::Arc};

    use async_trait::async_trait;
    use bytes::Bytes;
    use http::{Request, Response};
    use tokio::time::timeout;

    use super::*;
    use crate::{
        App,
        app::{AppParts, Incoming, Transport, TransportError},
        context::Caller,
    };

    /// Hosts that never answer.
    struct Silent;

    #[async_trait]
    impl Transport for Silent {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
            future::pending().await
        }
    }

    #[tokio::test]
    async fn all_fetches_end_when_time_is_over() {
        let app = App::new(AppParts {
            transport: Arc::new(Silent),
            ..AppParts::of_a_test("http://pump.test")
        });
        let ctx = app.context(Caller::Server);
        let fetcher = Fetcher::new(&ctx, None, Duration::from_millis(10));
        let longest = app.settings().federation.request_timeout / 2;
        let all = timeout(longest, async {
            let thing = fetcher.thing("https://h.example/1").await.is_some();
            let person = fetcher.thing("acct:zed@h.example").await.is_some();
            let found = fetcher.person_at("https://h.example/zed").await.is_some();
            [thing, person, found]
        });
        assert_eq!(all.await, Ok([false; 3]));
    }

    #[test]
    fn uploaded_file_is_told_by_its_path() {
        for (url, is_one) in [
            ("https://h.test/uploads/zed/1.json", true),
            ("https://h.test/Uploads/zed/1.json?x", true),
            ("https://h.test/api/../uploads/zed/1.json", true),
            ("https://h.test/api/note/uploads", false),
            ("https://h.test/api/note/1", false),
        ] {
            assert_eq!(is_upload(url), is_one, "{url}");
        }
    }
}
