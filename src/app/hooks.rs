//! Hooks by which a host application reviews and observes activities.

use std::error::Error;

use async_trait::async_trait;

use super::context::Context;
use crate::{
    model::{Draft, Object},
    storage::Changes,
};

/// Listens to what people do, and may have a say in it. An [`App`](super::App) has as many of them
/// as it is [given](super::App::with_hook), and asks them in that order. All of its methods may be
/// left out.
///
/// They are asked about every activity that is done in someone's name: with a client, or by the
/// host [itself](crate::service::activity::perform_json). To change an object or to delete it is an
/// activity too, `update` or `delete`, however a client asks for it. No activities are an upload,
/// until it is posted, and what the server does when an account is made or removed. An activity of
/// another server is an event of its own: a hook can add changes to it, but has no say in it.
///
/// Once a hook was asked, all goes to its end even if nobody waits for the answer any more: what is
/// stored is told.
#[async_trait]
pub trait Hook: Send + Sync {
    /// Before an activity is worked out, which is asked for by who is in `ctx`: it can be changed
    /// here, and refused. It is asked once. The activity's shape was checked and its HTML sanitised
    /// before, so what is put into it should be fit to be shown.
    async fn before(&self, _ctx: &Context, _draft: &mut Draft) -> Result<(), HookError> {
        Ok(())
    }

    /// Like [`before`](Self::before), and that unless it is implemented, but before an activity
    /// that is stored is [amended](crate::service::activity::edit):
    /// `draft` is what is said of it anew: a property that is `null` there is taken away, and whom
    /// it goes to is as before where no recipients are named.
    async fn before_edit(
        &self,
        ctx: &Context,
        _activity: &Object,
        draft: &mut Draft,
    ) -> Result<(), HookError> {
        self.before(ctx, draft).await
    }

    /// Before an activity is [taken back](crate::service::activity::retract), which can be refused.
    async fn before_retraction(&self, _ctx: &Context, _activity: &Object) -> Result<(), HookError> {
        Ok(())
    }

    /// Returns additional changes to store in the activity's transaction, after those that store
    /// it. So verbs that are only written down otherwise have effects, and objects of types that
    /// nobody else knows. It may be asked again for the same activity, if someone else was quicker.
    async fn additional_changes(
        &self,
        _ctx: &Context,
        _deed: &PerformedActivity<'_>,
    ) -> Result<Changes, HookError> {
        Ok(Changes::new())
    }

    /// After the commit, and before it is answered if anyone still waits for that: what takes long
    /// is for others to do. Only a process that dies may have stored what nobody was told of.
    fn after(&self, _ctx: &Context, _event: &Event<'_>) {}
}

/// A performed activity, as it is or will be stored.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PerformedActivity<'a> {
    /// The activity.
    pub activity: &'a Object,
    /// Its object, if it has one.
    pub object: Option<&'a Object>,
}

impl<'a> PerformedActivity<'a> {
    /// An activity, and its object.
    pub fn new(activity: &'a Object, object: Option<&'a Object>) -> Self {
        Self { activity, object }
    }
}

/// A stored event.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Someone here did something, and it is stored.
    Performed(PerformedActivity<'a>),
    /// Someone on another server did something, and it is stored since it concerns someone here.
    Received(PerformedActivity<'a>),
    /// Someone follows someone from now on. The activity itself was reported before.
    Followed {
        /// The id of who follows.
        follower: &'a str,
        /// The id of whom they follow.
        followed: &'a str,
    },
    /// Something else is said of what someone here did, or it goes to others.
    Edited(PerformedActivity<'a>),
    /// Someone here took back what they did: of the activity a tombstone is left, and what it
    /// published is its author's alone.
    Retracted(PerformedActivity<'a>),
}

/// Rejection by a hook.
#[derive(Debug)]
#[non_exhaustive]
pub enum HookError {
    /// It is against the rules of the house. The client gets this message, with status 403.
    Forbidden(String),
    /// Whether it is all right could not be found out. It is logged, and whoever asked is told that
    /// something went wrong.
    Failed(Box<dyn Error + Send + Sync>),
}

impl<E: Error + Send + Sync + 'static> From<E> for HookError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
