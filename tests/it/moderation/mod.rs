//! Actions of moderators and admins, and their effects.

mod roles;
mod sign_up;
mod silenced;
mod suspended;

use hydraulics::{model::Standing, service::moderation};

use crate::support::TestServer;

/// Limits a person as the command line does, or ends the limit.
async fn limit(server: &TestServer, name: &str, standing: Standing) {
    let ctx = server.ctx();
    let limited = moderation::set_standing(&ctx, name, standing, "because");
    limited.await.unwrap();
}
