//! Deliveries of one leased host: oldest first, one at a time, until there are none, the host
//! fails, or the lease ends.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::{
    attempt::{Attempt, Verdict},
    backoff::{HostFailure, next_attempt},
    order::{KeptDeliveries, is_full},
    sender::Sender,
};
use crate::{
    Context,
    app::DeliveryEnd,
    context::Caller,
    model::{DeliveryState, HostLease, Object, OutgoingDelivery, RemoteAccount},
    service::Result,
    storage::{Change, Changes, HostOutcome},
};

/// Age of a lease at which no delivery is begun any more, in seconds. The rest of the lease is more
/// than one delivery takes.
const MAX_WORK_SECONDS: i64 = 180;

/// Mean time of a delivery above which a host is slow, and the age at which no delivery to it is
/// begun any more, in seconds.
const MAX_DELIVERY_SECONDS: i64 = 3;
const MAX_SLOW_WORK_SECONDS: i64 = 15;

/// Deliveries after which a lease is settled in part, and seconds. No more are repeated if the
/// worker dies.
const MAX_UNSETTLED_DELIVERIES: usize = 8;
const MAX_UNSETTLED_SECONDS: i64 = 10;

/// Maximum deliveries in a row that a host may fail at while it is leased, and how many of them may
/// be of one activity, or to one account. The others tell whether the host failed, or only these.
const MAX_FAILURES_PER_LEASE: usize = 4;
const MAX_FAILURES_OF_ONE: usize = 2;

/// Age at which a delivery is dropped that a host fails at while it takes others, in seconds.
const REJECTED_EXPIRY_SECONDS: i64 = 3600;

/// Offset of another host's clock above which the log says so, in seconds. Signatures are refused
/// for such clocks.
const MAX_CLOCK_OFFSET_SECONDS: i64 = 300;

type Failed<'a> = (&'a OutgoingDelivery, HostFailure);

/// Work on one lease, as far as it came.
struct LeaseWork<'a> {
    ctx: &'a Context,
    host: String,
    until: DateTime<Utc>,
    state: DeliveryState,
    begun: DateTime<Utc>,
    /// How many deliveries were tried.
    attempts: i64,
    done: Vec<u64>,
    changes: Changes,
    /// Accounts of which something new is known, by id.
    accounts: HashMap<String, RemoteAccount>,
    /// Deliveries that the host failed at, since the last one that it took; and before that.
    failed: Vec<Failed<'a>>,
    rejected: Vec<Failed<'a>>,
    /// Deliveries that were rejected, whether or not the host failed.
    refused: Vec<Failed<'a>>,
    kept: KeptDeliveries,
    /// When the lease was settled last, in part.
    settled: DateTime<Utc>,
    /// Whether the host took a delivery, or said why not.
    is_alive: bool,
    is_postponed: bool,
}

impl Sender {
    /// Works on a lease, and settles it. Returns whether more may wait for the host.
    pub(super) async fn work(
        &self,
        lease: HostLease,
        stopping: &CancellationToken,
    ) -> Result<bool> {
        let ctx = &self.app().context(Caller::Server);
        let mut work = LeaseWork::new(ctx, &lease);
        if let Some(reason) = self.peers().refusal(&work.host).await? {
            tracing::info!(host = work.host, reason, "deliveries dropped");
            let dropped = Change::DropOutgoing(Some(work.host.clone()));
            work.changes.push(dropped);
            work.settle().await?;
            return Ok(false);
        }
        let waiting = work.drop_expired(&lease.deliveries);
        let activities = find_activities(ctx, &waiting).await?;
        for delivery in waiting {
            if work.is_late() || stopping.is_cancelled() {
                break;
            }
            let activity = activities.get(&*delivery.activity);
            if !work.may_try(delivery) || work.kept.hold(delivery, activity) {
                work.kept.add(delivery, activity);
                work.is_postponed = true;
                continue;
            }
            let account = work.accounts.get(&delivery.account.id);
            let account = account.unwrap_or(&delivery.account);
            let mut attempt = Attempt::new(self.peers(), self.renderer(), ctx, account, work.begun);
            let verdict = attempt.deliver(activity).await;
            work.record_answer(&attempt, &verdict);
            if attempt.account != delivery.account {
                let id = attempt.account.id.clone();
                work.accounts.insert(id, attempt.account);
            }
            if !matches!(verdict, Verdict::Delivered | Verdict::Dropped(_)) {
                work.kept.add(delivery, activity);
            }
            if work.record(delivery, verdict).is_break() {
                break;
            }
            work.settle_part().await?;
        }
        let may_have_more = is_full(&lease.deliveries);
        work.finish();
        work.settle().await?;
        Ok(may_have_more)
    }
}

/// Reads the activities of deliveries, by id.
async fn find_activities<'a>(
    ctx: &Context,
    deliveries: &[&'a OutgoingDelivery],
) -> Result<HashMap<&'a str, Arc<Object>>> {
    let mut ids: Vec<&str> = deliveries.iter().map(|one| one.activity.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = ctx.storage().find_objects(&ids).await?;
    let found = ids.into_iter().zip(found);
    Ok(found
        .filter_map(|(id, object)| Some((id, object?)))
        .collect())
}

impl<'a> LeaseWork<'a> {
    fn new(ctx: &'a Context, lease: &HostLease) -> Self {
        Self {
            ctx,
            host: lease.host.name.clone(),
            until: lease.until,
            state: lease.host.delivery.clone(),
            begun: ctx.now(),
            attempts: 0,
            done: Vec::new(),
            changes: Changes::new(),
            accounts: HashMap::new(),
            failed: Vec::new(),
            rejected: Vec::new(),
            refused: Vec::new(),
            kept: KeptDeliveries::default(),
            settled: ctx.now(),
            is_alive: false,
            is_postponed: false,
        }
    }

    /// Drops the deliveries that have waited for too long; returns the others.
    fn drop_expired(&mut self, all: &'a [OutgoingDelivery]) -> Vec<&'a OutgoingDelivery> {
        let expiry = TimeDelta::from_std(self.ctx.app().settings().deliveries.expiry);
        let oldest = expiry
            .ok()
            .and_then(|age| self.ctx.now().checked_sub_signed(age));
        let is_expired =
            |one: &&OutgoingDelivery| oldest.is_some_and(|oldest| one.created < oldest);
        let (expired, waiting): (Vec<_>, Vec<_>) = all.iter().partition(is_expired);
        if !expired.is_empty() {
            let (host, count) = (&self.host, expired.len());
            let last_error = self.state.last_error.as_deref();
            tracing::warn!(host, count, last_error, "deliveries expired");
        }
        self.count(DeliveryEnd::Expired, expired.len());
        self.done.extend(expired.iter().map(|one| one.position));
        waiting
    }

    fn age_seconds(&self) -> i64 {
        (self.ctx.now() - self.begun).num_seconds()
    }

    /// Whether the host takes long for each delivery.
    fn is_slow(&self) -> bool {
        self.age_seconds() > self.attempts * MAX_DELIVERY_SECONDS
    }

    /// Whether no other delivery is to be begun.
    fn is_late(&self) -> bool {
        let limit = if self.is_slow() {
            MAX_SLOW_WORK_SECONDS
        } else {
            MAX_WORK_SECONDS
        };
        self.age_seconds() >= limit
    }

    /// Whether a delivery may succeed, after others of this lease that failed.
    fn may_try(&self, delivery: &OutgoingDelivery) -> bool {
        let is_alike = |alike: fn(&OutgoingDelivery) -> &str| {
            let failed = self.failed.iter().chain(&self.rejected);
            let alike = failed.filter(|(one, _)| alike(one) == alike(delivery));
            alike.count() >= MAX_FAILURES_OF_ONE
        };
        !is_alike(|one| &one.activity) && !is_alike(|one| &one.account.id)
    }

    /// Takes note of what an answer says about the host.
    fn record_answer(&mut self, attempt: &Attempt<'_>, verdict: &Verdict) {
        self.attempts += 1;
        let is_taken = matches!(verdict, Verdict::Delivered | Verdict::Dropped(_));
        self.is_alive |= attempt.is_answered && is_taken;
        if *verdict == Verdict::Delivered {
            self.state.last_success = Some(self.ctx.now());
        }
        let Some(date) = attempt.date else { return };
        let offset = (date - self.ctx.now()).num_seconds();
        let was_off = self.state.clock_offset.abs() > MAX_CLOCK_OFFSET_SECONDS;
        if offset.abs() > MAX_CLOCK_OFFSET_SECONDS && !was_off {
            let host = &self.host;
            tracing::warn!(host, offset, "the clock of a host differs from ours");
        }
        self.state.clock_offset = offset;
    }

    /// Takes note of the end of an attempt. Breaks if the host is to be left alone.
    fn record(&mut self, delivery: &'a OutgoingDelivery, verdict: Verdict) -> ControlFlow<()> {
        let (host, activity, account) = (&self.host, &delivery.activity, &delivery.account.id);
        match verdict {
            Verdict::Delivered => {
                tracing::debug!(host, activity, account, "delivered");
                self.count(DeliveryEnd::Delivered, 1);
                self.done.push(delivery.position);
                self.rejected.append(&mut self.failed);
            }
            Verdict::Dropped(reason) => {
                tracing::info!(host, activity, account, reason, "delivery dropped");
                self.count(DeliveryEnd::Dropped, 1);
                self.done.push(delivery.position);
            }
            Verdict::Postponed(reason) => {
                tracing::error!(host, activity, account, reason, "delivery postponed");
                self.is_postponed = true;
            }
            Verdict::Rejected(failure) => {
                self.count(DeliveryEnd::Failed, 1);
                self.refused.push((delivery, failure));
            }
            Verdict::HostFailed(failure) => {
                self.count(DeliveryEnd::Failed, 1);
                let is_over = failure.is_unreachable || failure.retry_after.is_some();
                self.failed.push((delivery, failure));
                if is_over || self.failed.len() >= MAX_FAILURES_PER_LEASE {
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Makes the new state of the host. A host that took anything after a failure has not failed.
    fn finish(&mut self) {
        let now = self.ctx.now();
        let settings = &self.ctx.app().settings().deliveries;
        if self.is_alive {
            self.state.failing_since = None;
            // Hosts that have waited longer come first.
            self.state.next_attempt = Some(now);
        }
        if self.state.failing_since.is_none() {
            self.state.failures = 0;
        }
        let mut rejected = std::mem::take(&mut self.rejected);
        if self.failed.is_empty() && self.state.failing_since.is_none() {
            rejected.append(&mut self.refused);
        }
        self.is_postponed |= !self.refused.is_empty();
        for (delivery, failure) in rejected {
            self.reject(delivery, &failure.reason);
            self.state.last_error = Some(failure.reason);
        }
        if let Some((delivery, failure)) = self.failed.first() {
            let failures = self.state.failures.saturating_add(1);
            let entropy = self.ctx.app().entropy();
            let next_attempt = next_attempt(now, failures, failure, settings, entropy);
            tracing::warn!(
                host = self.host,
                activity = delivery.activity,
                account = delivery.account.id,
                reason = failure.reason,
                failures,
                %next_attempt,
                "delivery failed"
            );
            self.state.failures = failures;
            self.state.failing_since.get_or_insert(now);
            self.state.last_error = Some(failure.reason.clone());
            self.state.next_attempt = Some(next_attempt);
            return;
        }
        if self.state.failing_since.is_none() {
            // A slow host waits for a lane among those that fail.
            self.state.failures = self.is_slow().into();
        }
        if self.is_postponed {
            let wait = TimeDelta::from_std(settings.min_backoff).unwrap_or_default();
            self.state.next_attempt = Some(now + wait);
        }
    }

    /// Drops a delivery that the host failed at while it took another, unless it is recent.
    fn reject(&mut self, delivery: &OutgoingDelivery, reason: &str) {
        let (host, activity, account) = (&self.host, &delivery.activity, &delivery.account.id);
        let age = self.ctx.now() - delivery.created;
        if age.num_seconds() < REJECTED_EXPIRY_SECONDS {
            tracing::info!(host, activity, account, reason, "delivery rejected");
            self.is_postponed = true;
        } else {
            tracing::warn!(
                host,
                activity,
                account,
                reason,
                "delivery rejected and dropped"
            );
            self.count(DeliveryEnd::Dropped, 1);
            self.done.push(delivery.position);
        }
    }

    fn count(&self, end: DeliveryEnd, count: usize) {
        self.ctx.app().metrics().record_deliveries(end, count);
    }

    /// Settles what is done so far, if that is much, or some time ago.
    async fn settle_part(&mut self) -> Result<()> {
        let age = self.ctx.now() - self.settled;
        let is_due = self.done.len() >= MAX_UNSETTLED_DELIVERIES
            || !self.done.is_empty() && age.num_seconds() >= MAX_UNSETTLED_SECONDS;
        if !is_due {
            return Ok(());
        }
        self.settled = self.ctx.now();
        let part = self.outcome(false);
        Ok(self.ctx.storage().commit(vec![part]).await?)
    }

    async fn settle(mut self) -> Result<()> {
        let accounts = std::mem::take(&mut self.accounts).into_values();
        self.changes.extend(accounts.map(Change::PutRemoteAccount));
        let last = self.outcome(true);
        self.changes.push(last);
        Ok(self.ctx.storage().commit(self.changes).await?)
    }

    fn outcome(&mut self, is_last: bool) -> Change {
        Change::SettleHost(HostOutcome {
            host: self.host.clone(),
            lease: Some(self.until),
            done: std::mem::take(&mut self.done),
            state: self.state.clone(),
            is_last,
        })
    }
}
