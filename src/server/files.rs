//! The limit of open files.

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files of this process to the hard one: each connection is a file.
/// A system that refuses leaves it as it was.
#[cfg(unix)]
pub(crate) fn raise_file_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, raised)
    {
        tracing::warn!(%error, limit = ?current, "the limit of open files can't be raised");
    }
}

/// Does nothing: there is no such limit here.
#[cfg(not(unix))]
pub(crate) fn raise_file_limit() {}
