//! Everything that talks to other hosts.

mod guard;
#[cfg(feature = "client")]
mod transport;

pub use guard::Guard;
#[cfg(feature = "client")]
pub use transport::HttpTransport;
#[cfg(feature = "cli")]
pub(crate) use transport::tls;
