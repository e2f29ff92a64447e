//! How a message leaves this machine, in two steps, so that the caller can write down that it is about to be sent:
//! [`Transport::open`] does all that can be repeated, [`Session::send`] is the step that cannot. A message must never be
//! called sent without a server's word, and never refused for good because of this instance's own settings.
use super::folder::Folder;
use super::memory::{Memory, MemorySession};
use super::message::Message;
use super::smtp::{Smtp, SmtpSession};

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// A server took it over (or it is in the folder).
    Sent { answer: String },
    /// Not now; trying again later may help. Certainly nobody has it.
    Deferred { answer: String },
    /// Never; trying again would be answered the same. Certainly nobody has it.
    Rejected { answer: String },
    /// The message was on its way and the answer got lost: somebody may have it.
    Unknown { reason: String },
}

/// Where messages go; one per configuration, shared by all who send.
#[derive(Debug)]
pub enum Transport {
    Smtp(Smtp),
    Folder(Folder),
    /// For tests.
    Memory(Memory),
}

/// A server that has accepted sender and recipient and waits for the content.
#[derive(Debug)]
pub enum Session<'a> {
    Smtp(Box<SmtpSession<'a>>),
    Folder(&'a Folder),
    Memory(MemorySession<'a>),
}

impl Transport {
    /// Everything before the content: connection, greeting, encryption, login, sender, recipient. Repeatable. An error is
    /// the outcome: `Deferred` or `Rejected`, never `Sent` or `Unknown`. Bounded in time.
    pub async fn open(&self, message: &Message) -> Result<Session<'_>, Delivery> {
        match self {
            Self::Smtp(smtp) => Ok(Session::Smtp(Box::new(smtp.open(message).await?))),
            Self::Folder(folder) => Ok(Session::Folder(folder)),
            Self::Memory(memory) => Ok(Session::Memory(memory.open()?)),
        }
    }

    /// Whether messages could be handed over right now, without sending one; otherwise what stands in the way. Bounded
    /// in time.
    pub async fn probe(&self) -> Result<(), String> {
        match self {
            Self::Smtp(smtp) => smtp.probe().await,
            Self::Folder(_) | Self::Memory(_) => Ok(()),
        }
    }

    /// Whether messages only end up on this machine, which the UI must say.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Smtp(_) => false,
            Self::Folder(_) | Self::Memory(_) => true,
        }
    }
}

impl Session<'_> {
    /// Hands over the content. Call it only after "being sent" is committed: whoever crashes in here cannot know whether
    /// the message went out. Bounded in time.
    pub async fn send(self, message: &Message) -> Delivery {
        match self {
            Self::Smtp(session) => session.send(message).await,
            Self::Folder(folder) => folder.write(message).await,
            Self::Memory(session) => session.take(message),
        }
    }

    /// Ends the session without sending anything.
    pub async fn cancel(self) {
        match self {
            Self::Smtp(session) => session.cancel().await,
            Self::Folder(_) | Self::Memory(_) => {}
        }
    }
}
