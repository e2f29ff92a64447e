//! Is the other side too slow? Pure accounting over instants that the caller gives.
//!
//! Only time in which *we wait for the peer* counts: a socket that takes no more bytes, or a request body of which no
//! more has come while somebody wants to read it. Time in which the server thinks or reads its disk is never counted.
use std::time::Duration;

use tokio::time::Instant;

/// How slow a peer may be in one direction before it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slowness {
    /// Cut after this long without a single byte.
    pub stall: Duration,
    /// The rate is judged each time this much waiting has added up (never over less, so short answers are not judged).
    pub window: Duration,
    /// Cut when fewer bytes a second than this moved during such a window.
    pub bytes_per_s_min: u64,
}

/// What `Pace` thinks of the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is awaited from the peer.
    AtEase,
    /// The peer owes us something; look again at this instant.
    Waiting(Instant),
    /// Not a byte for the whole stall time.
    Stalled,
    /// Bytes, but below the minimum rate.
    TooSlow,
}

/// One direction of one connection, body or stream.
#[derive(Debug, Default)]
pub(super) struct Pace {
    waiting_since: Option<Instant>,
    waited: Duration,
    moved: u64,
}

impl Pace {
    /// From `now` on the peer is awaited; does nothing when it is already.
    pub(super) fn wait(&mut self, now: Instant) {
        self.waiting_since.get_or_insert(now);
    }

    /// `bytes` moved at `now`, which ends the wait.
    pub(super) fn moved(&mut self, bytes: u64, now: Instant, limit: &Slowness) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += now.saturating_duration_since(since);
        }
        self.moved = self.moved.saturating_add(bytes);
        if self.waited >= limit.window && self.moved >= bytes_due(limit, self.waited) {
            self.waited = Duration::ZERO;
            self.moved = 0;
        }
    }

    /// Is the peer awaited right now?
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting_since.is_some()
    }

    pub(super) fn verdict(&self, now: Instant, limit: &Slowness) -> Verdict {
        let Some(since) = self.waiting_since else { return Verdict::AtEase };
        let waiting = now.saturating_duration_since(since);
        if waiting >= limit.stall {
            return Verdict::Stalled;
        }
        let waited = self.waited + waiting;
        if waited >= limit.window && self.moved < bytes_due(limit, waited) {
            return Verdict::TooSlow;
        }
        let stalls_at = since + limit.stall;
        match limit.window.checked_sub(self.waited) {
            Some(rest) if !rest.is_zero() && now < since + rest => Verdict::Waiting(stalls_at.min(since + rest)),
            // The window is full and the rate was fine so far: judge again when the credit may be used up.
            _ => Verdict::Waiting(stalls_at.min(now + limit.window / 8)),
        }
    }
}

fn bytes_due(limit: &Slowness, waited: Duration) -> u64 {
    let due = u128::from(limit.bytes_per_s_min) * waited.as_millis() / 1_000;
    u64::try_from(due).unwrap_or(u64::MAX)
}
