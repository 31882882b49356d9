//! Why a server can't start.

use std::{io, net::SocketAddr, path::PathBuf};

use crate::{
    app::{CustomPagesError, SmtpSettingsError, TransportError},
    config::ConfigError,
    service,
    storage::StorageError,
};

/// Why a server can't start, in a sentence for the person who starts it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StartError {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file of the operator for the pages is broken.
    #[error(transparent)]
    Pages(#[from] CustomPagesError),
    /// A language of the configuration has no texts.
    #[error("`[pages]` names the language \"{0}\", which has no texts here")]
    Language(String),
    /// The mail server or the sender of the configuration can't be one.
    #[error("no mail can be sent as `[mail]` says: {0}")]
    Mail(SmtpSettingsError),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {}", refusal(.reason))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Error of the operating system.
        reason: io::Error,
    },
    /// The data folder can't be made or written to.
    #[error("can't keep data in {}: {reason}; make the folder writable or choose another with --data-dir", .path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Error of the operating system.
        reason: io::Error,
    },
    /// The database can't be opened; the store says which one and why.
    #[error("{}", said(.0))]
    Database(StorageError),
    /// The database was made under another public URL, and other servers know its accounts by that.
    #[error(
        "this database was made under another public URL than {public_url}: it has the account \
         {account}. Other servers know it by that name, so set `public_url` to the old one, begin \
         with a new database, or set `federation.enabled` to false"
    )]
    OtherPublicUrl {
        /// An account of another public URL.
        account: String,
        /// The public URL of the configuration.
        public_url: String,
    },
    /// The HTTP client for other hosts can't be made.
    #[error("can't make a client for other hosts: {0}")]
    Http(TransportError),
    /// The file of certificates of other hosts can't be used.
    #[error("`federation.ca_file` can't be used: {}: {reason}", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store of uploads can't be used.
    #[error("can't use the store of uploads; see `store` and what follows it in [uploads]")]
    Uploads(#[source] object_store::Error),
    /// The clients and users of the configuration can't be made.
    #[error("can't make the clients and users of the configuration")]
    Provision(#[source] service::Error),
}

fn refusal(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program has this port; stop it or choose another port with --listen".into()
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need more rights; choose another port with --listen".into()
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".into(),
        _ => error.to_string(),
    }
}

/// The cause of an unreachable database is the helpful part.
fn said(error: &StorageError) -> String {
    match error {
        StorageError::Unavailable(reason) => reason.to_string(),
        other => other.to_string(),
    }
}
