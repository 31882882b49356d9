//! Everything that talks to other hosts.

mod guard;
mod transport;

pub use guard::Guard;
pub use transport::HttpTransport;
pub(crate) use transport::tls;
