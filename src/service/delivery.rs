//! Inbox fan-out. Named recipients are delivered to in the activity's transaction; large streams by
//! a background job in batches.
//!
//! A member who joins before the end may get it as well; one who leaves before may not.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Error, Result,
    queue::{JobOutcome, Worker},
};
use crate::{
    Context,
    model::{AudienceMember, Job, Object, Stream},
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
}

impl DeliveryJob {
    fn payload(&self) -> Result<Map<String, Value>> {
        match serde_json::to_value(self) {
            Ok(Value::Object(payload)) => Ok(payload),
            _ => Err(Error::internal("a delivery can't be written as JSON")),
        }
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
    let streams = std::mem::take(&mut delivery.members);
    let recent = ctx.app().recent_reads();
    let totals = recent.approximate_totals(&streams).await?;
    let most = u64::from(ctx.app().settings().inline_fanout_limit);
    let mut jobs = Changes::new();
    for (stream, total) in streams.into_iter().zip(totals) {
        if total <= most {
            delivery.members.push(stream);
            continue;
        }
        let id = format!("deliver {} {stream}", delivery.activity);
        let remaining = DeliveryJob {
            activity: delivery.activity.clone(),
            major: delivery.major,
            members: stream,
            after: 0,
        };
        jobs.push(Change::PutJob {
            job: Job {
                id,
                queue: QUEUE.into(),
                payload: remaining.payload()?,
                due: ctx.now(),
                attempts: 0,
                version: 0,
            },
            // A second delivery to one inbox leaves it as it is.
            expect: Expect::Any,
        });
    }
    jobs.insert(0, Change::Deliver(delivery));
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
        match serde_json::from_value(Value::Object(job.payload.clone())) {
            Ok(remaining) => match deliver_next_batch(ctx, remaining).await {
                Ok(outcome) => outcome,
                Err(error) => JobOutcome::Retry(error.to_string()),
            },
            Err(_) => JobOutcome::Fail("it is not understood".into()),
        }
    }
}

/// The next part of a delivery. An audience change between the check and the commit is equivalent
/// to one after the commit, since unreadable entries are redacted.
async fn deliver_next_batch(ctx: &Context, mut remaining: DeliveryJob) -> Result<JobOutcome> {
    let storage = ctx.storage();
    let activity = storage.find_objects(&[&remaining.activity]).await?;
    let activity = activity.into_iter().next().flatten();
    if !activity.is_some_and(|activity| remaining.still_applies_to(&activity)) {
        return Ok(JobOutcome::Done);
    }
    let most = ctx.app().settings().inline_fanout_limit;
    let items = storage
        .items_after(&remaining.members, remaining.after, most.max(1))
        .await?;
    let Some((last, _)) = items.last() else {
        return Ok(JobOutcome::Done);
    };
    remaining.after = *last;
    let delivery = Delivery {
        activity: remaining.activity.clone(),
        major: remaining.major,
        persons: items.into_iter().map(|(_, id)| id).collect(),
        ..Delivery::default()
    };
    let part = vec![Change::Deliver(delivery)];
    Ok(JobOutcome::Continue(part, remaining.payload()?))
}
