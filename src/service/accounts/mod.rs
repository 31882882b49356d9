//! Accounts: making, changing and removing them.

mod admission;
mod adopt;
mod announcement;
mod defaults;
pub(crate) mod deletion;
mod welcome;

use serde_json::{Map, Value};

pub use self::{
    adopt::{adopt, restore, signed_in},
    deletion::remove,
};
pub use super::passwords::check as check_password;
use super::{
    Error, ErrorKind, Result, applications, audit, mail, oauth::new_access_token, passwords,
};
use crate::{
    Context,
    app::{RegistrationMode, mail_address},
    context::Caller,
    model::{
        APPLICATION, AccessToken, Account, BadNickname, Cursor, LANGUAGE_OF_APPLICATION, MAX_COUNT,
        Nickname, Object, PageRequest, Secret, Standing, Stream, Viewer,
    },
    protocol::as1::disarm,
    storage::{Change, Changes, Expect, StorageError},
};

/// Properties of an account that a client can't set at will.
const OWN_FIELDS: &[&str] = &[
    "nickname",
    "password",
    "email",
    "unconfirmedEmail",
    "profile",
    "published",
    "updated",
    "token",
    "secret",
    "revoke",
    "pump_io",
];

/// The most bytes of JSON that are kept with an account for clients.
const MAX_EXTRA_BYTES: usize = 16 * 1024;

/// Input for a new account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Registration {
    /// Its name.
    pub nickname: String,
    /// Its password, in the clear.
    pub password: Secret,
    /// Where to send mail.
    pub email: Option<String>,
    /// Code of an invitation.
    pub invitation: Option<Secret>,
    /// Words with which an account is asked for that has to be approved.
    pub application: String,
    /// Other properties to keep with the account.
    pub extra: Map<String, Value>,
}

impl Registration {
    /// Creates the input from the required values.
    pub fn new(nickname: impl Into<String>, password: Secret) -> Self {
        Self {
            nickname: nickname.into(),
            password,
            email: None,
            invitation: None,
            application: String::new(),
            extra: Map::new(),
        }
    }

    /// Reads what a client sent to `POST /api/users`.
    pub(crate) fn parse(ctx: &Context, mut body: Map<String, Value>) -> Result<Self> {
        let needed = ctx.app().settings().registration.require_email;
        let email = match body.get("email") {
            Some(Value::String(text)) if !text.is_empty() => parse_email(&text.as_str().into())?,
            _ if needed => return Err(mail::confirm::no_address()),
            Some(email) => parse_email(email)?,
            None => None,
        };
        let nickname = match body.remove("nickname") {
            Some(Value::String(nickname)) => nickname,
            // As the reference words it, though it is a fine name when it is given.
            None => return Err(bad_nickname("Bad nickname: 'undefined'")),
            Some(other) => return Err(bad_nickname(format!("Bad nickname: '{other}'"))),
        };
        Nickname::parse(&nickname).map_err(|bad| bad_nickname(bad.to_string()))?;
        let password = match body.remove("password") {
            Some(Value::String(password)) => Secret::new(password),
            _ => return Err(Error::bad_request("Bad password").phrased("register-weak-password")),
        };
        let invitation = match body.remove("invitation") {
            Some(Value::String(code)) if !code.is_empty() => Some(Secret::new(code)),
            _ => None,
        };
        let extra = extra(body);
        require_room(&extra)?;
        Ok(Self {
            nickname,
            password,
            email,
            invitation,
            application: String::new(),
            extra,
        })
    }
}

/// The properties of an account that are kept as they come, but for what would do harm where they
/// are shown.
pub(crate) fn extra(mut body: Map<String, Value>) -> Map<String, Value> {
    body.retain(|key, _| {
        !OWN_FIELDS.contains(&key.as_str()) && !key.starts_with('_') && !key.starts_with("oauth_")
    });
    disarm(&mut body);
    body
}

/// Refuses what is too much to keep with an account.
pub(super) fn require_room(extra: &Map<String, Value>) -> Result<()> {
    if serde_json::to_vec(extra).map_or(0, |json| json.len()) <= MAX_EXTRA_BYTES {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        "That is too much to keep with an account",
    )
    .phrased("failure-too-large"))
}

/// Reads a mail address, in the form that mail servers take: `null` and the empty string are none.
pub(crate) fn parse_email(value: &Value) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(email) if email.is_empty() => Ok(None),
        Value::String(email) => mail_address(email)
            .map(Some)
            .ok_or_else(mail::not_an_address),
        _ => Err(mail::not_an_address()),
    }
}

/// Whether the caller may make accounts at all; else 403. Nobody may where people [sign
/// in](crate::app::SignIn) in a way of their own: they are [adopted](adopt()). It comes before what
/// the account should be.
pub(crate) fn may_register(ctx: &Context) -> Result<()> {
    let own = ctx.app().sign_in().is_none();
    let is_open = ctx.app().settings().registration.mode != RegistrationMode::Closed;
    if own && (is_open || matches!(ctx.caller(), Caller::Server)) {
        Ok(())
    } else {
        Err(Error::forbidden("No registration allowed.").phrased("register-none"))
    }
}

/// Creates an account, its person, and the default objects: collections of followers and following,
/// four lists, an avatar list, the activities that announce them, and the welcome note.
///
/// Where a moderator has to approve it, it waits.
///
/// Errors: 403 when registration is closed, or is for others (never for [`Caller::Server`]).
/// A bad nickname or password is 400. A nickname that is or was taken, in whatever case, is 409.
pub async fn register(ctx: &Context, registration: Registration) -> Result<Account> {
    Ok(register_with_token(ctx, registration).await?.0)
}

/// Like [`register`]; when a client asks, it gets an access token for the new account.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn register_with_token(
    ctx: &Context,
    registration: Registration,
) -> Result<(Account, Option<AccessToken>)> {
    may_register(ctx)?;
    let nickname =
        Nickname::parse(&registration.nickname).map_err(|bad| bad_nickname(bad.to_string()))?;
    may_be_given(ctx, &nickname)?;
    passwords::check_strength(registration.password.expose())?;
    let person = defaults::new_person(ctx, &nickname);
    if is_taken(ctx, &person.id).await? {
        return Err(nickname_taken(&nickname));
    }
    let (standing, admission) = admission::of(ctx, &registration, &person.id).await?;
    let mut account = Account {
        password: Some(passwords::hash(ctx, registration.password.expose()).await?),
        standing,
        extra: registration.extra,
        ..Account::new(nickname.clone(), &*person.id, ctx.now())
    };
    if standing == Standing::Pending {
        let words = audit::shortened(&registration.application);
        account.extra.insert(APPLICATION.into(), words.into());
        let language = ctx.language_of(&nickname).into_iter();
        let language = language.map(|tag| (LANGUAGE_OF_APPLICATION.into(), tag.into()));
        account.extra.extend(language);
    }
    let letters = match (ctx.caller(), registration.email) {
        // The operator knows whose it is.
        (Caller::Server, Some(email)) => {
            account.email = parse_email(&email.into())?;
            mail::can_be_reached(ctx, account.email.as_deref()).await?;
            Changes::new()
        }
        (_, None) => Changes::new(),
        (_, email) => mail::confirm::set_address(ctx, &mut account, email).await?,
    };
    let token = ctx
        .client()
        .map(|client| new_access_token(ctx, client.id.clone(), nickname));
    let also = token.clone().map(Change::PutAccessToken).into_iter();
    let also = also.chain(letters).chain(admission);
    store_new_account(ctx, person, &account, also).await?;
    Ok((account, token))
}

/// Stores a new account with its person, all that comes with these, and more changes.
async fn store_new_account(
    ctx: &Context,
    person: Object,
    account: &Account,
    also: impl Iterator<Item = Change>,
) -> Result<()> {
    let mut changes = match defaults::default_objects(ctx, person, account).await {
        // Someone else took the name in the meantime, with all that comes with it.
        Err(_) if is_taken(ctx, &account.person).await? => {
            return Err(nickname_taken(&account.nickname));
        }
        changes => changes?,
    };
    changes.extend(also);
    match ctx.storage().commit(changes).await {
        Err(StorageError::AlreadyExists(_)) => Err(nickname_taken(&account.nickname)),
        stored => Ok(stored?),
    }
}

/// Refuses names that are the server's own, in whatever case: 400. The names of roles are the
/// operator's to give.
fn may_be_given(ctx: &Context, nickname: &Nickname) -> Result<()> {
    let by_operator = matches!(ctx.caller(), Caller::Server);
    // The service that welcomes people goes by the name of the host.
    let is_host = nickname.as_str().eq_ignore_ascii_case(ctx.urls().host());
    if nickname.is_reserved() || is_host || nickname.is_role() && !by_operator {
        let bad = BadNickname(nickname.to_string());
        return Err(bad_nickname(bad.to_string()));
    }
    Ok(())
}

fn bad_nickname(message: impl Into<String>) -> Error {
    Error::bad_request(message).phrased("register-bad-nickname")
}

fn nickname_taken(nickname: &Nickname) -> Error {
    let message = format!("Already have a(n) 'user' with id '{nickname}'");
    Error::new(ErrorKind::Conflict, message).phrased("register-taken")
}

/// Whether a person of that id is or was here. The person outlives the account: a name is never
/// given to someone else.
async fn is_taken(ctx: &Context, person: &str) -> Result<bool> {
    Ok(ctx
        .storage()
        .find_objects(&[person])
        .await?
        .pop()
        .flatten()
        .is_some())
}

/// Sets the password of an account.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn set_password(ctx: &Context, nickname: &Nickname, password: &Secret) -> Result<()> {
    change_password(ctx, nickname, password, Vec::new()).await
}

/// Sets the password of an account, and takes back in the same moment what its owner allowed
/// applications.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn reset_password(ctx: &Context, nickname: &Nickname, password: &Secret) -> Result<()> {
    let revoked = applications::revoke_other_tokens(ctx, nickname);
    change_password(ctx, nickname, password, vec![revoked]).await
}

async fn change_password(
    ctx: &Context,
    nickname: &Nickname,
    password: &Secret,
    more: Changes,
) -> Result<()> {
    let account = ctx.storage().find_account(nickname).await?;
    let mut account =
        account.ok_or_else(|| Error::not_found(format!("There is no account '{nickname}'.")))?;
    mail::confirm::drop_waiting(ctx, &mut account);
    replace(ctx, &mut account, Some(password.expose()), more).await
}

/// Gives an account an address that is known to be its owner's.
///
/// Errors: 404 for an account that is not there, 400 for what is no address.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn set_email(ctx: &Context, nickname: &Nickname, email: &str) -> Result<()> {
    let account = ctx.storage().find_account(nickname).await?;
    let mut account =
        account.ok_or_else(|| Error::not_found(format!("There is no account '{nickname}'.")))?;
    account.email = parse_email(&email.into())?;
    mail::can_be_reached(ctx, account.email.as_deref()).await?;
    account.unconfirmed_email = None;
    replace(ctx, &mut account, None, Changes::new()).await
}

/// Stores a changed account, with a new password if one is given, and further changes in the same
/// commit. A concurrent change is a conflict.
pub(crate) async fn replace(
    ctx: &Context,
    account: &mut Account,
    password: Option<&str>,
    mut changes: Changes,
) -> Result<()> {
    if let Some(password) = password {
        // Also if it is the one that they have: who could ask for that could try them all.
        passwords::require_local_passwords(ctx)?;
        passwords::check_strength(password)?;
        account.password = Some(passwords::hash(ctx, password).await?);
        changes.push(Change::RevokePending(account.nickname.clone()));
    }
    account.updated = ctx.now();
    changes.push(Change::PutAccount {
        account: account.clone(),
        expect: Expect::Version(account.version),
    });
    Ok(ctx.storage().commit(changes).await?)
}

/// All accounts, newest first.
pub async fn list(ctx: &Context) -> Result<Vec<Account>> {
    let mut accounts = Vec::new();
    let mut request = PageRequest {
        count: MAX_COUNT,
        ..PageRequest::default()
    };
    loop {
        let page = ctx
            .storage()
            .list(&Stream::Users, &request, Viewer::Unrestricted)
            .await?;
        let ids: Vec<&str> = page.items.iter().map(|person| person.id.as_str()).collect();
        accounts.extend(
            ctx.storage()
                .find_accounts_of(&ids)
                .await?
                .into_iter()
                .flatten(),
        );
        match page.items.last().filter(|_| page.has_older) {
            Some(last) => request.cursor = Cursor::Before(last.id.clone()),
            None => return Ok(accounts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{App, app::AppParts};

    #[tokio::test]
    async fn a_change_of_an_account_does_not_undo_another() {
        let app = App::new(AppParts::of_a_test("https://h.example"));
        let ctx = app.context(Caller::Server);
        let registration = Registration::new("alice", Secret::new("correct-horse-9"));
        let nickname = register(&ctx, registration).await.unwrap().nickname;
        let mut read = app
            .storage()
            .find_account(&nickname)
            .await
            .unwrap()
            .unwrap();
        let secret = Secret::new("battery-staple-9");
        set_password(&ctx, &nickname, &secret).await.unwrap();
        let changed = app.storage().find_account(&nickname).await.unwrap();

        read.email = Some("alice@h.example".into());
        let refused = replace(&ctx, &mut read, None, Vec::new())
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        let found = app.storage().find_account(&nickname).await.unwrap();
        assert_eq!(found, changed, "the new password is kept");
    }
}
