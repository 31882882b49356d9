//! Inbox fan-out. Named recipients are delivered to in the activity's transaction; large streams by
//! a background job in batches.
//!
//! A member who joins before the end may get it as well; one who leaves before may not.

use std::collections::HashSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    Result,
    queue::{self, JobOutcome, Worker},
};
use crate::{
    Context,
    model::{ActivityPubReach, AudienceMember, Job, Object, Stream},
    storage::{Change, Changes, Delivery, Expect},
};

/// The queue of deliveries.
const QUEUE: &str = "delivery";

/// How long to wait after a failure, in seconds.
const RETRY_DELAYS_SECONDS: &[i64] = &[1, 5, 30, 60, 300, 300, 3600, 3600, 86_400];

/// Remaining part of a delivery.
#[derive(Debug, Deserialize, Serialize)]
struct DeliveryJob {
    activity: String,
    major: bool,
    /// To the members of this stream,
    members: Stream,
    /// from those on that came after this place.
    after: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    except_host: Option<String>,
    /// But not to the members of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    except_members: Vec<Stream>,
    #[serde(default, skip_serializing_if = "ActivityPubReach::is_all")]
    activitypub: ActivityPubReach,
    /// Whether it is for members on other servers only.
    #[serde(default)]
    is_passed_on: bool,
}

impl DeliveryJob {
    /// A second delivery to one inbox leaves it as it is.
    fn enqueue(&self, ctx: &Context, id: String) -> Change {
        let job = Job {
            id,
            queue: QUEUE.into(),
            payload: queue::payload(self),
            due: ctx.now(),
            attempts: 0,
            version: 0,
        };
        let expect = Expect::Any;
        Change::PutJob { job, expect }
    }

    /// Whether it is still for all of them: it was not deleted, taken back, or given to others.
    fn still_applies_to(&self, activity: &Object) -> bool {
        let whole = AudienceMember::Members(self.members.clone());
        let mut audience = activity.audience.iter();
        !activity.deleted && audience.any(|to| *to == AudienceMember::Public || *to == whole)
    }
}

/// Returns the changes of a delivery. A stream above the inline limit gets a job of its own.
pub(super) async fn delivery_changes(ctx: &Context, mut delivery: Delivery) -> Result<Changes> {
    let mut jobs = defer_large(ctx, &mut delivery, false).await?;
    jobs.insert(0, Change::Deliver(delivery));
    Ok(jobs)
}

/// Returns the changes by which an activity is passed on to the members of streams who are on other
/// servers, to the same hosts and protocols as it is delivered.
pub(super) async fn passing_on(
    ctx: &Context,
    activity: &str,
    streams: Vec<Stream>,
    delivered: Delivery,
) -> Result<Changes> {
    if streams.is_empty() {
        return Ok(Changes::new());
    }
    let mut delivery = Delivery {
        activity: activity.to_owned(),
        members: streams,
        except_host: delivered.except_host,
        activitypub: delivered.activitypub,
        enqueued: ctx.now(),
        ..Delivery::default()
    };
    let mut jobs = defer_large(ctx, &mut delivery, true).await?;
    if !delivery.members.is_empty() {
        jobs.push(Change::PassOn(delivery));
    }
    Ok(jobs)
}

/// Takes streams above the inline limit out of a delivery, and returns jobs for them.
async fn defer_large(
    ctx: &Context,
    delivery: &mut Delivery,
    is_passed_on: bool,
) -> Result<Changes> {
    let streams = std::mem::take(&mut delivery.members);
    let recent = ctx.app().recent_reads();
    let totals = recent.approximate_totals(&streams).await?;
    let most = u64::from(ctx.app().settings().inline_fanout_limit);
    let verb = if is_passed_on { "pass on" } else { "deliver" };
    let mut jobs = Changes::new();
    for (stream, total) in streams.into_iter().zip(totals) {
        if total <= most {
            delivery.members.push(stream);
            continue;
        }
        let id = format!("{verb} {} {stream}", delivery.activity);
        let remaining = DeliveryJob {
            activity: delivery.activity.clone(),
            major: delivery.major,
            members: stream,
            after: 0,
            except_host: delivery.except_host.clone(),
            except_members: delivery.except_members.clone(),
            activitypub: delivery.activitypub.clone(),
            is_passed_on,
        };
        jobs.push(remaining.enqueue(ctx, id));
    }
    Ok(jobs)
}

/// Brings activities to the members of streams that have many.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeliveryWorker;

#[async_trait]
impl Worker for DeliveryWorker {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn retry_after<'a>(&self, _: &'a Context) -> &'a [i64] {
        RETRY_DELAYS_SECONDS
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> JobOutcome {
        queue::perform_part(job, |remaining| deliver_next_batch(ctx, remaining)).await
    }
}

/// The next part of a delivery. An audience change between the check and the commit is equivalent
/// to one after the commit, since unreadable entries are redacted.
async fn deliver_next_batch(ctx: &Context, mut remaining: DeliveryJob) -> Result<JobOutcome> {
    let storage = ctx.storage();
    let activity = storage.find_objects(&[&remaining.activity]).await?;
    let activity = activity.into_iter().next().flatten();
    let activity = activity.filter(|activity| remaining.still_applies_to(activity));
    let Some(activity) = activity else {
        return Ok(JobOutcome::Done);
    };
    let most = ctx.app().settings().inline_fanout_limit;
    let items = storage
        .items_after(&remaining.members, remaining.after, most.max(1))
        .await?;
    let Some((last, _)) = items.last() else {
        return Ok(JobOutcome::Done);
    };
    remaining.after = *last;
    // Persons in the audience by themselves have it already.
    let named = activity.audience.iter().filter_map(|member| match member {
        AudienceMember::Person(id) => Some(id.as_str()),
        _ => None,
    });
    let named: HashSet<&str> = named.collect();
    let members = items.into_iter().map(|(_, id)| id);
    let mut persons: Vec<String> = members.filter(|id| !named.contains(&**id)).collect();
    if remaining.is_passed_on {
        let ids: Vec<&str> = persons.iter().map(String::as_str).collect();
        let mut accounts = storage.find_remote_accounts(&ids).await?.into_iter();
        persons.retain(|_| accounts.next().flatten().is_some());
    }
    let delivery = Delivery {
        activity: remaining.activity.clone(),
        major: remaining.major,
        persons,
        except_host: remaining.except_host.clone(),
        except_members: remaining.except_members.clone(),
        activitypub: remaining.activitypub.clone(),
        enqueued: ctx.now(),
        ..Delivery::default()
    };
    let part = vec![Change::Deliver(delivery)];
    Ok(JobOutcome::Continue(part, queue::payload(&remaining)))
}
