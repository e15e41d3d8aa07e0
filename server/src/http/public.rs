//! Under which address browsers know this server.

use std::net::SocketAddr;

use url::Url;

/// The origins from which forms may come (RL S1), and what follows from the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    origins: Vec<String>,
    https: bool,
}

impl Public {
    /// The address that the operator gave, such as `https://tiebreak.example.edu`.
    ///
    /// # Errors
    /// When it is no address of a web server, or has more to it than scheme, host and port.
    pub fn at(address: &str) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| format!("\"{address}\": {error}"))?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_bare || !url.username().is_empty() {
            return Err(format!("\"{address}\" must be like https://tiebreak.example.edu"));
        }
        Ok(Self { origins: vec![url.origin().ascii_serialization()], https: url.scheme() == "https" })
    }

    /// Without such an address: as this machine knows itself.
    #[must_use]
    pub fn listening(on: SocketAddr) -> Self {
        let port = on.port();
        let mut origins = vec![format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")];
        let itself = format!("http://{on}");
        if !on.ip().is_unspecified() && !origins.contains(&itself) {
            origins.insert(0, itself);
        }
        Self { origins, https: false }
    }

    /// Scheme, host and port, for links.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }

    /// Whether browsers reach it by TLS, here or at a proxy.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Name of the session's cookie. The prefix makes browsers refuse one that comes without TLS or from another host
    /// (RL S13); without TLS they would refuse ours.
    #[must_use]
    pub fn cookie(&self) -> &'static str {
        if self.https { "__Host-sid" } else { "sid" }
    }

    /// Whether this is one of our origins, to the letter.
    pub(super) fn knows(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == origin)
    }

    /// The path and query of an address of ours.
    pub(super) fn local<'a>(&self, address: &'a str) -> Option<&'a str> {
        let rest = self.origins.iter().find_map(|origin| address.strip_prefix(origin.as_str()))?;
        rest.starts_with('/').then_some(rest)
    }
}

impl Default for Public {
    fn default() -> Self {
        Self::listening(SocketAddr::from(([127, 0, 0, 1], 7800)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_port_and_nothing_else() {
        let public = Public::at("https://Tiebreak.example.edu/").expect("an address");
        assert_eq!((public.origin(), public.cookie()), ("https://tiebreak.example.edu", "__Host-sid"));
        assert!(public.knows("https://tiebreak.example.edu"));
        for foreign in ["http://tiebreak.example.edu", "https://tiebreak.example.edu.evil.test", "null", ""] {
            assert!(!public.knows(foreign), "{foreign}");
        }
        for broken in
            ["", "tiebreak", "ftp://h", "https://h/path", "https://h?x=1", "https://me@h", "javascript:x"]
        {
            assert!(Public::at(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn only_addresses_of_ours_have_a_local_part() {
        let public = Public::default();
        assert_eq!(public.local("http://localhost:7800/one/conflicts?x=1"), Some("/one/conflicts?x=1"));
        assert_eq!(public.local("http://localhost:78001/one"), None);
        assert_eq!(public.local("http://localhost:7800.evil.test/one"), None);
        assert_eq!(public.local("/one"), None);
    }
}
