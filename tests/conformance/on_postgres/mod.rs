//! Promises of PostgreSQL only: several nodes on one database, and reads that use indexes.

mod commits;
mod credentials;
mod entries;
mod nonces;
mod notifications;

use hydraulics::{
    model::{Account, Nickname, Nonce, Stream},
    storage::{Change, Changes, Expect},
};

use crate::on_sqlite::{note, push};

/// A runtime where nodes really run at the same time.
fn threads() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap()
}

fn nonce(text: &str) -> Nonce<'_> {
    Nonce {
        client: "c",
        token: "",
        timestamp: 1,
        nonce: text,
    }
}

pub(crate) fn residents(count: usize) -> Changes {
    let mut changes = Vec::new();
    for number in 0..count {
        let person = format!("person {number}");
        changes.push(note(&person, vec![]));
        changes.push(Change::PutAccount {
            account: Account::new(
                Nickname::parse(&format!("n{number}")).unwrap(),
                &*person,
                chrono::DateTime::default(),
            ),
            expect: Expect::Absent,
        });
        changes.push(push(Stream::Followers("x".into()), &person));
    }
    changes
}
