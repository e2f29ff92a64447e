//! The addresses that people are given. They come from the configured public URL, never from a request.
use crate::ids::PackageId;
use crate::secret::Token;

/// Makes absolute URLs below the public URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    base: String,
}

/// A public URL that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the public URL {0:?} must look like https://files.example.com, without a query or fragment")]
pub struct BadPublicUrl(String);

impl Urls {
    /// Reads a public URL such as `https://files.example.com` or `https://example.com/files`.
    pub fn parse(text: &str) -> Result<Self, BadPublicUrl> {
        let bad = || BadPublicUrl(text.to_owned());
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(bad)?;
        let host = rest.split('/').next().unwrap_or_default();
        let strange = |c: char| c.is_whitespace() || c.is_control() || "?#@\"'<>\\".contains(c);
        if host.is_empty() || rest.contains(strange) {
            return Err(bad());
        }
        Ok(Self { base: text.trim_end_matches('/').to_owned() })
    }

    /// The public URL itself, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Host name without port, for the sender's address and message ids.
    pub fn host(&self) -> &str {
        let rest = self.base.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        if let Some(end) = authority.strip_prefix('[').and_then(|inner| inner.find(']')) {
            return &authority[..end + 2];
        }
        authority.split(':').next().unwrap_or_default()
    }

    /// Whether pages are reached over TLS, so that cookies may demand it.
    pub fn is_https(&self) -> bool {
        self.base.starts_with("https://")
    }

    /// A package's or request's secret link.
    pub fn link(&self, token: &Token) -> String {
        format!("{}/p/{}", self.base, token.reveal())
    }

    /// A grant's secret link.
    pub fn grant(&self, token: &Token) -> String {
        format!("{}/g/{}", self.base, token.reveal())
    }

    /// The owner's page of a package.
    pub fn package(&self, id: PackageId) -> String {
        format!("{}/packages/{id}", self.base)
    }

    /// A person's own page.
    pub fn account(&self) -> String {
        format!("{}/account", self.base)
    }

    /// The owner's page with the one button that extends a package.
    pub fn extend(&self, id: PackageId) -> String {
        format!("{}/packages/{id}/extend", self.base)
    }

    /// The one-time page that creates the first administrator.
    pub fn setup(&self, token: &Token) -> String {
        format!("{}/setup/{}", self.base, token.reveal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_has_a_scheme_and_a_host_and_nothing_strange() {
        for good in
            ["http://127.0.0.1:8080", "https://files.example.com/", "https://example.com/files", "http://[::1]:80"]
        {
            assert!(Urls::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["", "files.example.com", "ftp://x", "https://", "https://a b", "https://a/?q", "https://u@h", "https:///x"]
        {
            assert!(Urls::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_host_stands_without_its_port() {
        assert_eq!(Urls::parse("https://files.example.com:8443/x").unwrap().host(), "files.example.com");
        assert_eq!(Urls::parse("http://[::1]:8080").unwrap().host(), "[::1]");
    }
}
