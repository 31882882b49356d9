//! Jobs and codes.

use sqlx::SqliteConnection;

use super::{Sqlite, error::map_error};
use crate::storage::sql::jobs::impl_jobs;

impl_jobs!(Sqlite, readers, map_error, SqliteConnection);
