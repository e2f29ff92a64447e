//! Under a limit, bytes leave only after they were written down, and the last missing ones only after the download was
//! counted: the gate holds them back meanwhile. It must never let a byte pass that was not granted.
use std::ops::Range;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt as _};
use waybill_core::access::Origin;
use waybill_core::app::App;
use waybill_core::blob::BlobError;
use waybill_core::download::ledger::{self, Grant};
use waybill_core::error::Error;
use waybill_core::ids::DownloadObjectId;

use super::sending::SendError;
use crate::listen::Delivery;

/// Whose bytes pass, and how it is known that they arrived at the socket.
#[derive(Debug, Clone)]
pub struct Passage {
    pub app: Arc<App>,
    pub origin: Origin,
    pub object: DownloadObjectId,
    /// `None` where there is no socket to ask.
    pub delivery: Option<Delivery>,
}

/// Between the bytes of one response and its connection.
pub struct Gate {
    passage: Passage,
    grant: Grant,
    /// Where in the object the next byte belongs.
    position: u64,
    /// Where the response ends.
    end: u64,
    /// How much the last grant let pass.
    step: u64,
    /// Read and not granted yet.
    held: Option<Bytes>,
    asking: Option<BoxFuture<'static, Result<Grant, Error>>>,
}

impl Gate {
    /// A gate in front of a response of `range` that was granted its first step.
    pub fn new(passage: Passage, grant: Grant, range: Range<u64>) -> Self {
        let step = grant.to.saturating_sub(range.start);
        Self { passage, grant, position: range.start, end: range.end, step, held: None, asking: None }
    }

    /// The next bytes that may leave.
    pub(super) fn poll_next(
        &mut self,
        bytes: &mut BoxStream<'static, Result<Bytes, BlobError>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, SendError>>> {
        loop {
            if self.asking.is_none() && self.is_time_to_ask() {
                self.asking = Some(Box::pin(ask(self.passage.clone(), self.grant)));
            }
            if let Some(asking) = &mut self.asking {
                match asking.as_mut().poll(context) {
                    Poll::Ready(granted) => {
                        self.asking = None;
                        match granted {
                            Ok(grant) => self.accept(grant),
                            Err(error) => return Poll::Ready(Some(Err(error.into()))),
                        }
                        continue;
                    }
                    Poll::Pending if self.held.is_some() => return Poll::Pending,
                    Poll::Pending => {}
                }
            }
            let chunk = match self.held.take() {
                Some(chunk) => chunk,
                None => match ready!(bytes.poll_next_unpin(context)) {
                    Some(Ok(chunk)) => chunk,
                    other => return Poll::Ready(other.map(|item| item.map_err(SendError::from))),
                },
            };
            if let Some(passing) = self.let_pass(chunk) {
                return Poll::Ready(Some(Ok(passing)));
            }
        }
    }

    /// The next step is written down while the second half of this one is being sent, so that nobody waits for a disk.
    /// What settles is asked for when everything before has passed.
    fn is_time_to_ask(&self) -> bool {
        if self.held.is_some() {
            return self.room() == 0;
        }
        !self.grant.settles_next && self.grant.to < self.end && self.room() <= self.step / 2
    }

    fn accept(&mut self, grant: Grant) {
        self.step = grant.to.saturating_sub(self.grant.to);
        self.grant = grant;
    }

    fn room(&self) -> u64 {
        self.grant.to.saturating_sub(self.position)
    }

    /// The part of the chunk that was granted; the rest is held. `None` when nothing of it was.
    fn let_pass(&mut self, mut chunk: Bytes) -> Option<Bytes> {
        let room = usize::try_from(self.room()).unwrap_or(usize::MAX);
        if room == 0 && !chunk.is_empty() {
            self.held = Some(chunk);
            return None;
        }
        if chunk.len() > room {
            self.held = Some(chunk.split_off(room));
        }
        self.position += u64::try_from(chunk.len()).expect("a length in memory fits into 64 bits");
        Some(chunk)
    }
}

async fn ask(passage: Passage, grant: Grant) -> Result<Grant, Error> {
    if grant.settles_next
        && let Some(delivery) = &passage.delivery
    {
        // Who went away before he had the rest does not use his download up.
        delivery.drained().await;
    }
    // On a task of its own: a body is polled only as its reader takes it, and a transaction must not wait for a reader. Left
    // alone, the step is written down all the same.
    let Passage { app, origin, object, .. } = passage;
    let writing = tokio::spawn(async move { ledger::advance(&app, &origin, object, grant).await });
    writing.await.unwrap_or_else(|error| Err(Error::Internal(format!("a step of the ledger was lost: {error}"))))
}
