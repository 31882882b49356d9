//! The site in numbers.

use crate::{
    Context,
    model::{Role, Stream, Uploaded, Viewer, WaitingHost},
    service::{Result, audit::require_role, federation::queue_report},
};

/// People whose activities are counted, and how many at a time.
const MAX_COUNTED_PEOPLE: usize = 5000;
const PAGE_SIZE: u32 = 500;

/// Numbers of a site, and what fails.
pub(crate) struct Overview {
    /// People with an account.
    pub(crate) people: u64,
    pub(crate) applicants: u64,
    pub(crate) silenced: u64,
    pub(crate) suspended: u64,
    /// Activities of people here, and whether there are more of them.
    pub(crate) activities: u64,
    pub(crate) has_more_activities: bool,
    /// Files of people here.
    pub(crate) uploads: Uploaded,
    /// Deliveries that wait.
    pub(crate) deliveries: u64,
    /// Hosts that fail, those that do so longest first.
    pub(crate) failing: Vec<WaitingHost>,
    pub(crate) open_reports: u64,
}

/// Returns the numbers of the site. Errors: 404 for a caller who is no moderator.
pub(crate) async fn overview(ctx: &Context) -> Result<Overview> {
    require_role(ctx, Role::Moderator)?;
    let streams = [
        Stream::Users,
        Stream::Applicants,
        Stream::Silenced,
        Stream::Suspended,
    ];
    let storage = ctx.storage();
    let heads = storage.previews(&streams, 0, Viewer::Unrestricted).await?;
    let mut totals = heads.into_iter().map(|head| head.total);
    let mut total = || totals.next().unwrap_or_default();
    let (people, applicants, silenced, suspended) = (total(), total(), total(), total());
    let (activities, has_more_activities) = count_activities(ctx).await?;
    let waiting = queue_report::waiting_hosts(ctx).await?;
    let deliveries = waiting.iter().map(|host| host.waiting).sum();
    let mut failing = waiting;
    failing.retain(|waiting| waiting.host.delivery.failing_since.is_some());
    failing.sort_by_key(|waiting| waiting.host.delivery.failing_since);
    Ok(Overview {
        people,
        applicants,
        silenced,
        suspended,
        activities,
        has_more_activities,
        uploads: storage.uploaded_by_all().await?,
        deliveries,
        failing,
        open_reports: super::reports::open_reports(ctx).await?,
    })
}

async fn count_activities(ctx: &Context) -> Result<(u64, bool)> {
    let (mut after, mut seen, mut count) = (0, 0, 0);
    while seen < MAX_COUNTED_PEOPLE {
        let page = ctx.storage().items_after(&Stream::Users, after, PAGE_SIZE);
        let page = page.await?;
        let Some((last, _)) = page.last() else {
            return Ok((count, false));
        };
        (after, seen) = (*last, seen + page.len());
        let outboxes = page.into_iter().map(|(_, id)| Stream::Outbox(id));
        let outboxes: Vec<Stream> = outboxes.collect();
        let heads = ctx.storage().previews(&outboxes, 0, Viewer::Unrestricted);
        count += heads.await?.iter().map(|head| head.total).sum::<u64>();
    }
    Ok((count, true))
}
