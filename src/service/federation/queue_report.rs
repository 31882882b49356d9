//! Deliveries that wait: what the operator and an author see of them, and how the operator retries
//! or drops them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::{
    Context,
    context::timestamp,
    model::{OutgoingDelivery, RemoteHost, WaitingHost},
    service::{Result, objects, present::RenderedJson},
    storage::{Change, HostOutcome},
};

/// Hosts that are read at a time.
const PAGE_SIZE: u32 = 500;

/// Maximum deliveries of an activity that its author is shown.
const MAX_SHOWN_DELIVERIES: usize = 100;

/// Sums over all hosts that deliveries wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueTotals {
    /// Deliveries to hosts that answer, and to hosts that fail.
    pub deliveries: [u64; 2],
    /// Hosts that answer, and hosts that fail.
    pub hosts: [u64; 2],
    /// When the oldest delivery was enqueued, in seconds since 1970.
    pub oldest: Option<i64>,
}

/// All hosts that deliveries wait for, by name.
pub async fn waiting_hosts(ctx: &Context) -> Result<Vec<WaitingHost>> {
    let mut all: Vec<WaitingHost> = Vec::new();
    loop {
        let after = all.last().map_or("", |last| &last.host.name);
        let page = ctx.storage().list_waiting_hosts(after, PAGE_SIZE).await?;
        let is_last = page.len() < PAGE_SIZE as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// Sums of the queue.
pub async fn totals(ctx: &Context) -> Result<QueueTotals> {
    let mut totals = QueueTotals::default();
    for waiting in waiting_hosts(ctx).await? {
        let state = usize::from(waiting.host.delivery.failing_since.is_some());
        totals.hosts[state] += 1;
        totals.deliveries[state] += waiting.waiting;
        let oldest = waiting.oldest.timestamp();
        totals.oldest = Some(totals.oldest.map_or(oldest, |other| other.min(oldest)));
    }
    Ok(totals)
}

/// Makes deliveries due at once: those to one host, or all. Returns the number of hosts.
pub async fn retry(ctx: &Context, host: Option<&str>) -> Result<usize> {
    let hosts = waiting_hosts(ctx).await?;
    let hosts = hosts.into_iter().map(|waiting| waiting.host);
    let hosts = hosts.filter(|one| host.is_none_or(|host| one.name == host));
    let due = hosts.map(|host: RemoteHost| {
        let mut state = host.delivery;
        state.next_attempt = None;
        Change::SettleHost(HostOutcome {
            host: host.name,
            lease: None,
            done: Vec::new(),
            state,
            is_last: false,
        })
    });
    let changes: Vec<Change> = due.collect();
    let count = changes.len();
    if count > 0 {
        ctx.storage().commit(changes).await?;
        ctx.app().wake_sender();
    }
    Ok(count)
}

/// Drops the deliveries that wait for one host, or all. Returns how many waited.
pub async fn drop_waiting(ctx: &Context, host: Option<&str>) -> Result<u64> {
    let waiting = waiting_hosts(ctx).await?;
    let waiting = waiting
        .iter()
        .filter(|one| host.is_none_or(|host| one.host.name == host));
    let count = waiting.map(|one| one.waiting).sum();
    let drop = Change::DropOutgoing(host.map(str::to_owned));
    ctx.storage().commit(vec![drop]).await?;
    Ok(count)
}

/// Shows the author of an activity which deliveries of it still wait, oldest first, and why.
///
/// Errors: those of [`objects::own_activity`].
pub(crate) async fn deliveries_of(ctx: &Context, uuid: &str) -> Result<RenderedJson> {
    let activity = objects::own_activity(ctx, uuid).await?;
    let count = u32::try_from(MAX_SHOWN_DELIVERIES + 1).unwrap_or(u32::MAX);
    let mut waiting = ctx.storage().list_outgoing_of(&activity.id, count).await?;
    let is_complete = waiting.len() <= MAX_SHOWN_DELIVERIES;
    waiting.truncate(MAX_SHOWN_DELIVERIES);
    let mut hosts: HashMap<&str, Option<RemoteHost>> = HashMap::new();
    for delivery in &waiting {
        let name = &*delivery.account.host;
        if !hosts.contains_key(name) {
            hosts.insert(name, ctx.storage().find_remote_host(name).await?);
        }
    }
    let items = waiting.iter().map(|delivery| {
        let host = hosts.get(&*delivery.account.host);
        shown(delivery, host.and_then(Option::as_ref))
    });
    let items: Vec<Value> = items.collect();
    Ok(json!({ "items": items, "isComplete": is_complete }).into())
}

/// A delivery as its author sees it.
fn shown(delivery: &OutgoingDelivery, host: Option<&RemoteHost>) -> Value {
    let mut shown = Map::from_iter([
        ("account".into(), delivery.account.id.clone().into()),
        ("host".into(), delivery.account.host.clone().into()),
        ("since".into(), timestamp(delivery.created).into()),
    ]);
    let state = host.map(|host| &host.delivery);
    // The error of a host that answers again says nothing of this delivery.
    if let Some((state, since)) = state.and_then(|state| Some((state, state.failing_since?))) {
        shown.insert("failingSince".into(), timestamp(since).into());
        if let Some(error) = &state.last_error {
            shown.insert("lastError".into(), error.clone().into());
        }
        if let Some(next) = state.next_attempt {
            shown.insert("nextAttempt".into(), timestamp(next).into());
        }
    }
    Value::Object(shown)
}
