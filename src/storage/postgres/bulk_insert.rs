//! Commits that only add objects and file them, as posts do: in one go, as one statement, which is
//! a transaction by itself.

use sqlx::{PgConnection, Row};

use super::{
    driver::PgQuery,
    entry_batch,
    invalidation_log::{self, InvalidationLog},
    locks::StreamLocks,
    object_batch::ObjectBatch,
};
use crate::storage::{
    Bucket, Invalidation,
    sql::{
        batch::{BatchStep, EntryBatch},
        error::has_code,
        write::WriteResult,
    },
};

/// All of it, as columns.
const BULK_INSERT_SQL: &str = "\
    SELECT bulk_insert($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
    $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, \
    $36, $37, $38, $39, $40, $41, $42)";

/// Objects and entries to insert in one statement.
pub(super) struct BulkInsert<'a> {
    objects: ObjectBatch<'a>,
    entries: Option<&'a EntryBatch<'a>>,
}

impl<'a> BulkInsert<'a> {
    /// Steps that can be done in one go.
    pub(super) fn from_steps(steps: &'a [BatchStep<'a>]) -> Option<Self> {
        let (objects, entries) = match steps {
            [BatchStep::InsertObjects(objects)] => (&**objects, None),
            [
                BatchStep::InsertObjects(objects),
                BatchStep::InsertEntries(entries),
            ] => (&**objects, Some(entries)),
            [BatchStep::InsertEntries(entries)] => (&[][..], Some(entries)),
            _ => return None,
        };
        Some(Self {
            objects: ObjectBatch::new(objects),
            entries,
        })
    }

    /// Does it all, puts down that it was done, with what it touches as far as it is named, and
    /// tells what was filed where. `None` if something of it can't be done, and nothing was: then
    /// the same step by step says what is wrong.
    pub(super) async fn write(
        &self,
        locks: &StreamLocks,
        log: &InvalidationLog,
        named: &Invalidation,
        connection: &mut PgConnection,
    ) -> WriteResult<Option<Vec<Bucket>>> {
        let none = EntryBatch::default();
        let query: PgQuery<'_> = sqlx::query(BULK_INSERT_SQL);
        let query = self.objects.bind(locks.bind_named(query));
        let query = entry_batch::bind_entries(self.entries.unwrap_or(&none), query);
        let query = self.objects.bind_documents(query);
        match log.bind(named, query).fetch_one(connection).await {
            Ok(row) => Ok(Some(
                invalidation_log::decode_buckets(row.try_get(0)?).collect(),
            )),
            // The code by which the function refuses.
            Err(error) if has_code(&error, &["HY001"]) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
