//! Persons and accounts as the API shows and changes them (pump-api 6).

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{
    Error, Result, accounts,
    activity::{self, Draft},
    applications,
    lookup::{account, own_account, person},
    mail, passwords,
    present::{self, Detail, JsonNode, JsonObject, Listing, RenderedJson},
    wishes::{DISCOVERABLE, declines},
};
#[cfg(feature = "web")]
use crate::model::LANGUAGE;
use crate::{
    Context,
    context::{Caller, timestamp},
    model::{Account, Cursor, Nickname, Object, PageRequest, Standing, Stream, Viewer},
    storage::{Changes, StorageError},
};

/// `GET /api/user/NICK/profile`: the person with counts and flags.
pub(crate) async fn profile(ctx: &Context, nickname: &str) -> Result<RenderedJson> {
    let account = account(ctx, nickname).await?;
    present::render(ctx, person(ctx, &account).await?, Detail::FULL).await
}

/// `GET /api/user/NICK`: the account with its profile; mail, settings and other properties for its
/// owner only.
pub(crate) async fn user(ctx: &Context, nickname: &str) -> Result<RenderedJson> {
    let account = account(ctx, nickname).await?;
    show(ctx, account, Detail::FULL).await
}

/// An account as the caller may see it.
pub(crate) async fn show(ctx: &Context, account: Account, detail: Detail) -> Result<RenderedJson> {
    let profile = present::render(ctx, person(ctx, &account).await?, detail).await?;
    Ok(account_json(ctx, &account, profile).into())
}

/// `PUT /api/user/NICK/profile`: an `update` of one's own person; returns the person.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn update_profile(
    ctx: &Context,
    nickname: &str,
    mut body: Map<String, Value>,
) -> Result<RenderedJson> {
    let account = own_account(ctx, nickname).await?;
    body.insert("id".into(), account.person.clone().into());
    body.insert("objectType".into(), "person".into());
    let draft = Draft::parse(
        ctx.urls(),
        Map::from_iter([
            ("verb".into(), "update".into()),
            ("object".into(), body.into()),
        ]),
        &account.person,
    )?;
    activity::perform(ctx, draft).await?;
    profile(ctx, nickname).await
}

/// `PUT /api/user/NICK`: changes password, mail address and settings. The nickname must be there
/// and can't change; the password must be there, and be the present one if the address changes.
/// With `"revoke": true` all that was allowed to applications is taken back, but for the token that
/// is used. An account whose address has to be confirmed can do nothing here but give another one.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn update_user(
    ctx: &Context,
    nickname: &str,
    body: Map<String, Value>,
) -> Result<RenderedJson> {
    own_account(ctx, nickname).await?;
    let mut account = account(ctx, nickname).await?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    if text("nickname") != Some(nickname) {
        return Err(Error::bad_request(
            "'nickname' must be given and can't be changed",
        ));
    }
    let password =
        text("password").ok_or_else(|| Error::bad_request("'password' must be given"))?;
    for fixed in ["published", "updated"] {
        let stands = timestamp(if fixed == "published" {
            account.published
        } else {
            account.updated
        });
        if body.get(fixed).is_some_and(|given| *given != stands) {
            return Err(Error::bad_request(format!("'{fixed}' can't be changed")));
        }
    }
    if let Some(profile) = body.get("profile") {
        let stored = person(ctx, &account).await?;
        require_unchanged(&stored, profile)?;
    }
    let email = body.get("email").map(accounts::parse_email).transpose()?;
    let revoked = match body.get("revoke") {
        None | Some(Value::Null | Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(applications::revoke_other_tokens(ctx, &account.nickname)),
        Some(_) => return Err(Error::bad_request("'revoke' must be true or false")),
    };
    account.extra.extend(accounts::extra(body.clone()));
    accounts::require_room(&account.extra)?;
    let given = email.as_ref().map(Option::as_deref);
    if !given.is_some_and(|email| mail::confirm::is_another(&account, email)) {
        mail::confirm::may_use_api(ctx.app(), &account)?;
    }
    let stays = given.is_some_and(|email| mail::confirm::needs_password(ctx, &account, email));
    if stays && passwords::check(ctx, nickname, password).await?.is_none() {
        return Err(Error::bad_request(
            "'password' must be the present one where 'email' changes: change one after the other",
        ));
    }
    let mut also = if let Some(email) = email {
        mail::confirm::set_address(ctx, &mut account, email).await?
    } else {
        mail::confirm::drop_waiting(ctx, &mut account);
        Changes::new()
    };
    also.extend(revoked);
    let password = Some(password).filter(|_| !stays);
    accounts::replace(ctx, &mut account, password, also).await?;
    show(ctx, account, Detail::FULL).await
}

/// Gives the account of the caller, whose password was checked, another address, or takes it away.
#[cfg(feature = "web")]
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn change_email(ctx: &Context, email: &str) -> Result<()> {
    let mut account = own(ctx).await?;
    let email = accounts::parse_email(&email.into())?;
    let mails = mail::confirm::set_address(ctx, &mut account, email).await?;
    accounts::replace(ctx, &mut account, None, mails).await
}

/// Sets the language of the pages for the caller; `None` leaves it to their browser.
#[cfg(feature = "web")]
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn set_language(ctx: &Context, tag: Option<&str>) -> Result<()> {
    let mut account = own(ctx).await?;
    match tag {
        Some(tag) => account.extra.insert(LANGUAGE.into(), tag.into()),
        None => account.extra.shift_remove(LANGUAGE),
    };
    accounts::require_room(&account.extra)?;
    accounts::replace(ctx, &mut account, None, Changes::new()).await
}

/// Returns the account of the caller as it is stored.
#[cfg(feature = "web")]
async fn own(ctx: &Context) -> Result<Account> {
    let known = ctx.account().ok_or_else(Error::not_logged_in)?;
    account(ctx, known.nickname.as_str()).await
}

/// Refuses a profile that is not the one that stands, as far as the reference compares them
/// (pump-api 6.4): clients send back what they got.
fn require_unchanged(person: &Object, profile: &Value) -> Result<()> {
    let same = |key: &str| {
        let given = profile.get(key);
        given.is_none_or(|given| person.body.get(key) == Some(given))
    };
    if profile.is_object() && ["id", "objectType", "displayName"].into_iter().all(same) {
        Ok(())
    } else {
        Err(Error::bad_request("'profile' can't be changed here"))
    }
}

/// `GET /api/users`: the accounts of this server, newest first (pump-api 10.9). Each profile is
/// public, but anonymous callers can't list all of them: 401.
pub(crate) async fn users(ctx: &Context, request: PageRequest) -> Result<RenderedJson> {
    if matches!(ctx.caller(), Caller::Anonymous) {
        return Err(Error::not_logged_in());
    }
    let asked = request.cursor.clone();
    let request = PageRequest {
        cursor: of_person(ctx, request.cursor),
        ..request
    };
    let users = ctx
        .storage()
        .list(&Stream::Users, &request, Viewer::Unrestricted);
    let mut page = users.await.map_err(|error| match (error, asked) {
        (StorageError::NotInStream { .. }, Cursor::Before(nickname) | Cursor::Since(nickname)) => {
            Error::bad_request(format!("id '{nickname}' not found in stream 'users'"))
        }
        (error, _) => error.into(),
    })?;
    let listing = Listing::of(Detail::PERSONS);
    let (profiles, _) = present::page(ctx, &mut page, &request.cursor, listing).await?;
    let ids: Vec<&str> = page.items.iter().map(|person| person.id.as_str()).collect();
    let accounts = ctx.storage().find_accounts_of(&ids).await?;
    let mut known: Vec<(Account, RenderedJson)> = accounts
        .into_iter()
        .zip(profiles)
        .filter_map(|(account, profile)| Some((account?, profile)))
        .collect();
    let url = ctx.urls().absolute("/api/users");
    let searched = super::collections::search_url(&url, &request);
    let nickname = |user: Option<&(Account, RenderedJson)>| {
        user.map(|(account, _)| account.nickname.as_str().to_owned())
    };
    let links = super::collections::links(
        &searched,
        nickname(known.first()),
        nickname(known.last()).filter(|_| page.has_older),
    );
    let declining = page.items.iter().filter(|it| declines(it, DISCOVERABLE));
    let declining: HashSet<&str> = declining.map(|person| &*person.id).collect();
    let viewer = ctx.viewer();
    known.retain(|(account, _)| {
        let is_listed = account.standing == Standing::Good && !declining.contains(&*account.person);
        is_listed || viewer == Viewer::Unrestricted || viewer == Viewer::Person(&account.person)
    });
    let items = known
        .into_iter()
        .map(|(account, profile)| JsonNode::from(account_json(ctx, &account, profile)));
    let mut whole = JsonObject::default();
    whole.insert("displayName", "Users of this service");
    whole.insert("id", &*url);
    whole.insert("objectTypes", json!(["user"]));
    whole.insert("links", links);
    whole.insert("items", items.collect::<Vec<_>>());
    whole.insert("totalItems", page.total);
    Ok(whole.into())
}

/// Users are asked for by nickname, and kept by the id of their person.
fn of_person(ctx: &Context, cursor: Cursor) -> Cursor {
    let person = |nickname: String| match Nickname::parse(&nickname) {
        Ok(nickname) => ctx.urls().person_id(&nickname),
        Err(_) => nickname,
    };
    match cursor {
        Cursor::Before(nickname) => Cursor::Before(person(nickname)),
        Cursor::Since(nickname) => Cursor::Since(person(nickname)),
        other => other,
    }
}

fn account_json(ctx: &Context, account: &Account, profile: RenderedJson) -> JsonObject<'static> {
    let own = ctx.person() == Some(&account.person);
    let mut record = Map::new();
    record.insert("nickname".into(), account.nickname.as_str().into());
    record.insert("published".into(), timestamp(account.published).into());
    record.insert("updated".into(), timestamp(account.updated).into());
    if own {
        let extra = account
            .extra
            .iter()
            .filter(|(key, _)| !key.starts_with('_'));
        record.extend(extra.map(|(key, value)| (key.clone(), value.clone())));
    }
    let waiting = account.unconfirmed_email.as_ref();
    if let (true, Some(email)) = (own, account.email.as_ref().or(waiting)) {
        record.insert("email".into(), email.clone().into());
    }
    if let (true, Some(email)) = (own, waiting) {
        record.insert("unconfirmedEmail".into(), email.clone().into());
    }
    let mut record = JsonObject::from(record);
    record.insert("profile", profile);
    record
}
