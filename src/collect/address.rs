//! Which network addresses a collector may talk to (防内网穿透): public ones. A page must not lead it into the office's own
//! network, so every name is resolved, checked and connected to as it was checked, at every hop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why an address is not talked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Another scheme, or none.
    #[error("只采集 http 与 https 网址：{0}")]
    Scheme(String),
    /// In a private network.
    #[error("{0} 是内网或本机地址，没有访问；确为内网信源的，在信源文件中写 allow_private: true")]
    Private(String),
    /// Where no site can be, whatever is allowed.
    #[error("{0} 是链路本地、组播或保留地址，不会是网站，没有访问；allow_private 也不放行，请核对网址")]
    Nobody(String),
}

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Of the public Internet.
    Public,
    /// Of a private network, or of this machine.
    Private,
    /// Of no site: link-local (where clouds answer with their machines' secrets), multicast, reserved. Whoever asks there
    /// waits until time is over.
    Nobody,
}

/// Refuses what is no web address, or names an address outright that is nobody's, or private without `allow_private`. A name is
/// checked when it is resolved ([`Checked`]).
pub fn check(url: &Url, allow_private: bool) -> Result<(), AddressError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(AddressError::Scheme(url.to_string()));
    }
    let whose = match url.host() {
        Some(Host::Ipv4(ip)) => whose(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => whose(IpAddr::V6(ip)),
        // The machine itself, whatever its resolver says (RFC 6761).
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            if name == "localhost" || name.ends_with(".localhost") { Whose::Private } else { Whose::Public }
        }
        None => return Err(AddressError::Scheme(url.to_string())),
    };
    let host = || url.host_str().unwrap_or("").to_owned();
    match whose {
        Whose::Nobody => Err(AddressError::Nobody(host())),
        Whose::Private if !allow_private => Err(AddressError::Private(host())),
        _ => Ok(()),
    }
}

/// Whether an address belongs to the public Internet.
pub fn is_public(ip: IpAddr) -> bool {
    whose(ip) == Whose::Public
}

fn whose(ip: IpAddr) -> Whose {
    match ip {
        IpAddr::V4(ip) => whose_v4(ip),
        IpAddr::V6(ip) => whose_v6(ip),
    }
}

fn whose_v4(ip: Ipv4Addr) -> Whose {
    let [a, b, c, _] = ip.octets();
    let is_private = a == 10
        || a == 127
        || (a == 100 && (64..128).contains(&b))
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && matches!(c, 0 | 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && matches!(b, 18 | 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113);
    match (a, b) {
        (0 | 224.., _) | (169, 254) => Whose::Nobody,
        _ if is_private => Whose::Private,
        _ => Whose::Public,
    }
}

fn whose_v6(ip: Ipv6Addr) -> Whose {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        whose_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0, 0, 1] => Whose::Private,
        // ::, and IPv4 in either of its old clothes.
        [0, 0, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0xffff, high, low] => v4(high, low),
        // NAT64 and 6to4 lead to an IPv4 address.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Local NAT64, Teredo, documentation.
        [0x64, 0xff9b, 1, ..] | [0x2001, 0, ..] | [0x2001, 0xdb8, ..] => Whose::Private,
        // Link-local and multicast.
        [0xfe80..=0xfebf | 0xff00.., ..] => Whose::Nobody,
        // Global unicast; all else is local or reserved.
        [first, ..] if first & 0xe000 == 0x2000 => Whose::Public,
        _ => Whose::Private,
    }
}

/// Refuses a name that has a private address, where somebody else will resolve it (a proxy). `None`: it has no address.
pub async fn check_name(url: &Url) -> Result<(), Option<AddressError>> {
    let Some(Host::Domain(host)) = url.host() else { return Ok(()) };
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await.map_err(|_| None)?.collect();
    match found.iter().find(|address| !is_public(address.ip())) {
        Some(_) => Err(Some(AddressError::Private(host.to_owned()))),
        None if found.is_empty() => Err(None),
        None => Ok(()),
    }
}

/// Resolves names, and gives those addresses only that may be talked to: what was checked is what is connected to.
#[derive(Clone, Copy, Debug)]
pub struct Checked {
    /// Whether private addresses may be.
    pub allow_private: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let is_private = found.iter().any(|address| whose(address.ip()) == Whose::Private);
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| match whose(address.ip()) {
                    Whose::Public => true,
                    Whose::Private => allow_private,
                    Whose::Nobody => false,
                })
                .collect();
            if allowed.is_empty() {
                let why = if is_private { AddressError::Private(host) } else { AddressError::Nobody(host) };
                return Err(Box::new(Refused(why)) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// A name none of whose addresses may be talked to; found again in the client's error.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Refused(pub AddressError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_every_clothing_are_refused() {
        for ip in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.0.1",
            "::10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["8.8.8.8", "172.32.0.1", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "192.0.1.1"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn addresses_are_checked_as_a_browser_reads_them() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://localhost/",
            "http://LOCALHOST.:8080/",
            "http://a.localhost/",
        ] {
            let url = Url::parse(url).unwrap();
            assert!(matches!(check(&url, false), Err(AddressError::Private(_))), "{url}");
            assert!(check(&url, true).is_ok());
        }
        for url in [
            "http://0/",
            "http://169.254.169.254/latest/meta-data",
            "http://[fe80::1]/",
            "http://[ff02::1]/",
            "http://[::ffff:169.254.1.2]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
        ] {
            let url = Url::parse(url).unwrap();
            for allow_private in [false, true] {
                assert!(matches!(check(&url, allow_private), Err(AddressError::Nobody(_))), "{url}");
            }
        }
        for url in ["file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "data:text/html,a"] {
            assert!(matches!(check(&Url::parse(url).unwrap(), true), Err(AddressError::Scheme(_))), "{url}");
        }
        assert!(check(&Url::parse("https://www.xuancheng.gov.cn/").unwrap(), false).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let resolve = async |allow_private| Checked { allow_private }.resolve("localhost".parse().unwrap()).await;
        let Err(error) = resolve(false).await else { panic!("resolved") };
        assert!(matches!(error.downcast_ref(), Some(Refused(AddressError::Private(_)))), "{error}");
        assert!(resolve(true).await.is_ok());
    }
}
