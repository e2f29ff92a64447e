//! The e-mails: what they say, how they look, how they become MIME and how they reach a mail server. Nothing here may
//! hold a link's secret before a mail is rendered, and nothing may call a mail sent that no server has accepted.
pub mod content;
pub mod folder;
pub mod memory;
pub mod message;
pub mod outbox;
mod plain;
pub mod render;
mod sentences;
mod sheet;
pub mod smtp;
pub mod smtp_url;
pub mod transport;

pub use content::{FileLine, FileList, Letter, MailContent, Party};
pub use message::{Message, MessageHead};
pub use outbox::{MailState, Mailer};
pub use render::{RenderedMail, Site, render};
pub use transport::{Delivery, Session, Transport};

#[cfg(test)]
mod message_tests;
#[cfg(test)]
mod render_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod smtp_tests;
