//! Where requests may go (CN C47, RL S31, S32): scheme, host and port by the configuration, and every address of the host.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Turns a host name into addresses.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of the host.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Why a request is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden(pub String);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Forbidden {}

/// The gate that every request passes. As the client's resolver it also sees to it that the address that was checked
/// is the one connected to.
#[derive(Clone)]
pub struct Guard {
    scheme: String,
    hosts: Vec<(String, u16)>,
    networks: Vec<IpNet>,
    lookup: Arc<dyn Lookup>,
}

impl Guard {
    /// A gate for the base URL's scheme, the hosts (the base URL's when none is named) and the extra networks.
    pub fn new(
        base: &Url,
        hosts: &[String],
        networks: Vec<IpNet>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, Forbidden> {
        let mut allowed = Vec::new();
        for text in hosts {
            let url = Url::parse(&format!("{}://{text}", base.scheme())).ok().filter(|url| {
                matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty()
            });
            allowed.push(url.as_ref().and_then(host_and_port).ok_or_else(|| {
                Forbidden(format!("`{text}` is no host: write `sis.example.edu` or `sis.example.edu:8443`"))
            })?);
        }
        if allowed.is_empty() {
            allowed.extend(host_and_port(base));
        }
        Ok(Self { scheme: base.scheme().to_owned(), hosts: allowed, networks, lookup })
    }

    /// Checks scheme, host and port, and the address where the host is one. Numeric, octal, hexadecimal and short
    /// dotted spellings have become addresses when the URL was parsed.
    pub fn check(&self, url: &Url) -> Result<(), Forbidden> {
        if url.scheme() != self.scheme {
            return Err(Forbidden(format!("`{}` is not the scheme of the base URL", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden("a URL with credentials in it is not called".to_owned()));
        }
        let target = host_and_port(url).ok_or_else(|| Forbidden("the URL has no host".to_owned()))?;
        if !self.hosts.contains(&target) {
            return Err(Forbidden(format!("{}:{} is not among the allowed hosts", target.0, target.1)));
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_address(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.check_address(IpAddr::V6(address)),
            _ => Ok(()),
        }
    }

    /// Checks one address: public, or in an allowed network; the cloud metadata address never.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Forbidden> {
        if is_metadata(address) {
            return Err(Forbidden(format!("{address} is a cloud metadata address")));
        }
        let allowed = self.networks.iter().any(|network| network.contains(&address));
        if allowed || is_public(address) {
            return Ok(());
        }
        Err(Forbidden(format!("{address} is not a public address and is in none of the allowed networks")))
    }

    async fn addresses(
        &self,
        host: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let addresses = self.lookup.lookup(host).await?;
        if addresses.is_empty() {
            return Err(format!("{host} has no address").into());
        }
        for address in &addresses {
            self.check_address(*address)?;
        }
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = guard.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn host_and_port(url: &Url) -> Option<(String, u16)> {
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    Some((host, url.port_or_known_default()?))
}

fn is_metadata(address: IpAddr) -> bool {
    const V4: [Ipv4Addr; 3] = [
        Ipv4Addr::new(169, 254, 169, 254),
        Ipv4Addr::new(100, 100, 100, 200),
        Ipv4Addr::new(168, 63, 129, 16),
    ];
    const V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match address {
        IpAddr::V4(v4) => V4.contains(&v4),
        IpAddr::V6(v6) => v6 == V6 || embedded_v4(v6).is_some_and(|v4| V4.contains(&v4)),
    }
}

/// The IPv4 address inside a mapped, compatible, translated, 6to4 or Teredo form.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match parts {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(join(high, low)),
        [0x64, 0xff9b, .., high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        [0x2001, 0, .., high, low] => Some(join(!high, !low)),
        _ => None,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    )
}

/// Only the global unicast block, without its special parts; mapped and translated forms lie outside of it or are
/// named here.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let special = first == 0x2001 && (second < 0x200 || second == 0xdb8);
    let translated = first == 0x2002;
    let documentation = first == 0x3fff && second < 0x1000;
    global && !special && !translated && !documentation
}
