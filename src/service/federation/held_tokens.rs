//! Tokens of other servers that are held for browsers: of sign-ins that have begun, and of
//! sessions.
//!
//! A browser has a random text, of which the digest is stored. The token and its secret are kept as
//! credentials at the other host. Their end is a job, which says the rest.

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::{
    Context,
    federation::PeerToken,
    model::{Job, RemoteCredential, Secret},
    service::{Error, Result},
    storage::{Change, Changes, Expect, StorageError},
};

/// Queue of the jobs.
const QUEUE: &str = "held-tokens";

/// How many tokens are removed in one commit.
const REMOVAL_BATCH: u32 = 100;

/// Kind of a token.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    name: &'static str,
    lifetime: TimeDelta,
}

/// A request token, which is to be allowed meanwhile.
pub(super) const SIGN_IN: Kind = Kind {
    name: "sign-in",
    lifetime: TimeDelta::minutes(10),
};

/// An access token.
pub(super) const SESSION: Kind = Kind {
    name: "session",
    lifetime: TimeDelta::days(30),
};

/// A token that is held.
pub(super) struct HeldToken {
    /// The name of the host that gave it.
    pub(super) host: String,
    /// Of a sign-in the URL to continue to, of a session the id of the person.
    pub(super) subject: String,
    pub(super) token: PeerToken,
    id: String,
    version: i64,
}

/// Holds a token, and returns the text by which its browser is known.
pub(super) async fn hold(
    ctx: &Context,
    kind: Kind,
    host: &str,
    subject: &str,
    token: PeerToken,
) -> Result<Secret> {
    let text = Secret::new(ctx.app().entropy().token::<32>());
    let id = id_of(kind, &text);
    let payload = [
        ("host", host),
        ("subject", subject),
        ("token", &*token.name),
    ];
    let job = Job {
        id: id.clone(),
        queue: QUEUE.into(),
        payload: payload
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .collect(),
        due: ctx.now() + kind.lifetime,
        attempts: 0,
        version: 0,
    };
    let credential = RemoteCredential {
        host: host.to_owned(),
        identity: id,
        client_id: token.name,
        secret: token.secret,
        created: ctx.now(),
    };
    let expect = Expect::Absent;
    let changes = vec![
        Change::PutJob { job, expect },
        Change::PutRemoteCredential(credential),
    ];
    ctx.storage().commit(changes).await?;
    Ok(text)
}

/// Returns the token that is held for a browser; `None` if there is none, or not any more.
pub(super) async fn find(ctx: &Context, kind: Kind, text: &Secret) -> Result<Option<HeldToken>> {
    let id = id_of(kind, text);
    let job = ctx.storage().find_job(&id).await?;
    let Some(job) = job.filter(|job| job.due > ctx.now()) else {
        return Ok(None);
    };
    let host = property(&job.payload, "host");
    let credential = ctx.storage().find_remote_credential(&host, &id).await?;
    Ok(credential.map(|credential| HeldToken {
        host,
        subject: property(&job.payload, "subject"),
        token: PeerToken {
            name: credential.client_id,
            secret: credential.secret,
        },
        id,
        version: job.version,
    }))
}

/// Ends the holding of a token. Returns `false` if it ended before: of two callers one is first.
pub(super) async fn release(ctx: &Context, held: &HeldToken) -> Result<bool> {
    let changes = removal(&held.id, held.version, &held.host, &held.token.name);
    match ctx.storage().commit(changes.into()).await {
        Ok(()) => Ok(true),
        Err(StorageError::Conflict(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Deletes tokens that are held no longer. To be called now and then.
pub(crate) async fn delete_expired(ctx: &Context) -> Result<()> {
    loop {
        let storage = ctx.storage();
        let due = storage.list_due_jobs(QUEUE, ctx.now(), REMOVAL_BATCH);
        let due = due.await?;
        if due.is_empty() {
            return Ok(());
        }
        let removals = due.iter().flat_map(|job| {
            let property = |name| property(&job.payload, name);
            removal(&job.id, job.version, &property("host"), &property("token"))
        });
        let removals: Changes = removals.collect();
        match storage.commit(removals).await {
            Ok(()) => {}
            // Another node is at it.
            Err(StorageError::Conflict(_)) => return Ok(()),
            Err(error) => return Err(Error::from(error)),
        }
    }
}

fn removal(id: &str, version: i64, host: &str, token: &str) -> [Change; 2] {
    let job = Change::RemoveJob {
        id: id.to_owned(),
        version,
    };
    let credential = Change::RemoveRemoteCredential {
        host: host.to_owned(),
        identity: id.to_owned(),
        client_id: token.to_owned(),
    };
    [job, credential]
}

fn id_of(kind: Kind, text: &Secret) -> String {
    format!("{} {}", kind.name, text.digest())
}

fn property(payload: &Map<String, Value>, name: &str) -> String {
    let value = payload.get(name).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}
