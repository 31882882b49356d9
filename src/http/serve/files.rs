//! The limit of open files, each connection being one.

/// The soft limit of open files, if there is one.
#[cfg(unix)]
pub(super) fn limit() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    usize::try_from(limit.current?).ok()
}

/// None: there is no such limit here.
#[cfg(not(unix))]
pub(super) fn limit() -> Option<usize> {
    None
}
