//! Metadata of files.

use sqlx::SqliteConnection;

use super::{Sqlite, error::map_error};
use crate::storage::sql::files::impl_files;

impl_files!(Sqlite, readers, map_error, SqliteConnection);
