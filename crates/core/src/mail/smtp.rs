//! One message to one mail server, driven command by command. It must know at each loss of the connection whether the
//! content was already on its way: only then is the outcome unknown, before that nobody can have the message.
use std::fmt;
use std::future::Future;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use secrecy::ExposeSecret;

use super::message::Message;
use super::sheet::one_line;
use super::smtp_url::{Encryption, SmtpSettings};
use super::transport::Delivery;

/// What is kept of a server's answer.
const ANSWER_CHARS_MAX: usize = 500;
/// A farewell is a courtesy; nothing waits for it longer than this.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long the server may take for each step.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Connection, encryption, greeting and its answer to ours, together.
    pub connect: Duration,
    /// One command.
    pub command: Duration,
    /// The content and the answer to it. RFC 5321 (4.5.3.2.6) asks for ten minutes: giving up earlier makes duplicates.
    pub content: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_mins(1), command: Duration::from_mins(2), content: Duration::from_mins(10) }
    }
}

/// A mail server that takes our messages. Each message has a connection of its own.
pub struct Smtp {
    settings: SmtpSettings,
    timeouts: Timeouts,
    hello: ClientId,
    /// None where the connection is never encrypted.
    tls: Option<TlsParameters>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("settings", &self.settings)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// The certificates of this machine could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("encryption for mail could not be set up")]
pub struct SmtpSetupError(#[source] SmtpError);

impl Smtp {
    /// `public_host` is what we greet with (a port is ignored); loads the machine's certificate authorities.
    pub fn new(settings: SmtpSettings, public_host: &str, timeouts: Timeouts) -> Result<Self, SmtpSetupError> {
        let tls = match settings.encryption {
            Encryption::None => None,
            Encryption::StartTlsIfOffered | Encryption::StartTls | Encryption::Tls => {
                Some(TlsParameters::new(settings.host.clone()).map_err(SmtpSetupError)?)
            }
        };
        Ok(Self { settings, timeouts, hello: hello(public_host), tls })
    }

    /// Up to the point where the server has accepted sender and recipient.
    pub(super) async fn open(&self, message: &Message) -> Result<SmtpSession<'_>, Delivery> {
        // Whatever goes wrong before the server has heard of this message is no verdict on it, even with a 5xx.
        let mut connection = self.connect().await.map_err(|trouble| Delivery::Deferred { answer: trouble.text() })?;
        match self.envelope(&mut connection, message).await {
            Ok(()) => Ok(SmtpSession { smtp: self, connection }),
            Err(trouble) => {
                farewell(&mut connection, &trouble).await;
                Err(trouble.before_content())
            }
        }
    }

    /// Whether the server can be reached, encrypted and logged in to, without sending anything; otherwise its words.
    pub async fn probe(&self) -> Result<(), String> {
        let mut connection = self.connect().await.map_err(Trouble::text)?;
        quit(&mut connection).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let server = (self.settings.host.as_str(), self.settings.port);
        let tls_at_once = self.tls.clone().filter(|_| self.settings.encryption == Encryption::Tls);
        let connecting = AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, tls_at_once, None);
        let mut connection = limited(self.timeouts.connect, "connecting", connecting).await?;
        if let Err(trouble) = self.secure_and_log_in(&mut connection).await {
            farewell(&mut connection, &trouble).await;
            return Err(trouble);
        }
        Ok(connection)
    }

    async fn secure_and_log_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Trouble> {
        let wanted = match self.settings.encryption {
            Encryption::None | Encryption::Tls => false,
            Encryption::StartTlsIfOffered => connection.can_starttls(),
            Encryption::StartTls => true,
        };
        if wanted {
            if !connection.can_starttls() {
                return Err(Trouble::Refused("the mail server offers no encryption (STARTTLS)".to_owned()));
            }
            let tls = self.tls.clone().expect("new() makes it for every kind of encryption");
            limited(self.timeouts.connect, "encrypting", connection.starttls(tls, &self.hello)).await?;
        }
        if let Some(login) = &self.settings.login {
            let credentials = Credentials::new(login.user.clone(), login.password.expose_secret().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            limited(self.timeouts.command, "logging in", connection.auth(&mechanisms, &credentials)).await?;
        }
        Ok(())
    }

    async fn envelope(&self, connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Trouble> {
        let mut parameters = Vec::new();
        if message.needs_utf8() {
            let server = connection.server_info();
            if !server.supports_feature(Extension::SmtpUtfEight) || !server.supports_feature(Extension::EightBitMime) {
                let answer = "the mail server does not take addresses with these letters (SMTPUTF8)".to_owned();
                return Err(Trouble::Permanent(answer));
            }
            parameters.push(MailParameter::SmtpUtfEight);
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mail = Mail::new(Some(message.from.clone()), parameters);
        limited(self.timeouts.command, "MAIL", connection.command(mail)).await?;
        let rcpt = Rcpt::new(message.to.clone(), Vec::new());
        limited(self.timeouts.command, "RCPT", connection.command(rcpt)).await?;
        Ok(())
    }
}

/// A connection on which sender and recipient are accepted.
pub struct SmtpSession<'a> {
    smtp: &'a Smtp,
    connection: AsyncSmtpConnection,
}

impl fmt::Debug for SmtpSession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSession").field("smtp", self.smtp).finish_non_exhaustive()
    }
}

impl SmtpSession<'_> {
    pub(super) async fn send(mut self, message: &Message) -> Delivery {
        let timeouts = self.smtp.timeouts;
        let connection = &mut self.connection;
        // Until the server asks for the content it has none: a loss here is no doubt.
        match limited(timeouts.command, "DATA", connection.command(Data)).await {
            Ok(response) if response.has_code(354) => {}
            Ok(response) => return Delivery::Deferred { answer: positive(&response) },
            Err(trouble) => {
                farewell(connection, &trouble).await;
                return trouble.before_content();
            }
        }
        match limited(timeouts.content, "the content", connection.message(&message.bytes)).await {
            Ok(response) if response.code().severity == Severity::PositiveCompletion => {
                quit(connection).await;
                Delivery::Sent { answer: positive(&response) }
            }
            Ok(response) => Delivery::Unknown { reason: positive(&response) },
            Err(Trouble::Lost(reason)) => Delivery::Unknown { reason },
            Err(trouble) => {
                farewell(connection, &trouble).await;
                trouble.before_content()
            }
        }
    }

    pub(super) async fn cancel(mut self) {
        quit(&mut self.connection).await;
    }
}

/// Why a step failed.
enum Trouble {
    /// The server said no, for now (4xx) ...
    Transient(String),
    /// ... or for good (5xx, or it cannot by what it offers).
    Permanent(String),
    /// We said no: what the server offers is not enough.
    Refused(String),
    /// No answer, or none that can be understood.
    Lost(String),
}

impl Trouble {
    /// The outcome while nobody can have the content, or for a clear answer to it.
    fn before_content(self) -> Delivery {
        match self {
            Self::Permanent(answer) => Delivery::Rejected { answer },
            Self::Transient(answer) | Self::Refused(answer) | Self::Lost(answer) => Delivery::Deferred { answer },
        }
    }

    fn text(self) -> String {
        match self {
            Self::Transient(text) | Self::Permanent(text) | Self::Refused(text) | Self::Lost(text) => text,
        }
    }
}

impl From<SmtpError> for Trouble {
    fn from(error: SmtpError) -> Self {
        let said = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        match error.status() {
            Some(code) => {
                let answer = shortened(&format!("{code} {said}"));
                if error.is_permanent() { Self::Permanent(answer) } else { Self::Transient(answer) }
            }
            None => Self::Lost(shortened(&error.to_string())),
        }
    }
}

/// `step`, for at most `time`. After a timeout the connection is in no known state and must not be used any more.
async fn limited<T>(
    time: Duration,
    name: &str,
    step: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(time, step).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Trouble::Lost(format!("the mail server did not answer in time ({name})"))),
    }
}

/// Says goodbye after a failed step, if the server still listens: after a loss the connection must not be touched
/// (lettre panics in debug builds when the loss was in the encryption).
async fn farewell(connection: &mut AsyncSmtpConnection, trouble: &Trouble) {
    match trouble {
        Trouble::Transient(_) | Trouble::Permanent(_) | Trouble::Refused(_) => quit(connection).await,
        Trouble::Lost(_) => {}
    }
}

async fn quit(connection: &mut AsyncSmtpConnection) {
    // Whether the server says goodbye changes nothing.
    let _ = tokio::time::timeout(FAREWELL, connection.abort()).await;
}

fn positive(response: &Response) -> String {
    shortened(&format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")))
}

/// A server's words are other people's words: one line, of bounded length.
fn shortened(text: &str) -> String {
    one_line(text).chars().take(ANSWER_CHARS_MAX).collect()
}

fn hello(public_host: &str) -> ClientId {
    if let Ok(address) = public_host.parse::<std::net::SocketAddr>() {
        return client_id(address.ip());
    }
    let host = public_host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<std::net::IpAddr>() {
        return client_id(address);
    }
    let name = host.split(':').next().unwrap_or_default();
    match idna::domain_to_ascii_strict(name) {
        Ok(name) if !name.is_empty() => ClientId::Domain(name),
        _ => ClientId::default(),
    }
}

fn client_id(address: std::net::IpAddr) -> ClientId {
    match address {
        std::net::IpAddr::V4(address) => ClientId::Ipv4(address),
        std::net::IpAddr::V6(address) => ClientId::Ipv6(address),
    }
}
