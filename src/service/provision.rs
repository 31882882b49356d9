//! Clients, users and tokens that whoever runs the server fixed beforehand.

use super::{
    ErrorKind, Result,
    accounts::{self, Registration},
};
use crate::{
    Context,
    model::{AccessToken, Client, ClientKind, Nickname, Secret},
    storage::{Change, Changes},
};

/// Required clients and users.
#[derive(Clone, Debug, Default)]
pub struct Provision {
    /// Clients.
    pub clients: Vec<FixedClient>,
    /// Users.
    pub users: Vec<FixedUser>,
}

/// A client with a fixed id and secret.
#[derive(Clone, Debug)]
pub struct FixedClient {
    /// Its key.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
    /// Kind of application.
    pub kind: ClientKind,
    /// Display name.
    pub name: Option<String>,
    /// Where it may be sent back to.
    pub redirect_uris: Vec<String>,
}

/// A user with the password they start with.
#[derive(Clone, Debug)]
pub struct FixedUser {
    /// Their name.
    pub nickname: Nickname,
    /// Their first password.
    pub password: Secret,
    /// Where to send mail.
    pub email: Option<String>,
    /// Clients that may act for them.
    pub tokens: Vec<FixedToken>,
}

/// An access token with a fixed text and secret.
#[derive(Clone, Debug)]
pub struct FixedToken {
    /// The id of the client.
    pub client: String,
    /// The token.
    pub token: String,
    /// Its secret.
    pub secret: Secret,
}

/// Sees to it that all of it is there. Clients and tokens become as given; an account that is there
/// stays as it is, password and all. Doing it again changes nothing.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn provision(ctx: &Context, wanted: &Provision) -> Result<()> {
    let mut changes = Changes::new();
    for client in &wanted.clients {
        changes.extend(client_change(ctx, client).await?);
    }
    ctx.storage().commit(changes).await?;
    for user in &wanted.users {
        if !ensure_account(ctx, user).await? {
            continue;
        }
        let mut changes = Changes::new();
        for token in &user.tokens {
            changes.extend(token_change(ctx, &user.nickname, token).await?);
        }
        ctx.storage().commit(changes).await?;
    }
    Ok(())
}

async fn client_change(ctx: &Context, wanted: &FixedClient) -> Result<Option<Change>> {
    let found = ctx.storage().find_client(&wanted.id).await?;
    let now = ctx.now();
    let mut client = found
        .clone()
        .unwrap_or_else(|| Client::new(&*wanted.id, wanted.secret.clone(), wanted.kind, now));
    client.secret = wanted.secret.clone();
    client.kind = wanted.kind;
    client.unused_since = None;
    client.name.clone_from(&wanted.name);
    client.redirect_uris.clone_from(&wanted.redirect_uris);
    if found.as_ref() == Some(&client) {
        return Ok(None);
    }
    client.updated = now;
    Ok(Some(Change::PutClient(client)))
}

/// Whether there is an account: none is made for a name whose account was removed, by whoever had
/// it perhaps, and that is no reason not to start.
async fn ensure_account(ctx: &Context, wanted: &FixedUser) -> Result<bool> {
    if is_there(ctx, wanted).await? {
        return Ok(true);
    }
    let nickname = wanted.nickname.as_str();
    let mut registration = Registration::new(nickname, wanted.password.clone());
    registration.email.clone_from(&wanted.email);
    match accounts::register(ctx, registration).await {
        Err(error) if error.kind() == ErrorKind::Conflict => {
            // Another server that starts on the same database may have been faster.
            let there = is_there(ctx, wanted).await?;
            if !there {
                let nickname = wanted.nickname.as_str();
                tracing::warn!(nickname, "account was removed; its nickname is not reused");
            }
            Ok(there)
        }
        made => made.map(|_| true),
    }
}

async fn is_there(ctx: &Context, wanted: &FixedUser) -> Result<bool> {
    let found = ctx.storage().find_account(&wanted.nickname).await?;
    Ok(found.is_some())
}

async fn token_change(
    ctx: &Context,
    user: &Nickname,
    wanted: &FixedToken,
) -> Result<Option<Change>> {
    let found = ctx.storage().find_access_token(&wanted.token).await?;
    let token = AccessToken {
        token: wanted.token.clone(),
        secret: wanted.secret.clone(),
        client: wanted.client.clone(),
        user: user.clone(),
        created: found
            .as_ref()
            .map_or_else(|| ctx.now(), |found| found.created),
    };
    let change = Change::PutAccessToken(token.clone());
    Ok((found != Some(token)).then_some(change))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        App,
        app::{AppParts, ManualClock, RegistrationMode},
        context::Caller,
    };

    const START: i64 = 1_700_000_000;

    /// A server whose registration is closed, and its clock.
    fn server() -> (Context, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(START));
        let mut parts = AppParts {
            clock: clock.clone(),
            ..AppParts::of_a_test("http://pump.test")
        };
        parts.settings.registration.mode = RegistrationMode::Closed;
        let app = App::new(parts);
        (app.context(Caller::Server), clock)
    }

    fn wanted() -> Provision {
        Provision {
            clients: vec![FixedClient {
                id: "client".into(),
                secret: Secret::new("client secret"),
                kind: ClientKind::Web,
                name: Some("A client".into()),
                redirect_uris: vec!["https://app.test/back".into()],
            }],
            users: vec![FixedUser {
                nickname: Nickname::parse("alice").unwrap(),
                password: Secret::new("correct horse"),
                email: None,
                tokens: vec![FixedToken {
                    client: "client".into(),
                    token: "token".into(),
                    secret: Secret::new("token secret"),
                }],
            }],
        }
    }

    #[tokio::test]
    async fn provisioning_works_with_closed_registration() {
        let (ctx, _) = server();
        provision(&ctx, &wanted()).await.unwrap();
        let storage = ctx.storage();
        let client = storage.find_client("client").await.unwrap().unwrap();
        assert_eq!(client.secret, Secret::new("client secret"));
        assert_eq!(client.kind, ClientKind::Web);
        let token = storage.find_access_token("token").await.unwrap().unwrap();
        assert_eq!(token.user.as_str(), "alice");
        assert_eq!(token.client, "client");
        assert_eq!(accounts::list(&ctx).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_second_time_changes_nothing() {
        let (ctx, clock) = server();
        provision(&ctx, &wanted()).await.unwrap();
        let storage = ctx.storage();
        let name = Nickname::parse("alice").unwrap();
        let before = (
            storage.find_client("client").await.unwrap(),
            storage.find_access_token("token").await.unwrap(),
            storage.find_account(&name).await.unwrap(),
        );
        clock.advance(60);
        provision(&ctx, &wanted()).await.unwrap();
        let after = (
            storage.find_client("client").await.unwrap(),
            storage.find_access_token("token").await.unwrap(),
            storage.find_account(&name).await.unwrap(),
        );
        assert_eq!(before, after);
    }

    #[tokio::test]
    async fn clients_and_tokens_become_as_given_and_keep_their_age() {
        let (ctx, clock) = server();
        provision(&ctx, &wanted()).await.unwrap();
        clock.advance(60);
        let mut changed = wanted();
        changed.clients[0].secret = Secret::new("new client secret");
        changed.users[0].tokens[0].secret = Secret::new("new token secret");
        provision(&ctx, &changed).await.unwrap();
        let storage = ctx.storage();
        let client = storage.find_client("client").await.unwrap().unwrap();
        assert_eq!(client.secret, Secret::new("new client secret"));
        assert_eq!(client.created.timestamp(), START);
        assert_eq!(client.updated.timestamp(), START + 60);
        let token = storage.find_access_token("token").await.unwrap().unwrap();
        assert_eq!(token.secret, Secret::new("new token secret"));
        assert_eq!(token.created.timestamp(), START);
    }

    #[tokio::test]
    async fn a_password_that_was_changed_since_stays_changed() {
        let (ctx, _) = server();
        provision(&ctx, &wanted()).await.unwrap();
        let name = Nickname::parse("alice").unwrap();
        accounts::set_password(&ctx, &name, &Secret::new("battery staple"))
            .await
            .unwrap();
        let before = ctx.storage().find_account(&name).await.unwrap();
        provision(&ctx, &wanted()).await.unwrap();
        assert_eq!(ctx.storage().find_account(&name).await.unwrap(), before);
    }

    #[tokio::test]
    async fn removed_account_is_not_provisioned_again() {
        let (ctx, _) = server();
        let nickname = Nickname::parse("alice").unwrap();
        provision(&ctx, &wanted()).await.unwrap();
        accounts::remove(&ctx, &nickname).await.unwrap();
        provision(&ctx, &wanted()).await.unwrap();
        let found = ctx.storage().find_account(&nickname).await.unwrap();
        assert_eq!(found, None);
    }
}
