//! Whether somebody may have an account at once, has to wait, or may have none.

use super::Registration;
use crate::{
    Context,
    app::RegistrationMode,
    context::Caller,
    model::{Standing, Stream, Viewer},
    service::{Error, Result, invitations},
    storage::{Change, Changes, Duplicate},
};

/// Most accounts that wait for a moderator at once.
const MAX_APPLICANTS: u64 = 1000;

/// Returns the standing of a new account of a person, and the changes that come with it.
///
/// Errors: 403 for one who was not invited where that is needed, and for a client where a moderator
/// has to approve the account; 503 if too many wait.
pub(super) async fn of(
    ctx: &Context,
    registration: &Registration,
    person: &str,
) -> Result<(Standing, Changes)> {
    let mode = match ctx.caller() {
        Caller::Server => RegistrationMode::Open,
        _ => ctx.app().settings().registration.mode,
    };
    let invitation = registration.invitation.as_ref();
    match (mode, invitation) {
        (RegistrationMode::Open | RegistrationMode::Closed, _) => {
            Ok((Standing::Good, Changes::new()))
        }
        (_, Some(code)) => {
            let used = invitations::redeem(ctx, code).await?;
            Ok((Standing::Good, vec![used]))
        }
        (RegistrationMode::Invitation, None) => Err(Error::forbidden(format!(
            "Accounts are for those who were invited: see {}",
            page(ctx)
        ))
        .phrased("register-needs-invitation")),
        (RegistrationMode::Approval, None) if ctx.client().is_some() => {
            Err(Error::forbidden(format!(
                "A moderator approves accounts here: ask for one at {}",
                page(ctx)
            ))
            .phrased("register-by-approval"))
        }
        (RegistrationMode::Approval, None) => {
            require_room(ctx).await?;
            let waits = Change::Push {
                stream: Stream::Applicants,
                item: person.to_owned(),
                class: None,
                duplicate: Duplicate::Ignore,
            };
            Ok((Standing::Pending, vec![waits]))
        }
    }
}

async fn require_room(ctx: &Context) -> Result<()> {
    let previews = ctx
        .storage()
        .previews(&[Stream::Applicants], 0, Viewer::Unrestricted);
    let waiting = previews.await?.first().map_or(0, |head| head.total);
    if waiting < MAX_APPLICANTS {
        return Ok(());
    }
    let sentence = "Too many accounts wait for approval. Try again in some days.";
    Err(Error::new(crate::service::ErrorKind::Unavailable, sentence).phrased("register-many-wait"))
}

fn page(ctx: &Context) -> String {
    ctx.urls().absolute("/main/register")
}
