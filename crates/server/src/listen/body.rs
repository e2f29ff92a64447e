//! The bodies between protocol and handlers: request bodies that come too slowly end in an error, response bodies tell
//! how much of them was taken. They never hold bytes back.
use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use super::delivery::Delivery;
use super::pace::{Pace, Slowness, Verdict};
use super::watch::{Watch, length};

/// The error with which a request body ends when its sender is too slow. What arrived before stays valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request body came too slowly")]
pub struct TooSlow;

/// Is this error, or one below it, a body that came too slowly? Answer it with 408.
pub fn is_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<TooSlow>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// A request body whose sender must keep up while somebody wants to read it.
pub(super) struct RequestBody {
    inner: Incoming,
    left: Arc<Unread>,
    watch: Arc<Watch>,
    turn: u64,
    limit: Slowness,
    pace: Pace,
    timer: Option<Pin<Box<Sleep>>>,
}

/// How much of a request body was not read, for the one who has to answer before its end.
#[derive(Debug)]
pub(super) struct Unread(Mutex<Option<u64>>);

impl Unread {
    /// `None` when the length is unknown (chunked), `Some(0)` when all of it was read.
    pub(super) fn bytes(&self) -> Option<u64> {
        *self.0.lock().expect("no holder of this lock panics")
    }

    fn set(&self, bytes: Option<u64>) {
        *self.0.lock().expect("no holder of this lock panics") = bytes;
    }
}

impl RequestBody {
    pub(super) fn new(inner: Incoming, watch: Arc<Watch>, turn: u64, limit: Slowness) -> (Self, Arc<Unread>) {
        let left = Arc::new(Unread(Mutex::new(inner.size_hint().exact())));
        (Self { inner, left: left.clone(), watch, turn, limit, pace: Pace::default(), timer: None }, left)
    }

    fn arrived(&mut self, frame: &Frame<Bytes>) {
        let bytes = length(frame.data_ref().map_or(0, Bytes::len));
        self.pace.moved(bytes, Instant::now(), &self.limit);
        if self.inner.is_end_stream() {
            self.complete();
        } else {
            self.left.set(self.inner.size_hint().exact());
        }
    }

    fn complete(&mut self) {
        self.left.set(Some(0));
        self.watch.complete_body(self.turn);
    }

    /// Nothing has come yet: sleeps until the pace is to be judged, and ends the wait when it is too slow.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<TooSlow> {
        loop {
            let now = Instant::now();
            self.pace.wait(now);
            let at = match self.pace.verdict(now, &self.limit) {
                Verdict::Stalled | Verdict::TooSlow => return Poll::Ready(TooSlow),
                Verdict::Waiting(at) => at,
                Verdict::AtEase => return Poll::Pending,
            };
            let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
            // A timer that rings too early is left alone: cheaper than setting it anew for each frame.
            if timer.deadline() > at {
                timer.as_mut().reset(at);
            }
            ready!(timer.as_mut().poll(cx));
            timer.as_mut().reset(at);
        }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.arrived(&frame);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => {
                this.complete();
                Poll::Ready(None)
            }
            Poll::Pending => this.poll_patience(cx).map(|slow| Some(Err(slow.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if self.left.bytes() != Some(0) {
            self.watch.abandon_body(self.turn);
        }
    }
}

/// Lives from a request's head to the end of its answer, whatever becomes of it.
pub(super) struct Running {
    watch: Arc<Watch>,
    delivery: Delivery,
}

impl Running {
    pub(super) fn new(watch: Arc<Watch>, delivery: Delivery) -> Self {
        Self { watch, delivery }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.watch.end_request(&self.delivery, Instant::now());
    }
}

/// One HTTP/2 stream's reader: between a frame that was handed over and the question for the next one, it is the
/// reader that is awaited (its flow-control window), however fast the connection's socket is.
#[derive(Debug)]
pub(super) struct StreamPace {
    pace: Mutex<(Pace, u64)>,
    limit: Slowness,
}

impl StreamPace {
    pub(super) fn new(limit: Slowness) -> Self {
        Self { pace: Mutex::new((Pace::default(), 0)), limit }
    }

    /// Waits until this stream's reader is too slow; for ever when it never is.
    pub(super) async fn too_slow(&self) {
        loop {
            let now = Instant::now();
            let verdict = self.pace.lock().expect("no holder of this lock panics").0.verdict(now, &self.limit);
            let at = match verdict {
                Verdict::Stalled | Verdict::TooSlow => return,
                Verdict::Waiting(at) => at,
                Verdict::AtEase => now + self.limit.stall.min(self.limit.window) / 4,
            };
            tokio::time::sleep_until(at).await;
        }
    }

    fn asked(&self) {
        let mut pace = self.pace.lock().expect("no holder of this lock panics");
        let bytes = std::mem::take(&mut pace.1);
        pace.0.moved(bytes, Instant::now(), &self.limit);
    }

    fn handed(&self, bytes: u64) {
        let mut pace = self.pace.lock().expect("no holder of this lock panics");
        pace.1 = bytes;
        pace.0.wait(Instant::now());
    }
}

/// A response body that reports what was handed over.
pub(super) struct ResponseBody {
    inner: Body,
    delivery: Delivery,
    stream: Option<Arc<StreamPace>>,
    _running: Running,
}

impl ResponseBody {
    pub(super) fn new(inner: Body, delivery: Delivery, stream: Option<Arc<StreamPace>>, running: Running) -> Self {
        Self { inner, delivery, stream, _running: running }
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = &mut *self;
        if let Some(stream) = &this.stream {
            stream.asked();
            // Asked for the next frame, the protocol has taken the last one.
            this.delivery.flushed();
        }
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            let bytes = length(frame.data_ref().map_or(0, Bytes::len));
            this.delivery.handed(bytes);
            if let Some(stream) = &this.stream {
                stream.handed(bytes);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
