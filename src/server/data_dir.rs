//! Creation of the data folder and the folders in it.

use std::{fs::DirBuilder, io, path::Path};

/// Creates a folder that only its owner can read, and checks that files can be created in it.
pub(super) fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    tempfile::tempfile_in(folder).map(drop)
}
