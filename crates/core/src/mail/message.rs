//! From a rendered mail to the bytes of one MIME message and its envelope. It must never let a name, title or address
//! add a header, and never read the clock: the same input makes the same bytes.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lettre::Address;
use lettre::message::header::{ContentType, Date, Header, HeaderName, HeaderValue, Subject};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use super::content::Party;
use super::render::RenderedMail;
use super::sheet::one_line;

/// What a message needs beside its words.
#[derive(Debug, Clone, Copy)]
pub struct MessageHead<'a> {
    /// The outbox row's id; makes `Message-ID`, so that a second copy can be recognised as one.
    pub id: &'a str,
    /// The public host, without port or with it; the other half of `Message-ID`.
    pub host: &'a str,
    /// The instance's address: `From` and envelope sender.
    pub from: &'a str,
    pub to: &'a Party,
    /// When the mail was written; becomes `Date`.
    pub at: Timestamp,
}

/// One message, ready for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The outbox row's id.
    pub id: String,
    /// Envelope sender.
    pub from: Address,
    /// Envelope recipient; exactly one, so that each has a state of their own.
    pub to: Address,
    pub bytes: Vec<u8>,
}

impl Message {
    /// Whether the server must speak SMTPUTF8 (RFC 6531). Bodies and names are encoded, so only an address that is not
    /// ASCII makes it so.
    pub fn needs_utf8(&self) -> bool {
        !self.bytes.is_ascii()
    }
}

/// An address that no server could take; nobody needs to try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("the sender address of this instance is not an e-mail address")]
    From,
    #[error("the recipient's address is not an e-mail address")]
    To,
}

/// Builds the message: text and HTML as alternatives, names and subject encoded, marked as made by a machine.
/// `Reply-To` is left out where it would need SMTPUTF8 and the recipient's address does not.
pub fn build(mail: &RenderedMail, head: &MessageHead<'_>) -> Result<Message, MessageError> {
    let from = address(head.from).ok_or(MessageError::From)?;
    let to = address(&head.to.email).ok_or(MessageError::To)?;
    let mut builder = lettre::Message::builder()
        .from(mailbox(&mail.from_name, from.clone()))
        .to(mailbox(&head.to.name, to.clone()))
        .raw_header(subject(&mail.subject))
        .header(date(head.at))
        .message_id(Some(message_id(head)))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header("Content-Language", mail.language));
    if let Some(party) = &mail.reply_to
        && let Some(reply_to) = address(&party.email)
        && (reply_to.to_string().is_ascii() || !to.to_string().is_ascii())
    {
        builder = builder.reply_to(mailbox(&party.name, reply_to));
    }
    // `=_` occurs in no quoted-printable or base64 body, and nobody outside can guess the id.
    let parts = MultiPart::alternative()
        .boundary(format!("=_{}", printable(head.id)))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let message = builder.multipart(parts).expect("From and To are set");
    Ok(Message { id: head.id.to_owned(), from, to, bytes: message.formatted() })
}

/// An address as servers want it: domains with other letters as A-labels (`xn--`), which need no SMTPUTF8.
pub fn address(text: &str) -> Option<Address> {
    let (user, domain) = text.trim().rsplit_once('@')?;
    if domain.starts_with('[') {
        return Address::new(user, domain).ok();
    }
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    Address::new(user, domain).ok()
}

fn mailbox(name: &str, address: Address) -> Mailbox {
    // An encoded word inside quotes is not one (RFC 2047, 5), but mail programs decode it all the same.
    let name = one_line(name).replace("=?", "= ?");
    Mailbox::new((!name.is_empty()).then_some(name), address)
}

fn part(content_type: ContentType, body: &str) -> SinglePart {
    SinglePart::builder().header(content_type).body(body.replace("\r\n", "\n").replace('\n', "\r\n"))
}

/// 45 bytes become 60 characters, which with `=?utf-8?b??=` stay below an encoded word's 75.
const CHUNK_BYTES: usize = 45;

/// `Subject`, where a title that itself looks like an encoded word is encoded once more, so that it arrives as typed.
fn subject(words: &str) -> HeaderValue {
    let words = one_line(words);
    if !words.contains("=?") {
        return Subject::from(words).display();
    }
    let mut chunks = vec![String::new()];
    for c in words.chars() {
        if chunks.last().is_some_and(|chunk| chunk.len() + c.len_utf8() > CHUNK_BYTES) {
            chunks.push(String::new());
        }
        chunks.last_mut().expect("there is always a chunk").push(c);
    }
    let encoded: Vec<String> = chunks.iter().map(|chunk| format!("=?utf-8?b?{}?=", STANDARD.encode(chunk))).collect();
    let encoded = encoded.join("\r\n ");
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str("Subject"), words, encoded)
}

/// What lies before 1970 cannot be said in this header and becomes 1970; the end of our timestamps is sayable.
fn date(at: Timestamp) -> Date {
    let second = u64::try_from(at.as_second()).unwrap_or(0);
    Date::new(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(second))
}

fn message_id(head: &MessageHead<'_>) -> String {
    let host = head.host.rsplit_once(':').map_or(head.host, |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { head.host }
    });
    let host = idna::domain_to_ascii(host).map_or_else(|_| printable(host), |host| printable(&host));
    let host = if host.is_empty() { "localhost".to_owned() } else { host };
    format!("<{}@{host}>", printable(head.id))
}

/// The characters that are safe in a message id and a boundary; the rest is left out.
fn printable(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')).collect()
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
