//! Jobs and codes.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Memory, owned, owned_all, state::State};
use crate::{
    model::{Code, CodePurpose, Job, Nickname},
    storage::{Codes, Expect, Jobs, Result, StorageError},
};

#[async_trait]
impl Jobs for Memory {
    async fn list_due_jobs(&self, queue: &str, now: DateTime<Utc>, count: u32) -> Result<Vec<Job>> {
        let state = self.state();
        let mut due: Vec<&Arc<Job>> = state
            .jobs
            .values()
            .filter(|job| job.queue == queue && job.due <= now)
            .collect();
        due.sort_by_key(|job| job.due);
        due.truncate(count as usize);
        Ok(owned_all(due))
    }

    async fn find_job(&self, id: &str) -> Result<Option<Job>> {
        Ok(owned(self.state().jobs.get(id)))
    }
}

#[async_trait]
impl Codes for Memory {
    async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
        Ok(owned(self.state().codes.get(digest)))
    }

    async fn find_newest_code(
        &self,
        user: &Nickname,
        purpose: CodePurpose,
    ) -> Result<Option<Code>> {
        let state = self.state();
        let codes = state.codes.values();
        let codes = codes.filter(|code| code.user == *user && code.purpose == purpose);
        Ok(owned(codes.max_by_key(|code| code.created)))
    }
}

impl State {
    pub(super) fn put_job(&mut self, mut job: Job, expect: Expect) -> Result<()> {
        let stored = self.jobs.get(&*job.id).map(|stored| stored.version);
        expect.check(stored, &job.id)?;
        job.version = stored.unwrap_or(0) + 1;
        self.jobs.insert(job.id.as_str().into(), job.into());
        Ok(())
    }

    pub(super) fn remove_job(&mut self, id: String, version: i64) -> Result<()> {
        match self.jobs.get(&*id) {
            Some(job) if job.version == version => {
                self.jobs.shift_remove(&*id);
                Ok(())
            }
            _ => Err(StorageError::Conflict(id)),
        }
    }

    pub(super) fn put_code(&mut self, code: Code) -> Result<()> {
        if !self.accounts.contains_key(&code.user) {
            return Err(StorageError::Missing(code.user.to_string()));
        }
        let digest: Arc<str> = code.digest.expose().into();
        match self.codes.insert(digest, code.into()) {
            Some(_) => Err(StorageError::AlreadyExists("that code".into())),
            None => Ok(()),
        }
    }

    pub(super) fn use_code(&mut self, digest: &str) -> Result<()> {
        let code = self
            .codes
            .get(digest)
            .cloned()
            .ok_or_else(|| StorageError::Missing("that code".into()))?;
        if code.used || code.expires < code.created {
            return Err(StorageError::Conflict("that code".into()));
        }
        let alike =
            |other: &&mut Arc<Code>| other.user == code.user && other.purpose == code.purpose;
        for other in self.codes.values_mut().filter(alike) {
            Arc::make_mut(other).used = true;
        }
        Ok(())
    }
}
