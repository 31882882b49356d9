//! Networks that clients connect from.

use std::net::IpAddr;

use ipnet::IpNet;

/// Prefix lengths of the IPv6 networks that one customer, one site and one provider have.
const IPV6_PREFIXES: &[u8] = &[64, 48, 32];

/// Prefix length of an IPv4 address.
const IPV4_PREFIXES: &[u8] = &[32];

/// The most networks that [`networks_of`] returns.
pub(crate) const MAX_NETWORKS: usize = IPV6_PREFIXES.len();

/// How many times the limit of the narrowest network each wider one has: a /48 may do three times
/// what one /64 may.
pub(crate) const NETWORK_FACTORS: [u32; MAX_NETWORKS] = [1, 3, 9];

/// Returns the networks that an address is counted in, the narrowest first: an IPv4 address by
/// itself, an IPv6 address in its /64, /48 and /32. An IPv4 address that is mapped to IPv6 is the
/// IPv4 address.
pub(crate) fn networks_of(address: IpAddr) -> impl Iterator<Item = IpNet> {
    let address = address.to_canonical();
    let prefixes = if address.is_ipv6() {
        IPV6_PREFIXES
    } else {
        IPV4_PREFIXES
    };
    let networks = prefixes
        .iter()
        .filter_map(move |prefix| IpNet::new(address, *prefix).ok());
    networks.map(|network| network.trunc())
}

/// Returns the narrowest of the [networks](networks_of) of an address: that of one customer.
pub(crate) fn network_of(address: IpAddr) -> IpNet {
    networks_of(address).next().unwrap_or(address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_in_each_network_it_is_in() {
        for (address, networks) in [
            (
                "2001:db8:1:2:3:4:5:6",
                "2001:db8:1:2::/64 2001:db8:1::/48 2001:db8::/32",
            ),
            ("192.0.2.1", "192.0.2.1/32"),
            ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ] {
            let found = networks_of(address.parse().unwrap()).map(|network| network.to_string());
            assert_eq!(found.collect::<Vec<_>>().join(" "), networks);
        }
    }
}
