//! Roles, and limits of persons.

use std::sync::Arc;

use super::require_power_over;
use crate::{
    Context,
    app::texts::Phrase,
    model::{
        ACTOR_TYPES, APPLICATION, Account, LANGUAGE_OF_APPLICATION, Nickname, Object, Role,
        Standing, Stream,
    },
    service::{
        Error, Result,
        accounts::{self, deletion::require_other_admin},
        audit::{note, require_role},
        mail::decision_changes,
    },
    storage::{Change, Changes, Duplicate, Revocation},
};

/// A person on whom staff acts: of this server, or of another one.
#[derive(Clone, Debug)]
pub struct Target {
    /// The person.
    pub person: Arc<Object>,
    /// The account, if it is of this server.
    pub account: Option<Account>,
    /// Limits of the person.
    pub standing: Standing,
}

impl Target {
    /// Name for the audit log: the nickname, or else the address or id.
    pub fn name(&self) -> &str {
        match &self.account {
            Some(account) => account.nickname.as_str(),
            None => self.person.id.trim_start_matches("acct:"),
        }
    }
}

/// Finds a person by nickname, address or id. Errors: 404 for one who is not known here.
pub async fn find(ctx: &Context, name: &str) -> Result<Target> {
    require_role(ctx, Role::Moderator)?;
    let name = name.trim();
    let id = match Nickname::parse(name) {
        Ok(nickname) => ctx.urls().person_id(&nickname),
        Err(_) if name.contains(':') => name.to_owned(),
        Err(_) => format!("acct:{}", name.trim_start_matches('@')),
    };
    let unknown = || {
        Error::not_found(format!("Nobody with the name '{name}' is known here."))
            .phrased(Phrase::new("failure-nobody").with("name", name))
    };
    if id.contains('\0') {
        return Err(unknown());
    }
    let found = ctx.storage().find_objects(&[&id]).await?.pop().flatten();
    let is_person = |object: &Arc<Object>| {
        ACTOR_TYPES.contains(&object.object_type.as_str()) && !object.deleted
    };
    let person = found.filter(is_person).ok_or_else(unknown)?;
    let account = ctx
        .storage()
        .find_accounts_of(&[&id])
        .await?
        .pop()
        .flatten();
    let standing = match &account {
        Some(account) => account.standing,
        None => of_stranger(ctx, &id).await?,
    };
    Ok(Target {
        person,
        account,
        standing,
    })
}

/// Returns the standing of a person of another server.
async fn of_stranger(ctx: &Context, id: &str) -> Result<Standing> {
    let pairs = [(Stream::Silenced, id), (Stream::Suspended, id)];
    Ok(match *ctx.storage().contains(&pairs).await? {
        [_, true] => Standing::Suspended,
        [true, _] => Standing::Silenced,
        _ => Standing::Good,
    })
}

/// Limits a person, or ends the limit. Suspension signs them out everywhere, and takes back what
/// they allowed applications. One who waited for approval and is let in is told so by mail. To do
/// it again changes nothing.
///
/// Errors: 404 for one who is not known here; 403 for oneself, and for an admin if the caller is
/// none; 409 for the last admin.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn set_standing(
    ctx: &Context,
    name: &str,
    standing: Standing,
    reason: &str,
) -> Result<()> {
    let target = find(ctx, name).await?;
    if let Some(account) = &target.account {
        require_power_over(ctx, account)?;
        if standing != Standing::Silenced && standing != Standing::Good {
            require_other_admin(ctx, account).await?;
        }
    }
    if target.standing == standing {
        return Ok(());
    }
    let action = match (target.standing, standing) {
        (Standing::Pending, Standing::Good) => "approve",
        (_, Standing::Good) => "restore",
        (_, Standing::Pending) => "hold",
        (_, Standing::Silenced) => "silence",
        (_, Standing::Suspended) => "suspend",
    };
    let mut changes = membership_changes(ctx, &target, standing).await?;
    changes.push(note(ctx, action, target.name(), reason));
    if let Some(mut account) = target.account {
        let is_let_in = target.standing == Standing::Pending
            && matches!(standing, Standing::Good | Standing::Silenced);
        if is_let_in {
            changes.extend(decision_changes(ctx, &account, true));
        }
        account.standing = standing;
        account.extra.shift_remove(APPLICATION);
        account.extra.shift_remove(LANGUAGE_OF_APPLICATION);
        if standing == Standing::Suspended {
            changes.extend(revocations(&account.nickname));
        }
        accounts::replace(ctx, &mut account, None, changes).await?;
        // The mail can go.
        ctx.app().wake_workers();
        return Ok(());
    }
    Ok(ctx.storage().commit(changes).await?)
}

/// Puts a person into the stream of a standing, and takes them out of those of others.
async fn membership_changes(ctx: &Context, target: &Target, standing: Standing) -> Result<Changes> {
    let (item, wanted) = (&target.person.id, Stream::of_standing(standing));
    let streams = Standing::ALL.into_iter().filter_map(Stream::of_standing);
    let pairs: Vec<(Stream, &str)> = streams.map(|stream| (stream, item.as_str())).collect();
    let held = ctx.storage().contains(&pairs).await?;
    let held = pairs.into_iter().zip(held).filter(|(_, held)| *held);
    let held = held.map(|((stream, _), _)| stream);
    let left = held.filter(|stream| Some(stream) != wanted.as_ref());
    let removals = left.map(|stream| Change::RemoveItem {
        stream,
        item: item.clone(),
    });
    let mut changes: Changes = removals.collect();
    changes.extend(wanted.map(|stream| Change::Push {
        stream,
        item: item.clone(),
        class: None,
        duplicate: Duplicate::Ignore,
    }));
    Ok(changes)
}

/// Takes back all by which somebody could act as a person.
fn revocations(nickname: &Nickname) -> [Change; 2] {
    let revocation = Revocation {
        user: nickname.clone(),
        client: None,
        except_token: None,
    };
    [
        Change::Revoke(revocation),
        Change::RevokePending(nickname.clone()),
    ]
}

/// Gives an account a role. Errors: 404 if there is no such account, or the caller is no admin; 409
/// for the last admin.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn set_role(ctx: &Context, nickname: &str, role: Role, reason: &str) -> Result<()> {
    require_role(ctx, Role::Admin)?;
    let target = find(ctx, nickname).await?;
    let unknown = || Error::not_found(format!("There is no account '{nickname}'."));
    let mut account = target.account.ok_or_else(unknown)?;
    if account.role == role {
        return Ok(());
    }
    if role != Role::Admin {
        require_other_admin(ctx, &account).await?;
    }
    account.role = role;
    let action = format!("role {}", role.as_str());
    let noted = note(ctx, &action, account.nickname.as_str(), reason);
    accounts::replace(ctx, &mut account, None, vec![noted]).await
}
