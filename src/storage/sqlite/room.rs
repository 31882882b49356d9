//! Whether there is room on the disk.

use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::storage::{Result, StorageError};

/// How much must be free for a disk that was full to count as one that has room again.
const MIN_FREE_BYTES: usize = 1024 * 1024;

/// State of the disk that the files are on: full, or with room.
#[derive(Clone, Debug, Default)]
pub(super) struct Room(Arc<AtomicBool>);

impl Room {
    /// Notes what came of writing.
    pub(super) fn note<T>(&self, written: &Result<T>) {
        if let Err(StorageError::Full(_)) = written {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Refuses while the disk is full. Tries it out only if it was, in the folder of a file.
    pub(super) async fn require(&self, file: &Path) -> Result<()> {
        if !self.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        let folder = file.parent().map(PathBuf::from).unwrap_or_default();
        let folder = if folder.as_os_str().is_empty() {
            ".".into()
        } else {
            folder
        };
        let tried = tokio::task::spawn_blocking(move || fill(&folder)).await;
        match tried.unwrap_or_else(|error| Err(error.into())) {
            Ok(()) => {
                self.0.store(false, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    Err(StorageError::Full(error.into()))
                }
                _ => Err(StorageError::Unavailable(error.into())),
            },
        }
    }
}

/// Writes so much into a file that is gone at once.
fn fill(folder: &Path) -> std::io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&vec![1; MIN_FREE_BYTES])?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_disk_is_tried_out_after_it_was_full() {
        let folder = tempfile::tempdir().unwrap();
        let (there, gone) = (folder.path().join("x"), folder.path().join("none/x"));
        let room = Room::default();
        room.require(&gone).await.unwrap();
        room.note::<()>(&Err(StorageError::Unavailable("gone".into())));
        room.require(&gone).await.unwrap();
        room.note::<()>(&Err(StorageError::Full("no room".into())));
        room.require(&gone).await.unwrap_err();
        room.require(&there).await.unwrap();
        room.require(&gone).await.unwrap();
    }
}
