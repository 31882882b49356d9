//! Rate limits of what makes this server ask others, by network.

use std::{net::IpAddr, time::Duration};

use crate::{
    App,
    http::limits::{Networks, Rate},
    service::{Error, Result},
};

/// Sign-ins from one network, each of which may ask another host twenty times.
const SIGN_IN_RATE: Rate = Rate {
    burst: 20,
    period: Duration::from_secs(6),
};

/// Activities that are passed on from one network.
const PROXY_RATE: Rate = Rate {
    burst: 60,
    period: Duration::from_secs(1),
};

/// Counts sign-ins of people of other servers, and the activities that they post.
#[derive(Clone)]
pub(super) struct RemoteLimiter {
    sign_ins: Networks,
    activities: Networks,
}

impl RemoteLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self {
            sign_ins: Networks::new(SIGN_IN_RATE, app),
            activities: Networks::new(PROXY_RATE, app),
        }
    }

    /// Counts one more sign-in; else 429.
    pub(super) fn admit_sign_in(&self, address: Option<IpAddr>) -> Result<()> {
        admit(&self.sign_ins, address)
    }

    /// Counts one more activity; else 429.
    pub(super) fn admit_activity(&self, address: Option<IpAddr>) -> Result<()> {
        admit(&self.activities, address)
    }
}

fn admit(networks: &Networks, address: Option<IpAddr>) -> Result<()> {
    networks.admit(address).map_err(|wait| {
        let sentence = "That was tried too often. Wait a minute, then try again.";
        Error::too_many_requests(sentence, wait)
    })
}
