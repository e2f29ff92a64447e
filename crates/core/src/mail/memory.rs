//! Messages kept in memory, with answers written beforehand; for tests of what happens around a delivery. It must answer
//! at the same two points as a real server does.
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::message::Message;
use super::transport::Delivery;

/// A mail server that takes everything, unless told otherwise.
#[derive(Debug, Default)]
pub struct Memory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: Vec<Message>,
    at_open: VecDeque<Delivery>,
    at_content: VecDeque<Delivery>,
}

#[derive(Debug)]
pub struct MemorySession<'a> {
    memory: &'a Memory,
}

impl Memory {
    /// The messages that were sent, and those whose answer got lost, oldest first.
    pub fn taken(&self) -> Vec<Message> {
        self.with(|state| state.taken.clone())
    }

    /// The next message is answered so before its content.
    pub fn refuse_next(&self, answer: Delivery) {
        self.with(|state| state.at_open.push_back(answer));
    }

    /// The next message that gets as far as its content is answered so; `Unknown` keeps the message.
    pub fn answer_next(&self, answer: Delivery) {
        self.with(|state| state.at_content.push_back(answer));
    }

    pub(super) fn open(&self) -> Result<MemorySession<'_>, Delivery> {
        self.with(|state| state.at_open.pop_front()).map_or(Ok(MemorySession { memory: self }), Err)
    }

    fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl MemorySession<'_> {
    pub(super) fn take(self, message: &Message) -> Delivery {
        self.memory.with(|state| {
            let answer = state.at_content.pop_front().unwrap_or(Delivery::Sent { answer: "250 taken".to_owned() });
            match &answer {
                Delivery::Sent { .. } | Delivery::Unknown { .. } => state.taken.push(message.clone()),
                Delivery::Deferred { .. } | Delivery::Rejected { .. } => {}
            }
            answer
        })
    }
}
