//! The setting `smtp://...`: which server, how encrypted, as whom. It must refuse what would send passwords or mail over
//! a network in the clear, unless that was asked for in so many words.
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Nothing; for a server on this machine.
    None,
    /// STARTTLS where the server offers it.
    StartTlsIfOffered,
    /// STARTTLS, or no mail.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// A mail server as an operator names it.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Name or address, without brackets.
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub login: Option<Login>,
}

#[derive(Debug, Clone)]
pub struct Login {
    pub user: String,
    pub password: SecretString,
}

/// What is wrong with the setting; says what to write instead and never repeats the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    #[error("not a mail server URL; expected smtp://user:password@host:port or smtps://user:password@host:port")]
    Malformed,
    #[error("unknown parameter `{0}`; known are tls=none, tls=starttls, tls=required and plaintext=allowed")]
    Parameter(String),
    #[error("smtps:// is always encrypted; leave `tls` out or use smtp://")]
    TlsTwice,
    #[error("mail to another machine must be encrypted; use tls=required, or add plaintext=allowed if you must")]
    Plaintext,
}

impl SmtpSettings {
    /// Reads `smtp://user:password@host:port?tls=none|starttls|required` or `smtps://...`; user and password
    /// percent-encoded. Without `tls`, a server on this machine is spoken to in the clear and any other with STARTTLS
    /// required; `none` and `starttls` (only if offered) to another machine need `plaintext=allowed`. Ports default to
    /// 25 on this machine, 587, and 465 for `smtps`.
    pub fn parse(text: &str) -> Result<Self, SmtpUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| SmtpUrlError::Malformed)?;
        let implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(SmtpUrlError::Malformed),
        };
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpUrlError::Malformed);
        }
        let local = is_loopback(&host);
        let encryption = encryption(&url, implicit, local)?;
        let port = url.port().unwrap_or(match (implicit, local) {
            (true, _) => 465,
            (false, true) => 25,
            (false, false) => 587,
        });
        Ok(Self { host, port, encryption, login: login(&url)? })
    }
}

fn encryption(url: &Url, implicit: bool, local: bool) -> Result<Encryption, SmtpUrlError> {
    let (mut wished, mut plaintext_allowed) = (None, local);
    for (name, value) in url.query_pairs() {
        match (&*name, &*value) {
            ("tls", "none") => wished = Some(Encryption::None),
            ("tls", "starttls") => wished = Some(Encryption::StartTlsIfOffered),
            ("tls", "required") => wished = Some(Encryption::StartTls),
            ("plaintext", "allowed") => plaintext_allowed = true,
            _ => return Err(SmtpUrlError::Parameter(format!("{name}={value}"))),
        }
    }
    match (implicit, wished) {
        (true, Some(Encryption::StartTls) | None) => Ok(Encryption::Tls),
        (true, Some(_)) => Err(SmtpUrlError::TlsTwice),
        (false, Some(Encryption::None | Encryption::StartTlsIfOffered)) if !plaintext_allowed => {
            Err(SmtpUrlError::Plaintext)
        }
        (false, Some(encryption)) => Ok(encryption),
        (false, None) => Ok(if local { Encryption::None } else { Encryption::StartTls }),
    }
}

fn login(url: &Url) -> Result<Option<Login>, SmtpUrlError> {
    let decode = |text: &str| {
        percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| SmtpUrlError::Malformed)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(SmtpUrlError::Malformed),
        (user, Some(password)) => Ok(Some(Login { user: decode(user)?, password: decode(password)?.into() })),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use secrecy::ExposeSecret;

    use super::*;

    #[rstest]
    #[case("smtp://127.0.0.1:1025", "127.0.0.1", 1025, Encryption::None)]
    #[case("smtp://localhost", "localhost", 25, Encryption::None)]
    #[case("smtp://[::1]", "::1", 25, Encryption::None)]
    #[case("smtp://localhost?tls=required", "localhost", 25, Encryption::StartTls)]
    #[case("smtp://localhost?tls=starttls", "localhost", 25, Encryption::StartTlsIfOffered)]
    #[case("smtp://mail.example.com", "mail.example.com", 587, Encryption::StartTls)]
    #[case("smtp://mail.example.com?tls=required", "mail.example.com", 587, Encryption::StartTls)]
    #[case("smtp://10.0.0.1:25?tls=none&plaintext=allowed", "10.0.0.1", 25, Encryption::None)]
    #[case("smtp://10.0.0.1?plaintext=allowed", "10.0.0.1", 587, Encryption::StartTls)]
    #[case("smtps://mail.example.com", "mail.example.com", 465, Encryption::Tls)]
    fn a_server_is_encrypted_unless_it_is_on_this_machine(
        #[case] url: &str,
        #[case] host: &str,
        #[case] port: u16,
        #[case] encryption: Encryption,
    ) {
        let settings = SmtpSettings::parse(url).unwrap();
        assert_eq!((settings.host.as_str(), settings.port, settings.encryption), (host, port, encryption));
        assert!(settings.login.is_none());
    }

    #[rstest]
    #[case("smtp://mail.example.com?tls=none", SmtpUrlError::Plaintext)]
    #[case("smtp://mail.example.com?tls=starttls", SmtpUrlError::Plaintext)]
    #[case("smtp://localhost.example.com?tls=none", SmtpUrlError::Plaintext)]
    #[case("smtp://127.0.0.1.example.com?tls=none", SmtpUrlError::Plaintext)]
    #[case("smtps://mail.example.com?tls=none", SmtpUrlError::TlsTwice)]
    #[case("smtp://mail.example.com?tls=maybe", SmtpUrlError::Parameter("tls=maybe".to_owned()))]
    #[case("smtp://user@mail.example.com", SmtpUrlError::Malformed)]
    #[case("smtp://:pass@mail.example.com", SmtpUrlError::Malformed)]
    #[case("http://mail.example.com", SmtpUrlError::Malformed)]
    #[case("smtp://", SmtpUrlError::Malformed)]
    #[case("mail.example.com:25", SmtpUrlError::Malformed)]
    fn a_setting_that_is_unsafe_or_unclear_is_refused(#[case] url: &str, #[case] error: SmtpUrlError) {
        assert_eq!(SmtpSettings::parse(url).unwrap_err(), error);
    }

    #[test]
    fn user_and_password_are_decoded_and_the_password_is_not_shown() {
        let settings = SmtpSettings::parse("smtps://anna%40example.com:p%2Fw%3A%C3%BC@mail.example.com").unwrap();
        assert!(!format!("{settings:?}").contains("p/w"), "{settings:?}");
        let login = settings.login.unwrap();
        assert_eq!(login.user, "anna@example.com");
        assert_eq!(login.password.expose_secret(), "p/w:ü");
    }
}
