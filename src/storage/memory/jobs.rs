//! Jobs and codes.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Memory, owned, owned_all, state::State};
use crate::{
    model::{Code, CodePurpose, Job, Nickname, Secret},
    storage::{Codes, Expect, Jobs, Result, StorageError},
};

#[async_trait]
impl Jobs for Memory {
    async fn list_due_jobs(&self, queue: &str, now: DateTime<Utc>, count: u32) -> Result<Vec<Job>> {
        let state = self.state();
        let mut due: Vec<&Arc<Job>> = state
            .jobs
            .iter()
            .filter(|job| job.queue == queue && job.due <= now)
            .collect();
        due.sort_by_key(|job| job.due);
        due.truncate(count as usize);
        Ok(owned_all(due))
    }

    async fn find_job(&self, id: &str) -> Result<Option<Job>> {
        let state = self.state();
        Ok(owned(state.jobs.iter().find(|job| job.id == id)))
    }
}

#[async_trait]
impl Codes for Memory {
    async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
        Ok(owned(self.state().code(digest)))
    }

    async fn find_newest_code(
        &self,
        user: &Nickname,
        purpose: CodePurpose,
    ) -> Result<Option<Code>> {
        let state = self.state();
        let codes = state.codes.iter();
        let codes = codes.filter(|code| code.user == *user && code.purpose == purpose);
        Ok(owned(codes.max_by_key(|code| code.created)))
    }
}

impl State {
    pub(super) fn put_job(&mut self, mut job: Job, expect: Expect) -> Result<()> {
        let stored = self.jobs.iter_mut().find(|stored| stored.id == job.id);
        expect.check(stored.as_ref().map(|stored| stored.version), &job.id)?;
        job.version = stored.as_ref().map_or(1, |stored| stored.version + 1);
        match stored {
            Some(stored) => *stored = Arc::new(job),
            None => self.jobs.push(Arc::new(job)),
        }
        Ok(())
    }

    pub(super) fn remove_job(&mut self, id: String, version: i64) -> Result<()> {
        let before = self.jobs.len();
        self.jobs
            .retain(|job| job.id != id || job.version != version);
        if self.jobs.len() < before {
            Ok(())
        } else {
            Err(StorageError::Conflict(id))
        }
    }

    pub(super) fn put_code(&mut self, code: Code) -> Result<()> {
        if !self.accounts.contains_key(&code.user) {
            return Err(StorageError::Missing(code.user.to_string()));
        }
        if self.code(code.digest.expose()).is_some() {
            return Err(StorageError::AlreadyExists("that code".into()));
        }
        self.codes.push(Arc::new(code));
        Ok(())
    }

    pub(super) fn use_code(&mut self, digest: &str) -> Result<()> {
        let code = self
            .code(digest)
            .cloned()
            .ok_or_else(|| StorageError::Missing("that code".into()))?;
        if code.used || code.expires < code.created {
            return Err(StorageError::Conflict("that code".into()));
        }
        let alike =
            |other: &&mut Arc<Code>| other.user == code.user && other.purpose == code.purpose;
        for other in self.codes.iter_mut().filter(alike) {
            Arc::make_mut(other).used = true;
        }
        Ok(())
    }

    fn code(&self, digest: &str) -> Option<&Arc<Code>> {
        let digest = Secret::new(digest);
        self.codes.iter().find(|code| code.digest == digest)
    }
}
