//! Codes in links: made, found again and used.

use chrono::TimeDelta;

use crate::{
    Context,
    model::{Code, CodePurpose, Nickname, Secret},
    service::{Error, Result, oauth::digest},
    storage::Change,
};

/// Makes a code that is good for so many seconds; the change stores its digest.
pub(super) fn new_code(
    ctx: &Context,
    purpose: CodePurpose,
    user: &Nickname,
    subject: &str,
    lifetime: i64,
) -> (Secret, Change) {
    let code = ctx.app().entropy().token::<32>();
    let kept = Code {
        digest: digest(&code),
        purpose,
        user: user.clone(),
        target: subject.into(),
        created: ctx.now(),
        expires: ctx.now() + TimeDelta::seconds(lifetime),
        used: false,
    };
    (Secret::new(code), Change::PutCode(kept))
}

/// The code for a purpose, used or not; 404 if there is none, or it has expired.
pub(crate) async fn find_code(ctx: &Context, code: &str, purpose: CodePurpose) -> Result<Code> {
    ctx.storage()
        .find_code(digest(code).expose())
        .await?
        .filter(|code| code.purpose == purpose && code.expires >= ctx.now())
        .ok_or_else(|| {
            Error::not_found("This link is not known here, or has expired.").phrased("failure-link")
        })
}

/// Whether someone was sent a code for a purpose too short a time ago to be sent another, and till
/// when.
pub(super) async fn check_repeat_interval(
    ctx: &Context,
    user: &Nickname,
    purpose: CodePurpose,
) -> Result<Option<Code>> {
    let repeat_after = TimeDelta::seconds(ctx.app().settings().mail.repeat_after);
    let newest = ctx.storage().find_newest_code(user, purpose).await?;
    Ok(newest.filter(|code| !code.used && code.created + repeat_after > ctx.now()))
}
