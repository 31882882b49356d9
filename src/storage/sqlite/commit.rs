//! Commits, change by change; the writer puts them into transactions.

use async_trait::async_trait;
use sqlx::SqliteConnection;

use super::{
    Sqlite, entry_batch::insert_entries, error::map_error, insert::insert_objects,
    writer::WriterCommand,
};
use crate::storage::{
    Bucket, Change, Changes, Commit, Result, Subscription,
    sql::{
        batch::{BatchStep, batch_steps},
        write::define_apply_single,
    },
};

#[async_trait]
impl Commit for Sqlite {
    async fn commit(&self, changes: Changes) -> Result<()> {
        self.writer
            .send(WriterCommand::Commit(changes))
            .await
            .map(drop)
    }

    fn subscribe(&self) -> Subscription {
        self.broadcaster.subscribe()
    }
}

/// Applies changes of one or several commits; returns the buckets of the streams that received
/// entries. On an error the caller undoes what was done.
pub(super) async fn apply_changes(
    connection: &mut SqliteConnection,
    changes: &[&Change],
) -> Result<Vec<Bucket>> {
    let mut buckets = Vec::new();
    for step in batch_steps(changes) {
        match step {
            BatchStep::InsertObjects(objects) => insert_objects(connection, &objects).await?,
            BatchStep::InsertEntries(entries) => {
                buckets.extend(insert_entries(connection, &entries).await?);
            }
            // None of these is a delivery, which is a batch.
            BatchStep::Single(change) => {
                let applied = apply_single(connection, change).await;
                applied.map_err(|error| error.map(map_error))?;
            }
        }
    }
    Ok(buckets)
}

define_apply_single!(SqliteConnection);
