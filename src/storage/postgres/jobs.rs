//! Jobs and codes.

use sqlx::PgConnection;

use super::{Postgres, error::map_error};
use crate::storage::sql::jobs::impl_jobs;

impl_jobs!(Postgres, pool, map_error, PgConnection);
