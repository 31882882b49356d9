//! People of the application that hosts this.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{is_taken, move_in, newcomer, taken};
use crate::{
    App, Context,
    context::Caller,
    model::{Account, Nickname, Notices},
    protocol::as1::{clean_object, merge},
    service::{ErrorKind, Result, people},
};

/// Makes someone known here whom the hosting application has in tables of its own, with all that a [new
/// account](super::register) comes with but a password: whether one is good is for the application's
/// [`SignIn`](crate::app::SignIn) to say. What is said of them in `profile`, `displayName` and `summary` say, is theirs from
/// the start. Who is known already stays as they are.
///
/// Errors: 409 for the name of someone who left, which is never given to anyone again.
pub async fn adopt(app: &App, nickname: &Nickname, profile: Map<String, Value>) -> Result<Account> {
    let ctx = &app.context(Caller::Server);
    if let Some(known) = ctx.storage().find_account(nickname).await? {
        return Ok(known);
    }
    let mut person = newcomer::new_person(ctx, nickname);
    if is_taken(ctx, &person.id).await? {
        return Err(taken(nickname));
    }
    merge(&mut person.body, clean_object(profile)?);
    let account = Account {
        nickname: nickname.clone(),
        person: person.id.clone(),
        password: None,
        email: None,
        unconfirmed_email: None,
        notices: Notices::default(),
        published: ctx.now(),
        updated: ctx.now(),
        version: 0,
        extra: Map::new(),
    };
    match move_in(ctx, person, &account, std::iter::empty()).await {
        // Someone else made them known in the meantime.
        Err(error) if error.kind() == ErrorKind::Conflict => {
            ctx.storage().find_account(nickname).await?.ok_or(error)
        }
        done => done.map(|()| account),
    }
}

/// The context of someone who is signed in to the hosting application, who must be [known](adopt) here: what is done
/// with it is done in their name, as if a client of theirs had asked for it.
///
/// Errors: 404 if there is no such account.
pub async fn signed_in(app: &App, nickname: &Nickname) -> Result<Context> {
    let ctx = app.context(Caller::Server);
    let account = people::account(&ctx, nickname.as_str()).await?;
    Ok(app.context(Caller::Person(Arc::new(account))))
}
