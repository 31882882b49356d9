//! Notifications, one by one and in digests: only what their reader may read when they are written.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use serde_json::{Map, Value};

use super::{
    allowance::{self, MAX_SENDERS, Tally},
    codes, kinds,
    notification_jobs::is_wanted,
    templates::{self, MailWriter},
};
use crate::{
    Context,
    app::{
        Mail,
        texts::{Language, key_of_activity, key_of_type},
    },
    model::{ACTIVITY, Account, CodePurpose, Job, NotificationKind, Object, Secret, Viewer},
    protocol::{
        as1::{placeholder as named_by_type, plain_sentence, quoted_name},
        html,
    },
    service::{Result, access},
    storage::{Change, Changes},
};

/// How long mails of a kind can be ended by a link in one of them, in seconds. Thirty days is what
/// senders of mail are asked for at least.
const UNSUBSCRIBE_LIFETIME_SECONDS: i64 = 60 * 86_400;

/// Language of the sentences of ActivityStreams.
const ENGLISH: &str = "en";

/// The mail that tells of one activity, if the reader wants it and may know of it, and has not had
/// too many.
pub(super) async fn single(
    writer: &MailWriter<'_>,
    account: &Account,
    job: &Job,
    activity: &str,
    kind: NotificationKind,
) -> Result<Option<(Mail, Changes)>> {
    let ctx = writer.ctx;
    let Some(address) = account.email.as_ref().filter(|_| is_wanted(account, kind)) else {
        return Ok(None);
    };
    let Some(activity) = readable(ctx, account, activity).await? else {
        return Ok(None);
    };
    if !allowance::admit(ctx, account, job, &activity, kind).await? {
        return Ok(None);
    }
    let object = object_of(ctx, account, &activity).await?;
    let sentence = sentence_for(writer, account, &activity, object.as_deref()).await?;
    // Only of what was posted is it told what stands in it; the rest is known to whom it is told.
    let said =
        object.filter(|_| matches!(kind, NotificationKind::Direct | NotificationKind::Comments));
    let text = |key| {
        said.as_ref()
            .and_then(|object| object.text_property(key))
            .map(html::plain)
    };
    let told = templates::NotificationContent {
        sentence,
        title: text("displayName"),
        content: text("content"),
        url: page_url(ctx, &activity),
    };
    let (code, change) = ending(ctx, account, &[kind]);
    let mail = writer.notice(account, address, told, kind, &code)?;
    Ok(Some((mail, vec![change])))
}

/// The mail that tells how much came beyond what was mailed one by one, and of the first of it.
pub(super) async fn digest(
    writer: &MailWriter<'_>,
    account: &Account,
    backlog: impl Iterator<Item = (&NotificationKind, &Tally)>,
) -> Result<Option<(Mail, Changes)>> {
    let ctx = writer.ctx;
    let wanted: Vec<(NotificationKind, &Tally)> = backlog
        .map(|(kind, tally)| (*kind, tally))
        .filter(|(kind, _)| is_wanted(account, *kind))
        .collect();
    let Some(address) = account.email.as_ref().filter(|_| !wanted.is_empty()) else {
        return Ok(None);
    };
    let mut listed = Vec::new();
    for id in wanted.iter().flat_map(|(_, tally)| &tally.activities) {
        if let Some(activity) = readable(ctx, account, id).await? {
            let object = object_of(ctx, account, &activity).await?;
            let sentence = sentence_for(writer, account, &activity, object.as_deref()).await?;
            listed.push((sentence, page_url(ctx, &activity)));
        }
    }
    let people: BTreeSet<&String> = wanted.iter().flat_map(|(_, tally)| &tally.by).collect();
    let summary = templates::Summary {
        counts: wanted
            .iter()
            .map(|(kind, tally)| (*kind, tally.count))
            .collect(),
        people: people.len(),
        more_people: wanted
            .iter()
            .any(|(_, tally)| tally.by.len() == MAX_SENDERS),
        listed,
    };
    let kinds: Vec<NotificationKind> = wanted.iter().map(|(kind, _)| *kind).collect();
    let (code, change) = ending(ctx, account, &kinds);
    let mail = writer.digest(account, address, summary, &code)?;
    Ok(Some((mail, vec![change])))
}

/// The page of an activity. The server has none of its own yet, so its address of one is no link.
fn page_url(ctx: &Context, activity: &Object) -> Option<String> {
    let url = activity.text_property("url")?;
    let own = format!("/{ACTIVITY}/{}", activity.uuid);
    let is_own = ctx.urls().is_local(url) && url.ends_with(&own);
    (!is_own).then(|| url.to_owned())
}

/// A code that ends mails of some kinds.
fn ending(ctx: &Context, account: &Account, kinds: &[NotificationKind]) -> (Secret, Change) {
    let (user, kinds) = (&account.nickname, kinds::words(kinds));
    codes::new_code(
        ctx,
        CodePurpose::Unsubscribe,
        user,
        &kinds,
        UNSUBSCRIBE_LIFETIME_SECONDS,
    )
}

/// The object of an activity, if the reader may read it.
async fn object_of(
    ctx: &Context,
    account: &Account,
    activity: &Object,
) -> Result<Option<Arc<Object>>> {
    match activity.reference_property("object") {
        Some(named) => readable(ctx, account, &named.id).await,
        None => Ok(None),
    }
}

/// Returns the sentence of an activity for a recipient who may read its `object`, if that is given.
/// An object that they may not read, or not any more, goes by its type, as on the pages of a feed.
async fn sentence_for(
    writer: &MailWriter<'_>,
    account: &Account,
    activity: &Object,
    object: Option<&Object>,
) -> Result<String> {
    let ctx = writer.ctx;
    let actor = activity.author.as_deref().unwrap_or_default();
    let actor = ctx.storage().find_objects(&[actor]).await?.pop().flatten();
    let actor = match &actor {
        Some(actor) => Cow::Borrowed(&*actor.body),
        None => Cow::Owned(named_by_type("person")),
    };
    let parent = object.and_then(|object| object.reference_property("inReplyTo"));
    let readable_parent = match &parent {
        Some(parent) => readable(ctx, account, &parent.id).await?,
        None => None,
    };
    let parent = match (&readable_parent, parent) {
        (Some(parent), _) => Some(Cow::Borrowed(&*parent.body)),
        (None, named) => named.map(|named| Cow::Owned(named_by_type(&named.object_type))),
    };
    let object = match (object, activity.reference_property("object")) {
        (Some(object), _) => Some(Cow::Borrowed(&*object.body)),
        (None, named) => named.map(|named| Cow::Owned(named_by_type(&named.object_type))),
    };
    let verb = activity.text_property("verb").unwrap_or("post");
    let (object, parent) = (object.as_deref(), parent.as_deref());
    Ok(match writer.t.tag() {
        ENGLISH => plain_sentence(&actor, verb, object, parent),
        _ => translated(&writer.t, verb, &actor, object, parent),
    })
}

/// Returns the sentence of an activity in another language than that of ActivityStreams.
fn translated(
    t: &Language,
    verb: &str,
    actor: &Map<String, Value>,
    object: Option<&Map<String, Value>>,
    parent: Option<&Map<String, Value>>,
) -> String {
    let of_type = |thing: &Map<String, Value>| {
        let kind = thing.get("objectType").and_then(Value::as_str);
        t.say(key_of_type(kind.unwrap_or_default())).into_owned()
    };
    let named = |thing| quoted_name(thing).unwrap_or_else(|| of_type(thing));
    let something = || t.say("something").into_owned();
    let arguments = [
        ("actor", &*named(actor)),
        ("object", &object.map_or_else(something, named)),
        ("target", &something()),
        ("parent", &parent.map_or_else(something, named)),
    ];
    t.fill(key_of_activity(verb, parent.is_some()), &arguments)
}

/// A thing that is there and that someone may read.
async fn readable(ctx: &Context, account: &Account, id: &str) -> Result<Option<Arc<Object>>> {
    let viewer = Viewer::Person(&account.person);
    let found = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let Some(object) = found.filter(|object| !object.deleted) else {
        return Ok(None);
    };
    let readable = access::readable(ctx, viewer, &[&object]).await? == [true];
    Ok(readable.then_some(object))
}
