//! A server in process on a fresh store, and clients that sign as real ones do.

mod answer;
mod backend;
mod browser;
pub(crate) mod document;
mod fixtures;
mod live;
mod mail;
mod remote_hosts;
mod request;
mod server;
mod session;
mod smtp;

pub(crate) use answer::{Answer, ids};
pub(crate) use backend::Backend;
pub(crate) use browser::{Browser, cell};
pub(crate) use fixtures::{about, everyone, named, public};
pub(crate) use live::LiveFeed;
pub(crate) use mail::{Mailing, code, link, subjects};
pub(crate) use remote_hosts::RemoteHosts;
pub(crate) use request::{Credentials, Request, form};
pub(crate) use server::{BASE, NOW, PASSWORD, TestServer};
pub(crate) use session::Session;
pub(crate) use smtp::Sink;

/// Makes each test run on every backend:
///
/// ```ignore
/// on_every_backend! {
///     async fn a_sentence_about_behaviour(server) {
///         let alice = server.person("alice").await;
///         alice.get("/api/whoami").await.is(302);
///     }
/// }
/// ```
macro_rules! on_every_backend {
    ($($(#[$attribute:meta])* async fn $name:ident($server:ident) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its room")]
            use super::*;
            use crate::support::{Backend, TestServer};

            async fn check($server: TestServer) $body

            #[tokio::test]
            async fn on_memory() {
                check(TestServer::on(Backend::Memory).await).await;
            }

            #[tokio::test]
            async fn on_sqlite() {
                check(TestServer::on(Backend::Sqlite).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                check(TestServer::on(Backend::Postgres).await).await;
            }
        }
    )*};
}
