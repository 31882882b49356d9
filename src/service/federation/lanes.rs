//! Concurrency of deliveries: many hosts at once, and a share that is reserved for hosts that
//! answer soon.

use std::{error::Error, panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt, future::join_all};
use tokio::{
    select,
    task::{JoinError, JoinSet},
    time,
};
use tokio_util::sync::CancellationToken;

use super::sender::Sender;
use crate::{model::HostLease, service::Result, storage::Change};

/// Poll interval, for deliveries that other nodes enqueued, and for attempts that are due.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Time for which commits are gathered before their deliveries are looked for.
const WAKE_DELAY: Duration = Duration::from_millis(20);

/// One in so many hosts that are delivered to at once is of the reserve.
const RESERVE_DIVISOR: usize = 4;

/// Interval at which deliveries are dropped while federation is switched off.
const DROP_INTERVAL: Duration = Duration::from_mins(5);

/// Share of the hosts that are delivered to at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    /// For all hosts.
    Common,
    /// For hosts that neither fail nor are slow.
    Reserve,
}

/// Work on leases, and how many more each lane has room for.
struct Lanes {
    tasks: JoinSet<(Lane, bool)>,
    free: [usize; 2],
}

impl Sender {
    /// Delivers until `stopping` is cancelled, and then ends the requests in flight.
    pub(crate) async fn run(&self, stopping: &CancellationToken) {
        if !self.app().settings().federation.enabled {
            return self.drop_periodically(stopping).await;
        }
        self.run_polling(stopping, POLL_INTERVAL).await;
    }

    /// Delivers until `stopping` is cancelled; looks at that interval for what nobody told of.
    pub(super) async fn run_polling(&self, stopping: &CancellationToken, interval: Duration) {
        let mut lanes = Lanes::new(self.app().settings().deliveries.parallelism as usize);
        let mut enqueued = self.app().outgoing_signal();
        let mut may_have_more = true;
        // Whether deliveries were enqueued during work on a lease, perhaps for the same host.
        let mut is_overtaken = false;
        loop {
            // Deliveries that are enqueued from here on are not missed.
            if enqueued.has_changed().unwrap_or_default() {
                may_have_more = true;
                is_overtaken = !lanes.tasks.is_empty();
            }
            enqueued.mark_unchanged();
            if !stopping.is_cancelled() && may_have_more {
                may_have_more = self.fill(&mut lanes, stopping).await;
            }
            if stopping.is_cancelled() && lanes.tasks.is_empty() {
                return;
            }
            select! {
                Some(ended) = lanes.tasks.join_next() => {
                    may_have_more |= lanes.release(&ended) || is_overtaken;
                    while let Some(ended) = lanes.tasks.try_join_next() {
                        may_have_more |= lanes.release(&ended);
                    }
                    is_overtaken &= !lanes.tasks.is_empty();
                }
                _ = enqueued.changed() => {
                    time::sleep(WAKE_DELAY).await;
                    may_have_more = true;
                    is_overtaken = !lanes.tasks.is_empty();
                }
                () = time::sleep(interval) => may_have_more = true,
                () = stopping.cancelled(), if !stopping.is_cancelled() => {}
            }
        }
    }

    /// Drops what is enqueued for accounts that are known from before federation was switched off.
    async fn drop_periodically(&self, stopping: &CancellationToken) {
        loop {
            let dropped = self
                .app()
                .storage()
                .commit(vec![Change::DropOutgoing(None)]);
            if let Err(error) = dropped.await {
                let error: &dyn Error = &error;
                tracing::warn!(error, "deliveries could not be dropped");
            }
            select! {
                () = stopping.cancelled() => return,
                () = time::sleep(DROP_INTERVAL) => {}
            }
        }
    }

    /// Delivers until nothing is due; returns the number of leases.
    pub async fn run_until_idle(&self) -> Result<usize> {
        let mut count = 0;
        let never = CancellationToken::new();
        loop {
            let hosts = self.app().settings().deliveries.parallelism;
            let leases = self.lease(hosts, false).await?;
            if leases.is_empty() {
                return Ok(count);
            }
            count += leases.len();
            let work = leases.into_iter().map(|lease| self.work(lease, &never));
            for worked in join_all(work).await {
                worked?;
            }
        }
    }

    /// Leases hosts for what is free. Returns whether more may be due than there is room for.
    async fn fill(&self, lanes: &mut Lanes, stopping: &CancellationToken) -> bool {
        for lane in [Lane::Common, Lane::Reserve] {
            let free = lanes.free(lane);
            if free == 0 {
                continue;
            }
            let hosts = u32::try_from(free).unwrap_or(u32::MAX);
            let leases = match self.lease(hosts, lane == Lane::Reserve).await {
                Ok(leases) => leases,
                Err(error) => {
                    let error: &dyn Error = &error;
                    tracing::warn!(error, "due deliveries could not be leased");
                    return false;
                }
            };
            let is_all = leases.len() < free;
            for lease in leases {
                lanes.start(lane, self.clone(), lease, stopping.clone());
            }
            if is_all && lane == Lane::Common {
                return false;
            }
        }
        true
    }
}

impl Lanes {
    /// Creates lanes for so many hosts in all. Each lane has one at least.
    fn new(parallelism: usize) -> Self {
        let reserve = (parallelism / RESERVE_DIVISOR).max(1);
        let common = parallelism.saturating_sub(reserve).max(1);
        Self {
            tasks: JoinSet::new(),
            free: [common, reserve],
        }
    }

    fn free(&self, lane: Lane) -> usize {
        self.free[lane as usize]
    }

    /// Starts the work on a lease. Work that panics ends with its lease.
    fn start(&mut self, lane: Lane, sender: Sender, lease: HostLease, stopping: CancellationToken) {
        self.free[lane as usize] -= 1;
        self.tasks.spawn(async move {
            let host = lease.host.name.clone();
            let work = AssertUnwindSafe(sender.work(lease, &stopping)).catch_unwind();
            let may_have_more = match work.await {
                Ok(Ok(may_have_more)) => may_have_more,
                Ok(Err(error)) => {
                    let error: &dyn Error = &error;
                    tracing::warn!(error, host, "deliveries could not be settled");
                    false
                }
                Err(_) => {
                    tracing::error!(host, "deliveries panicked");
                    false
                }
            };
            (lane, may_have_more)
        });
    }

    /// Takes note that the work on a lease has ended. Returns whether more may wait for the host.
    fn release(&mut self, ended: &Result<(Lane, bool), JoinError>) -> bool {
        let Ok((lane, may_have_more)) = *ended else {
            return false;
        };
        self.free[lane as usize] += 1;
        may_have_more
    }
}
