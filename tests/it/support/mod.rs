//! A server on a fresh store, and people who use it.

mod answer;
mod backend;
mod request;
mod server;
mod session;
mod wire;

pub(crate) use answer::Answer;
pub(crate) use backend::Backend;
pub(crate) use request::{Credentials, Request, form};
pub(crate) use server::{BASE, NOW, PASSWORD, TestServer};
pub(crate) use session::{Reply, Session, ids};

/// Makes of each `async fn` a test on every backend.
macro_rules! on_every_backend {
    ($( $(#[$attribute:meta])* async fn $name:ident($server:ident) $body:block )*) => { $(
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all that its file imports")]
            use super::*;
            $(#[$attribute])*
            async fn check($server: $crate::support::TestServer) $body

            #[tokio::test]
            async fn on_memory() {
                check($crate::support::TestServer::start($crate::support::Backend::Memory).await).await;
            }

            #[tokio::test]
            async fn on_sqlite() {
                check($crate::support::TestServer::start($crate::support::Backend::Sqlite).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                check($crate::support::TestServer::start($crate::support::Backend::Postgres).await).await;
            }
        }
    )* };
}
pub(crate) use on_every_backend;
