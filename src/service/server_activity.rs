//! Activities that this server itself sends to people of other servers. They have no author, so
//! they stay when all that a person made is deleted.

use serde_json::{Map, Value, json};

use crate::{
    Context,
    model::{ACTIVITY, AudienceMember, Object},
    storage::{Change, Changes, Delivery, Expect},
};

/// Maximum recipients of one change.
const MAX_RECIPIENTS: usize = 1000;

/// Returns the changes that store an activity, and deliver it to persons.
pub(super) fn deliver(
    ctx: &Context,
    mut activity: Map<String, Value>,
    audience: AudienceMember,
    persons: &[String],
) -> Changes {
    let (uuid, now) = (ctx.uuid(), ctx.timestamp());
    let id = ctx.urls().object(ACTIVITY, &uuid);
    activity.insert("id".into(), id.clone().into());
    activity.insert("links".into(), json!({ "self": { "href": id } }));
    for time in ["published", "updated"] {
        activity.insert(time.into(), now.clone().into());
    }
    let mut object = Object::new(ACTIVITY, id.clone(), uuid, activity);
    object.audience = vec![audience];
    let expect = Expect::Absent;
    let stored = Change::PutObject { object, expect };
    let deliveries = persons.chunks(MAX_RECIPIENTS).map(|persons| {
        Change::Deliver(Delivery {
            activity: id.clone(),
            persons: persons.to_vec(),
            enqueued: ctx.now(),
            ..Delivery::default()
        })
    });
    std::iter::once(stored).chain(deliveries).collect()
}
