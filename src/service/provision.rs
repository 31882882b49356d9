//! Clients, users and tokens that whoever runs the server fixed beforehand.

use super::{
    Result,
    accounts::{self, Registration},
};
use crate::{
    Context,
    model::{AccessToken, Client, ClientKind, Nickname, Secret},
    storage::{Change, Changes},
};

/// What must be there.
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
    /// What kind of application it is.
    pub kind: ClientKind,
    /// What it calls itself.
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
pub async fn provision(ctx: &Context, wanted: &Provision) -> Result<()> {
    let mut changes = Changes::new();
    for client in &wanted.clients {
        changes.extend(client_change(ctx, client).await?);
    }
    ctx.storage().commit(changes).await?;
    for user in &wanted.users {
        ensure_account(ctx, user).await?;
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
    let mut client = found.clone().unwrap_or_else(|| Client {
        id: wanted.id.clone(),
        secret: wanted.secret.clone(),
        kind: wanted.kind,
        name: None,
        description: None,
        logo_url: None,
        contacts: Vec::new(),
        redirect_uris: Vec::new(),
        created: now,
        updated: now,
    });
    client.secret = wanted.secret.clone();
    client.kind = wanted.kind;
    client.name.clone_from(&wanted.name);
    client.redirect_uris.clone_from(&wanted.redirect_uris);
    if found.as_ref() == Some(&client) {
        return Ok(None);
    }
    client.updated = now;
    Ok(Some(Change::PutClient(client)))
}

async fn ensure_account(ctx: &Context, wanted: &FixedUser) -> Result<()> {
    let found = ctx.storage().find_account(&wanted.nickname).await?;
    if found.is_none() {
        let registration = Registration {
            nickname: wanted.nickname.to_string(),
            password: wanted.password.clone(),
            email: wanted.email.clone(),
            extra: serde_json::Map::new(),
        };
        accounts::register(ctx, registration).await?;
    }
    Ok(())
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
