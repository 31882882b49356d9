//! Inboxes that other servers deliver to.

use crate::{
    Context,
    model::Account,
    service::{
        Error, Result,
        activity::ReceivingInbox,
        lookup,
        objects::{self, ObjectName},
    },
};

/// Name of an inbox, as another server addresses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InboxName {
    /// That of an account, by nickname.
    Person(String),
    /// That of a group.
    Group(ObjectName),
}

impl InboxName {
    /// Returns its owner, and the account if it has one. Errors: 404 if there is none, 410 for a
    /// deleted group.
    pub(super) async fn find(&self, ctx: &Context) -> Result<(ReceivingInbox, Option<Account>)> {
        match self {
            Self::Person(nickname) => {
                let account = lookup::account(ctx, nickname).await?;
                let inbox = ReceivingInbox::Person(account.person.clone());
                Ok((inbox, Some(account)))
            }
            Self::Group(name) => {
                let group = objects::find_existing(ctx, "group", name).await?;
                let author = group.author.as_deref();
                if author.is_some_and(|author| ctx.urls().is_local(author)) {
                    return Ok((ReceivingInbox::Group(group.id.clone()), None));
                }
                let message = format!("{} is a group of another server", group.id);
                Err(Error::not_found(message))
            }
        }
    }
}
