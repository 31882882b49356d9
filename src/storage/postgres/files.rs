//! Metadata of files.

use sqlx::PgConnection;

use super::{Postgres, error::map_error};
use crate::storage::sql::files::impl_files;

impl_files!(Postgres, pool, map_error, PgConnection);
