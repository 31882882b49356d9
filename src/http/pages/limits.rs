//! Rate limits of pages: of accounts that are made, help for scripts, searches and reports.

use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::{
    App,
    http::limits::{Limiter, Networks, Rate, check, limiter},
    model::Nickname,
    service::{Error, Result},
};

/// How long it takes until a network at its limit may make one more.
const PERIOD: Duration = Duration::from_mins(2);

/// Counts accounts by network.
#[derive(Clone)]
pub(super) struct RegistrationLimiter(Networks);

impl RegistrationLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self(Networks::new(
            Rate {
                burst: app.settings().registration.per_network,
                period: PERIOD,
            },
            app,
        ))
    }

    /// Counts an account; 429 above the limit.
    pub(super) fn admit(&self, address: Option<IpAddr>) -> Result<()> {
        self.0.admit(address).map_err(|wait| {
            let sentence = "Too many accounts are made from here. Wait a while, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}

/// Previews and looks for people of one network.
const ASSIST_RATE: Rate = Rate {
    burst: 120,
    period: Duration::from_millis(500),
};

/// Counts previews and looks for people, by network.
#[derive(Clone)]
pub(super) struct AssistLimiter(Networks);

impl AssistLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self(Networks::new(ASSIST_RATE, app))
    }

    /// Counts one; 429 above the limit.
    pub(super) fn admit(&self, address: Option<IpAddr>) -> Result<()> {
        self.0.admit(address).map_err(|wait| {
            let sentence = "That was too often. Wait a moment, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}

/// Searches of one member.
const SEARCH_RATE: Rate = Rate {
    burst: 60,
    period: Duration::from_secs(1),
};

/// Counts searches by member.
#[derive(Clone)]
pub(super) struct SearchLimiter(Arc<Limiter<Nickname>>);

impl SearchLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self(limiter(SEARCH_RATE.quota(), app))
    }

    /// Counts one; 429 above the limit.
    pub(super) fn admit(&self, nickname: &Nickname) -> Result<()> {
        check(&self.0, nickname).map_err(|wait| {
            let sentence = "You search too often. Wait a moment, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}

/// Reports of one member: 20 a day.
const REPORT_RATE: Rate = Rate {
    burst: 20,
    period: Duration::from_mins(24 * 60 / 20),
};

/// Counts reports by member.
#[derive(Clone)]
pub(super) struct ReportLimiter(Arc<Limiter<Nickname>>);

impl ReportLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self(limiter(REPORT_RATE.quota(), app))
    }

    /// Counts one; 429 above the limit.
    pub(super) fn admit(&self, nickname: &Nickname) -> Result<()> {
        check(&self.0, nickname).map_err(|wait| {
            let sentence = "You have reported much today. Wait a while, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}
