//! How a running server is asked to end: SIGTERM (a service manager) or SIGINT (Ctrl-C).
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for both from the moment it is made, so that none is missed during the start.
#[derive(Debug)]
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next signal.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
