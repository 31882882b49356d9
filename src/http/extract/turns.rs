//! Turns: so many reads and large writes are worked on at once, with a share for each person and
//! network.

use axum::http::request::Parts;

use super::super::origin::client_address;
use crate::{
    App, Context,
    app::Pass,
    model::networks_of,
    service::{
        Error, ErrorKind, Result,
        activity::{self, Draft},
    },
};

/// Waits for a turn of the person who signed in, or else of the network that the caller asks from.
/// A person of another host has none: a host can make up as many as it likes.
pub(crate) async fn of_caller(ctx: &Context, parts: &Parts) -> Result<Pass> {
    match ctx.account() {
        Some(account) => of_person(ctx.app(), &account.person).await,
        None => of_network(ctx.app(), parts).await,
    }
}

async fn of_person(app: &App, person: &str) -> Result<Pass> {
    admitted(app.turns().enter(person, 1).await)
}

/// Waits for a turn of the network that a client asks from: the IPv4 address, or the IPv6 site,
/// which has many narrower networks.
pub(crate) async fn of_network(app: &App, parts: &Parts) -> Result<Pass> {
    admitted(app.turns().enter_unreserved(&site_of(app, parts), 1).await)
}

/// Waits for a turn of the network that a peer asks from, among the turns of peers.
pub(crate) async fn of_peer(app: &App, parts: &Parts) -> Result<Pass> {
    admitted(app.peers().admit_body(&site_of(app, parts)).await)
}

/// Gives back the turn of a large write that may wait for other servers, for one of those that
/// peers have. So slow servers keep no other writes.
pub(crate) async fn of_draft(
    ctx: &Context,
    turn: Option<Pass>,
    draft: &Draft,
) -> Result<Option<Pass>> {
    let (Some(turn), Some(person)) = (turn, ctx.person()) else {
        return Ok(None);
    };
    if activity::named_elsewhere(ctx, draft).is_empty() {
        return Ok(Some(turn));
    }
    // The turn is kept until then: what waits without one would have no bound.
    let pass = admitted(ctx.app().peers().admit_body(person).await)?;
    drop(turn);
    Ok(Some(pass))
}

fn site_of(app: &App, parts: &Parts) -> String {
    let address = client_address(parts, app);
    let site = address.and_then(|address| networks_of(address).take(2).last());
    site.map(|site| site.to_string()).unwrap_or_default()
}

fn admitted(turn: Option<Pass>) -> Result<Pass> {
    turn.ok_or_else(|| {
        let message = "Too many requests are under way. Try again in a moment.";
        Error::new(ErrorKind::Unavailable, message)
    })
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{extract::ConnectInfo, http::Request};
    use futures_util::FutureExt;
    use tokio::task::unconstrained;

    use super::*;
    use crate::app::AppParts;

    fn parts(peer: &str) -> Parts {
        let peer: SocketAddr = peer.parse().unwrap();
        let request = Request::builder().extension(ConnectInfo(peer));
        request.body(()).unwrap().into_parts().0
    }

    #[tokio::test]
    async fn reads_of_few_networks_leave_turns_to_others() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let mut under_way = Vec::new();
        let mut begun_of = |peer: &str| {
            let parts = parts(peer);
            let begun = |_| unconstrained(of_network(&app, &parts)).now_or_never();
            let begun: Vec<Pass> = (0..120).filter_map(begun).map(Result::unwrap).collect();
            let count = begun.len();
            under_way.extend(begun);
            count
        };
        assert_eq!(begun_of("192.0.2.1:1"), 6);
        assert_eq!(begun_of("192.0.2.1:2"), 0, "it is the same network");
        assert_eq!(begun_of("[2001:db8:1:1::1]:1"), 6);
        assert_eq!(begun_of("[2001:db8:1:2::1]:1"), 0, "it is the same site");
        assert_eq!(["192.0.2.2:1", "192.0.2.3:1"].map(begun_of), [6, 0]);
        let person = unconstrained(of_person(&app, "acct:alice@pump.test")).now_or_never();
        assert!(person.is_some());
    }
}
