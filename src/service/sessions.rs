//! Sessions of people who sign in with a browser.
//!
//! Each browser is a [client](Client::is_browser) of its own with one bearer token, so a session is
//! authenticated, listed and revoked as any other grant. Its end is a job, which says when it is
//! and which browser.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::{Error, ErrorKind, Result, authenticate};
use crate::{
    App, Context,
    context::Caller,
    model::{Account, BROWSER_CLIENT_PREFIX, BearerToken, Client, ClientKind, Job, Scope, Secret},
    storage::{Change, Changes, Expect, StorageError},
};

/// Queue of the jobs.
const QUEUE: &str = "sessions";

/// How long a session lasts after the sign-in.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::days(60);

/// How many sessions are ended in one commit.
const REMOVAL_BATCH: u32 = 100;

/// Most characters of the name of a browser.
const MAX_BROWSER_CHARS: usize = 200;

/// A session.
pub(crate) struct Session {
    /// The client, by which it is [ended](end_other).
    pub(crate) client: String,
    /// How the browser named itself: its `User-Agent`.
    pub(crate) browser: String,
    pub(crate) since: DateTime<Utc>,
    /// Whether it is the caller's.
    pub(crate) is_current: bool,
}

/// Begins a session of someone who has proved who they are, and returns the text by which the
/// browser is known. Its digest is stored.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn begin(ctx: &Context, account: &Account, browser: &str) -> Result<Secret> {
    let (now, entropy) = (ctx.now(), ctx.app().entropy());
    let token = Secret::new(entropy.token::<32>());
    let client = Client::new(
        format!("{BROWSER_CLIENT_PREFIX}{}", entropy.token::<16>()),
        Secret::new(entropy.token::<32>()),
        ClientKind::Web,
        now,
    );
    let bearer = BearerToken {
        digest: token.digest(),
        client: client.id.clone(),
        user: Some(account.nickname.clone()),
        scope: Scope::WriteAll,
        code: None,
        created: now,
        expires: Some(now + LIFETIME),
    };
    let browser: String = browser.chars().take(MAX_BROWSER_CHARS).collect();
    let job = Job {
        id: job_id(&client.id),
        queue: QUEUE.into(),
        payload: Map::from_iter([
            ("client".into(), client.id.clone().into()),
            ("browser".into(), browser.into()),
        ]),
        due: now + LIFETIME,
        attempts: 0,
        version: 0,
    };
    let changes = vec![
        Change::PutClient(client),
        Change::PutBearerToken(bearer),
        Change::PutJob {
            job,
            expect: Expect::Absent,
        },
    ];
    ctx.storage().commit(changes).await?;
    Ok(token)
}

/// Returns the caller whose session has a text; `None` if there is none, or not any more.
pub(crate) async fn find(app: &App, text: &Secret) -> Result<Option<Caller>> {
    let found = match authenticate::bearer(app, text).await {
        // An account that can't be used is not signed in.
        Err(error) if error.kind() == ErrorKind::Forbidden => None,
        found => found?,
    };
    let of_browser = |caller: &Caller| match caller {
        Caller::User { client, .. } => client.is_browser(),
        _ => false,
    };
    Ok(found.map(|(caller, _)| caller).filter(of_browser))
}

/// Ends the session of the caller, if it is one.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn end(ctx: &Context) -> Result<()> {
    match ctx.client() {
        Some(client) if client.is_browser() => remove(ctx, &client.id).await,
        _ => Ok(()),
    }
}

/// Returns the sessions of the caller, newest first.
pub(crate) async fn list(ctx: &Context) -> Result<Vec<Session>> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    let current = ctx.client().map(|client| client.id.as_str());
    let mut sessions = Vec::new();
    for grant in ctx.storage().list_grants(&account.nickname).await? {
        if !grant.client.is_browser() {
            continue;
        }
        let job = ctx.storage().find_job(&job_id(&grant.client.id)).await?;
        sessions.push(Session {
            is_current: current == Some(grant.client.id.as_str()),
            browser: job.map_or_else(String::new, |job| property(&job, "browser")),
            since: grant.since,
            client: grant.client.id,
        });
    }
    Ok(sessions)
}

/// Ends a session of the caller; 404 if they have none of that client.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn end_other(ctx: &Context, client: &str) -> Result<()> {
    let sessions = list(ctx).await?;
    if sessions.iter().any(|session| session.client == client) {
        return remove(ctx, client).await;
    }
    Err(Error::not_found("There is no such session.").phrased("failure-no-session"))
}

/// Ends all sessions of the caller but the one in use.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn end_others(ctx: &Context) -> Result<()> {
    for session in list(ctx).await? {
        if !session.is_current {
            remove(ctx, &session.client).await?;
        }
    }
    Ok(())
}

/// Deletes sessions that have ended. To be called now and then.
pub(crate) async fn delete_expired(ctx: &Context) -> Result<()> {
    loop {
        let due = ctx.storage().list_due_jobs(QUEUE, ctx.now(), REMOVAL_BATCH);
        let due = due.await?;
        if due.is_empty() {
            return Ok(());
        }
        for job in due {
            remove(ctx, &property(&job, "client")).await?;
        }
    }
}

/// Removes a client with its token, and the job. One that is gone already is no error.
async fn remove(ctx: &Context, client: &str) -> Result<()> {
    let storage = ctx.storage();
    let mut changes = Changes::new();
    if let Some(job) = storage.find_job(&job_id(client)).await? {
        changes.push(Change::RemoveJob {
            id: job.id,
            version: job.version,
        });
    }
    if storage.find_client(client).await?.is_some() {
        changes.push(Change::RemoveClient(client.to_owned()));
    }
    match storage.commit(changes).await {
        Ok(()) | Err(StorageError::Missing(_) | StorageError::Conflict(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn job_id(client: &str) -> String {
    format!("session {client}")
}

fn property(job: &Job, name: &str) -> String {
    let value = job.payload.get(name).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}
