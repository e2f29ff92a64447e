//! Under a limit, bytes leave only after they were written down, and the last missing ones only after the download was
//! counted: the gate holds them back meanwhile. It must never let a byte pass that was not granted.
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
    /// Read and not granted yet.
    held: Option<Bytes>,
    asking: Option<BoxFuture<'static, Result<Grant, Error>>>,
}

impl Gate {
    /// A gate in front of a response that begins at `from` and was granted its first step.
    pub fn new(passage: Passage, grant: Grant, from: u64) -> Self {
        Self { passage, grant, position: from, held: None, asking: None }
    }

    /// The next bytes that may leave.
    pub(super) fn poll_next(
        &mut self,
        bytes: &mut BoxStream<'static, Result<Bytes, BlobError>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, SendError>>> {
        loop {
            if let Some(asking) = &mut self.asking {
                let granted = ready!(asking.as_mut().poll(context));
                self.asking = None;
                match granted {
                    Ok(grant) => self.grant = grant,
                    Err(error) => return Poll::Ready(Some(Err(error.into()))),
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
            self.asking = Some(Box::pin(ask(self.passage.clone(), self.grant)));
        }
    }

    /// The part of the chunk that was granted; the rest is held. `None` when nothing of it was.
    fn let_pass(&mut self, mut chunk: Bytes) -> Option<Bytes> {
        let room = usize::try_from(self.grant.to.saturating_sub(self.position)).unwrap_or(usize::MAX);
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
    ledger::advance(&passage.app, &passage.origin, passage.object, grant.claim).await
}
