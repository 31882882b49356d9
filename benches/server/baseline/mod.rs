//! The floor: what the same machine does with the same bytes if there is nothing to think about. A
//! bare axum handler, one query, and the database that the server has.

mod documents;
mod pool;
mod serve;

pub(crate) use documents::Documents;
pub(crate) use serve::serve;

use std::process::Command;

use anyhow::{Result, ensure};

use super::{
    database::Database,
    process::{Process, free_port, local},
    signing::Signer,
    wire::Connection,
};

/// The floor, running.
pub(crate) struct Bare {
    pub(crate) process: Process,
    pub(crate) signer: Signer,
}

impl Bare {
    /// Starts it with these documents, and sees that it answers the very bytes that the server
    /// answered.
    pub(crate) async fn start(database: &Database, documents: &Documents) -> Result<Self> {
        let file = database.folder().join("documents.json");
        std::fs::write(&file, serde_json::to_vec(documents)?)?;
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("floor")
            .arg(&database.url)
            .arg(&file)
            .arg(port.to_string());
        let process = Process::start(command, database.folder(), local(port), "/livez").await?;
        let bare = Self {
            signer: Signer::new(&process.url),
            process,
        };
        bare.compare("/page/inbox/1", &documents.inbox.whole())
            .await?;
        bare.compare("/page/outbox/0", &documents.outbox.whole())
            .await?;
        bare.compare("/one/profile/0", &documents.profile).await?;
        Ok(bare)
    }

    pub(crate) fn authority(&self) -> String {
        self.process.url.authority().to_owned()
    }

    async fn compare(&self, path: &str, wanted: &str) -> Result<()> {
        let mut connection = Connection::open(&self.authority()).await?;
        let ask = self.signer.anonymous(path);
        let same = connection.ask(&ask).await?.body == wanted.as_bytes();
        ensure!(same, "the floor answers {path} with other bytes");
        Ok(())
    }
}
