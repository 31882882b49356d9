//! Actors and things of servers that speak `ActivityPub`, as these show them.

use std::collections::{BTreeMap, HashMap};

use chrono::{SubsecRound, TimeDelta};
use serde_json::{Map, Value, json};

use super::{actor_ids, actors::profile_changes};
use crate::{
    Context,
    federation::{FetchBudget, GROUP_PREFIX, PeerError, REGISTRATION_ENDPOINT, get_as2},
    model::{PUBLIC, Protocol, RemoteAccount, RemoteHost, host_of_id},
    protocol::{
        as2::{
            ACTIVITY_JSON,
            incoming::{self as as2, Actor, Persons},
        },
        http_signature::Wanted,
    },
    service::{Error, ErrorKind, Result},
    storage::{Change, Changes, StorageError},
};

/// Age below which a key is not fetched anew for a signature that it does not fit.
const MIN_KEY_AGE: TimeDelta = TimeDelta::minutes(1);

/// Endings of ids of keys without a fragment, as `GoToSocial` and Pleroma have them.
const KEY_PATHS: [&str; 2] = ["/main-key", "/publickey"];

/// Name of the endpoint that tells that a host speaks `ActivityPub`.
const ENDPOINT: &str = "activitypub";

/// An actor that was fetched.
#[derive(Clone, Debug)]
pub(crate) struct FetchedActor {
    /// The person, group or service in ActivityStreams 1.
    pub(crate) profile: Map<String, Value>,
    /// The account beside it.
    pub(crate) account: RemoteAccount,
    /// URLs of other accounts of the same person.
    pub(crate) also_known_as: Vec<String>,
    /// Whether it was known before.
    is_known: bool,
    /// Whether its server is known to speak the Pump API to it, and so is not spoken to otherwise.
    is_pump: bool,
}

/// A thing that everyone may read, and was fetched.
pub(super) struct PublicThing {
    pub(super) thing: Map<String, Value>,
    /// The author, as far as that is said.
    pub(super) author: Map<String, Value>,
    /// The account of the author, if nothing was known of them.
    pub(super) account: Option<RemoteAccount>,
}

/// Returns the id of the actor that a key is of, by the id of the key.
pub(crate) fn actor_of_key(key_id: &str) -> &str {
    let id = key_id.split('#').next().unwrap_or_default();
    let without = KEY_PATHS.iter().find_map(|path| id.strip_suffix(path));
    without.unwrap_or(id)
}

/// Returns whether the key of an actor may be fetched anew.
pub(crate) fn is_key_old(ctx: &Context, actor: &RemoteAccount) -> bool {
    let age = actor.fetched.map(|fetched| ctx.now() - fetched);
    age.is_none_or(|age| age >= MIN_KEY_AGE)
}

/// Fetches an actor by its URL. `None` for another one, and for what is none.
pub(crate) async fn fetch_actor(
    ctx: &Context,
    url: &str,
    budget: &FetchBudget,
) -> Result<Option<FetchedActor>, PeerError> {
    let document = get_as2(ctx.app(), url, budget).await?;
    let actor = as2::actor(&document);
    let actor = actor.inspect_err(|reason| tracing::info!(url, reason, "actor is not usable"));
    let actor = actor.ok().filter(|actor| actor.addresses.id == url);
    match actor {
        Some(actor) => {
            let (id, is_known) = actor_ids::id_of(ctx, &actor, budget).await?;
            let is_pump = is_pump_account(ctx, &id).await.map_err(|error| {
                let host = &actor.addresses.host;
                PeerError::new("fetch", host, error.into())
            })?;
            let actor = fetched(ctx, actor).with_id(&id);
            Ok(Some(FetchedActor {
                is_known,
                is_pump,
                ..actor
            }))
        }
        None => Ok(None),
    }
}

impl FetchedActor {
    /// Returns the actor with an id, if it may have that: a new group may have its address with a
    /// `!` before it.
    pub(crate) fn known_as(self, id: &str) -> Option<Self> {
        let is_group = self
            .profile
            .get("objectType")
            .is_some_and(|kind| kind == "group");
        let (own, is_new) = (&self.account.id, is_group && !self.is_known);
        let is_meant = own == id || is_new && own.replacen("acct:", GROUP_PREFIX, 1) == id;
        is_meant.then(|| self.with_id(id))
    }

    fn with_id(mut self, id: &str) -> Self {
        self.profile.insert("id".into(), id.into());
        id.clone_into(&mut self.account.id);
        self
    }
}

fn fetched(ctx: &Context, actor: Actor) -> FetchedActor {
    let Actor {
        object: mut profile,
        addresses,
    } = actor;
    let signatures = &ctx.app().peers().wanted_signatures;
    if addresses.verifies_messages && signatures.get(&*addresses.host).is_none() {
        signatures.insert(addresses.host.as_str().into(), Wanted::any());
    }
    let id = profile.get("id").and_then(Value::as_str);
    let account = RemoteAccount {
        id: id.unwrap_or_default().to_owned(),
        host: addresses.host,
        protocol: Protocol::ActivityPub,
        inbox: Some(addresses.inbox),
        shared_inbox: addresses.shared_inbox,
        public_key: addresses.keys.into_iter().next().map(|key| key.pem),
        multikeys: addresses.multikeys,
        fetched: Some(ctx.now().trunc_subsecs(0)),
        failing_since: None,
        profile_url: Some(addresses.id.clone()),
    };
    let links = json!({ "self": { "href": addresses.id, "type": ACTIVITY_JSON } });
    profile.insert("links".into(), links);
    FetchedActor {
        profile,
        account,
        also_known_as: addresses.also_known_as,
        is_known: false,
        is_pump: false,
    }
}

/// Returns whether an account was found to speak the Pump API. A server may speak both, and then
/// shows it as an actor, too, also while something keeps it from answering otherwise.
async fn is_pump_account(ctx: &Context, id: &str) -> Result<bool, StorageError> {
    let known = ctx.storage().find_remote_accounts(&[id]).await?.pop();
    let known = known.flatten();
    Ok(known.is_some_and(|known| known.protocol == Protocol::Pump && known.inbox.is_some()))
}

/// Stores an actor that was fetched, and that its host speaks `ActivityPub`. Of one that is known
/// to speak the Pump API nothing is stored.
///
/// Errors: 403 for one who was deleted, 429 for one more new actor than a host may have.
pub(crate) async fn store_actor(ctx: &Context, actor: FetchedActor) -> Result<RemoteAccount> {
    let FetchedActor {
        profile, account, ..
    } = actor;
    if actor.is_pump {
        return Ok(account);
    }
    let known = ctx.storage().find_objects(&[&account.id]).await?.pop();
    if known.flatten().is_none() {
        let admitted = ctx.app().peers().admit_actor(&account.host, ctx.now());
        admitted.map_err(|wait| {
            Error::too_many_requests("Too many new actors of one host. Try again later.", wait)
        })?;
    }
    let mut changes = profile_changes(ctx, &account.id, profile).await?;
    changes.push(Change::PutRemoteAccount(account.clone()));
    changes.extend(host_changes(ctx, &account).await?);
    match ctx.storage().commit(changes).await.map_err(Error::from) {
        // Another request was quicker, and stored as much.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(account),
        stored => stored.map(|()| account),
    }
}

/// Returns the change that stores what a host speaks, if it is not known to speak anything.
pub(super) async fn host_changes(ctx: &Context, account: &RemoteAccount) -> Result<Changes> {
    let known = ctx.storage().find_remote_host(&account.host).await?;
    if known.is_some_and(|known| !known.endpoints.is_empty()) {
        return Ok(Changes::new());
    }
    let inbox = account.shared_inbox.as_ref().or(account.inbox.as_ref());
    let endpoints = inbox.map(|inbox| (ENDPOINT.to_owned(), inbox.clone()));
    Ok(vec![Change::PutRemoteHost(RemoteHost {
        name: account.host.clone(),
        endpoints: BTreeMap::from_iter(endpoints),
        discovered: Some(ctx.now().trunc_subsecs(0)),
        ..RemoteHost::default()
    })])
}

/// Returns whether a host is known to speak the Pump API.
pub(super) async fn is_pump_host(ctx: &Context, host: &str) -> bool {
    let known = ctx.storage().find_remote_host(host).await;
    known.is_ok_and(|known| {
        known.is_some_and(|host| host.endpoints.contains_key(REGISTRATION_ENDPOINT))
    })
}

/// Returns whether a host is known to speak `ActivityPub` only.
pub(super) async fn speaks_it(ctx: &Context, host: &str) -> bool {
    let known = ctx.storage().find_remote_host(host).await;
    known.is_ok_and(|known| known.is_some_and(|host| host.endpoints.contains_key(ENDPOINT)))
}

/// Returns the ids of those of some actors who are known, by their URLs.
pub(crate) async fn ids_of_actors<'a>(
    ctx: &Context,
    urls: &[&'a str],
) -> Result<HashMap<&'a str, String>> {
    let found = ctx.storage().find_actors(urls).await?;
    let found = urls.iter().zip(found);
    Ok(found
        .filter_map(|(url, account)| Some((*url, account?.id)))
        .collect())
}

/// Reads a public thing that its own server shows, and fetches its author if nobody knows them.
/// `None` for another thing than that with the id, for one of a type that is not read, and for one
/// that not everyone may read.
pub(super) async fn read_thing(
    ctx: &Context,
    id: &str,
    document: &Map<String, Value>,
    budget: &FetchBudget,
) -> Result<Option<PublicThing>, PeerError> {
    if document.get("id").and_then(Value::as_str) != Some(id) {
        return Ok(None);
    }
    let named = as2::named_actors(document);
    let mut known = ids_of_actors(ctx, &named).await.unwrap_or_default();
    let by = named
        .first()
        .filter(|url| host_of_id(url) == host_of_id(id));
    let Some(&by) = by else { return Ok(None) };
    let mut author = None;
    if !known.contains_key(by) {
        author = fetch_actor(ctx, by, budget).await?;
        known.extend(
            author
                .as_ref()
                .map(|author| (by, author.account.id.clone())),
        );
    }
    let Some(author_id) = known.get(by).cloned() else {
        return Ok(None);
    };
    let lookup = |url: &str| known.get(url).cloned();
    let Some(read) = as2::thing(&Persons::new(ctx.urls(), &lookup), document) else {
        return Ok(None);
    };
    let mut audience = read.to.iter().chain(&read.cc);
    if !audience.any(|one| one.get("id").and_then(Value::as_str) == Some(PUBLIC)) {
        return Ok(None);
    }
    let (profile, account) = match author {
        Some(FetchedActor {
            profile,
            account,
            is_pump: false,
            ..
        }) => (Some(profile), Some(account)),
        _ => (None, None),
    };
    let named = || Map::from_iter([("id".to_owned(), author_id.into())]);
    Ok(Some(PublicThing {
        thing: read.thing,
        author: profile.unwrap_or_else(named),
        account,
    }))
}
