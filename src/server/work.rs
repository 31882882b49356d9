//! The workers: they do what was put off, for as long as the server runs.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::{join, pin, select, sync::watch, time};

use crate::{
    App,
    context::Caller,
    service::{
        delivery::Courier,
        mail::Postman,
        queue::{self, Worker},
    },
};

/// How often a worker with nothing to do looks for work that it was not told of: of another node, or of a try
/// that is due.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Works until it is told to stop, and then ends what it is at.
pub(super) async fn work(app: &App, told: impl Future<Output = ()>) {
    let (last, no_more) = watch::channel(false);
    let telling = async {
        told.await;
        // That nobody listens says that all have ended.
        let _ = last.send(true);
    };
    let courier = tend(app, &Courier, no_more.clone());
    // Several, so that one mail that takes long does not keep the others.
    let postmen = async {
        if app.mailer().is_some() {
            let worker = || tend(app, &Postman, no_more.clone());
            join!(worker(), worker(), worker());
        }
    };
    join!(telling, courier, postmen);
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
