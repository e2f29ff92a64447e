//! What every handler has at hand: the app, and how this server faces the outside.
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use waybill_core::app::App;
use waybill_core::blob::BufferPool;

use crate::api::streams::Streams;
use crate::listen::Proxies;
use crate::pages::view::shell::Warning;

/// The state of the router; cheap to clone.
#[derive(Debug, Clone)]
pub struct Web {
    pub app: Arc<App>,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    proxies: Proxies,
    warnings: Vec<Warning>,
    buffers: BufferPool,
    stopping: CancellationToken,
    streams: Arc<Streams>,
}

/// Memory that all downloads together may hold in buffers.
const BUFFER_BYTES: usize = 48 << 20;

impl Web {
    pub fn new(app: Arc<App>, proxies: Proxies, warnings: Vec<Warning>) -> Self {
        Self {
            app,
            inner: Arc::new(Inner {
                proxies,
                warnings,
                buffers: BufferPool::new(BUFFER_BYTES),
                stopping: CancellationToken::new(),
                streams: Arc::default(),
            }),
        }
    }

    /// Open event streams.
    pub fn streams(&self) -> &Arc<Streams> {
        &self.inner.streams
    }

    /// Cancelled when the server is about to stop: answers that have no end of their own (event streams) end then.
    pub fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }

    /// The proxies whose word about the client's address counts; none by default.
    pub fn proxies(&self) -> &Proxies {
        &self.inner.proxies
    }

    /// Where answers take their buffers from.
    pub fn buffers(&self) -> &BufferPool {
        &self.inner.buffers
    }

    /// What is not as it should be; shown to people who are signed in.
    pub fn warnings(&self) -> Vec<Warning> {
        let clock = self.app.distrusts_clock().then_some(Warning::ClockUntrusted);
        self.inner.warnings.iter().cloned().chain(clock).collect()
    }
}
