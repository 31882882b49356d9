//! How many entries of a stream there are that not everyone may read, by their author and audience. In the outbox of
//! someone with very many followers nearly all of them are alike: so they are counted once for all who look there, and
//! not one by one for each of these.

use std::{fmt, sync::Arc, time::Instant};

use quick_cache::sync::Cache;
use serde_json::Value;
use sqlx::types::Json;
use tokio::sync::Mutex;

use super::{
    audience,
    page::{Entries, Top, View},
    totals::LIFETIME,
};
use crate::{
    model::{Address, Filter, Stream, Viewer, access},
    storage::{Marks, Place, Result, are_open},
};

/// From how many entries on.
pub(in crate::storage) const WORTH: i64 = 512;

/// How many of the newest entries of each class tell whether they are in few groups.
const SAMPLE: i64 = 512;

/// How many groups are few.
const FEW: u32 = 64;

/// How many addresses there may be in all of their audiences.
const ADDRESSES: usize = 256;

/// Of how many streams, under each filter, the groups are remembered.
const MOST: usize = 256;

/// Entries of one author for one audience.
#[derive(Clone, Debug)]
pub(in crate::storage) struct Group {
    author: Option<String>,
    audience: Vec<Address>,
    count: i64,
}

/// Author, audience and number of a group, as they are stored.
pub(in crate::storage) type Row = (Option<String>, Json<Value>, i64);

/// What the rows are of.
pub(in crate::storage) fn groups(rows: Vec<Row>) -> Result<Vec<Group>> {
    let group = |(author, Json(audience), count): Row| {
        Ok(Group {
            author,
            audience: audience::from_json(&audience)?,
            count,
        })
    };
    rows.into_iter().map(group).collect()
}

/// What was counted in streams, by their numbers. It is good for as long as nothing was taken out of a stream and
/// nothing that is stored was replaced, whoever joins or leaves what.
pub(super) struct Groups {
    marks: Arc<Marks>,
    /// Of those who look at once one counts, and the others wait for that.
    known: Cache<(i64, Filter), Arc<Mutex<Option<Known>>>>,
}

/// What is known of a stream up to an entry.
struct Known {
    /// None if there are more than a few.
    groups: Option<Arc<Vec<Group>>>,
    upto: i64,
    since: u64,
    at: Instant,
}

impl Groups {
    pub(super) fn new(marks: Arc<Marks>) -> Self {
        Self {
            marks,
            known: Cache::new(MOST),
        }
    }

    fn of(&self, stream: i64, filter: Filter) -> Arc<Mutex<Option<Known>>> {
        let key = (stream, filter);
        if let Some(known) = self.known.get(&key) {
            return known;
        }
        let known = Arc::default();
        self.known.insert(key, Arc::clone(&known));
        known
    }

    /// Whether it is as it would be if it was counted anew. That there are more than a few is believed for a while.
    fn is_good(&self, known: &Known, stream: &Stream) -> bool {
        let losses = Place::of_losses(stream);
        known.at.elapsed() < LIFETIME
            && (known.groups.is_none() || self.marks.hold(&[losses], known.since))
    }
}

/// How many of the entries that not everyone may read a viewer sees, and up to which entry that is, in a stream; `None`
/// if they have to be counted one by one.
pub(super) async fn count(
    entries: &impl Entries,
    stream: &Stream,
    view: View<'_>,
    top: &Top,
) -> Result<Option<(i64, i64)>> {
    let all = &entries.totals().groups;
    let known = all.of(top.pk, view.filter);
    let (groups, upto) = {
        let mut known = known.lock().await;
        let known = match &mut *known {
            Some(known) if all.is_good(known, stream) => {
                known.go_on(entries, view.filter, top).await?;
                known
            }
            // As of now: it may have taken a while to get here, and others may have written meanwhile.
            none => {
                let since = entries.totals().now();
                none.insert(Known::begin(entries, view.filter, top, since).await?)
            }
        };
        (known.groups.clone(), known.upto)
    };
    match groups {
        Some(groups) => Ok(Some((seen(entries, &groups, view.viewer).await?, upto))),
        None => Ok(None),
    }
}

impl Known {
    async fn begin(entries: &impl Entries, filter: Filter, top: &Top, since: u64) -> Result<Self> {
        let at = Instant::now();
        let mut groups = few(entries, filter, top, 0, SAMPLE).await?;
        if groups.is_some() {
            groups = few(entries, filter, top, 0, i64::MAX).await?;
        }
        Ok(Self {
            groups: groups.map(Arc::new),
            upto: top.last,
            since,
            at,
        })
    }

    /// Adds what came since.
    async fn go_on(&mut self, entries: &impl Entries, filter: Filter, top: &Top) -> Result<()> {
        let Some(groups) = &mut self.groups else {
            return Ok(());
        };
        if self.upto >= top.last {
            return Ok(());
        }
        let more = few(entries, filter, top, self.upto, i64::MAX).await?;
        self.upto = top.last;
        let all = more.and_then(|more| {
            let mut all = Vec::clone(groups);
            for one in more {
                let alike = |group: &&mut Group| {
                    group.author == one.author && group.audience == one.audience
                };
                match all.iter_mut().find(alike) {
                    Some(group) => group.count += one.count,
                    None => all.push(one),
                }
            }
            are_few(&all).then_some(all)
        });
        self.groups = all.map(Arc::new);
        Ok(())
    }
}

/// The groups of the newest entries after one, if these are few.
async fn few(
    entries: &impl Entries,
    filter: Filter,
    top: &Top,
    after: i64,
    newest: i64,
) -> Result<Option<Vec<Group>>> {
    // One more tells that they are not.
    let most = i64::from(FEW) + 1;
    let part = (after, top.last);
    let groups = entries
        .count_groups(top.pk, filter, part, newest, most)
        .await?;
    Ok(are_few(&groups).then_some(groups))
}

fn are_few(groups: &[Group]) -> bool {
    let addresses: usize = groups.iter().map(|group| group.audience.len()).sum();
    groups.len() <= FEW as usize && addresses <= ADDRESSES
}

/// How many of these a viewer sees.
async fn seen(entries: &impl Entries, groups: &[Group], viewer: Viewer<'_>) -> Result<i64> {
    let access: Vec<_> = groups
        .iter()
        .map(|group| access(group.author.as_deref(), &group.audience, viewer))
        .collect();
    let open = are_open(entries, viewer, &access).await?;
    let groups = groups.iter().zip(open);
    Ok(groups
        .filter(|(_, open)| *open)
        .map(|(group, _)| group.count)
        .sum())
}

impl fmt::Debug for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groups").finish_non_exhaustive()
    }
}
