//! Actions of moderators and admins on people and hosts. Each is noted in the audit log.

mod applicants;
mod hosts;
mod overview;
mod people;
mod reports;
mod standing;

pub use applicants::{approve, reject};
pub use hosts::{block_host, purge_host, unblock_host};
#[cfg(feature = "web")]
pub(crate) use hosts::{export_hosts, import_hosts};
#[cfg(feature = "web")]
pub(crate) use overview::{Overview, overview};
#[cfg(feature = "web")]
pub(crate) use people::{page, send_recovery, uploaded};
#[cfg(feature = "web")]
pub(crate) use reports::{Outcome, Report, find_report, reports, reports_about, settle};
pub use standing::{Target, find, set_role, set_standing};

use super::{Error, Result, audit::require_role};
use crate::{
    Context,
    model::{Account, Role},
};

/// Refuses an action on an account of a higher role, and on the caller's own: 403.
fn require_power_over(ctx: &Context, account: &Account) -> Result<()> {
    let role = require_role(ctx, Role::Moderator)?;
    if ctx.person() == Some(&account.person) {
        return Err(
            Error::forbidden("You can't do that to yourself.").phrased("failure-to-yourself")
        );
    }
    if account.role > role {
        return Err(
            Error::forbidden("A moderator can't do that to an admin.").phrased("failure-to-admin")
        );
    }
    Ok(())
}
