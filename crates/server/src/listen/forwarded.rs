//! Who really calls, when proxies stand in front? Forwarded addresses and schemes count only from proxies that the
//! operator named; without any, only the socket's own peer address is believed.
use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Which header the operator's proxies write. Only this one is read: a proxy passes the other one on as the visitor
/// sent it, so believing both would believe the visitor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For` and `X-Forwarded-Proto` (nginx, Caddy, Traefik, HAProxy, Apache).
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies whose word counts. The default trusts nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    pub networks: Vec<IpNet>,
    pub header: ForwardedBy,
}

impl Proxies {
    /// Is this address one of the operator's proxies? IPv4 addresses in IPv6 clothes are recognised.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// The address of the visitor: walking from the socket's `peer` outwards through the hops that trusted proxies wrote
/// down, the first one that is not a trusted proxy. A hop that is no address ends the walk at the proxy before it.
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let mut nearest = peer.to_canonical();
    if !proxies.trusts(nearest) {
        return nearest;
    }
    for hop in hops(headers, proxies.header).into_iter().rev() {
        let Some(address) = parse_hop(&hop) else { return nearest };
        nearest = address;
        if !proxies.trusts(address) {
            return nearest;
        }
    }
    nearest
}

/// Did the visitor come by https, as far as a trusted proxy says so? The word of the nearest proxy (the last value)
/// counts. False without a trusted proxy: this listener itself speaks plain HTTP.
pub fn is_https(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> bool {
    if !proxies.trusts(peer) {
        return false;
    }
    let last = match proxies.header {
        ForwardedBy::XForwardedFor => {
            let values = texts(headers.get_all(X_FORWARDED_PROTO).iter());
            values.last().and_then(|value| value.rsplit(',').next().map(|last| last.trim().to_owned()))
        }
        ForwardedBy::Forwarded => forwarded_elements(headers).last().and_then(|element| parameter(element, "proto")),
    };
    last.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

/// The hops in the order they were written: the outermost first, the one the nearest proxy saw last.
fn hops(headers: &HeaderMap, by: ForwardedBy) -> Vec<String> {
    match by {
        ForwardedBy::XForwardedFor => texts(headers.get_all(X_FORWARDED_FOR).iter())
            .iter()
            .flat_map(|value| value.split(','))
            .map(|hop| hop.trim().to_owned())
            .collect(),
        ForwardedBy::Forwarded => {
            forwarded_elements(headers).iter().map(|element| parameter(element, "for").unwrap_or_default()).collect()
        }
    }
}

/// Values that are not text become empty, which is no address, so that a walk ends there instead of skipping a hop.
fn texts<'a>(values: impl Iterator<Item = &'a HeaderValue>) -> Vec<&'a str> {
    values.map(|value| value.to_str().unwrap_or_default()).collect()
}

fn forwarded_elements(headers: &HeaderMap) -> Vec<String> {
    let elements = |value| {
        // With an open quote a visitor could swallow what the proxy appended: such a value names nobody.
        if is_quoted_evenly(value) { split_unquoted(value, ',') } else { vec![String::new()] }
    };
    texts(headers.get_all(header::FORWARDED).iter()).into_iter().flat_map(elements).collect()
}

fn parameter(element: &str, name: &str) -> Option<String> {
    split_unquoted(element, ';').into_iter().find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn is_quoted_evenly(text: &str) -> bool {
    text.matches('"').count().is_multiple_of(2)
}

/// Splits at `separator` outside double quotes.
fn split_unquoted(text: &str, separator: char) -> Vec<String> {
    let mut quoted = false;
    text.split(|letter| {
        if letter == '"' {
            quoted = !quoted;
        }
        letter == separator && !quoted
    })
    .map(|part| part.trim().to_owned())
    .collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}
