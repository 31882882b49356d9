//! Which addresses may be asked: a client can have this server ask any URL, but not look behind its
//! walls.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// Networks that are not the public Internet (the special-purpose registries of RFC 6890, and
/// multicast).
const PRIVATE_V4: [Ipv4Net; 14] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 3),
];

/// The part of IPv6 that is the public Internet, and what in it is not.
const PUBLIC_V6: Ipv6Net = v6([0x2000, 0], 3);
const PRIVATE_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0], 23),
    v6([0x2001, 0xdb8], 32),
    v6([0x2002, 0], 16),
    v6([0x3fff, 0], 20),
];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b]: [u16; 2], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// The rule for outgoing requests: `http` and `https`, to public addresses and to those that are
/// allowed by name.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<IpNet>,
}

impl Guard {
    /// Public addresses, and besides them these networks.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Whether an address may be asked.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed
            .iter()
            .any(|network| network.contains(&address))
            || is_public(address)
    }

    /// Whether a URL may be asked, as far as can be told before its host is looked up.
    pub fn allows_url(&self, url: &Url) -> bool {
        let good = matches!(url.scheme(), "http" | "https") && url.username().is_empty();
        good && match url.host() {
            Some(Host::Ipv4(address)) => self.allows(address.into()),
            Some(Host::Ipv6(address)) => self.allows(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => {
            let private = PRIVATE_V6.iter().any(|network| network.contains(&v6));
            PUBLIC_V6.contains(&v6) && !private || nat64(v6)
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !PRIVATE_V4.iter().any(|network| network.contains(&address))
}

/// An IPv4 address as NAT64 writes it (RFC 6052) is as public as the address in it.
fn nat64(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4((u32::from(high) << 16 | u32::from(low)).into())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_refused_however_they_are_written() {
        let guard = Guard::default();
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2002:7f00:1::",
            "::127.0.0.1",
        ] {
            assert!(!guard.allows(address.parse().unwrap()), "{address}");
        }
        for address in [
            "93.184.216.34",
            "2606:4700::1",
            "::ffff:93.184.216.34",
            "64:ff9b::5db8:d822",
        ] {
            assert!(guard.allows(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn explicitly_allowed_network_is_allowed() {
        let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
        assert!(guard.allows("127.0.0.1".parse().unwrap()));
        assert!(guard.allows("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!guard.allows("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn only_the_web_is_asked() {
        let guard = Guard::default();
        for url in [
            "ftp://h.example/",
            "file:///etc/passwd",
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://user@h.example/",
            "data:,x",
        ] {
            assert!(!guard.allows_url(&Url::parse(url).unwrap()), "{url}");
        }
        assert!(guard.allows_url(&Url::parse("https://h.example:8443/x").unwrap()));
    }
}
