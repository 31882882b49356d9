//! How often mails can be asked for by people who are not signed in.

use std::{net::IpAddr, time::Duration};

use crate::{
    App,
    http::limits::{Networks, Rate},
    service::{Error, Result},
};

/// From one network, for all accounts.
const NETWORK_RATE: Rate = Rate {
    burst: 10,
    period: Duration::from_mins(1),
};

/// Counts the mails that are asked for, by network. By account there is no limit, with which
/// anybody could close the way in to its owner: mails are counted by recipient.
#[derive(Clone)]
pub(super) struct MailLimiter(Networks);

impl MailLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self(Networks::new(NETWORK_RATE, app))
    }

    /// Counts one more that is asked for; else 429.
    pub(super) fn check(&self, address: Option<IpAddr>) -> Result<()> {
        self.0.admit(address).map_err(|wait| {
            let sentence = "That was asked too often. Wait a while, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}
