//! Everything that talks to other hosts.

mod as2;
mod credentials;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
mod dialback;
mod discover;
mod fetch;
mod guard;
mod hosts;
mod sign_in;
mod signed;
mod signing;
#[cfg(feature = "client")]
mod transport;
#[cfg_attr(not(feature = "web"), allow(dead_code, reason = "for the router only"))]
mod verify;

pub use crate::app::{Fetched, PeerAnswer, PeerError, PeerFailure};
pub(crate) use as2::{get_as2, post_as2};
#[cfg(feature = "web")]
pub(crate) use dialback::{Confirmation, Unconfirmed, confirm};
pub use discover::{Discovered, discover, host_endpoints, refresh_endpoints};
pub(crate) use discover::{GROUP_PREFIX, REGISTRATION_ENDPOINT};
pub use fetch::FetchBudget;
pub(crate) use fetch::open;
pub use guard::Guard;
pub use hosts::{block_host, check_host, covers, unblock_host};
pub(crate) use sign_in::{EXCHANGE, PeerToken, access_token, post_as, request_token, whoami};
pub(crate) use signed::signed_open;
pub use signed::{person_identity, server_identity, signed_get, signed_post};
#[cfg(feature = "client")]
pub use transport::HttpTransport;
#[cfg(feature = "cli")]
pub(crate) use transport::tls;
#[cfg(feature = "web")]
pub(crate) use verify::{Claim, ClaimError, verify_claim};
