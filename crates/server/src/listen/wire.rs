//! The stream below the protocol: passes bytes on and reports every one of them, and every wait, to the connection's
//! watch. It never buffers what is written.
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::watch::Watch;

/// What a connection runs over: a plain socket, or a TLS stream over one.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Makes dropping this stream throw away what is unsent and tell the peer that it was broken off.
    fn break_off(&mut self);
}

impl Transport for TcpStream {
    fn break_off(&mut self) {
        // Where this fails the socket is closed the ordinary way, which ends the connection as well.
        let _ = SockRef::from(&*self).set_linger(Some(Duration::ZERO));
    }
}

/// A watched stream. `prefix` are bytes that were read before the protocol was known.
pub(super) struct Wire<I> {
    inner: I,
    prefix: Bytes,
    watch: Arc<Watch>,
}

impl<I> Wire<I> {
    pub(super) fn new(inner: I, prefix: Bytes, watch: Arc<Watch>) -> Self {
        Self { inner, prefix, watch }
    }

    pub(super) fn into_inner(self) -> I {
        self.inner
    }

    fn count(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending => self.watch.write_blocked(Instant::now()),
            Poll::Ready(Ok(bytes)) => self.watch.wrote(*bytes, Instant::now()),
            Poll::Ready(Err(_)) => {}
        }
    }
}

impl<I: Transport> AsyncRead for Wire<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if self.prefix.is_empty() {
            ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        } else {
            let taken = self.prefix.len().min(buf.remaining());
            buf.put_slice(&self.prefix[..taken]);
            self.prefix.advance(taken);
        }
        self.watch.read(&buf.filled()[before..], Instant::now());
        Poll::Ready(Ok(()))
    }
}

impl<I: Transport> AsyncWrite for Wire<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.count(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.count(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    /// hyper flushes only when it holds nothing back, so a flush that is done means that all it was given is out.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.watch.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
