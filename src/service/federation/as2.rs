//! Activities in the words of `ActivityPub`, for the accounts there that they are delivered to.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{actors, forwarding};
use crate::{
    Context,
    model::{
        ACTIVITY, AudienceMember, Cursor, FLAG_VERB, FOLLOW_VERBS, Object, PUBLIC, Reference,
        RemoteAccount, Stream, Urls, host_of_id,
    },
    protocol::{
        as2::{
            self,
            outgoing::{self, Actors, OutgoingCopy},
        },
        integrity,
    },
    service::{Error, Result, follow_replies::latest_done},
};

/// Most members of one list that are named on one host.
const MAX_NAMED_MEMBERS: u32 = 1000;

/// Verbs that take back another one.
const UNDONE_VERBS: [(&str, &[&str]); 5] = [
    ("stop-following", FOLLOW_VERBS),
    ("leave", FOLLOW_VERBS),
    ("unfavorite", &["favorite", "like"]),
    ("unlike", &["favorite", "like"]),
    ("unshare", &["share"]),
];

/// Returns the document of an activity for an account, made of the JSON in ActivityStreams 1 that
/// was rendered for it, with a proof. One of an actor elsewhere is as it came, if it was kept.
/// `None` if servers of `ActivityPub` have no use for it, or only that of its actor may tell them.
pub(super) async fn translate(
    ctx: &Context,
    activity: &Object,
    rendered: &[u8],
    account: &RemoteAccount,
) -> Result<Option<Bytes>> {
    let author = activity.author.as_deref();
    if author.is_some_and(|author| !ctx.urls().is_local(author)) {
        let original = forwarding::find(ctx, &activity.id).await?;
        return Ok(original.map(Bytes::from));
    }
    let document = copy_for(ctx, activity, rendered, account).await?;
    signed(ctx, document).await
}

/// Returns a document with a proof of its actor.
pub(super) async fn signed(
    ctx: &Context,
    document: Option<Map<String, Value>>,
) -> Result<Option<Bytes>> {
    let Some(mut document) = document else {
        return Ok(None);
    };
    let actor = document.get("actor").and_then(Value::as_str);
    let key_id = actor.map(|actor| format!("{actor}{}", Urls::ED25519_KEY_FRAGMENT));
    if let Some(key_id) = key_id {
        let keys = ctx.app().server_keys().await.map_err(Error::internal)?;
        integrity::sign(&mut document, &key_id, &keys.ed25519, ctx.now());
    }
    Ok(Some(Value::from(document).to_string().into()))
}

async fn copy_for(
    ctx: &Context,
    activity: &Object,
    rendered: &[u8],
    account: &RemoteAccount,
) -> Result<Option<Map<String, Value>>> {
    let urls = ctx.urls();
    if activity.author.is_none() && activity.text_property("verb") == Some(FLAG_VERB) {
        return Ok(flag(ctx, activity, account));
    }
    let shown = shown(urls, activity, rendered)?;
    let actor = shown.get("actor").and_then(id_of).unwrap_or_default();
    if !urls.is_local(&actor) {
        return Ok(None);
    }
    let also_to = unnamed(ctx, activity, &shown, account).await?;
    let known = names_for(ctx, &shown, &also_to, account).await?;
    let verb = shown.get("verb").and_then(Value::as_str).unwrap_or("post");
    if let "accept" | "reject" = verb {
        return Ok(follow_answer(ctx, &shown, &known, verb == "accept"));
    }
    let document = document(ctx, activity, &shown, (&known, &also_to)).await?;
    Ok(document.filter(|document| is_for(urls, document, account)))
}

/// Returns what was rendered of an activity, with its addressees.
pub(super) fn shown(urls: &Urls, activity: &Object, rendered: &[u8]) -> Result<Map<String, Value>> {
    let mut shown: Map<String, Value> =
        serde_json::from_slice(rendered).map_err(Error::internal)?;
    address(urls, activity, &mut shown);
    Ok(shown)
}

/// Returns the URLs of the actors that a copy for an account names.
pub(super) async fn names_for(
    ctx: &Context,
    shown: &Map<String, Value>,
    also_to: &[String],
    account: &RemoteAccount,
) -> Result<HashMap<String, String>> {
    let mut named: BTreeSet<String> = also_to.iter().cloned().collect();
    collect_persons(&Value::Object(shown.clone()), &mut named);
    let mut known = urls_of(ctx, &named).await?;
    // It may have been discovered for this delivery.
    let discovered = account.actor_id();
    known.extend(discovered.map(|url| (account.id.clone(), url.to_owned())));
    Ok(known)
}

/// Returns the document of an activity that names actors of known URLs, and others besides.
pub(super) async fn document(
    ctx: &Context,
    activity: &Object,
    shown: &Map<String, Value>,
    (known, also_to): (&HashMap<String, String>, &[String]),
) -> Result<Option<Map<String, Value>>> {
    let actor = shown.get("actor").and_then(id_of).unwrap_or_default();
    let verb = shown.get("verb").and_then(Value::as_str).unwrap_or("post");
    let object = shown.get("object").and_then(id_of).unwrap_or_default();
    let undone = match UNDONE_VERBS.iter().find(|(undoing, _)| *undoing == verb) {
        Some((_, verbs)) => {
            let before = Cursor::Before(activity.id.clone());
            latest_done(ctx, &actor, before, verbs, &object).await?
        }
        None => None,
    };
    let profile = match (verb, object == actor) {
        ("update", true) => own_actor(ctx, shown).await?,
        _ => None,
    };
    let also_to: Vec<&str> = also_to.iter().map(String::as_str).collect();
    let copy = OutgoingCopy {
        also_to: &also_to,
        undone: undone.as_deref(),
        actor: profile.as_ref(),
    };
    let lookup = |id: &str| known.get(id).cloned();
    let actors = Actors::new(ctx.urls(), &lookup);
    Ok(outgoing::activity(&actors, shown, &copy))
}

/// Whether a document is for somebody in the inbox of an account. Followers see the likes and
/// follows of Pump activities, which `ActivityPub` sends to the one concerned alone: `GoToSocial`
/// breaks down on a `Follow` of somebody else. A group here passes on itself what is for it.
fn is_for(urls: &Urls, document: &Map<String, Value>, account: &RemoteAccount) -> bool {
    let lists = ["to", "cc"].into_iter();
    let named = lists.filter_map(|list| document.get(list)?.as_array());
    let mut named = named.flatten().chain(document.get("audience"));
    named.any(|url| {
        let url = url.as_str().unwrap_or_default();
        let is_open = url == as2::PUBLIC_ADDRESS || urls.is_local(url) && !urls.is_group_id(url);
        let shares = account.shared_inbox.is_some();
        is_open
            || account.actor_id() == Some(url)
            || shares && host_of_id(url).as_ref() == Some(&account.host)
    })
}

fn id_of(thing: &Value) -> Option<String> {
    thing.get("id")?.as_str().map(str::to_owned)
}

/// Collects the ids of persons of other servers, wherever they are named.
fn collect_persons(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let id = members.get("id").and_then(Value::as_str);
            ids.extend(id.filter(|id| id.starts_with("acct:")).map(str::to_owned));
            members
                .values()
                .for_each(|value| collect_persons(value, ids));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_persons(item, ids)),
        _ => {}
    }
}

/// Returns the URLs of the actors that are known to speak `ActivityPub`, by their ids.
async fn urls_of(ctx: &Context, ids: &BTreeSet<String>) -> Result<HashMap<String, String>> {
    let elsewhere = ids.iter().map(String::as_str);
    let elsewhere: Vec<&str> = elsewhere.filter(|id| !ctx.urls().is_local(id)).collect();
    let found = ctx.storage().find_remote_accounts(&elsewhere).await?;
    let found = found.into_iter().flatten();
    Ok(found
        .filter_map(|account| Some((account.id.clone(), account.actor_id()?.to_owned())))
        .collect())
}

/// Addresses an activity that names nobody to those who may read it: changes and deletions go to
/// those who got the post.
fn address(urls: &Urls, activity: &Object, shown: &mut Map<String, Value>) {
    let names_some = |list: &&str| {
        let list = shown.get(*list).and_then(Value::as_array);
        list.is_some_and(|list| !list.is_empty())
    };
    if ["to", "cc"].iter().any(names_some) {
        return;
    }
    let author = activity.author.as_deref().unwrap_or_default();
    let readers = activity.audience.iter().filter_map(|member| match member {
        AudienceMember::Public => Some(Reference::new("collection", PUBLIC)),
        AudienceMember::Person(id) if id != author => Some(Reference::new("person", id.as_str())),
        AudienceMember::Members(Stream::Followers(person)) if person == author => {
            let nickname = urls.nickname_of(author)?;
            let followers = urls.user(&nickname, "/followers");
            Some(Reference::new("collection", followers))
        }
        _ => None,
    });
    let readers: Vec<Value> = readers.map(|reader| reader.to_value()).collect();
    shown.insert("to".into(), readers.into());
}

/// Returns the ids of those on the host of an account whom an activity is for without naming them:
/// secret recipients, and members of lists. None if it is for everyone, or for followers.
async fn unnamed(
    ctx: &Context,
    activity: &Object,
    shown: &Map<String, Value>,
    account: &RemoteAccount,
) -> Result<Vec<String>> {
    let lists = ["to", "cc"].into_iter();
    let named = lists.filter_map(|list| shown.get(list)?.as_array());
    let named: BTreeSet<String> = named.flatten().filter_map(id_of).collect();
    let author = activity.author.as_deref().unwrap_or_default();
    let followers = Stream::Followers(author.to_owned());
    let followers = AudienceMember::Members(followers);
    let is_open = named.contains(PUBLIC) || activity.audience.contains(&followers);
    if is_open || named.contains(&account.id) {
        return Ok(Vec::new());
    }
    let mut ids = BTreeSet::new();
    let mut is_for_group = false;
    for member in &activity.audience {
        match member {
            AudienceMember::Person(id) => {
                ids.insert(id.clone());
            }
            // A group passes on what is for its members.
            AudienceMember::Members(Stream::Members(id)) if ctx.urls().is_group_id(id) => {
                is_for_group = true;
            }
            AudienceMember::Members(stream) => {
                let members = ctx.storage().items_after(stream, 0, MAX_NAMED_MEMBERS);
                ids.extend(members.await?.into_iter().map(|(_, id)| id));
            }
            AudienceMember::Public => {}
        }
    }
    ids.extend((!is_for_group).then(|| account.id.clone()));
    let is_there = |id: &String| host_of_id(id).as_ref() == Some(&account.host);
    let unnamed = ids
        .into_iter()
        .filter(|id| is_there(id) && !named.contains(id));
    Ok(unnamed.collect())
}

/// Returns the whole actor that an update shows.
async fn own_actor(
    ctx: &Context,
    shown: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>> {
    let Some(profile) = shown.get("object") else {
        return Ok(None);
    };
    let nickname = id_of(profile).and_then(|id| ctx.urls().nickname_of(&id));
    let Some(nickname) = nickname else {
        return Ok(None);
    };
    let Some(facts) = actors::actor_facts(ctx, nickname.as_str()).await? else {
        return Ok(None);
    };
    let document = as2::actor(ctx.urls(), &profile.to_string(), &facts);
    Ok(document.and_then(|document| serde_json::from_str(&document).ok()))
}

/// Returns the answer to a request to follow, which is shown as it came.
fn follow_answer(
    ctx: &Context,
    answer: &Map<String, Value>,
    known: &HashMap<String, String>,
    is_accepted: bool,
) -> Option<Map<String, Value>> {
    let request = answer
        .get("object")
        .filter(|it| it["objectType"] == ACTIVITY)?;
    let follower = known.get(&id_of(request.get("actor")?)?)?;
    let person = id_of(answer.get("actor")?)?;
    let own = Actors::new(ctx.urls(), &|_| None).url(&person)?;
    let follow = json!({
        "id": id_of(request)?, "type": "Follow", "actor": follower, "object": own,
    });
    let id = answer.get("id")?.as_str()?;
    outgoing::follow_answer(id, &own, follow.as_object()?, is_accepted)
}

/// Returns the report of a person by this server, and of a thing of theirs if it is about one.
fn flag(ctx: &Context, report: &Object, account: &RemoteAccount) -> Option<Map<String, Value>> {
    let person = account.actor_id()?;
    let thing = report.reference_property("object")?.id;
    let thing = Some(thing.as_str()).filter(|thing| *thing != account.id);
    let about: Vec<&str> = std::iter::once(person).chain(thing).collect();
    let words = report.text_property("content").unwrap_or_default();
    let actor = ctx.urls().instance_actor();
    Some(outgoing::flag(&report.id, &actor, &about, words))
}
