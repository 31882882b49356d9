//! Bringing activities to inboxes: to those few who are named in the commit of the activity, and to the many members of
//! a stream in commits of their own, some at a time, so that nobody has to wait for all of it.
//!
//! Who comes into the stream before its end is reached may get it as well; who leaves it before may not.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Error, Result,
    queue::{Outcome, Worker},
};
use crate::{
    Context,
    model::{Address, Job, Object, Stream},
    storage::{Change, Changes, Delivery, Expect},
};

/// The queue of deliveries.
const QUEUE: &str = "delivery";

/// How long to wait after a failure, in seconds.
const RETRY_AFTER: &[i64] = &[1, 5, 30, 60, 300, 300, 3600, 3600, 86_400];

/// What is still to be delivered.
#[derive(Debug, Deserialize, Serialize)]
struct Round {
    activity: String,
    major: bool,
    /// To the members of this stream,
    members: Stream,
    /// from those on that came after this place.
    after: u64,
}

impl Round {
    fn payload(&self) -> Result<Map<String, Value>> {
        match serde_json::to_value(self) {
            Ok(Value::Object(payload)) => Ok(payload),
            _ => Err(Error::internal("a delivery can't be written as JSON")),
        }
    }

    /// Whether it is still for all of them: it was not deleted, taken back, or given to others.
    fn concerns(&self, activity: &Object) -> bool {
        let whole = Address::Members(self.members.clone());
        let mut audience = activity.audience.iter();
        !activity.deleted && audience.any(|to| *to == Address::Public || *to == whole)
    }
}

/// What a delivery is written as: streams with more members than get it in one commit are left to a job for each.
pub(super) async fn changes(ctx: &Context, mut delivery: Delivery) -> Result<Changes> {
    let streams = std::mem::take(&mut delivery.members);
    let totals = ctx.app().kept().about_how_many(&streams).await?;
    let most = u64::from(ctx.app().settings().deliver_at_once);
    let mut jobs = Changes::new();
    for (stream, total) in streams.into_iter().zip(totals) {
        if total <= most {
            delivery.members.push(stream);
            continue;
        }
        let id = format!("deliver {} {stream}", delivery.activity);
        let round = Round {
            activity: delivery.activity.clone(),
            major: delivery.major,
            members: stream,
            after: 0,
        };
        jobs.push(Change::PutJob {
            job: Job {
                id,
                queue: QUEUE.into(),
                payload: round.payload()?,
                due: ctx.now(),
                attempts: 0,
                version: 0,
            },
            // Who is given it once more has it already, and keeps it as it is.
            expect: Expect::Anything,
        });
    }
    jobs.insert(0, Change::Deliver(delivery));
    Ok(jobs)
}

/// Brings activities to the members of streams that have many.
#[derive(Clone, Copy, Debug, Default)]
pub struct Courier;

#[async_trait]
impl Worker for Courier {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn retry_after<'a>(&self, _: &'a Context) -> &'a [i64] {
        RETRY_AFTER
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> Outcome {
        match serde_json::from_value(Value::Object(job.payload.clone())) {
            Ok(round) => match walk(ctx, round).await {
                Ok(outcome) => outcome,
                Err(error) => Outcome::Retry(error.to_string()),
            },
            Err(_) => Outcome::Fail("it is not understood".into()),
        }
    }
}

/// The next part of a delivery. If the audience changes between the look at it and the commit, that is as if it
/// had changed after the commit: who may not read what is in their inbox is shown nothing of it.
async fn walk(ctx: &Context, mut round: Round) -> Result<Outcome> {
    let storage = ctx.storage();
    let activity = storage.find_objects(&[&round.activity]).await?;
    let activity = activity.into_iter().next().flatten();
    if !activity.is_some_and(|activity| round.concerns(&activity)) {
        return Ok(Outcome::Done);
    }
    let most = ctx.app().settings().deliver_at_once;
    let items = storage
        .list_items(&round.members, round.after, most.max(1))
        .await?;
    let Some((last, _)) = items.last() else {
        return Ok(Outcome::Done);
    };
    round.after = *last;
    let delivery = Delivery {
        activity: round.activity.clone(),
        major: round.major,
        persons: items.into_iter().map(|(_, id)| id).collect(),
        ..Delivery::default()
    };
    let part = vec![Change::Deliver(delivery)];
    Ok(Outcome::Part(part, round.payload()?))
}
