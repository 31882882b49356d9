//! OAuth 2.0, and what people allow.

use sqlx::SqliteConnection;

use super::{Sqlite, error::map_error};
use crate::storage::sql::grants::impl_grants;

impl_grants!(Sqlite, readers, map_error, SqliteConnection);
