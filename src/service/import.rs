//! Import of follows: a list of addresses, as Mastodon and others export it.
//!
//! The addresses are a file in the blob store. A job follows a few of them at a time, and says how
//! far it is; another one keeps the report for a while.

use async_trait::async_trait;
use chrono::TimeDelta;
use object_store::{ObjectStoreExt, path::Path};
use serde::{Deserialize, Serialize};

use super::{
    Error, ErrorKind, Result, access, follow,
    media::failed,
    queue::{self, JobOutcome, Worker, import_id},
};
use crate::{
    Context,
    app::texts::Phrase,
    context::Caller,
    model::{Account, Job, Nickname},
    storage::{Change, Changes, Expect, StorageError},
};

/// The queue of the jobs.
const QUEUE: &str = "imports";

/// Most bytes of a list.
const MAX_BYTES: usize = 1024 * 1024;

/// Most addresses of a list.
pub(crate) const MAX_ADDRESSES: usize = 5000;

/// Most bytes of an address.
const MAX_ADDRESS_BYTES: usize = 320;

/// Addresses that are followed in one step, well within the lease of a job.
const BATCH_SIZE: usize = 5;

/// Failures that a report names.
const MAX_NAMED_FAILURES: usize = 500;

/// How long a report is kept.
const REPORT_LIFETIME: TimeDelta = TimeDelta::days(7);

/// Waits before the next attempts at an address whose host is busy, in seconds.
const RETRY_AFTER: [i64; 4] = [10, 60, 300, 900];

/// Folder of the lists in the blob store. No nickname has an `@`, so no upload is in it.
const FOLDER: &str = "@imports";

/// Names of the column of addresses, in lower case.
const HEADINGS: [&str; 4] = ["account address", "address", "account", "acct"];

/// An import, and how far it is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Import {
    user: String,
    /// Name of the list in the blob store.
    list: String,
    pub(crate) total: usize,
    /// Addresses that were tried.
    pub(crate) done: usize,
    /// Addresses that could not be followed, and the first of them with the reason.
    pub(crate) failed: usize,
    pub(crate) failures: Vec<(String, Reason)>,
    /// Whether all were tried.
    pub(crate) is_complete: bool,
}

/// Why an address could not be followed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Reason {
    /// A message of the catalogues.
    Phrase(Phrase),
    /// English text: of a failure without a phrase, or from before there were phrases.
    Text(String),
}

/// Follows the addresses of lists, a few at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportWorker;

/// Reads the addresses of a list: CSV with a column `Account address`, or the first column.
///
/// Errors: 400 for what is no text or has no addresses; 413 for too many.
pub(crate) fn parse(list: &[u8]) -> Result<Vec<String>> {
    if list.len() > MAX_BYTES {
        return Err(too_long());
    }
    let text = std::str::from_utf8(list)
        .map_err(|_| Error::bad_request("This is no CSV.").phrased("import-no-csv"))?;
    if text.contains('\0') {
        return Err(Error::bad_request("This is no CSV.").phrased("import-no-csv"));
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut rows = csv::ReaderBuilder::new();
    let mut rows = rows
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let (mut column, mut is_first) = (0, true);
    let mut addresses = indexmap::IndexSet::new();
    for row in rows.records() {
        let row =
            row.map_err(|_| Error::bad_request("This is no CSV.").phrased("import-no-csv"))?;
        let is_heading = |cell: &str| HEADINGS.contains(&&*cell.trim().to_lowercase());
        let heading = row.iter().position(is_heading);
        if std::mem::take(&mut is_first)
            && let Some(heading) = heading
        {
            column = heading;
            continue;
        }
        let address = row.get(column).unwrap_or_default().trim();
        let address = address.strip_prefix("acct:").unwrap_or(address);
        let address = address.strip_prefix('@').unwrap_or(address);
        if !address.is_empty() {
            addresses.insert(address.chars().take(MAX_ADDRESS_BYTES).collect::<String>());
        }
        if addresses.len() > MAX_ADDRESSES {
            return Err(too_long());
        }
    }
    if addresses.is_empty() {
        return Err(Error::bad_request("There is no address in this list.").phrased("import-empty"));
    }
    Ok(addresses.into_iter().collect())
}

fn too_long() -> Error {
    let phrase = Phrase::new("import-too-long").with("most", MAX_ADDRESSES.to_string());
    Error::saying(ErrorKind::TooLarge, phrase)
}

/// Begins an import for the caller. A report of the last one is gone then.
///
/// Errors: those of [`parse`]; 400 while another one is under way.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn begin(ctx: &Context, list: &[u8]) -> Result<()> {
    let user = own(ctx)?;
    let addresses = parse(list)?;
    let found = state(ctx).await?;
    let is_under_way = |import: &Import| !import.is_complete;
    if found.as_ref().is_some_and(is_under_way) {
        return Err(Error::bad_request("A list is being imported.").phrased("import-busy"));
    }
    let import = Import {
        user: user.to_string(),
        list: ctx.app().entropy().token::<16>(),
        total: addresses.len(),
        ..Import::default()
    };
    let bytes = bytes::Bytes::from(addresses.join("\n"));
    let put = ctx.app().blobs().put(&path(&import), bytes.into()).await;
    put.map_err(failed)?;
    let job = ctx.storage().find_job(&import_id(user)).await?;
    let expect = job.map_or(Expect::Absent, |job| Expect::Version(job.version));
    let job = Job {
        id: import_id(user),
        queue: QUEUE.into(),
        payload: queue::payload(&import),
        due: ctx.now(),
        attempts: 0,
        version: 0,
    };
    match ctx
        .storage()
        .commit(vec![Change::PutJob { job, expect }])
        .await
    {
        Ok(()) => {
            ctx.app().wake_workers();
            Ok(())
        }
        Err(error) => {
            delete_list(ctx, &import).await?;
            match error {
                StorageError::AlreadyExists(_) | StorageError::Conflict(_) => {
                    Err(Error::bad_request("A list is being imported.").phrased("import-busy"))
                }
                error => Err(error.into()),
            }
        }
    }
}

/// Returns the import of the caller that is under way, or was not long ago.
pub(crate) async fn state(ctx: &Context) -> Result<Option<Import>> {
    let job = ctx.storage().find_job(&import_id(own(ctx)?)).await?;
    Ok(job.and_then(|job| queue::task(&job)))
}

#[async_trait]
impl Worker for ImportWorker {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn retry_after<'a>(&self, _: &'a Context) -> &'a [i64] {
        &RETRY_AFTER
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> JobOutcome {
        let Some(import) = queue::task::<Import>(job) else {
            return JobOutcome::Fail("it is not understood".into());
        };
        let is_last_attempt = job.attempts as usize > RETRY_AFTER.len();
        let outcome = step(ctx, import, is_last_attempt).await;
        outcome.unwrap_or_else(|error| JobOutcome::Retry(error.to_string()))
    }
}

/// Follows the next addresses.
async fn step(ctx: &Context, mut import: Import, is_last_attempt: bool) -> Result<JobOutcome> {
    let account = match Nickname::parse(&import.user) {
        Ok(user) => ctx.storage().find_account(&user).await?,
        Err(_) => None,
    };
    let is_going_on =
        |account: &Account| !import.is_complete && access::require_active(account).is_ok();
    let Some(account) = account.filter(is_going_on) else {
        delete_list(ctx, &import).await?;
        return Ok(JobOutcome::Done);
    };
    let list = read_list(ctx, &import).await?;
    let owner = &as_owner(ctx, &account);
    let begun_at = import.done;
    for address in list.lines().skip(begun_at).take(BATCH_SIZE) {
        match follow::follow(owner, address).await {
            Ok(_) => {}
            Err(error) if may_pass(&error) && !(is_last_attempt && import.done == begun_at) => {
                if import.done == begun_at {
                    return Ok(JobOutcome::Retry(error.to_string()));
                }
                break;
            }
            Err(error) => import.add_failure(address, &error),
        }
        import.done += 1;
    }
    if import.done < import.total && import.done > begun_at {
        return Ok(JobOutcome::Continue(
            Changes::new(),
            queue::payload(&import),
        ));
    }
    delete_list(ctx, &import).await?;
    import.is_complete = true;
    complete(ctx, &account, &import).await?;
    Ok(JobOutcome::Done)
}

/// Replaces the job by the report, which goes after a while.
async fn complete(ctx: &Context, account: &Account, import: &Import) -> Result<()> {
    let job = Job {
        id: import_id(&account.nickname),
        queue: QUEUE.into(),
        payload: queue::payload(&import),
        due: ctx.now() + REPORT_LIFETIME,
        attempts: 0,
        version: 0,
    };
    let expect = Expect::Any;
    ctx.storage()
        .commit(vec![Change::PutJob { job, expect }])
        .await?;
    Ok(())
}

/// Whether a failure is one of the moment.
pub(crate) fn may_pass(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::TooManyRequests | ErrorKind::Unavailable
    )
}

impl Import {
    fn add_failure(&mut self, address: &str, error: &Error) {
        self.failed += 1;
        if self.failures.len() < MAX_NAMED_FAILURES {
            let reason = match error.phrase() {
                Some(phrase) => Reason::Phrase(phrase.clone()),
                None => Reason::Text(error.message().to_owned()),
            };
            self.failures.push((address.to_owned(), reason));
        }
    }
}

async fn read_list(ctx: &Context, import: &Import) -> Result<String> {
    let found = ctx.app().blobs().get(&path(import)).await.map_err(failed)?;
    let bytes = found.bytes().await.map_err(failed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn delete_list(ctx: &Context, import: &Import) -> Result<()> {
    match ctx.app().blobs().delete(&path(import)).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn path(import: &Import) -> Path {
    Path::from_iter([FOLDER, &import.list])
}

/// Returns the context of the owner of an account.
pub(crate) fn as_owner(ctx: &Context, account: &Account) -> Context {
    ctx.with_caller(Caller::HostUser(account.clone().into()))
}

fn own(ctx: &Context) -> Result<&Nickname> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    Ok(&account.nickname)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_lists_of_all_kinds() {
        let wanted = ["alice@h.example", "bob@h.example"];
        for list in [
            "Account address,Show boosts\nalice@h.example,true\nbob@h.example,false\n",
            "\u{feff}Show boosts,Account address\r\ntrue,alice@h.example\r\nfalse,bob@h.example",
            "acct:alice@h.example\n@bob@h.example\n\nalice@h.example",
            "\"alice@h.example\"\n bob@h.example ",
        ] {
            assert_eq!(parse(list.as_bytes()).unwrap(), wanted, "{list}");
        }
    }

    #[test]
    fn lists_have_bounds() {
        let kind = |list: &[u8]| parse(list).unwrap_err().kind();
        assert_eq!(kind(b""), ErrorKind::BadRequest);
        assert_eq!(kind(b"Account address\n"), ErrorKind::BadRequest);
        assert_eq!(kind(b"\xff\xfe"), ErrorKind::BadRequest);
        assert_eq!(kind(b"a\0b@h.example"), ErrorKind::BadRequest);
        assert_eq!(kind(&vec![b'a'; MAX_BYTES + 1]), ErrorKind::TooLarge);
        let many: Vec<String> = (0..=MAX_ADDRESSES)
            .map(|n| format!("n{n}@h.example"))
            .collect();
        let many = many.join("\n");
        assert_eq!(kind(many.as_bytes()), ErrorKind::TooLarge);
    }
}
