//! From which address of the network a request comes.

use std::net::{IpAddr, Ipv6Addr};

/// Where a request comes from, as far as it can be known. What receives requests puts one among a request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    /// The visitor's own: what a proxy in front says, where there is one.
    pub visitor: IpAddr,
    /// The other end of the connection: the visitor's own again, or a proxy's.
    pub peer: IpAddr,
}

impl ClientAddress {
    /// Of a connection that is made by visitors themselves.
    #[must_use]
    pub const fn direct(peer: IpAddr) -> Self {
        Self { visitor: peer, peer }
    }

    /// Of a request that came over `peer`, which put the address of its own client behind all others in
    /// `x-forwarded-for` where it is a proxy, and itself last. Whoever is no proxy can claim any address so: therefore more is
    /// asked of `peer` as well than of anything that it says.
    #[must_use]
    pub fn forwarded(peer: IpAddr, forwarded_for: Option<&str>) -> Self {
        let mut told = forwarded_for.unwrap_or_default().rsplit(',').map(str::trim);
        let last = told.next().and_then(|it| it.parse().ok());
        let visitor = match last {
            Some(last) if last == peer => told.next().and_then(|it| it.parse().ok()),
            other => other,
        };
        Self { visitor: visitor.unwrap_or(peer), peer }
    }
}

/// The part of an address by which one client is told from another: of IPv6 the network of 64 bits, since whoever has one has
/// all addresses in it ([RFC 6177](https://www.rfc-editor.org/rfc/rfc6177)).
pub(crate) fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(long) => Ipv6Addr::from_bits(long.to_bits() & (u128::MAX << 64)).into(),
        short @ IpAddr::V4(_) => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn visitor(forwarded_for: Option<&str>) -> IpAddr {
        ClientAddress::forwarded(ip("192.0.2.1"), forwarded_for).visitor
    }

    #[test]
    fn the_distribution_says_whose_request_it_hands_on() {
        assert_eq!(visitor(Some("198.51.100.7, 192.0.2.1")), ip("198.51.100.7"));
        assert_eq!(visitor(Some("203.0.113.9, 198.51.100.7, 192.0.2.1")), ip("198.51.100.7"));
        assert_eq!(visitor(Some("2001:db8::7, 192.0.2.1")), ip("2001:db8::7"));
    }

    #[test]
    fn whoever_is_told_nothing_about_is_who_connected() {
        for nothing in [None, Some(""), Some("192.0.2.1"), Some("unknown, 192.0.2.1"), Some(",")] {
            assert_eq!(visitor(nothing), ip("192.0.2.1"), "{nothing:?}");
        }
    }

    #[test]
    fn whoever_has_a_network_has_all_addresses_in_it() {
        assert_eq!(client_of(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(client_of(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
        assert_eq!(client_of(ip("192.0.2.1")), ip("192.0.2.1"));
    }
}
