//! The mail server's address.

use std::net::IpAddr;

use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::{Host, Url};

use super::MailError;

/// A transport for the address; encrypted, unless the server is this machine (RL S43).
pub(super) fn transport(url: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let parsed = Url::parse(url).map_err(|error| MailError::Url(error.to_string()))?;
    let host = parsed.host().ok_or_else(|| MailError::Url("it names no host".to_owned()))?;
    let tls = parsed.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    match (parsed.scheme(), tls.as_deref()) {
        ("smtps", None) | ("smtp", Some("required")) => {}
        ("smtp", None | Some("opportunistic")) if is_this_machine(&host) => {}
        ("smtp", None | Some("opportunistic")) => return Err(MailError::Unencrypted(host.to_string())),
        _ => return Err(MailError::Url("unknown scheme or tls parameter".to_owned())),
    }
    let builder: AsyncSmtpTransportBuilder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
        .map_err(|_| MailError::Url("it cannot be used".to_owned()))?;
    Ok(builder.build())
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            *name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
