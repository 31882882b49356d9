//! Export of what a person posted, with whom they know and what they uploaded, as one archive.
//!
//! A job writes it piece by piece, each with the position from which the next goes on. Another job
//! stands for the archive that is ready, and deletes it when its time is over.

mod archive;
mod contents;
mod worker;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use object_store::ObjectStoreExt;
use serde::{Deserialize, Serialize};
use tokio::fs::File;

use super::{
    Error, ErrorKind, Result,
    queue::{self, archive_id},
};
use crate::{
    Context,
    context::Caller,
    model::{Account, Job, Nickname},
    storage::{Change, Expect, StorageError},
};
use archive::{ArchiveWriter, Target, part_path};
use contents::{Position, Section};
pub use worker::ExportWorker;

/// The queue of the jobs.
const QUEUE: &str = "exports";

/// How long an archive is kept.
const LIFETIME: TimeDelta = TimeDelta::days(7);

/// How long after an archive was made another one can be.
const PAUSE: TimeDelta = TimeDelta::days(1);

/// Task of a job.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "task", rename_all = "lowercase")]
enum Task {
    /// Writes the next piece.
    Write(Writing),
    /// Deletes an archive.
    Delete(Archive),
}

/// An archive that is being written.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Writing {
    user: String,
    /// Tag of the language in which it was asked for.
    #[serde(default)]
    language: Option<String>,
    position: Position,
    archive: Archive,
}

/// Parts of an archive in the blob store.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Archive {
    folder: String,
    parts: u32,
    bytes: u64,
    /// When it was begun.
    made: DateTime<Utc>,
}

/// State of the export of an account.
#[derive(Clone, Debug)]
pub(crate) enum ExportState {
    /// There is none.
    None,
    /// It is being made; with how much of the present collection is in it.
    Running { done: u64, total: u64 },
    /// It can be downloaded.
    Ready {
        made: DateTime<Utc>,
        expires: DateTime<Utc>,
        bytes: u64,
    },
}

impl Task {
    fn enqueue(&self, id: String, due: DateTime<Utc>, expect: Expect) -> Change {
        let job = Job {
            id,
            queue: QUEUE.into(),
            payload: queue::payload(self),
            due,
            attempts: 0,
            version: 0,
        };
        Change::PutJob { job, expect }
    }
}

fn writing_id(user: &Nickname) -> String {
    format!("export {user}")
}

/// Returns the state of the export of the caller's account.
pub(crate) async fn state(ctx: &Context) -> Result<ExportState> {
    let user = own(ctx)?;
    if let Some(job) = ctx.storage().find_job(&writing_id(user)).await? {
        let (mut done, mut total) = (0, 0);
        if let Some(Task::Write(writing)) = queue::task(&job) {
            (done, total) = (writing.position.done, writing.position.total);
        }
        return Ok(ExportState::Running { done, total });
    }
    let archive = find_archive(ctx, user).await?;
    Ok(
        archive.map_or(ExportState::None, |(archive, expires)| ExportState::Ready {
            made: archive.made,
            expires,
            bytes: archive.bytes,
        }),
    )
}

/// Begins an export of the caller's account.
///
/// Errors: 400 while one is being made, 429 if there is a new one.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn begin(ctx: &Context) -> Result<()> {
    let user = own(ctx)?;
    if let Some((archive, _)) = find_archive(ctx, user).await? {
        let wait = (archive.made + PAUSE - ctx.now()).to_std();
        if let Ok(wait) = wait {
            let sentence = "There is a new archive. Another one can be made a day after it.";
            return Err(Error::too_many_requests(sentence, wait).phrased("export-too-soon"));
        }
    }
    let task = Task::Write(Writing {
        user: user.to_string(),
        language: ctx.language_of(user).map(str::to_owned),
        position: Position::first(),
        archive: Archive {
            folder: ctx.app().entropy().token::<16>(),
            parts: 0,
            bytes: 0,
            made: ctx.now(),
        },
    });
    let job = task.enqueue(writing_id(user), ctx.now(), Expect::Absent);
    match ctx.storage().commit(vec![job]).await {
        Ok(()) => {
            ctx.app().wake_workers();
            Ok(())
        }
        Err(StorageError::AlreadyExists(_)) => Err(Error::new(
            ErrorKind::BadRequest,
            "The archive is being made.",
        )
        .phrased("export-running")),
        Err(error) => Err(error.into()),
    }
}

/// Returns the bytes of the archive of the caller's account, and their number; 404 if there is
/// none.
pub(crate) async fn download(
    ctx: &Context,
) -> Result<(u64, BoxStream<'static, object_store::Result<bytes::Bytes>>)> {
    let found = find_archive(ctx, own(ctx)?).await?;
    let (archive, _) = found
        .ok_or_else(|| Error::not_found("There is no archive.").phrased("failure-no-archive"))?;
    let (bytes, ctx) = (archive.bytes, ctx.clone());
    let parts = stream::iter(0..archive.parts).then(move |part| {
        let (ctx, path) = (ctx.clone(), part_path(&archive.folder, part));
        async move {
            let part = ctx.app().blobs().get(&path).await?;
            Ok::<_, object_store::Error>(part.into_stream())
        }
    });
    Ok((bytes, parts.try_flatten().boxed()))
}

/// Writes the archive of an account into a file.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn write_to(ctx: &Context, account: &Account, file: &mut File) -> Result<()> {
    let ctx = &as_owner(ctx, account);
    let mut archive = ArchiveWriter::new(ctx, Target::File(file));
    let mut position = Position::first();
    while position.section != Section::End {
        position = contents::write_piece(ctx, account, &position, &mut archive).await?;
    }
    archive.end().await?;
    archive.finish().await?;
    Ok(())
}

async fn find_archive(ctx: &Context, user: &Nickname) -> Result<Option<(Archive, DateTime<Utc>)>> {
    let job = ctx.storage().find_job(&archive_id(user)).await?;
    Ok(job.and_then(|job| match queue::task(&job) {
        Some(Task::Delete(archive)) => Some((archive, job.due)),
        _ => None,
    }))
}

fn as_owner(ctx: &Context, account: &Account) -> Context {
    ctx.with_caller(Caller::HostUser(account.clone().into()))
}

fn own(ctx: &Context) -> Result<&Nickname> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    Ok(&account.nickname)
}
