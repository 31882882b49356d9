//! What an application that hosts this has to say to what people do, as an argument.

use std::error::Error;

use async_trait::async_trait;

use crate::{
    context::Context,
    model::{Draft, Object},
    storage::Changes,
};

/// Listens to what people do, and may have a say in it. An [`App`](super::App) has as many of them as it is
/// [given](super::App::with_hook), and asks them in that order. All of its methods may be left out.
///
/// They are asked about every activity that is done in someone's name: with a client, or by the host
/// [itself](crate::service::activity::act). To change an object or to delete it is an activity too, `update` or `delete`,
/// however a client asks for it. No activities are an upload, until it is posted, and what the server does when an account is
/// made or removed. What comes from other servers will be told as events of its own; so far nothing does.
///
/// Once a hook was asked, all goes to its end even if nobody waits for the answer any more: what is stored is told.
#[async_trait]
pub trait Hook: Send + Sync {
    /// Before an activity is worked out, which is asked for by who is in `ctx`: it can be changed here, and refused. It is
    /// asked once. The activity's shape was checked and its HTML sanitised before, so what is put into it should be fit to be
    /// shown.
    async fn before(&self, _ctx: &Context, _draft: &mut Draft) -> Result<(), Refusal> {
        Ok(())
    }

    /// Like [`before`](Self::before), and that unless it is implemented, but before an activity that is stored is
    /// [amended](crate::service::activity::amend): `draft` is what is said of it anew.
    async fn before_amending(
        &self,
        ctx: &Context,
        _activity: &Object,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        self.before(ctx, draft).await
    }

    /// Before an activity is [taken back](crate::service::activity::take_back), which can be refused.
    async fn before_taking_back(&self, _ctx: &Context, _activity: &Object) -> Result<(), Refusal> {
        Ok(())
    }

    /// What an activity comes to beside what it would: more changes in the same commit, after those that store it. So verbs
    /// that are only written down otherwise have effects, and objects of types that nobody else knows. It may be asked
    /// again for the same activity, if someone else was quicker.
    async fn along(&self, _ctx: &Context, _deed: &Deed<'_>) -> Result<Changes, Refusal> {
        Ok(Changes::new())
    }

    /// After the commit, and before it is answered if anyone still waits for that: what takes long is for others to do. Only a
    /// process that dies may have stored what nobody was told of.
    fn after(&self, _ctx: &Context, _event: &Event<'_>) {}
}

/// What was done, as it is or will be stored.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Deed<'a> {
    /// The activity.
    pub activity: &'a Object,
    /// Its object, if it has one.
    pub object: Option<&'a Object>,
}

impl<'a> Deed<'a> {
    /// An activity, and its object.
    pub fn new(activity: &'a Object, object: Option<&'a Object>) -> Self {
        Self { activity, object }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Someone here did something, and it is stored.
    Done(Deed<'a>),
    /// Someone here follows someone from now on. What they did was told before.
    Followed {
        /// The id of who follows.
        follower: &'a str,
        /// The id of whom they follow.
        followed: &'a str,
    },
    /// Something else is said of what someone here did, or it goes to others.
    Amended(Deed<'a>),
    /// Someone here took back what they did: of the activity a tombstone is left, and what it published is its author's alone.
    TakenBack(Deed<'a>),
}

/// Why something is not done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// It is against the rules of the house. Who wanted it is told this sentence, with status 403.
    Forbidden(String),
    /// Whether it is all right could not be found out. It is logged, and whoever asked is told that something went wrong.
    Failed(Box<dyn Error + Send + Sync>),
}

impl<E: Error + Send + Sync + 'static> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
