//! Background tasks of a running server: workers, cleanup, and expiry of credentials.
//!
//! [`run`] does it all. A host with a scheduler of its own runs the parts: the workers with
//! [`queue::run_until_idle`], [`run_cleanup`], and [`delete_expired`].

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::{join, select, time};
use tokio_util::sync::CancellationToken;

use super::{
    Result, clients,
    federation::{Sender, forwarding, held_tokens},
    oauth,
    queue::{self, Worker},
    sessions,
};
#[cfg(feature = "web")]
pub use super::{activitypub::MoveWorker, export::ExportWorker, import::ImportWorker};
pub use super::{
    cleanup::run_cleanup,
    delivery::DeliveryWorker,
    mail::{MailWorker, Notifier},
};
use crate::{App, Context, context::Caller};

/// Poll interval of an idle worker, for jobs of other nodes, or of a try that is due.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Interval at which expired credentials are deleted.
const EXPIRY_INTERVAL: Duration = Duration::from_mins(5);

/// How many objects are indexed for search in one transaction.
const INDEX_BATCH_SIZE: u32 = 100;

/// Pause between two batches of objects that are indexed for search.
const INDEX_PAUSE: Duration = Duration::from_millis(50);

/// Runs until `stop` is ready, and then ends the jobs that it is at. Every process that serves an
/// [`App`] runs this beside it, once.
pub async fn run(app: &App, stop: impl Future<Output = ()>) {
    let stopping = CancellationToken::new();
    let periodic_tasks = async {
        select! {
            () = expire_credentials(app) => {}
            () = run_cleanups(app) => {}
            () = index_older_objects(app) => {}
            () = stopping.cancelled() => {}
        }
    };
    let cancel = async {
        stop.await;
        stopping.cancel();
    };
    let deliveries = run_worker(app, &DeliveryWorker, &stopping);
    // Several, so that one mail that takes long does not keep the others.
    let mails = async {
        if app.mailer().is_some() {
            let mails = || run_worker(app, &MailWorker, &stopping);
            let notifications = || run_worker(app, &Notifier, &stopping);
            join!(mails(), mails(), notifications(), notifications());
        }
    };
    // Each of them takes its time, and keeps nobody else.
    let own_data = async {
        #[cfg(feature = "web")]
        join!(
            run_worker(app, &ExportWorker, &stopping),
            run_worker(app, &ImportWorker, &stopping),
            run_worker(app, &MoveWorker, &stopping)
        );
    };
    let sender = Sender::new(app);
    let outgoing = sender.run(&stopping);
    join!(
        cancel,
        deliveries,
        mails,
        own_data,
        outgoing,
        periodic_tasks
    );
}

/// Runs one job after the other.
async fn run_worker(app: &App, worker: &dyn Worker, stopping: &CancellationToken) {
    let ctx = app.context(Caller::Server);
    let mut queued = app.queue_signal();
    while !stopping.is_cancelled() {
        // A job that is put in from here on is not missed.
        queued.mark_unchanged();
        // A job that breaks must not take the server with it; it comes back when its lease ends.
        let job = AssertUnwindSafe(queue::run_next(&ctx, worker)).catch_unwind();
        match job.await {
            Ok(Ok(true)) => continue,
            Ok(Ok(false)) => {}
            Err(_) => tracing::error!(queue = worker.queue(), "job panicked"),
            Ok(Err(error)) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    error,
                    queue = worker.queue(),
                    "due jobs could not be listed"
                );
            }
        }
        select! {
            () = stopping.cancelled() => {}
            // There is a sender as long as there is an app.
            _ = queued.changed() => {}
            () = time::sleep(POLL_INTERVAL) => {}
        }
    }
}

/// Deletes expired nonces, tokens, sessions and codes, unused clients, and answers that were passed
/// on.
pub async fn delete_expired(ctx: &Context) -> Result<()> {
    let forgotten = oauth::delete_expired(ctx).await;
    let forgotten = forgotten.and(clients::forget_unused(ctx).await);
    let forgotten = forgotten.and(held_tokens::delete_expired(ctx).await);
    let forgotten = forgotten.and(forwarding::delete_sent(ctx).await);
    forgotten.and(sessions::delete_expired(ctx).await)
}

/// Deletes expired credentials periodically.
async fn expire_credentials(app: &App) {
    let mut ticks = time::interval(EXPIRY_INTERVAL);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = delete_expired(&app.context(Caller::Server)).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                error,
                "old nonces, tokens and clients could not be forgotten"
            );
        }
    }
}

/// Runs cleanups at the start, on request, and periodically.
async fn run_cleanups(app: &App) {
    let mut ticks = time::interval(EXPIRY_INTERVAL);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        select! {
            _ = ticks.tick() => {}
            () = app.cleanup_requested() => {}
        }
        if let Err(error) = run_cleanup(&app.context(Caller::Server)).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "cleanup failed and will be retried");
        }
    }
}

/// Indexes objects that are older than the search index, a few at a time, until none are left.
/// Another node may have changed the language since.
async fn index_older_objects(app: &App) {
    let ctx = app.context(Caller::Server);
    let storage = ctx.storage();
    let language = &app.settings().search.language;
    let mut outcome = storage.set_search_language(language).await.map(|()| true);
    loop {
        let pause = match &outcome {
            Ok(true) => INDEX_PAUSE,
            Ok(false) => EXPIRY_INTERVAL,
            Err(error) => {
                let error: &dyn std::error::Error = error;
                tracing::warn!(error, "objects could not be indexed for search");
                EXPIRY_INTERVAL
            }
        };
        time::sleep(pause).await;
        outcome = storage.index_older(INDEX_BATCH_SIZE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{future, sync::Arc};

    use super::*;
    use crate::{
        app::{AppParts, ManualClock},
        model::Nonce,
    };

    #[tokio::test]
    async fn nonce_is_deleted_only_after_its_timestamp_is_refused() {
        let now = 1_700_000_000;
        let app = App::new(AppParts {
            clock: Arc::new(ManualClock::at(now)),
            ..AppParts::of_a_test("http://pump.test")
        });
        let nonce = |timestamp| Nonce {
            client: "c",
            token: "t",
            timestamp,
            nonce: "n",
        };
        let (old, recent) = (nonce(now - 601), nonce(now - 600));
        for used in [&old, &recent] {
            assert!(app.storage().use_nonce(used).await.unwrap());
        }
        delete_expired(&app.context(Caller::Server)).await.unwrap();
        assert!(app.storage().use_nonce(&old).await.unwrap());
        assert!(!app.storage().use_nonce(&recent).await.unwrap());
    }

    #[tokio::test]
    async fn it_can_be_a_task_of_its_own() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let beside = tokio::spawn(async move { run(&app, future::ready(())).await });
        beside.await.unwrap();
    }
}
