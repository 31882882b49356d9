//! The worker that writes archives, and deletes them when their time is over.

use async_trait::async_trait;

use super::{
    Archive, ArchiveWriter, LIFETIME, QUEUE, Section, Target, Task, Writing, archive, as_owner,
    contents::write_piece, find_archive,
};
use crate::{
    Context,
    model::{Account, Job, Nickname},
    service::{
        Result, mail,
        queue::{self, JobOutcome, Worker, archive_id},
    },
    storage::{Changes, Expect},
};

/// Waits before the next attempts at a piece, in seconds.
const RETRY_AFTER: [i64; 5] = [60, 300, 900, 3600, 14400];

/// Writes archives of accounts, a piece at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExportWorker;

#[async_trait]
impl Worker for ExportWorker {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn retry_after<'a>(&self, _: &'a Context) -> &'a [i64] {
        &RETRY_AFTER
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> JobOutcome {
        let outcome = match queue::task(job) {
            None => Ok(JobOutcome::Fail("it is not understood".into())),
            Some(Task::Delete(archive)) => delete(ctx, &archive).await,
            Some(Task::Write(writing)) => match write(ctx, &writing).await {
                Err(error) if job.attempts as usize > RETRY_AFTER.len() => {
                    let reason = error.to_string();
                    delete(ctx, &writing.archive)
                        .await
                        .map(|_| JobOutcome::Fail(reason))
                }
                outcome => outcome,
            },
        };
        outcome.unwrap_or_else(|error| JobOutcome::Retry(error.to_string()))
    }
}

async fn delete(ctx: &Context, archive: &Archive) -> Result<JobOutcome> {
    archive::delete(ctx, &archive.folder, archive.parts).await?;
    Ok(JobOutcome::Done)
}

async fn write(ctx: &Context, writing: &Writing) -> Result<JobOutcome> {
    let account = match Nickname::parse(&writing.user) {
        Ok(user) => ctx.storage().find_account(&user).await?,
        Err(_) => None,
    };
    let Some(account) = account else {
        return delete(ctx, &writing.archive).await;
    };
    let owner = &as_owner(ctx, &account);
    let mut writing = writing.clone();
    let Archive { folder, parts, .. } = &writing.archive;
    let mut pieces = ArchiveWriter::new(owner, Target::Blobs(folder, *parts));
    writing.position = write_piece(owner, &account, &writing.position, &mut pieces).await?;
    let is_last = writing.position.section == Section::End;
    if is_last {
        pieces.end().await?;
    }
    let (parts, bytes) = pieces.finish().await?;
    writing.archive.parts = parts;
    writing.archive.bytes += bytes;
    if is_last {
        complete(ctx, &account, writing).await?;
        return Ok(JobOutcome::Done);
    }
    let rest = queue::payload(&Task::Write(writing));
    Ok(JobOutcome::Continue(Changes::new(), rest))
}

/// Puts an archive in the place of the last one, and tells its owner.
async fn complete(ctx: &Context, account: &Account, writing: Writing) -> Result<()> {
    let Writing {
        archive, language, ..
    } = writing;
    if let Some((last, _)) = find_archive(ctx, &account.nickname).await?
        && last.folder != archive.folder
    {
        archive::delete(ctx, &last.folder, last.parts).await?;
    }
    let expires = ctx.now() + LIFETIME;
    let ready = Task::Delete(archive);
    let mut changes = vec![ready.enqueue(archive_id(&account.nickname), expires, Expect::Any)];
    changes.extend(mail::archive_ready(ctx, account, language));
    ctx.storage().commit(changes).await?;
    ctx.app().wake_workers();
    Ok(())
}
