//! OAuth 2.0, and what people allow.

use sqlx::PgConnection;

use super::{Postgres, error::map_error};
use crate::storage::sql::grants::impl_grants;

// Storing a token locks the account's row, too, and so comes before a revocation or after it.
impl_grants!(
    Postgres,
    pool,
    map_error,
    PgConnection,
    "SELECT nickname FROM accounts WHERE nickname = $1 FOR UPDATE"
);
