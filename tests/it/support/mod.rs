//! A server in process on an empty store, and clients that sign as real ones do.

mod answer;
mod backend;
mod browser;
pub(crate) mod document;
mod fixtures;
mod hmac_sha256;
mod live;
mod mail;
mod network;
mod remote_hosts;
mod request;
mod server;
mod session;
mod smtp;

pub(crate) use answer::{Answer, ids};
pub(crate) use backend::Backend;
pub(crate) use browser::{Browser, cell};
pub(crate) use fixtures::{
    about, addressed, comment_on, everyone, id, named, path, person_list, picture, public,
};
pub(crate) use live::LiveFeed;
pub(crate) use mail::{Mailing, code, link, subjects, unavailable};
pub(crate) use network::{Fault, Network, answer, http_date, pump_io_6_person};
pub(crate) use remote_hosts::RemoteHosts;
pub(crate) use request::{Credentials, Request, form};
pub(crate) use server::{BASE, NOW, PASSWORD, TestServer};
pub(crate) use session::Session;
pub(crate) use smtp::Sink;

/// Makes tests of functions: each is run on every backend, with a server of its own.
///
/// The list stands above the functions and says what a file tests. A function that isn't in it is
/// dead code, which the lints refuse.
///
/// ```ignore
/// on_every_backend!(subject_does_something);
///
/// async fn subject_does_something(server: TestServer) {
///     let alice = server.person("alice").await;
///     alice.get("/api/whoami").await.is(302);
/// }
/// ```
macro_rules! on_every_backend {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::support::{Backend, TestServer};

            #[tokio::test]
            async fn on_memory() {
                super::$name(TestServer::on(Backend::Memory).await).await;
            }

            #[tokio::test]
            async fn on_sqlite() {
                super::$name(TestServer::on(Backend::Sqlite).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$name(TestServer::on(Backend::Postgres).await).await;
            }
        }
    )*};
}

/// Makes tests of functions that make servers of their own: each is run on every backend.
macro_rules! joined_on_every_backend {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::support::Backend;

            #[tokio::test]
            async fn on_memory() {
                super::$name(Backend::Memory).await;
            }

            #[tokio::test]
            async fn on_sqlite() {
                super::$name(Backend::Sqlite).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$name(Backend::Postgres).await;
            }
        }
    )*};
}
