//! Other servers, all on this machine: each has an address of its own for its name.

use std::net::Ipv4Addr;

use serde::Serialize;

/// Addresses of other servers in each block of 256: those at its ends are left out.
const ADDRESSES_PER_BLOCK: usize = 254;

/// How many other servers there are, and how many of them are dead.
#[derive(Clone, Copy, Debug, clap::Args, Serialize)]
pub(crate) struct Hosts {
    /// How many other servers there are
    #[arg(long, default_value_t = 200)]
    pub(crate) hosts: usize,
    /// How many of them are dead: half of these refuse connections, the others never answer
    #[arg(long, default_value_t = 40)]
    pub(crate) dead: usize,
}

/// State of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostState {
    Answering,
    /// It takes connections and never answers.
    Silent,
    /// It takes no connections.
    Refusing,
}

impl Hosts {
    /// So many, all of which answer.
    pub(crate) fn answering_all(hosts: usize) -> Self {
        Self { hosts, dead: 0 }
    }

    /// The same, but that all of them answer.
    pub(super) fn all_answering(self) -> Self {
        Self { dead: 0, ..self }
    }

    /// The same, but that none of them answers.
    pub(super) fn all_dead(self) -> Self {
        let dead = self.hosts;
        Self { dead, ..self }
    }

    pub(super) fn answering(self) -> usize {
        self.hosts - self.dead
    }

    /// The dead ones are spread among the others.
    pub(super) fn state(self, number: usize) -> HostState {
        let dead_before = number * self.dead / self.hosts;
        if (number + 1) * self.dead / self.hosts == dead_before {
            HostState::Answering
        } else if dead_before.is_multiple_of(2) {
            HostState::Silent
        } else {
            HostState::Refusing
        }
    }

    pub(crate) fn address(number: usize) -> Ipv4Addr {
        let block = number / ADDRESSES_PER_BLOCK;
        let last = 1 + number % ADDRESSES_PER_BLOCK;
        Ipv4Addr::new(127, 77, block as u8, last as u8)
    }
}
