use std::net::IpAddr;

use http::HeaderMap;
use proptest::prelude::*;
use rstest::rstest;

use crate::listen::{ForwardedBy, Proxies, client_ip, is_https};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn proxies(header: ForwardedBy) -> Proxies {
    Proxies { networks: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:f::/48".parse().unwrap()], header }
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    fields.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
}

#[rstest]
#[case::no_header("10.0.0.1", &[], "10.0.0.1")]
#[case::one_hop("10.0.0.1", &["192.0.2.1"], "192.0.2.1")]
#[case::with_port("10.0.0.1", &["192.0.2.1:4711"], "192.0.2.1")]
#[case::ipv6("10.0.0.1", &["2001:db8::7"], "2001:db8::7")]
#[case::ipv6_with_port("10.0.0.1", &["[2001:db8::7]:80"], "2001:db8::7")]
#[case::mapped("::ffff:10.0.0.1", &["::ffff:192.0.2.1"], "192.0.2.1")]
#[case::what_the_visitor_claims_is_left_of_the_truth("10.0.0.1", &["203.0.113.9, 192.0.2.1"], "192.0.2.1")]
#[case::several_proxies("10.0.0.1", &["192.0.2.1, 10.9.9.9, 2001:db8:f::1"], "192.0.2.1")]
#[case::several_lines("10.0.0.1", &["203.0.113.9", "192.0.2.1", "10.2.2.2"], "192.0.2.1")]
#[case::only_proxies("10.0.0.1", &["10.3.3.3, 10.2.2.2"], "10.3.3.3")]
#[case::nonsense_ends_the_walk("10.0.0.1", &["192.0.2.1, unknown, 10.2.2.2"], "10.2.2.2")]
#[case::empty_ends_the_walk("10.0.0.1", &["192.0.2.1,,10.2.2.2"], "10.2.2.2")]
#[case::an_unnamed_proxy_is_not_believed("198.51.100.1", &["192.0.2.1"], "198.51.100.1")]
fn the_nearest_address_that_is_no_trusted_proxy_counts(
    #[case] peer: &str,
    #[case] lines: &[&str],
    #[case] client: &str,
) {
    let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
    assert_eq!(client_ip(ip(peer), &headers(&lines), &proxies(ForwardedBy::XForwardedFor)), ip(client));
}

#[rstest]
#[case("for=192.0.2.1", "192.0.2.1")]
#[case("For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1", "2001:db8::7")]
#[case("for=203.0.113.9, for=192.0.2.1;host=\"a,b;for=1.1.1.1\", for=10.2.2.2", "192.0.2.1")]
#[case("for=192.0.2.1, for=_hidden", "10.0.0.1")]
#[case("for=192.0.2.1, proto=https", "10.0.0.1")]
#[case("for=203.0.113.66;x=\", for=\"[2001:db8::7]\"", "10.0.0.1")]
fn the_standard_header_is_read_where_the_operator_says_so(#[case] line: &str, #[case] client: &str) {
    let fields = headers(&[("forwarded", line), ("x-forwarded-for", "203.0.113.77")]);
    assert_eq!(client_ip(ip("10.0.0.1"), &fields, &proxies(ForwardedBy::Forwarded)), ip(client));
    assert_eq!(client_ip(ip("10.0.0.1"), &fields, &proxies(ForwardedBy::XForwardedFor)), ip("203.0.113.77"));
}

#[rstest]
#[case(ForwardedBy::XForwardedFor, "x-forwarded-proto", "https", true)]
#[case(ForwardedBy::XForwardedFor, "x-forwarded-proto", "http, HTTPS", true)]
#[case(ForwardedBy::XForwardedFor, "x-forwarded-proto", "https, http", false)]
#[case(ForwardedBy::XForwardedFor, "forwarded", "for=a;proto=https", false)]
#[case(ForwardedBy::Forwarded, "forwarded", "for=192.0.2.1;proto=https", true)]
#[case(ForwardedBy::Forwarded, "forwarded", "proto=https, for=192.0.2.1", false)]
#[case(ForwardedBy::Forwarded, "x-forwarded-proto", "https", false)]
fn the_scheme_counts_as_the_nearest_trusted_proxy_says(
    #[case] by: ForwardedBy,
    #[case] name: &'static str,
    #[case] value: &str,
    #[case] expected: bool,
) {
    let fields = headers(&[(name, value)]);
    assert_eq!(is_https(ip("10.0.0.1"), &fields, &proxies(by)), expected);
    assert!(!is_https(ip("198.51.100.1"), &fields, &proxies(by)), "a stranger was believed");
}

fn any_header() -> impl Strategy<Value = String> {
    let trick = prop::sample::select(vec!["\"", ";", "for=", "203.0.113.66", ",", "=", "\\", "x=\"", "[", ":"]);
    let hop = prop_oneof![
        prop::collection::vec(trick, 0..6).prop_map(|tricks| tricks.concat()),
        any::<IpAddr>().prop_map(|address| address.to_string()),
        any::<[u8; 3]>().prop_map(|[a, b, c]| format!("10.{a}.{b}.{c}")),
        "[ -~]{0,12}",
    ];
    prop::collection::vec(hop, 0..6).prop_map(|hops| hops.join(","))
}

proptest! {
    #[test]
    fn without_trusted_proxies_no_header_changes_anything(peer: IpAddr, line in any_header(), other in any_header()) {
        let fields = headers(&[("x-forwarded-for", &line), ("forwarded", &other), ("x-forwarded-proto", "https")]);
        let nobody = Proxies::default();
        prop_assert_eq!(client_ip(peer, &fields, &nobody), peer.to_canonical());
        prop_assert!(!is_https(peer, &fields, &nobody));
    }

    #[test]
    fn nothing_a_visitor_writes_hides_the_address_that_the_proxy_saw(claim in any_header(), visitor: IpAddr) {
        let by_x = proxies(ForwardedBy::XForwardedFor);
        prop_assume!(!by_x.trusts(visitor));
        let fields = headers(&[("x-forwarded-for", &format!("{claim}, {visitor}"))]);
        prop_assert_eq!(client_ip(ip("10.0.0.1"), &fields, &by_x), visitor.to_canonical());

        let by_standard = proxies(ForwardedBy::Forwarded);
        let fields = headers(&[("forwarded", &format!("for={claim}, for=\"[{visitor}]\""))]);
        let seen = client_ip(ip("10.0.0.1"), &fields, &by_standard);
        // An odd quote makes the value unreadable: then nobody but the proxy itself may be named.
        let expected = if claim.matches('"').count() % 2 == 0 { visitor.to_canonical() } else { ip("10.0.0.1") };
        prop_assert_eq!(seen, expected);
    }
}
