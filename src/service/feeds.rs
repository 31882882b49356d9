//! Feeds of activities: the stream behind each, and the caller's right to read it.

use super::{
    Result, lookup,
    objects::{self, ObjectName},
    present::Detail,
};
use crate::{
    Context,
    model::{Account, Filter, Object, Stream, Viewer},
};

/// A feed of activities, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Feed {
    /// The activities of an account.
    Outbox(String),
    /// The inbox of an account, for its owner only.
    Inbox(String),
    /// The notices of an account, for its owner only.
    Notices(String),
    /// The activities that reached a group, for its readers.
    Group(ObjectName),
}

/// Where the activities of a feed are.
pub(super) struct FeedSource {
    /// In which stream.
    pub(super) stream: Stream,
    /// How that is called in errors.
    pub(super) name: String,
    /// Whether the caller may read all of it, whoever it is addressed to.
    pub(super) unrestricted: bool,
    /// How much is said of each.
    pub(super) detail: Detail,
}

impl Feed {
    /// Where it is, if the caller may read it now.
    pub(super) async fn source(&self, ctx: &Context, filter: Filter) -> Result<FeedSource> {
        match self {
            Self::Outbox(nickname) => {
                let account = lookup::account(ctx, nickname).await?;
                Ok(FeedSource::outbox(ctx, &account, filter))
            }
            Self::Inbox(nickname) => {
                let account = lookup::own_account(ctx, nickname).await?;
                Ok(FeedSource::inbox(&account, filter))
            }
            Self::Notices(nickname) => {
                let account = lookup::own_account(ctx, nickname).await?;
                Ok(FeedSource::notices(&account))
            }
            Self::Group(name) => {
                let group = objects::find(ctx, "group", name).await?;
                Ok(FeedSource::group_inbox(&group))
            }
        }
    }
}

impl FeedSource {
    /// The activities of an account.
    pub(super) fn outbox(ctx: &Context, account: &Account, filter: Filter) -> Self {
        Self {
            stream: Stream::Outbox(account.person.clone()),
            name: name(account, "outbox", filter),
            unrestricted: ctx.person() == Some(&account.person),
            detail: detail(filter),
        }
    }

    /// The inbox of the caller's own account.
    pub(super) fn inbox(account: &Account, filter: Filter) -> Self {
        Self {
            stream: Stream::Inbox(account.person.clone()),
            name: name(account, "inbox", filter),
            unrestricted: true,
            detail: detail(filter),
        }
    }

    /// The notices of the caller.
    pub(super) fn notices(account: &Account) -> Self {
        Self {
            stream: Stream::Notices(account.person.clone()),
            name: name(account, "notices", Filter::default()),
            unrestricted: true,
            detail: Detail::BRIEF,
        }
    }

    /// The activities that reached a group.
    pub(super) fn group_inbox(group: &Object) -> Self {
        Self {
            stream: Stream::Inbox(group.id.clone()),
            name: format!("group:{}:inbox", group.uuid),
            unrestricted: false,
            detail: Detail::FULL,
        }
    }

    /// The activities that a group passed on.
    pub(super) fn group_outbox(group: &Object) -> Self {
        Self {
            stream: Stream::Outbox(group.id.clone()),
            name: format!("group:{}:outbox", group.uuid),
            unrestricted: false,
            detail: Detail::BRIEF,
        }
    }

    /// For whose eyes it is read.
    pub(super) fn viewer<'a>(&self, ctx: &'a Context) -> Viewer<'a> {
        if self.unrestricted {
            Viewer::Unrestricted
        } else {
            ctx.viewer()
        }
    }
}

fn name(account: &Account, stream: &str, filter: Filter) -> String {
    let part = filter_path(filter).replace('/', ":");
    format!("user:{}:{stream}{part}", account.nickname)
}

/// How much a feed of a person says of each activity.
fn detail(filter: Filter) -> Detail {
    if filter.major == Some(true) {
        Detail::FULL
    } else {
        Detail::BRIEF
    }
}

/// The path below `feed` or `inbox` that a filter stands for.
pub(super) fn filter_path(filter: Filter) -> String {
    let direct = if filter.direct { "/direct" } else { "" };
    format!("{direct}{}", ["", "/major", "/minor"][class_index(filter)])
}

/// Returns the place of a filter in lists of three: all, major, minor.
pub(super) fn class_index(filter: Filter) -> usize {
    match filter.major {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}
