//! Work that is done later.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// A piece of work in a queue. It says what to do in ids and small words, never in secrets or
/// bodies: what it needs is looked up when it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name, unique in the store.
    pub id: String,
    /// The queue it waits in. Each kind of worker has its own.
    pub queue: String,
    /// Input of the worker of that queue.
    pub payload: Map<String, Value>,
    /// Not before this, to the second. A worker that takes a job moves this on, so that the job
    /// comes back if the worker does not.
    pub due: DateTime<Utc>,
    /// How often a worker took it.
    pub attempts: u32,
    /// Counts its changes, from 1. Set by the store.
    pub version: i64,
}
