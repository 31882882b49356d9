//! A server in process, and clients that sign as real ones do.

mod answer;
mod request;
mod server;

pub(crate) use answer::Answer;
pub(crate) use request::{Credentials, Request, form};
pub(crate) use server::{Backend, NOW, PASSWORD, TestServer};

/// Makes each test run on every backend:
///
/// ```ignore
/// on_every_backend! {
///     async fn a_sentence_about_behaviour(server) {
///         let alice = server.user("alice").await;
///         server.send(Request::get("/api/whoami").by(&alice)).await.is(302);
///     }
/// }
/// ```
macro_rules! on_every_backend {
    ($($(#[$attribute:meta])* async fn $name:ident($server:ident) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its room")]
            use super::*;

            async fn test($server: crate::support::TestServer) $body

            #[tokio::test]
            async fn memory() {
                test(crate::support::TestServer::on(crate::support::Backend::Memory).await).await;
            }
        }
    )*};
}
