//! Where a request comes from, for limits, log lines and the record.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts as RequestParts;
use axum::http::{Extensions, HeaderMap};

use super::problem::Problem;
use super::state::App;

/// What proxies write a client's address into.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Headers that only a proxy sends.
const OF_PROXIES: [&str; 3] = [FORWARDED_FOR, "forwarded", "x-real-ip"];

/// The address of whoever asks: one household or office, as [`network`] has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(pub String);

impl FromRequestParts<App> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut RequestParts, app: &App) -> Result<Self, Problem> {
        Ok(Self::of(&parts.headers, &parts.extensions, app.web.behind_proxy))
    }
}

impl Address {
    /// Behind a proxy the last address of the last header, which is the one that the proxy itself wrote: whatever stands
    /// before it came from outside.
    pub fn of(headers: &HeaderMap, extensions: &Extensions, behind_proxy: bool) -> Self {
        let address = match behind_proxy {
            true => forwarded(headers).or_else(|| direct(extensions)),
            false => direct(extensions),
        };
        Self(address.map_or_else(|| "unknown".to_owned(), shown))
    }
}

/// Whether the request comes from this machine itself, and through no proxy on it.
pub fn is_local(headers: &HeaderMap, extensions: &Extensions) -> bool {
    let proxied = OF_PROXIES.iter().any(|name| headers.contains_key(*name));
    !proxied && direct(extensions).is_some_and(|address| address.to_canonical().is_loopback())
}

/// The network that counts as one address: an IPv4 address, or a /64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

fn shown(address: IpAddr) -> String {
    match network(address) {
        IpAddr::V6(network) if !network.is_loopback() => format!("{network}/64"),
        address => address.to_string(),
    }
}

fn direct(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    // Some proxies write the port along.
    let with_port = || last.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || last.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    last.parse().ok().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(forwarded: &[&str], behind_proxy: bool) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 9], 4711))));
        Address::of(&headers, &extensions, behind_proxy).0
    }

    #[test]
    fn behind_a_proxy_the_last_address_of_the_last_header_counts() {
        assert_eq!(of(&["1.1.1.1, 2.2.2.2"], true), "2.2.2.2");
        assert_eq!(of(&["1.1.1.1", "3.3.3.3, 4.4.4.4"], true), "4.4.4.4");
        assert_eq!(of(&["4.4.4.4:5123"], true), "4.4.4.4");
        assert_eq!(of(&["[2001:db8::1]:5123"], true), "2001:db8::/64");
        assert_eq!(of(&["1.1.1.1, nonsense"], true), "10.0.0.9", "never one that the client wrote");
        assert_eq!(of(&[], true), "10.0.0.9");
        assert_eq!(of(&["1.1.1.1"], false), "10.0.0.9");
    }

    #[test]
    fn one_network_counts_as_one_address() {
        let shown = |text: &str| shown(text.parse().unwrap());
        assert_eq!(shown("10.0.0.1"), shown("::ffff:10.0.0.1"));
        assert_eq!(shown("2001:db8::1"), shown("2001:db8::ffff:1"));
        assert_ne!(shown("2001:db8::1"), shown("2001:db8:0:1::1"));
    }

    #[test]
    fn whoever_comes_through_a_proxy_on_this_machine_is_not_local() {
        let mut extensions = Extensions::new();
        assert!(!is_local(&HeaderMap::new(), &extensions), "nobody knows");
        extensions.insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        assert!(is_local(&HeaderMap::new(), &extensions));
        let proxied = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), "127.0.0.1".parse().unwrap())]);
        assert!(!is_local(&proxied, &extensions));
    }
}
