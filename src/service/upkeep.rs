//! What goes on beside the answers, for as long as a server runs: what was put off is done, what was deleted is
//! swept up, and what is worth nothing any more is forgotten.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::{join, pin, select, sync::watch, time};

use super::{
    clients,
    delivery::Courier,
    mail::{Notifier, Postman},
    oauth,
    queue::{self, Worker},
    sweep::sweep,
};
use crate::{App, context::Caller};

/// How often a worker with nothing to do looks for work that it was not told of: of another node, or of a try
/// that is due.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often what is worth nothing any more is forgotten.
const TIDY_EVERY: Duration = Duration::from_mins(5);

/// Runs until it is told to stop, and then ends the jobs that it is at. Every process that serves an [`App`] runs
/// this beside it, once.
pub async fn run(app: &App, told: impl Future<Output = ()>) {
    let (last, no_more) = watch::channel(false);
    let stopped = async |mut no_more: watch::Receiver<bool>| {
        // There is a sender until it was told.
        let _ = no_more.wait_for(|stopped| *stopped).await;
    };
    let broken_off = async {
        select! {
            () = tidy(app) => {}
            () = sweep_up(app) => {}
            () = stopped(no_more.clone()) => {}
        }
    };
    let telling = async {
        told.await;
        // That nobody listens says that all have ended.
        let _ = last.send(true);
    };
    let courier = tend(app, &Courier, no_more.clone());
    // Several, so that one mail that takes long does not keep the others.
    let postmen = async {
        if app.mailer().is_some() {
            let letters = || tend(app, &Postman, no_more.clone());
            let notifications = || tend(app, &Notifier, no_more.clone());
            join!(letters(), letters(), notifications(), notifications());
        }
    };
    join!(telling, courier, postmen, broken_off);
}

/// Does one job after the other.
async fn tend(app: &App, worker: &dyn Worker, mut no_more: watch::Receiver<bool>) {
    let ctx = app.context(Caller::Server);
    let mut queued = app.work();
    while !*no_more.borrow() {
        // What is put in from here on is not missed.
        queued.mark_unchanged();
        // A job that breaks must not take the server with it; it comes back when its lease ends.
        let job = AssertUnwindSafe(queue::next(&ctx, worker)).catch_unwind();
        match job.await {
            Ok(Ok(true)) => continue,
            Ok(Ok(false)) => {}
            Err(_) => tracing::error!(queue = worker.queue(), "a job broke off with a panic"),
            Ok(Err(error)) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, queue = worker.queue(), "jobs could not be looked at");
            }
        }
        let stopped = no_more.wait_for(|stopped| *stopped);
        pin!(stopped);
        select! {
            _ = stopped => {}
            // There is a sender as long as there is an app.
            _ = queued.changed() => {}
            () = time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Forgets nonces, tokens and clients that are worth nothing any more, now and then, for ever.
async fn tidy(app: &App) {
    let mut ticks = time::interval(TIDY_EVERY);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let ctx = app.context(Caller::Server);
        let forgotten = oauth::forget_old(&ctx).await;
        if let Err(error) = forgotten.and(clients::forget_unused(&ctx).await) {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                error,
                "old nonces, tokens and clients could not be forgotten"
            );
        }
    }
}

/// Sweeps up at the start, when there is reason to, and now and then, for ever.
async fn sweep_up(app: &App) {
    let mut ticks = time::interval(TIDY_EVERY);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        select! {
            _ = ticks.tick() => {}
            () = app.must_sweep() => {}
        }
        if let Err(error) = sweep(&app.context(Caller::Server)).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                error,
                "what was deleted could not be swept up; it is tried again"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future, sync::Arc};

    use super::*;
    use crate::{
        app::{ManualClock, Parts},
        model::Nonce,
    };

    #[tokio::test]
    async fn a_nonce_is_forgotten_only_when_its_time_would_be_refused_everywhere() {
        let now = 1_700_000_000;
        let app = App::new(Parts {
            clock: Arc::new(ManualClock::at(now)),
            ..Parts::of_a_test("http://pump.test")
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
        oauth::forget_old(&app.context(Caller::Server))
            .await
            .unwrap();
        assert!(app.storage().use_nonce(&old).await.unwrap());
        assert!(!app.storage().use_nonce(&recent).await.unwrap());
    }

    #[tokio::test]
    async fn it_can_be_a_task_of_its_own() {
        let app = App::new(Parts::of_a_test("http://pump.test"));
        let beside = tokio::spawn(async move { run(&app, future::ready(())).await });
        beside.await.unwrap();
    }
}
