//! How servers find each other, prove to each other who they are, and sign their requests.

mod claims;
mod credentials;
mod discovery;
mod stub;

use crate::support::{Backend, Network, TestServer};

/// A network of two servers, at `one.example` and `two.example`; alice has an account at the first.
async fn two_servers(backend: Backend) -> (Network, TestServer, TestServer) {
    let network = Network::default();
    let one = TestServer::at(backend, &network, "https://one.example").await;
    let two = TestServer::at(backend, &network, "https://two.example").await;
    one.account("alice").await;
    (network, one, two)
}
