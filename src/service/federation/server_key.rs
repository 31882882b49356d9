//! Rotation of the key pairs of this server.

use crate::{
    Context,
    model::Role,
    service::{
        Error, Result,
        audit::{note, require_role},
    },
};

/// Makes new key pairs, which are shown and signed with from now on.
///
/// Errors: 404 for a caller who is no admin, 409 if another process does the same.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn rotate(ctx: &Context) -> Result<()> {
    require_role(ctx, Role::Admin)?;
    let rotation = ctx.app().server_key_rotation().await;
    let rotation = rotation.map_err(Error::internal)?;
    let changes = vec![rotation, note(ctx, "rotate key", "", "")];
    Ok(ctx.storage().commit(changes).await?)
}
