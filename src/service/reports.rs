//! Reports: what people, and moderators of other servers, tell the moderators of others.

use serde_json::{Map, Value, json};

use super::{Error, ErrorKind, Result, access, retry::retry_on_conflict, server_activity};
use crate::{
    Context,
    app::texts::Phrase,
    model::{
        ACTOR_TYPES, AudienceMember, FLAG_VERB, Object, RemoteAccount, Secret, SiteRecord,
        SiteRecordKind, host_of_id, site_of,
    },
    storage::{Change, Changes, Expect},
};

/// Most characters of the words of a report.
pub(crate) const MAX_WORDS_CHARS: usize = 2000;

/// Maximum open reports that come from the hosts of one site. More are dropped.
const MAX_OPEN_REPORTS_OF_SITE: usize = 20;

/// Reports that are looked through for those of a site: the newest of them.
const MAX_READ_REPORTS: u32 = 500;

/// Reason of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Advertising, or the same again and again.
    Spam,
    /// Against a person, or against the rules of the site.
    Abuse,
    /// Against the law.
    Illegal,
    /// Another, in words.
    Other,
}

impl Reason {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Spam, Self::Abuse, Self::Illegal, Self::Other];

    /// Its name, as it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Abuse => "abuse",
            Self::Illegal => "illegal",
            Self::Other => "other",
        }
    }

    /// Reads its name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// A report that another server sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReceivedReport<'a> {
    /// The host.
    pub(crate) host: &'a str,
    /// Its id there. With the same id it comes once.
    pub(crate) id: Option<&'a str>,
    /// Ids of the persons and things here that it is about.
    pub(crate) about: &'a [String],
    /// The reason in words.
    pub(crate) words: &'a str,
}

/// Stores a report of another server for the moderators, to whom the host is the reporter. One
/// about nothing that is stored here is passed over, and one of a site with too many that wait.
pub(crate) async fn take(ctx: &Context, received: ReceivedReport<'_>) -> Result<()> {
    let about: Vec<&str> = received.about.iter().map(String::as_str).collect();
    let found = ctx.storage().find_objects(&about).await?;
    let found = found.iter().flatten().filter(|one| !one.deleted);
    let found: Vec<&Object> = found.map(|one| &**one).collect();
    let thing = found.iter().find(|one| !is_actor(one));
    let Some(target) = thing.or(found.first()) else {
        return Ok(());
    };
    let author = person_of(target);
    let open = ctx
        .storage()
        .list_site_records(SiteRecordKind::Report, None, MAX_READ_REPORTS);
    let site = site_of(received.host);
    let open = open.await?.into_iter().filter(|record| {
        let text = |key: &str| record.body.get(key).and_then(Value::as_str);
        text("state") == Some("open") && text("reporter").map(site_of).as_ref() == Some(&site)
    });
    if open.count() >= MAX_OPEN_REPORTS_OF_SITE {
        tracing::warn!(host = received.host, "report dropped, for too many wait");
        return Ok(());
    }
    let others = found
        .iter()
        .filter(|one| one.id != target.id && one.id != author);
    let words = others.fold(received.words.to_owned(), |words, other| {
        format!("{words}\n{}", other.id)
    });
    let name = received.id.map(|id| format!("{} {id}", received.host));
    let name = name.map(|name| Secret::new(name).digest());
    let record = record(
        ctx,
        name,
        received.host,
        target,
        (Reason::Other, words.trim()),
    );
    let expect = Expect::Absent;
    let stored = ctx
        .storage()
        .commit(vec![Change::PutSiteRecord { record, expect }])
        .await
        .map_err(Error::from);
    match stored {
        // It came before.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
        stored => stored,
    }
}

/// Stores a report of the caller about a person or a thing, for the moderators. It may be forwarded
/// to the moderators of the person's server, if that speaks `ActivityPub`.
///
/// Errors: 404 for what is not stored, 403 for what the caller may not read. The rest is 400: too
/// many words, none where the reason needs them, and the caller's own things.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn file(
    ctx: &Context,
    target: &str,
    (reason, words): (Reason, &str),
    forwards: bool,
) -> Result<()> {
    let reporter = ctx.person().ok_or_else(Error::not_logged_in)?;
    let words = words.trim();
    if words.chars().count() > MAX_WORDS_CHARS {
        return Err(
            Error::bad_request(format!("Take no more than {MAX_WORDS_CHARS} characters."))
                .phrased(Phrase::new("report-too-long").with("most", MAX_WORDS_CHARS.to_string())),
        );
    }
    if reason == Reason::Other && words.is_empty() {
        return Err(Error::bad_request("Say in words what is wrong.").phrased("report-needs-words"));
    }
    let found = ctx.storage().find_objects(&[target]).await?.pop().flatten();
    let found = found.ok_or_else(|| {
        Error::not_found("There is no such thing here.").phrased("failure-no-thing")
    })?;
    if found.object_type != "person"
        && access::readable(ctx, ctx.viewer(), &[&found]).await? != [true]
    {
        return Err(Error::forbidden("You can report only what you can read.")
            .phrased("failure-not-reader"));
    }
    let person = person_of(&found);
    if person == reporter {
        return Err(Error::bad_request("That is your own.").phrased("report-own"));
    }
    let mut record = record(ctx, None, reporter, &found, (reason, words));
    let receiver = if forwards {
        forwarding_account(ctx, person).await?
    } else {
        None
    };
    let mut forwarded = Changes::new();
    if let Some(receiver) = receiver {
        record.body.insert("forwarded".into(), true.into());
        let words = if words.is_empty() {
            reason.as_str()
        } else {
            words
        };
        forwarded = forward(ctx, &receiver, &found, words);
    }
    retry_on_conflict(ctx, || async {
        let (record, expect) = (record.clone(), Expect::Absent);
        let record = Change::PutSiteRecord { record, expect };
        let changes = std::iter::once(record).chain(forwarded.clone());
        Ok((changes.collect(), ()))
    })
    .await
}

/// Returns the host to which a report of a person or a thing can be forwarded.
pub(crate) async fn forwarding_host(ctx: &Context, target: &Object) -> Result<Option<String>> {
    let account = forwarding_account(ctx, person_of(target)).await?;
    Ok(account.map(|account| account.host))
}

async fn forwarding_account(ctx: &Context, person: &str) -> Result<Option<RemoteAccount>> {
    if host_of_id(person).is_none() || ctx.urls().is_local(person) {
        return Ok(None);
    }
    let found = ctx.storage().find_remote_accounts(&[person]).await?;
    let account = found.into_iter().flatten().next();
    Ok(account.filter(|account| account.actor_id().is_some()))
}

/// Returns the changes by which this server reports a person, and a thing of theirs, to their own
/// server. The activity has no author, so it does not tell who reports.
fn forward(ctx: &Context, receiver: &RemoteAccount, target: &Object, words: &str) -> Changes {
    let person = json!({ "objectType": "person", "id": receiver.id });
    let actor = json!({ "objectType": "application", "id": ctx.urls().instance_actor() });
    let activity = [
        ("verb", FLAG_VERB.into()),
        ("actor", actor),
        ("object", target.reference().to_value()),
        ("content", words.into()),
        ("to", json!([person])),
    ];
    let activity = activity.map(|(key, value)| (key.to_owned(), value));
    let activity = Map::from_iter(activity);
    let receiver = receiver.id.clone();
    let audience = AudienceMember::Person(receiver.clone());
    server_activity::deliver(ctx, activity, audience, &[receiver])
}

/// Makes an open report, of that name or of a new one.
fn record(
    ctx: &Context,
    name: Option<String>,
    reporter: &str,
    target: &Object,
    (reason, words): (Reason, &str),
) -> SiteRecord {
    let body = [
        ("reporter", reporter),
        ("target", &target.id),
        ("target_type", &target.object_type),
        ("author", person_of(target)),
        ("reason", reason.as_str()),
        ("words", words),
        ("state", "open"),
    ];
    let body = body.map(|(key, value)| (key.to_owned(), Value::from(value)));
    SiteRecord {
        id: format!("report {}", name.unwrap_or_else(|| ctx.uuid())),
        kind: SiteRecordKind::Report,
        created: ctx.now(),
        body: Map::from_iter(body),
        version: 0,
    }
}

fn is_actor(object: &Object) -> bool {
    ACTOR_TYPES.contains(&object.object_type.as_str())
}

/// Returns the id of the person whom a report of a person or a thing concerns.
fn person_of(target: &Object) -> &str {
    if is_actor(target) {
        return &target.id;
    }
    target.author.as_deref().unwrap_or_default()
}
