//! Records, in either database.

use async_trait::async_trait;

use super::{
    driver::args,
    key,
    record::{Record, record},
    store::SqlStore,
    versioned::VersionedTable,
};
use crate::{
    model::{SiteRecord, SiteRecordKind},
    storage::{Result, SiteRecords},
};

/// The table.
pub(super) const SITE_RECORDS: VersionedTable = VersionedTable {
    insert: "\
        INSERT INTO site_records (key, id, kind, created, body, version) \
        VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (key) DO NOTHING",
    update: "\
        UPDATE site_records SET id = $2, kind = $3, created = $4, body = $5, version = version + 1 \
        WHERE key = $1 AND version = coalesce($6, version)",
    delete: "DELETE FROM site_records WHERE key = $1 AND version = $2",
};

const SELECT_SITE_RECORD_SQL: &str = "SELECT id, kind, created, body, version FROM site_records";

record!(SiteRecord {
    id,
    kind,
    created,
    body,
    version,
});

#[async_trait]
impl<S: SqlStore> SiteRecords for S {
    async fn find_site_record(&self, id: &str) -> Result<Option<SiteRecord>> {
        let sql = format!("{SELECT_SITE_RECORD_SQL} WHERE key = $1");
        let key = args![key::digest_key(id)];
        self.pool().find(&sql, &key, SiteRecord::decode).await
    }

    async fn list_site_records(
        &self,
        kind: SiteRecordKind,
        before: Option<&str>,
        count: u32,
    ) -> Result<Vec<SiteRecord>> {
        let mut arguments = Vec::from(args![kind.as_str(), count]);
        let mut earlier = "";
        if let Some(id) = before {
            arguments.push(key::digest_key(id).into());
            earlier = "AND (created, pk) < (SELECT created, pk FROM site_records WHERE key = $3)";
        }
        let sql = format!(
            "{SELECT_SITE_RECORD_SQL} WHERE kind = $1 {earlier} ORDER BY created DESC, pk DESC LIMIT $2"
        );
        self.pool().list(&sql, &arguments, SiteRecord::decode).await
    }
}
