//! How much of one response has the socket accepted? For those who count downloads and keep ledgers: never less than
//! the truth while a response runs, exact once it is settled over HTTP/1.
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Bytes of one response's body on their way out. It lies in the request's extensions; clone it before answering and
/// keep the clone.
///
/// Over HTTP/1 a byte counts when the connection's socket took it. While the first bytes of a response are on their way
/// the size of its head is not known yet and is counted as body (some hundred bytes too many, never too few); from the
/// first moment on at which everything handed over was taken, the figure is exact, and so is the settled one. With
/// chunked encoding the framing counts until then. Over HTTP/2 a frame counts when it was handed to the protocol, which
/// holds at most [`super::H2_SEND_BUFFER`] bytes and one frame of a stream back.
#[derive(Debug, Clone, Default)]
pub struct Delivery(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    progress: Mutex<Progress>,
    settled: CancellationToken,
    /// Something was accepted, or the connection is over.
    moved: Notify,
}

#[derive(Debug, Default)]
struct Progress {
    /// Bytes of the body that were handed to the protocol.
    handed: u64,
    /// Bytes on the wire since the response began, head and framing included.
    sent: u64,
    /// `handed` and `sent` at the last moment at which nothing was left to write.
    level: (u64, u64),
    is_ended: bool,
}

impl Delivery {
    /// Bytes of this response's body that the socket has accepted by now.
    pub fn accepted(&self) -> u64 {
        let progress = self.progress();
        let (handed, sent) = progress.level;
        progress.handed.min(handed.saturating_add(progress.sent.saturating_sub(sent)))
    }

    /// Waits until no more of this response's body can leave (all of it was accepted, or the connection is over, or the
    /// handler was dropped before it answered), and says how many bytes were accepted.
    pub async fn settled(&self) -> u64 {
        self.0.settled.cancelled().await;
        self.accepted()
    }

    /// Waits until everything that was handed over has been accepted, or nothing more can be.
    pub async fn drained(&self) {
        loop {
            let moved = self.0.moved.notified();
            let mut moved = std::pin::pin!(moved);
            moved.as_mut().enable();
            let is_level = {
                let progress = self.progress();
                progress.level.0 == progress.handed
            };
            if is_level || self.0.settled.is_cancelled() {
                return;
            }
            moved.await;
        }
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn handed(&self, bytes: u64) {
        self.progress().handed += bytes;
    }

    pub(super) fn sent(&self, bytes: u64) {
        self.progress().sent += bytes;
    }

    /// Nothing is left to write, or the protocol wants more (HTTP/2): all that was handed over has been accepted.
    pub(super) fn flushed(&self) {
        let mut progress = self.progress();
        progress.level = (progress.handed, progress.sent);
        if progress.is_ended {
            self.0.settled.cancel();
        }
        drop(progress);
        self.0.moved.notify_waiters();
    }

    /// The body is over; what is still buffered may follow.
    pub(super) fn end(&self) {
        self.progress().is_ended = true;
    }

    /// What was handed over counts as accepted, and nothing follows.
    pub(super) fn settle_in_full(&self) {
        self.end();
        self.flushed();
    }

    /// The connection is over: what was accepted by now is all there will be.
    pub(crate) fn settle_as_is(&self) {
        self.0.settled.cancel();
        self.0.moved.notify_waiters();
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.progress.lock().expect("no holder of this lock panics")
    }
}
