//! Whose word on a caller's address is believed: the proxies that the operator named.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;

/// Addresses with the same beginning: `10.0.0.0/8`, `fd00::/8`; a single address stands for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: u128,
    /// How many bits of the address count, as IPv6 writes it.
    bits: u32,
}

/// A text that is no network.
#[derive(Debug, thiserror::Error)]
#[error("no address and no network such as 10.0.0.0/8")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, bits) = match text.split_once('/') {
            None => (text, None),
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| NetworkError)?)),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        if bits > all {
            return Err(NetworkError);
        }
        let bits = bits + 128 - all;
        Ok(Self {
            first: number(address) & mask(bits),
            bits,
        })
    }
}

impl Network {
    /// Whether the address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        number(address) & mask(self.bits) == self.first
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self {
            first: number(address),
            bits: 128,
        }
    }
}

/// An address as IPv6 writes it, so that one comparison does for both.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(bits: u32) -> u128 {
    u128::MAX.checked_shl(128 - bits).unwrap_or(0)
}

/// The proxies in front of this server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<Network>);

impl Proxies {
    pub(crate) fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// The address a request came from: the peer's or, where that is a proxy of ours, the last one on the way here that is
    /// none.
    pub(crate) fn address_of(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let legacy = self.last_stranger(hops(headers, "x-forwarded-for", |hop| Some(hop)));
        let standard = self.last_stranger(hops(headers, "forwarded", for_of));
        match (legacy, standard) {
            // A proxy writes one of the two and may pass on the other as the caller sent it: which is which, nobody knows.
            (Some(one), Some(other)) if one != other => peer,
            (Some(found), _) | (None, Some(found)) => found,
            (None, None) => peer,
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The first hop, from our end, that is no proxy of ours. What stands behind something unreadable is not believed.
    fn last_stranger(&self, hops: Vec<String>) -> Option<IpAddr> {
        hops.iter()
            .rev()
            .map_while(|hop| address(hop))
            .find(|hop| !self.trusts(*hop))
    }
}

/// The hops that a header names, the nearest last.
fn hops(headers: &HeaderMap, name: &str, part: fn(&str) -> Option<&str>) -> Vec<String> {
    let lines = headers
        .get_all(name)
        .iter()
        .map(|line| line.to_str().unwrap_or_default());
    lines
        .flat_map(|line| line.split(','))
        .map(|hop| part(hop.trim()).unwrap_or_default().to_owned())
        .collect()
}

/// RFC 7239 section 4: the `for` of one element, `for="[2001:db8::1]:4711";proto=https`.
fn for_of(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    })
}

/// The address of a hop, which may have a port, and an IPv6 one brackets.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim_matches('"');
    let bare = hop.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let found = match bare {
        Some((address, _)) => address.parse().ok(),
        None => hop
            .parse()
            .ok()
            .or_else(|| hop.parse::<SocketAddr>().ok().map(|both| both.ip())),
    };
    found.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().expect("a network")
    }

    #[test]
    fn a_network_holds_what_begins_like_it() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.0.0.7/31", "10.0.0.6", "10.0.0.8"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("::1", "::1", "::2"),
            ("0.0.0.0/0", "198.51.100.1", "2001:db8::1"),
        ] {
            let network = network(text);
            assert!(network.contains(inside.parse().expect("an address")), "{text} {inside}");
            assert!(
                !network.contains(outside.parse().expect("an address")),
                "{text} {outside}"
            );
        }
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "proxy.example", "10.0.0/8"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        let proxies = Proxies::new(vec![network("10.0.0.0/24"), network("fd00::/8")]);
        let seen = |peer: &str, headers: &[(&'static str, &str)]| {
            let mut all = HeaderMap::new();
            for (name, value) in headers {
                all.append(*name, value.parse().expect("a value"));
            }
            let peer: IpAddr = peer.parse().expect("an address");
            proxies.address_of(&all, peer).to_string()
        };
        let (legacy, standard) = ("x-forwarded-for", "forwarded");
        for (peer, headers, expected) in [
            ("10.0.0.1", &[(legacy, "198.51.100.7, 203.0.113.9")][..], "203.0.113.9"),
            ("192.0.2.1", &[(legacy, "198.51.100.7, 203.0.113.9")], "192.0.2.1"),
            ("::ffff:10.0.0.1", &[(legacy, "203.0.113.9, 10.0.0.2")], "203.0.113.9"),
            // What is said before an unreadable hop could be anybody's word.
            ("10.0.0.1", &[(legacy, "203.0.113.9, unknown")], "10.0.0.1"),
            ("10.0.0.1", &[(legacy, "203.0.113.9:4711")], "203.0.113.9"),
            (
                "10.0.0.1",
                &[(legacy, "203.0.113.8"), (legacy, "203.0.113.9")],
                "203.0.113.9",
            ),
            ("10.0.0.1", &[], "10.0.0.1"),
            (
                "fd00::1",
                &[(standard, "for=192.0.2.43, for=\"[2001:db8::17]:4711\";proto=https")],
                "2001:db8::17",
            ),
            (
                "10.0.0.1",
                &[(standard, "proto=https;For=192.0.2.60;by=10.0.0.1")],
                "192.0.2.60",
            ),
            ("10.0.0.1", &[(standard, "for=_hidden")], "10.0.0.1"),
            (
                "10.0.0.1",
                &[(legacy, "192.0.2.60"), (standard, "for=192.0.2.60")],
                "192.0.2.60",
            ),
            (
                "10.0.0.1",
                &[(legacy, "192.0.2.60"), (standard, "for=192.0.2.61")],
                "10.0.0.1",
            ),
        ] {
            assert_eq!(seen(peer, headers), expected, "{peer} {headers:?}");
        }
    }
}
