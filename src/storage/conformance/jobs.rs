//! Jobs: due when they say, taken by one.

use futures_util::future::join_all;
use serde_json::json;

use super::fixtures::{at, commit, note, ok, put, refused};
use crate::{
    model::Job,
    storage::{Change, Expect, Storage, StorageError},
};

fn job(id: &str, queue: &str, due: i64) -> Job {
    let payload = json!({ "what": ["é😀", 1, null] });
    Job {
        id: id.into(),
        queue: queue.into(),
        payload: payload.as_object().cloned().unwrap_or_default(),
        due: at(due),
        attempts: 0,
        version: 0,
    }
}

fn putting(job: Job, expect: Expect) -> Change {
    Change::PutJob { job, expect }
}

async fn due(store: &dyn Storage, queue: &str, now: i64, count: u32) -> Vec<Job> {
    ok(
        store.list_due_jobs(queue, at(now), count).await,
        "Listing jobs",
    )
}

async fn names(store: &dyn Storage, queue: &str, now: i64, count: u32) -> Vec<String> {
    let jobs = due(store, queue, now, count).await;
    jobs.into_iter().map(|job| job.id).collect()
}

/// Every field survives, and versions count from 1.
pub async fn a_job_comes_back_as_it_was_put(store: &dyn Storage) {
    let long = format!("id {}", "x".repeat(5000));
    let given = Job {
        attempts: 3,
        ..job(&long, "q", 50)
    };
    commit(store, vec![putting(given.clone(), Expect::Absent)]).await;
    let stored = Job {
        version: 1,
        ..given
    };
    let listed = due(store, "q", 50, 9).await;
    assert_eq!(listed, std::slice::from_ref(&stored), "a new job");
    let changed = Job {
        attempts: 4,
        due: at(60),
        payload: serde_json::Map::new(),
        ..stored
    };
    commit(store, vec![putting(changed.clone(), Expect::Version(1))]).await;
    let stored = Job {
        version: 2,
        ..changed
    };
    assert_eq!(due(store, "q", 60, 9).await, [stored], "a changed job");
}

/// Found by its id whether it is due or not, as it was put last, until it is removed.
pub async fn a_job_is_found_by_its_id(store: &dyn Storage) {
    let find = async |id: &str| ok(store.find_job(id).await, "Finding a job");
    assert_eq!(find("a").await, None, "a job that is not there");
    commit(
        store,
        vec![
            putting(job("a", "q", 10), Expect::Absent),
            putting(job("b", "q", 10), Expect::Absent),
        ],
    )
    .await;
    commit(store, vec![putting(job("a", "q", 99), Expect::Version(1))]).await;
    let stored = Job {
        version: 2,
        ..job("a", "q", 99)
    };
    assert_eq!(find("a").await, Some(stored), "a job that was changed");
    let id = "a".to_owned();
    commit(store, vec![Change::RemoveJob { id, version: 2 }]).await;
    assert_eq!(find("a").await, None, "a job that was removed");
}

/// Only those of the queue, whose time has come, longest due first.
pub async fn jobs_are_listed_when_they_are_due(store: &dyn Storage) {
    let jobs = [
        job("c", "q", 30),
        job("a", "q", 10),
        job("b", "q", 10),
        job("d", "q", 31),
        job("e", "other", 10),
    ];
    let puts = jobs.map(|job| putting(job, Expect::Absent));
    commit(store, puts.into()).await;
    assert_eq!(names(store, "q", 30, 9).await, ["a", "b", "c"], "due by 30");
    assert_eq!(names(store, "q", 30, 2).await, ["a", "b"], "two at most");
    assert_eq!(names(store, "other", 30, 9).await, ["e"], "another queue");
    assert!(
        names(store, "q", 9, 9).await.is_empty(),
        "nothing is due by 9"
    );
}

/// Absent, present, a version, anything.
pub async fn expectations_of_jobs_are_checked(store: &dyn Storage) {
    let put = |expect| store.commit(vec![putting(job("a", "q", 10), expect)]);
    refused!(
        put(Expect::Present).await,
        StorageError::Missing(_),
        "A job that must be there"
    );
    refused!(
        put(Expect::Version(1)).await,
        StorageError::Conflict(_),
        "A version of no job"
    );
    ok(put(Expect::Any).await, "A new job");
    refused!(
        put(Expect::Absent).await,
        StorageError::AlreadyExists(_),
        "A job that must not be there"
    );
    ok(put(Expect::Present).await, "A job that is there");
    ok(put(Expect::Any).await, "A job in place of another");
    refused!(
        put(Expect::Version(2)).await,
        StorageError::Conflict(_),
        "An old version"
    );
    ok(put(Expect::Version(3)).await, "The version that is there");
    assert_eq!(due(store, "q", 10, 9).await.len(), 1, "all are one job");
}

/// A worker does not remove a job that was enqueued again meanwhile.
pub async fn a_job_is_removed_as_it_was_taken(store: &dyn Storage) {
    commit(store, vec![putting(job("a", "q", 10), Expect::Absent)]).await;
    commit(store, vec![putting(job("a", "q", 10), Expect::Any)]).await;
    let remove = |version| {
        let id = "a".into();
        store.commit(vec![put(note("n")), Change::RemoveJob { id, version }])
    };
    refused!(
        remove(1).await,
        StorageError::Conflict(_),
        "Removing an old version"
    );
    assert_eq!(names(store, "q", 10, 9).await, ["a"], "it is still there");
    ok(remove(2).await, "Removing the version that is there");
    assert!(names(store, "q", 10, 9).await.is_empty(), "it is gone");
    refused!(
        remove(2).await,
        StorageError::Conflict(_),
        "Removing what is gone"
    );
}

/// Of many who take a job at once, exactly one gets it.
pub async fn concurrent_leases_of_a_job_succeed_once(store: &dyn Storage) {
    for round in 0..3 {
        let id = format!("job {round}");
        commit(store, vec![putting(job(&id, "q", 10), Expect::Absent)]).await;
        let takers = (0..8).map(|number| {
            let later = job(&id, "q", 100 + number);
            store.commit(vec![putting(later, Expect::Version(1))])
        });
        let mut taken = 0;
        for done in join_all(takers).await {
            match done {
                Ok(()) => taken += 1,
                Err(StorageError::Conflict(_)) => {}
                Err(error) => panic!("a lost job should be a conflict, not {error:?}"),
            }
        }
        assert_eq!(taken, 1, "of concurrent takers exactly one should get it");
        assert!(names(store, "q", 99, 9).await.is_empty(), "it is taken");
    }
}

/// Of many who add a job of one name at once, exactly one does.
pub async fn concurrent_inserts_of_a_job_succeed_once(store: &dyn Storage) {
    let adders = (0..8).map(|_| store.commit(vec![putting(job("a", "q", 10), Expect::Absent)]));
    let mut added = 0;
    for done in join_all(adders).await {
        match done {
            Ok(()) => added += 1,
            Err(StorageError::AlreadyExists(_)) => {}
            Err(error) => panic!("a second job should exist already, not be {error:?}"),
        }
    }
    assert_eq!(added, 1, "of concurrent adders exactly one should add it");
}
