//! Records of the site.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Memory, owned, owned_all, state::State};
use crate::{
    model::{SiteRecord, SiteRecordKind},
    storage::{Expect, Result, SiteRecords, StorageError},
};

#[async_trait]
impl SiteRecords for Memory {
    async fn find_site_record(&self, id: &str) -> Result<Option<SiteRecord>> {
        Ok(owned(self.state().site_records.get(id)))
    }

    async fn list_site_records(
        &self,
        kind: SiteRecordKind,
        before: Option<&str>,
        count: u32,
    ) -> Result<Vec<SiteRecord>> {
        let state = self.state();
        let of_kind = state.site_records.values().rev();
        let mut records: Vec<&Arc<SiteRecord>> = of_kind.filter(|one| one.kind == kind).collect();
        records.sort_by_key(|record| std::cmp::Reverse(record.created));
        if let Some(id) = before {
            let place = records.iter().position(|record| record.id == id);
            records.drain(..place.map_or(records.len(), |place| place + 1));
        }
        records.truncate(count as usize);
        Ok(owned_all(records))
    }
}

impl State {
    pub(super) fn put_site_record(&mut self, mut record: SiteRecord, expect: Expect) -> Result<()> {
        let stored = self
            .site_records
            .get(&*record.id)
            .map(|stored| stored.version);
        expect.check(stored, &record.id)?;
        record.version = stored.unwrap_or(0) + 1;
        self.site_records
            .insert(record.id.as_str().into(), record.into());
        Ok(())
    }

    pub(super) fn remove_site_record(&mut self, id: String, version: i64) -> Result<()> {
        match self.site_records.get(&*id) {
            Some(record) if record.version == version => {
                self.site_records.shift_remove(&*id);
                Ok(())
            }
            _ => Err(StorageError::Conflict(id)),
        }
    }
}
